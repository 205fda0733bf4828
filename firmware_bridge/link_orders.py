"""Orders of the link that carry nothing but their sequence, and what it makes of their answers."""

from firmware_bridge.link_session import Session
from firmware_bridge.messages import Disarm, Message, Result, TriggerStop
from firmware_bridge.types import LinkDownError


def give_up(session: Session) -> None:
    """Answer whatever is in flight with nothing."""
    for request in session.window.flush():
        request.on_reply(None)


def expect_ok(result: Result, what: str) -> None:
    """LinkDownError unless the controller obeyed."""
    if result is not Result.OK:
        raise LinkDownError(f"the controller refused {what}: {result.name}")


def trigger_stop(seq: int) -> Message:
    """Expose no more."""
    return TriggerStop(seq=seq)


def disarm(seq: int) -> Message:
    """Switch all outputs off, drop the schedule, disarm."""
    return Disarm(seq=seq)
