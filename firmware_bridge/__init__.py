"""Host to microcontroller: bytes, deadlines, and a twin that obeys the firmware's rules; no images.

Read PROTOCOL.md first: it is the contract with the firmware, and the tests compare its bytes with the code's.

    types.py         Shot, ShotResult, TriggerReport, LinkState, and the errors
    link.py          SorterLink, what a line uses: arm, submit shots, triggers, where the belt is; one thread
    link_session.py  one connection: HELLO, heartbeat, answers; link_window.py requests and retries;
                     link_triggers.py reports in order; link_state.py the state other threads wait for;
                     link_counters.py what it had to repair
    clock.py         controller ticks and encoder counts in host time; counting.py 32-bit counters that wrap
    conveyor.py      counts and millimetres; the shot that meets a piece of material; is there still time?
    messages.py      what is said; payloads.py its fields; protocol.py frames, CRC-32; cobs.py stuffing
    transport.py     the serial port, the only user of pyserial; wakeup.py ends a thread's wait;
                     port_holders.py says who has a busy port; tracing.py lets somebody look on
    console.py       a person's hands: ask, arm, shoot, disarm (maqta sorter); outputs.py their names
    config.py        what the controller keeps in its EEPROM: limits and wiring, with their ranges
    twin.py          McuTwin, a controller without hardware behind a real pty: belt, cable, emergency stop
    twin_rules.py    the firmware's rules, pure; twin_schedule.py shots and pins, twin_triggers.py exposures,
                     twin_limits.py duty and speed, twin_motion.py belt and time, twin_cable.py pty and noise
    firmware/        the same rules in C for an ATmega2560; docs/firmware.md

The twin and the firmware pass one suite, tests/firmware_bridge/test_conformance_*.py.

A shot's way: `conveyor.shot_for` → `SorterLink.submit` → window → wire → rules → schedule → pin, and the
answer back to `on_result`. Nothing fires twice: a repeated request gets its first answer again. Nothing is
silently not fired: every shot is answered, and shots given up later are counted and reported with the fault.
"""
