"""A threshold from the plant: refused where it does not fit, versioned where it does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datasets.synthesis.demo import render_good_pictures
from service.cli import main
from service.line.errors import LineError
from service.line.threshold_change import change_threshold
from service.line_commands import LineCommand, LineCommandKind
from vision.bundle import load_bundle
from vision.overrides import read_overrides
from vision.registry import Registry

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ARTICLE = "lint"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    home = tmp_path_factory.mktemp("threshold")
    render_good_pictures("fabric", 256, 0.4, 3, home / "good")
    where = ["--good", str(home / "good"), "--registry", str(home / "registry")]
    assert main(["learn", "--article", ARTICLE, "--mm-per-px", "0.4", *where]) == 0
    return Registry(home / "registry")


@pytest.fixture
def asked(registry: Registry) -> LineCommand:
    card = load_bundle(registry.active(ARTICLE)).card
    now = card.thresholds.defective_for("pp_white")
    arguments = {
        "article": ARTICLE, "kind": "pp_white", "was": f"{now:.4f}", "score": f"{now + 0.2:.4f}",
        "low": f"{card.thresholds.unsure:.4f}", "high": f"{now + 1:.4f}", "why": "burst",
    }  # fmt: skip
    return LineCommand(
        id="c1", line="opener-1", command=LineCommandKind.SET_THRESHOLD, arguments=arguments,
        issued_by="loop", issued_utc=NOON, expires_utc=NOON + timedelta(minutes=5),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"article": "denim"}, "is for 'denim', this line runs 'lint'"),
        ({"kind": "plastic"}, "'plastic' is no kind of finding"),
        ({"score": "9999"}, "lies outside its bounds"),
        ({"low": "-5"}, "below unsure"),
        ({"was": "0"}, "somebody changed it"),
        ({"score": "nan"}, "give a number"),
    ],
)
def test_what_does_not_fit_is_refused(
    registry: Registry, asked: LineCommand, changed: dict[str, str], named: str
) -> None:
    command = replace(asked, arguments=asked.arguments | changed)
    with pytest.raises(LineError, match=named):
        change_threshold(registry, ARTICLE, command, NOON)


def test_a_threshold_becomes_a_version_with_who_and_why(registry: Registry, asked: LineCommand) -> None:
    folder: Path = change_threshold(registry, ARTICLE, asked, NOON)
    bundle = load_bundle(folder)
    assert bundle.card.thresholds.defective_for("pp_white") == float(asked.arguments["score"])
    assert bundle.card.thresholds.defective_for("leaf") == bundle.card.thresholds.defective  # others stay
    last = read_overrides(folder, bundle.card)[-1]
    assert (last.by, last.why) == ("loop", "burst")
    with pytest.raises(LineError, match="somebody changed it"):  # asked twice, done once
        change_threshold(registry, ARTICLE, asked, NOON)
