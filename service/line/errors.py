"""Errors of the line process, for the person at the keyboard.

LineError
├── LogBusyError   another process writes the line's log
├── LogFullError   the disk takes no more events: full, read-only or broken
└── UplinkError    the plant can't be reached, or refuses
    └── TokenRefusedError   the plant doesn't know the line's token
"""


class LineError(Exception):
    """The line can't do what it was asked; the message names the thing, the value and the cure."""


class LogBusyError(LineError):
    """Another process writes this line's log."""


class LogFullError(LineError):
    """The disk takes no more events."""


class UplinkError(LineError):
    """The plant can't be reached or refuses what it is sent."""


class TokenRefusedError(UplinkError):
    """The plant doesn't know the line's token."""
