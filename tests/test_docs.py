import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ROOMS = (
    "vision/",
    "training/",
    "datasets/",
    "firmware_bridge/",
    "service/",
    "tests/",
    "benchmarks/",
    "docs/",
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"[`(]([\w./-]+?)[`)#]", page.read_text(encoding="utf-8"))
    missing = [name for name in named if name.startswith(ROOMS) and not (ROOT / name).exists()]
    assert missing == []
