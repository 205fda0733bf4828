import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.synthesis.demo import render_good_pictures
from service.cli import main

MASKED = (slice(100, 140), slice(300, 340))


@pytest.fixture(scope="module")
def cloth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five good strips of rendered cloth and one with a black hole, in the AITEX layout."""
    root = tmp_path_factory.mktemp("cloth")
    good = root / "NoDefect_images" / "roll"
    pictures = render_good_pictures("fabric", 512, 0.4, 5, good)
    for at, picture in enumerate(sorted(pictures)):
        picture.rename(good / f"000{at}_000_07.png")
    holed = cv2.imread(str(good / "0004_000_07.png"), cv2.IMREAD_GRAYSCALE)
    assert holed is not None
    mask = np.zeros_like(holed)
    holed[MASKED], mask[MASKED] = 0, 255
    for folder, name, pixels in (("Defect", "", holed), ("Mask", "_mask", mask)):
        (root / f"{folder}_images").mkdir()
        cv2.imwrite(str(root / f"{folder}_images" / f"0009_002_07{name}.png"), pixels)
    return root


def test_an_article_is_learnt_from_half_and_tested_on_the_rest(
    cloth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    how = ["--learn-first-half", "--rendered", "--mm-per-px", "0.4", "--threads", "1"]
    assert main(["evaluate", "--data", str(cloth), *how, "--report", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].startswith("DEMO")
    assert lines[2].split()[:6] == [
        "07",
        "(rendered)",
        "2",
        "1",
        "1.000",
        "1.000",
    ]  # 5 good: 3 learnt, 2 tested
    assert "07 (rendered): 3/3 0009_002_07.png: defective" in said.err
    assert "report.html" in said.err
    assert "0009_002_07.png" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_recipe_is_not_tested_on_what_it_was_learnt_from(
    cloth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for name in ("0001_000_07.png", "0003_000_07.png"):
        (few / name).write_bytes((cloth / "NoDefect_images" / "roll" / name).read_bytes())
    registry = ["--registry", str(tmp_path / "registry")]
    learn = ["learn", "--good", str(few), "--article", "twill", "--mm-per-px", "0.4", *registry]
    assert main(learn) == 0
    capsys.readouterr()
    assert main(["evaluate", "--data", str(cloth), "--recipe", "twill", "--json", *registry]) == 0
    said = capsys.readouterr()
    figures = json.loads(said.out)
    assert figures["left_out"] == {"learnt by this recipe": 2}
    assert figures["recipes"]["07"]["good"] == 3
    assert figures["recipes"]["07"]["defective_strips"] == 1
    assert figures["accuracy"]["mean"]["REC"] == 1.0
    assert "2 left out, learnt by this recipe: 0001_000_07.png, 0003_000_07.png" in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "nowhere", "--learn-first-half"], "nowhere: there is no such file or folder"),
        (
            ["--data", "CLOTH", "--layout", "coco", "--learn-first-half"],
            "one COCO file is wanted, found none",
        ),
        (["--data", "CLOTH", "--article", "9", "--learn-first-half"], "no article '9'; there are 07"),
        (["--data", "CLOTH", "--recipe", "denim"], "recipe 'denim': no bundle folder, no article"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line_and_exit_code_2(
    cloth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    given = [str(cloth) if argument == "CLOTH" else argument for argument in arguments]
    assert main(["evaluate", *given, "--registry", str(tmp_path / "registry")]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "x"], "one of the arguments --recipe --learn-first-half is required"),
        (["--data", "x", "--recipe", "a", "--learn-first-half"], "not allowed with argument"),
        (["--data", "x", "--recipe", "a", "--threads", "0"], "'0' is no number of threads; give 1 to 64"),
        (["--data", "x", "--recipe", "a", "--mm-per-px", "9"], "'9' is not a scale"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *arguments])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
