"""The processor that figures were measured on."""

import os
import platform
import re
from pathlib import Path


def machine() -> str:
    """Processor and cores."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M)
    except OSError:
        found = None
    return f"{found.group(1) if found else platform.processor()}, {len(os.sched_getaffinity(0))} cores"
