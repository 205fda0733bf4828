from pathlib import Path

import pytest

from datasets.synthesis.demo import render_good_pictures
from service.cli import build_parser, main
from vision.bundle import load_bundle
from vision.registry import Registry
from vision.thresholds import FALSE_ALARMS_PER_100M, MOST_PER_100M, score_at


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("promise")
    render_good_pictures("fabric", 512, 0.4, 3, home / "good")
    rates = ["--false-alarms-per-100m", "900", "--doubts-per-100m", "100"]
    where = ["--good", str(home / "good"), "--registry", str(home / "registry")]
    assert main(["learn", "--article", "twill 7", "--mm-per-px", "0.4", *where, *rates]) == 0
    return home


def threshold(home: Path, *more: str) -> list[str]:
    return ["model", "--registry", str(home / "registry"), "threshold", "twill 7", *more]


def test_learning_keeps_what_was_asked_on_the_card(home: Path) -> None:
    promise = load_bundle(Registry(home / "registry").active("twill 7")).card.promise
    assert promise is not None
    assert (promise.asked_per_100m, promise.asked_doubts_per_100m) == (900.0, 100.0)


def test_another_rate_is_a_new_version_of_the_thresholds(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Registry(home / "registry").active("twill 7")
    before = load_bundle(folder)
    rate = ["--false-alarms-per-100m", "700", "--by", "Aigerim", "--why", "second quality"]
    assert main(threshold(home, *rate)) == 0
    said = capsys.readouterr()
    after = load_bundle(folder)
    assert after.thresholds_version == before.thresholds_version + 1
    assert after.card.promise is not None
    assert after.card.thresholds.defective == pytest.approx(score_at(after.card.promise.tail, 700.0))
    assert said.out.split("\t")[2] == f"version {after.thresholds_version}"
    assert "m more are missing" in said.err


@pytest.mark.parametrize("rate", ["0", "-3", "ten", "1e9", "nan", "inf"])
def test_a_rate_that_is_none_is_refused(rate: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        ["learn", "--good", "x", "--article", "a", "--mm-per-px", "0.2"],
        ["model", "threshold", "a", "--by", "me", "--why", "so"],
    ):
        with pytest.raises(SystemExit):
            main([*command, f"--false-alarms-per-100m={rate}"])
        assert "is no rate; give a number per 100 m above 0, at most 1000" in capsys.readouterr().err


@pytest.mark.parametrize("kinds", [[], ["--kind", "leaf=9", "--false-alarms-per-100m", "5"]])
def test_a_change_is_of_the_rate_or_of_kinds(kinds: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "threshold", "a", "--by", "me", "--why", "so", *kinds]) != 0
    assert "either --false-alarms-per-100m N or --kind KIND=SCORE" in capsys.readouterr().err


@pytest.mark.parametrize("left_out", ["--by", "--why"])
def test_a_change_names_the_rate_who_and_why(left_out: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"--false-alarms-per-100m": "5", "--by": "me", "--why": "so"}
    rest = [part for name, value in given.items() if name != left_out for part in (name, value)]
    with pytest.raises(SystemExit):
        main(["model", "threshold", "a", *rest])
    assert left_out in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["model", "threshold", "a", "--false-alarms-per-100m", "5", "--by", " ", "--why", "so"])
    assert "says nothing" in capsys.readouterr().err


def test_the_command_and_vision_have_the_same_default_and_limit() -> None:
    args = build_parser().parse_args(["learn", "--good", "x", "--article", "a", "--mm-per-px", "0.2"])
    assert args.false_alarms_per_100m == FALSE_ALARMS_PER_100M
    assert args.doubts_per_100m is None
    args = build_parser().parse_args(
        ["model", "threshold", "a", "--by", "me", "--why", "so", f"--false-alarms-per-100m={MOST_PER_100M:g}"]
    )
    assert args.false_alarms_per_100m == MOST_PER_100M
