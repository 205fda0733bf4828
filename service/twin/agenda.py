"""The accelerated clock: things to do, in the order of their time; nobody waits."""

import heapq
from collections.abc import Callable

Do = Callable[[], None]


class Agenda:
    """Runs what is due; what is done may add more."""

    def __init__(self) -> None:
        self._due: list[tuple[int, int, Do]] = []
        self._added = 0
        self.now_ns = 0

    def at(self, due_ns: int, do: Do) -> None:
        """Do something at a time, or now if that has passed; what is due together is done as it was added."""
        self._added += 1
        heapq.heappush(self._due, (max(due_ns, self.now_ns), self._added, do))

    def run(self, until_ns: int) -> None:
        """Let time go on until then."""
        while self._due and self._due[0][0] <= until_ns:
            self.now_ns, _, do = heapq.heappop(self._due)
            do()
        self.now_ns = max(self.now_ns, until_ns)
