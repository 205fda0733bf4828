"""Logging, set up once per process: one line a record, to standard error."""

import logging
import sys
import time


def set_up_logging(process: str, *, level: int = logging.INFO) -> None:
    """Send log records to standard error with UTC time, level and the process's name."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(f"%(asctime)sZ {process} %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "uvicorn.access", "watchfiles", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
