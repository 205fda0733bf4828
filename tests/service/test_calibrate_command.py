"""maqta calibrate from pictures on disk to a calibration that counts."""

from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.synthesis.chart_scene import load_spectra, render_chart, true_reference
from datasets.synthesis.lint_camera import lint_bgr
from datasets.synthesis.targets import LineView, render_board
from service.cli import main
from vision.calibration import Part
from vision.calibration_store import CalibrationStore
from vision.charuco import BoardSize
from vision.lint_colour import load_lint_colour, references_file

VIEW = LineView(columns=768, mm_per_px=0.25, mm_per_row=0.25, tilt=0.01, target_at_mm=(120.0, -4.0))
BOARD = BoardSize(across=20, along=4, square_mm=12)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(1)
    board = render_board(BOARD, VIEW.to_target, columns=768, rows=200, rng=rng)
    cv2.imwrite(str(folder / "board.png"), board)
    light = np.linspace(120, 200, 768)[None, :, None] * np.array([0.9, 1.0, 0.95])
    for number in range(4):
        noise = rng.normal(0, 1, (64, 768, 3))
        cv2.imwrite(str(folder / f"white{number}.png"), np.round(light + noise).astype(np.uint8))
    chart = render_chart(
        load_spectra(), lamp="LED-B3", columns=768, rows=560, pitch_px=90, turned_rad=0.03, rng=rng
    ).pixels.astype(np.float64)
    cv2.imwrite(
        str(folder / "chart.png"), np.round(chart * light / light.mean((0, 1))).clip(0, 255).astype(np.uint8)
    )
    reference = true_reference(load_spectra())
    rows = [
        f"{name},{lab[0]:.4f},{lab[1]:.4f},{lab[2]:.4f},{int(grey)}"
        for name, lab, grey in zip(reference.names, reference.lab, reference.neutral, strict=True)
    ]
    (folder / "chart.csv").write_text("\n".join(["patch,lab_l,lab_a,lab_b,neutral", *rows]))
    return folder


def calibrate(store: Path, *arguments: str | Path) -> int:
    return main(["calibrate", "--store", str(store), *(str(argument) for argument in arguments)])


def scale(store: Path, pictures: Path, *more: str) -> int:
    board = ("--squares", "20x4", "--square-mm", "12")
    return calibrate(
        store, "scale", "--camera", "loom-1-1", "--line-scan", *board, *more, pictures / "board.png"
    )


def test_scale_flat_field_and_colour_make_one_calibration(
    tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scale(tmp_path, pictures, "--mm-per-row", "0.25") == 0
    white = [pictures / f"white{number}.png" for number in range(4)]
    assert calibrate(tmp_path, "flat", "--camera", "loom-1-1", "--valid-hours", "8", "--white", *white) == 0
    chart = ("--chart-values", pictures / "chart.csv", pictures / "chart.png")
    assert calibrate(tmp_path, "colour", "--camera", "loom-1-1", *chart) == 0
    assert "by the calibration so far" not in capsys.readouterr().out
    assert calibrate(tmp_path, "colour", "--camera", "loom-1-1", *chart) == 0  # the next shift
    made = CalibrationStore(tmp_path).active("loom-1-1")
    assert [record.part for record in made.records] == [Part.SCALE, Part.FLAT_FIELD, Part.COLOUR]
    assert made.mm_per_px == pytest.approx(0.25, rel=0.001)
    assert made.records[2].figures["delta_e_mean"] <= 2.0
    flat = made.records[1]
    assert flat.expires_utc is not None
    assert (flat.expires_utc - flat.solved_utc).total_seconds() == 8 * 3600
    assert flat.sources[0].startswith("white0.png ")
    said = capsys.readouterr().out
    assert "dark_skin" in said
    assert "by the calibration so far: ΔE00 0." in said
    assert calibrate(tmp_path, "show", "loom-1-1") == 0
    shown = capsys.readouterr().out
    assert "rms_px" in shown
    assert "uneven_after_pct" in shown
    assert calibrate(tmp_path, "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 3  # each part made a version; the same colour in the same second is one
    assert sum(line[0] == "*" for line in lines) == 1


def test_an_older_version_can_count_again(tmp_path: Path, pictures: Path) -> None:
    scale(tmp_path, pictures)
    store = CalibrationStore(tmp_path)
    first = store.active_version("loom-1-1")
    white = [pictures / f"white{number}.png" for number in range(4)]
    calibrate(tmp_path, "flat", "--camera", "loom-1-1", "--white", *white)
    assert store.active_version("loom-1-1") != first
    assert calibrate(tmp_path, "use", "loom-1-1", first) == 0
    assert store.active("loom-1-1").flat_field is None


def test_raw_pictures_are_corrected_as_the_line_corrects_them(
    tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, out = tmp_path / "store", tmp_path / "even"
    scale(store, pictures)
    white = [pictures / f"white{number}.png" for number in range(4)]
    calibrate(store, "flat", "--camera", "loom-1-1", "--white", *white)
    assert calibrate(store, "apply", "--camera", "loom-1-1", "--out", out, white[0]) == 0
    assert "--mm-per-px 0.25" in capsys.readouterr().out
    even = cv2.imread(str(out / "white0.png")).mean(axis=(0, 2))
    assert np.ptp(even) < 3  # 80 grey levels before
    assert calibrate(store, "apply", "--camera", "loom-1-1", "--out", out, white[0]) == 2
    assert "is there already" in capsys.readouterr().err


def test_limits_are_enforced_and_nothing_is_kept(
    tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scale(tmp_path, pictures, "--mm-per-row", "0.252") == 2
    assert "by the encoder a row is 0.252 mm, by the target 0.25" in capsys.readouterr().err
    assert CalibrationStore(tmp_path).cameras() == ()


def test_flat_field_before_scale_says_what_comes_first(
    tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    white = pictures / "white0.png"
    assert calibrate(tmp_path, "flat", "--camera", "loom-1-1", "--white", white) == 2
    assert "no calibration in" in capsys.readouterr().err


def test_a_target_is_written_to_print(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "board.pdf"
    assert calibrate(tmp_path, "target", "--squares", "40x5", "--square-mm", "20", "--out", out) == 0
    assert "820 x 130 mm" in capsys.readouterr().out
    assert out.read_bytes().startswith(b"%PDF-1.4")


@pytest.mark.parametrize(
    "bad", [("--squares", "40"), ("--square-mm", "0"), ("--camera", "a/b"), ("--valid-hours", "0")]
)
def test_what_can_not_be_meant_is_refused_by_the_parser(
    tmp_path: Path, bad: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    good = {"--camera": "c", "--squares": "16x4", "--square-mm": "12"}
    arguments = [part for pair in {**good, bad[0]: bad[1]}.items() for part in pair]
    with pytest.raises(SystemExit):
        calibrate(tmp_path, "scale", "--line-scan", *arguments, "x.png")
    assert repr(bad[1]) in capsys.readouterr().err


def lint_samples(folder: Path, known: list[tuple[float, float]]) -> Path:
    rng = np.random.default_rng(6)
    rows = ["rd,plus_b,picture"]
    for number, (rd, plus_b) in enumerate(known):
        picture = rng.normal(lint_bgr(rd, plus_b), 4.0, (64, 768, 3))
        picture[20:24, 100:108] = (48, 72, 92)  # trash, to be masked out
        name = f"lint{number}.png"
        cv2.imwrite(str(folder / name), np.round(picture).clip(0, 255).astype(np.uint8))
        rows.append(f"{rd},{plus_b},{name}")
    (folder / "samples.csv").write_text("\n".join(rows) + "\n")
    return folder / "samples.csv"


KNOWN = [(82.0, 8.0), (76.0, 10.0), (70.0, 12.0), (64.0, 9.0), (58.0, 14.0), (74.0, 6.0)]


def test_reference_samples_of_lint_make_a_regression_that_the_line_finds(
    tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scale(tmp_path, pictures, "--mm-per-row", "0.25")
    samples = lint_samples(tmp_path, KNOWN)
    assert calibrate(tmp_path, "lint", "--camera", "loom-1-1", "--valid-hours", "8", samples) == 0
    fitted = load_lint_colour(references_file(tmp_path, "loom-1-1"))
    assert (fitted.samples, fitted.expires_utc - fitted.solved_utc) == (6, timedelta(hours=8))
    colour = fitted.colour(lint_bgr(72.0, 9.0), fitted.solved_utc)
    assert (colour.rd, colour.plus_b) == pytest.approx((72.0, 9.0), abs=0.4)
    assert "6 samples; one left out is missed by" in capsys.readouterr().out


def test_reference_samples_that_are_too_few_or_lack_a_column_are_refused(
    tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scale(tmp_path, pictures, "--mm-per-row", "0.25")
    few = lint_samples(tmp_path, KNOWN[:3])
    assert calibrate(tmp_path, "lint", "--camera", "loom-1-1", few) != 0
    assert "at least 5 are needed" in capsys.readouterr().err
    few.write_text("rd,picture\n80,lint0.png\n")
    assert calibrate(tmp_path, "lint", "--camera", "loom-1-1", few) != 0
    assert "column 'plus_b' is missing" in capsys.readouterr().err
