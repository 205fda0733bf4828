"""Conformance with PROTOCOL.md: the configuration.

The Python twin and the C firmware in simavr pass the same tests (conftest.py has both). They stand still
between the steps of a test, so nothing here depends on how fast the machine is.
"""

from collections import Counter
from dataclasses import replace

import pytest
from conformance_steps import (
    ENCODER,
    arm,
    hello,
    now,
    shoot,
    shoot_in,
    status,
)

from firmware_bridge import messages as m
from firmware_bridge.config import ENCODER_REVERSED, SorterConfig
from firmware_bridge.types import ShotOutcome

CONFIG = SorterConfig(
    heartbeat_ms=500,
    max_on_ms=(50, 700, 300, 900),
    duty_percent=(20, 90, 80, 70),
    burst_ms=400,
    horizon_counts=5000,
    horizon_ms=2000,
    min_lead_counts=10,
    min_lead_us=5000,
)


def write_config(host, config):
    return host.request(m.ConfigWrite, config=config).result


def store_config(host, config):
    assert write_config(host, config) is m.Result.OK
    host.run_ms(200)
    assert host.poll(m.ConfigRead).source is m.ConfigSource.STORED


def test_the_factory_configuration_is_the_page_s(host):
    answer = host.poll(m.ConfigRead)
    assert (answer.source, answer.config) == (m.ConfigSource.FACTORY, SorterConfig())


def test_a_configuration_is_in_force_at_once_and_after_a_restart(host):
    hello(host)
    store_config(host, CONFIG)
    for _ in range(2):
        welcome = arm(host)
        assert (welcome.heartbeat_ms, welcome.max_on_ms) == (500, (50, 700, 300, 900))
        assert host.poll(m.ConfigRead).config == CONFIG
        host.run_ms(400)
        assert status(host).state is m.McuState.ARMED
        assert shoot_in(host, 20, 51)[1].outcome is ShotOutcome.ILLEGAL
        assert shoot_in(host, 2100, 50)[1].outcome is ShotOutcome.ILLEGAL
        assert shoot_in(host, 4, 50)[1].outcome is ShotOutcome.LATE
        at = now(host).encoder_count
        assert shoot(host, at + 9, 5, basis=ENCODER).outcome is ShotOutcome.LATE
        assert shoot(host, at + 5001, 5, basis=ENCODER).outcome is ShotOutcome.ILLEGAL
        outcomes = Counter(shoot_in(host, 1500, 50)[1].outcome for _ in range(10))
        assert outcomes == {ShotOutcome.SCHEDULED: 8, ShotOutcome.DUTY: 2}
        host.mcu.restart()


def test_the_newer_of_two_stored_configurations_counts(host):
    hello(host)
    for heartbeat_ms in (300, 400, 450):
        store_config(host, replace(CONFIG, heartbeat_ms=heartbeat_ms))
    host.mcu.restart()
    assert hello(host).heartbeat_ms == 450


@pytest.mark.parametrize(
    "wrong",
    [
        {"heartbeat_ms": 99},
        {"heartbeat_ms": 1001},
        {"max_on_ms": (0, 1, 1, 1)},
        {"max_on_ms": (1, 1, 1, 10_001)},
        {"duty_percent": (0, 1, 1, 1)},
        {"duty_percent": (1, 101, 1, 1)},
        {"burst_ms": 0},
        {"horizon_counts": 0},
        {"horizon_counts": (1 << 30) + 1},
        {"horizon_ms": 60_001},
        {"min_lead_counts": 0},
        {"min_lead_us": 199},
        {"trigger_pulse_us": 7},
        {"flags": 4},
    ],
)
def test_a_configuration_out_of_range_is_refused_and_changes_nothing(host, wrong):
    hello(host)
    assert write_config(host, replace(CONFIG, **wrong)) is m.Result.ILLEGAL
    assert host.poll(m.ConfigRead).config == SorterConfig()


def test_armed_it_takes_no_configuration(host):
    arm(host)
    assert write_config(host, CONFIG) is m.Result.DISARM_FIRST
    assert host.poll(m.ConfigRead).config == SorterConfig()


def test_with_a_damaged_configuration_it_does_not_arm_until_one_is_written(host):
    hello(host)
    store_config(host, CONFIG)
    host.mcu.damage_config()
    answer = host.poll(m.ConfigRead)
    assert (answer.source, answer.config) == (m.ConfigSource.DAMAGED, SorterConfig())
    welcome = hello(host)
    assert host.request(m.Arm, boot_id=welcome.boot_id).result is m.Result.CONFIG_DAMAGED
    assert not host.mcu.line_may_run()
    store_config(host, CONFIG)
    assert host.request(m.Arm, boot_id=welcome.boot_id).result is m.Result.OK


def test_a_reversed_encoder_counts_the_other_way(host):
    hello(host)
    store_config(host, replace(SorterConfig(), flags=ENCODER_REVERSED))
    host.mcu.set_speed(-10_000)
    before = now(host).encoder_count
    host.run_ms(50)
    assert now(host).encoder_count - before == pytest.approx(500, abs=60)
