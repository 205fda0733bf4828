"""What goes wrong inside the MCU twin ends it in the open."""

from link_rig import PATIENCE_S, Rig

from firmware_bridge.twin import McuTwin
from firmware_bridge.types import LinkState


def test_a_twin_whose_camera_raises_ends_and_its_port_goes(caplog):
    def break_down(seq, count):
        raise ValueError("no film")

    rig = Rig()
    twin = McuTwin(speed_mm_s=1000.0, counts_per_mm=10.0, on_expose=break_down)
    rig.twin = twin
    twin.start()
    rig.connect()
    rig.link.start_triggers(100)
    rig.link.wait_for(LinkState.DISCONNECTED, PATIENCE_S)
    rig.link.stop()
    twin.stop()
    assert str(twin.error) == "no film"
    assert "the MCU twin stopped" in caplog.text
