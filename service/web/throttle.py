"""Slow down guessing of passwords without locking anybody out.

The back-off counts failures per account and address together, so a stranger's guesses never delay the owner
at another machine; a second, wider count per address slows down one machine that tries many accounts.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE_TRIES = 5  # per account and address
FREE_TRIES_OF_ADDRESS = 30  # a whole office may share one address
LONGEST_WAIT_S = 60.0
FORGET_AFTER_S = 900.0
MOST_KEPT = 10_000  # the oldest is forgotten first: memory stays bounded


@dataclass(slots=True, kw_only=True)
class _Record:
    failures: int
    last_s: float


class LoginThrottle:
    """How long a login must wait, by account and address."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._records: OrderedDict[tuple[str, str], _Record] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, account: str, address: str) -> float:
        """Seconds until the next try is looked at; 0 when it may come now."""
        with self._lock:
            pair = self._remaining((account, address), FREE_TRIES)
            return max(pair, self._remaining(("", address), FREE_TRIES_OF_ADDRESS))

    def failed(self, account: str, address: str) -> None:
        """Count a wrong password."""
        with self._lock:
            for key in ((account, address), ("", address)):
                self._count(key)

    def succeeded(self, account: str, address: str) -> None:
        """Forget the failures of this account at this address."""
        with self._lock:
            self._records.pop((account, address), None)

    def _remaining(self, key: tuple[str, str], free_tries: int) -> float:
        record = self._records.get(key)
        if record is None or record.failures < free_tries:
            return 0.0
        passed_s = self._now_s() - record.last_s
        if passed_s > FORGET_AFTER_S:
            del self._records[key]
            return 0.0
        wait_s = min(2.0 ** min(record.failures - free_tries, 16), LONGEST_WAIT_S)
        return max(0.0, wait_s - passed_s)

    def _count(self, key: tuple[str, str]) -> None:
        record = self._records.setdefault(key, _Record(failures=0, last_s=0.0))
        record.failures += 1
        record.last_s = self._now_s()
        self._records.move_to_end(key)
        while len(self._records) > MOST_KEPT:
            self._records.popitem(last=False)
