"""What the link had to repair or lose since it was made."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class LinkCounters:
    """Written by the link's thread alone; any thread may read."""

    connections: int = 0
    repeated: int = 0  # requests sent again
    unanswered: int = 0  # requests given up: NO_ANSWER
    overflowed: int = 0  # shots refused because the host's queue was full
    bad_frames: int = 0  # damaged frames received
    lost_reports: int = 0  # exposures whose report never came, in spite of asking again
