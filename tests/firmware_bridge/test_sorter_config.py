"""A configuration that a controller would refuse is refused on the host, with name, value and range."""

import pytest

from firmware_bridge.config import ENCODER_REVERSED, SorterConfig, check_config, is_legal
from firmware_bridge.types import BridgeError


def test_the_factory_s_is_legal():
    check_config(SorterConfig())
    assert not SorterConfig().is_encoder_reversed
    assert SorterConfig(flags=ENCODER_REVERSED).is_encoder_reversed


def test_every_fault_is_named_with_its_value_and_range():
    config = SorterConfig(heartbeat_ms=5000, max_on_ms=(200, 2000, 500, 0))
    assert not is_legal(config)
    with pytest.raises(BridgeError) as refusal:
        check_config(config)
    assert "heartbeat_ms is 5000, it must be 100 to 1000" in str(refusal.value)
    assert "max_on_ms is (200, 2000, 500, 0), it must be 1 to 10000" in str(refusal.value)
