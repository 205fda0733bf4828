"""docs/integrator.md, typed word for word at the twin: every ```console block, in the page's order."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.settings_file import load_line

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "integrator.md").read_text(encoding="utf-8")
PORT = "/tmp/maqta-sorter"
BLOCKS = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def maqta(words: list[str]) -> list[str]:
    return [sys.executable, "-m", "service.cli", *words[1:]]


@pytest.fixture
def port(tmp_path: Path) -> Iterator[str]:
    """Start the twin as the page's first command does, at a port of this test's own."""
    link = str(tmp_path / "sorter")
    words = shlex.split(SHELL[0].splitlines()[0].removeprefix("$ ").replace(PORT, link))
    with subprocess.Popen(
        maqta(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as twin:
        assert twin.stdin is not None
        assert twin.stdout is not None
        assert twin.stdout.readline().rstrip() == SHELL[0].splitlines()[1].replace(PORT, link)
        yield link
        twin.stdin.write("quit\n")
        twin.stdin.flush()
        assert twin.wait(20) == 0


def commands(block: str) -> list[tuple[str, str]]:
    """Each command of a block and what the page says it answers."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def as_pattern(answer: str) -> str:
    """`…` stands for anything within a line, and alone on a line for any lines."""
    text = re.escape(answer.rstrip("\n")).replace("\\…", "…")
    text = re.sub(r"^…(\\)?\n", r"(?:.*\\n)*?", text, flags=re.MULTILINE)
    return text.replace("…", ".*")


def test_the_page_has_blocks_to_type() -> None:
    assert len(BLOCKS) >= 6
    assert all(command.startswith("maqta sorter ") for block in BLOCKS for command, _ in commands(block))


def test_every_command_of_the_page_answers_as_the_page_says(port: str) -> None:
    for block in BLOCKS:
        for command, answer in commands(block):
            words = shlex.split(command.replace(PORT, port))
            done = subprocess.run(maqta(words), capture_output=True, text=True, check=False, cwd=ROOT)
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            expected = answer.replace(PORT, port)
            assert re.fullmatch(as_pattern(expected), done.stdout.rstrip("\n")), (
                f"$ {command}\n{done.stdout}\n--- the page says:\n{expected}"
            )


def test_the_file_to_begin_with_is_good_and_names_the_twins_port() -> None:
    settings = load_line(ROOT / "service" / "demo" / "sorter.toml")
    assert settings.sorter.port == PORT
    assert settings.uplink is None
    assert settings.realtime.policy == "fifo"  # a line's own PC leaves the table out


def test_the_times_that_chapter_10_works_out_are_right() -> None:
    # (300 - 6 - 51.2) mm / 500 mm/s - 10 ms = 475.6 ms; (300 - 6 - 25.6) / 12 000 - 10 ms = 12.4 ms
    assert "476 ms" in PAGE
    assert "leaves 12 ms" in PAGE
