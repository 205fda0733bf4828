"""The two controllers of the conformance suite."""

import emulated_sorter
import pytest
from controllers import FirmwareController, Host, TwinController


@pytest.fixture(params=["twin", "firmware"])
def host(request, tmp_path):
    if request.param == "firmware" and (missing := emulated_sorter.why_not()):
        pytest.skip(f"the C firmware can't run in an emulator: {missing}")
    controller = TwinController() if request.param == "twin" else FirmwareController(tmp_path)
    yield Host(controller)
    controller.close()
