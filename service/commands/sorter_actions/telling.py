"""What is said of a controller: who it is, how it is, what it has done."""

from firmware_bridge.messages import Diagnosis, McuState, SafeReason, Status, Welcome
from firmware_bridge.outputs import names_in

STATES = {
    McuState.BOOTED: "started, no host yet",
    McuState.READY: "ready, not armed: nothing can fire",
    McuState.ARMED: "armed: shots are taken, the line may run",
    McuState.SAFE: "in its safe state: outputs off, line stopped",
}
SAFE_WHY = {
    SafeReason.NONE: "never since it started",
    SafeReason.HEARTBEAT_LOST: "the host fell silent",
    SafeReason.EMERGENCY_STOP: "emergency stop",
    SafeReason.WATCHDOG: "the firmware hung and was restarted; report this",
}


def who(port: str, welcome: Welcome) -> str:
    """Name the controller in one line."""
    firmware = ".".join(map(str, welcome.firmware))
    return f"controller at {port}: firmware {firmware}, protocol {welcome.version}, boot {welcome.boot_id}"


def limits(welcome: Welcome) -> list[str]:
    """Say what the firmware allows."""
    valve, gate, marker, line_stop = welcome.max_on_ms
    return [
        f"heartbeat     silent for {welcome.heartbeat_ms} ms, and it goes to its safe state",
        f"longest on    valve {valve} ms, gate {gate} ms, marker {marker} ms, line-stop {line_stop} ms",
        f"schedule      {welcome.schedule_size} shots",
    ]


def faults(diagnosis: Diagnosis) -> list[str]:
    """Say what went wrong around it since it started."""
    return [
        f"faults        {diagnosis.encoder_errors} encoder steps lost, {diagnosis.serial_errors} bytes lost, "
        f"{diagnosis.emergency_stops} emergency stops, {diagnosis.heartbeats_lost} silent hosts",
    ]


def state(status: Status) -> list[str]:
    """Say how it is and what it has done since it started."""
    counters = status.counters
    is_pressed = status.state is McuState.SAFE and status.safe_reason is SafeReason.EMERGENCY_STOP
    return [
        f"state         {STATES[status.state]}",
        f"emerg. stop   {'PRESSED' if is_pressed else 'free'}",
        f"last safe     {SAFE_WHY[status.safe_reason]}",
        f"outputs on    {names_in(status.outputs)}",
        f"encoder       {status.encoder_count} counts",
        f"shots         {counters.scheduled} taken, {counters.started} started, {counters.dropped} given up, "
        f"{counters.refused} refused, {counters.cut} cut at the longest on-time",
        f"wire          {counters.bad_frames} damaged frames, {counters.duplicates} repeated requests",
    ]
