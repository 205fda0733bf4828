"""The plant's errors: PlantError with a short problem name; LogConflictError is the one the line must act on.

PlantError
└── LogConflictError    two event logs claim one line id
"""


class PlantError(Exception):
    """Something the plant was asked can't be done.

    Attributes:
        problem: stable short name for machines, e.g. "unknown_roll"; the web maps it to an HTTP status.
    """

    def __init__(self, problem: str, message: str) -> None:
        super().__init__(message)
        self.problem = problem


class LogConflictError(PlantError):
    """A log delivers under a line id that belongs to another log."""

    def __init__(self, message: str) -> None:
        super().__init__("log_conflict", message)
