"""What the plant's disk holds."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Bytes by kind, and what is left."""

    utc: datetime  # counted then
    store_bytes: int  # database, labels and the rest; without a server's own database
    pictures_bytes: int
    pictures: int
    free_bytes: int
    total_bytes: int
