"""Threads that the inference runtime makes for itself: their ids, so that they can be given a priority."""

from pathlib import Path

_TASKS = Path("/proc/self/task")  # Linux; elsewhere nobody can set a thread's priority from outside anyhow


def thread_ids() -> frozenset[int]:
    """Return the ids of this process's threads; none where the system doesn't list them."""
    return frozenset(int(task.name) for task in _TASKS.iterdir()) if _TASKS.is_dir() else frozenset()
