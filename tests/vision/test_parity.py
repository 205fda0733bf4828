import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from vision.bundle import CARD_FILE, PARITY_FILE, add_bundle_file, copy_bundle, load_bundle, save_bundle
from vision.card import ModelCard, Thresholds
from vision.inference import map_of
from vision.parity import ParityReport, PathFigures, describe, parity_fault, read_parity, write_parity
from vision.parity_check import OtherPath, check_parity
from vision.types import VisionError


@pytest.fixture(scope="module")
def good() -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(1)
    return [rng.integers(122, 135, (64, 96), np.uint8) for _ in range(3)]


@pytest.fixture
def narrow(tmp_path: Path, model: bytes, card: ModelCard, golden: bytes) -> Path:
    """The tiny recipe with a band of UNSURE as narrow as a learnt one's: 0.5 to 4 steps of its scale."""
    thresholds = Thresholds(unsure=40.0, defective=44.0)
    return save_bundle(tmp_path / "narrow", model, dataclasses.replace(card, thresholds=thresholds), golden)


def scaled(model: bytes, factor: float) -> bytes:
    """The same graph with its one weight, the grey of good cloth, scaled."""
    changed = onnx.load_model_from_string(model)
    (grey,) = (tensor for tensor in changed.graph.initializer if tensor.name == "grey")
    grey.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(grey) * np.float32(factor), "grey"))
    data: bytes = changed.SerializeToString()
    return data


def other(name: str, model: bytes, *, is_exact: bool) -> OtherPath:
    return OtherPath(name=name, run=map_of(model, threads=1), is_exact=is_exact)


def test_a_healthy_bundle_passes_on_200_tiles_of_which_50_are_near_a_threshold(
    narrow: Path, model: bytes, good: list[NDArray[np.uint8]]
) -> None:
    report = check_parity(narrow, good, [other("twin", model, is_exact=True)], threads=1)
    assert report.why_not() == ""
    assert report.passed
    assert report.tiles >= 200
    assert report.near >= 50
    assert [path.name for path in report.paths] == ["shipped", "line", "twin"]
    assert report.paths[2].largest_difference < 1e-4
    assert report.paths[1].largest_difference <= 128 / 65535  # one step of the line's 16-bit map
    assert all(path.changed_within_unsure == path.changed_beyond == 0 for path in report.paths)


def test_a_tampered_graph_does_not_pass_whatever_it_is_called(
    narrow: Path, model: bytes, good: list[NDArray[np.uint8]]
) -> None:
    far = scaled(model, 0.8)  # grey 128 becomes 102: every score moves by up to 26, the band is 4 wide
    report = check_parity(narrow, good, [other("int8", far, is_exact=False)], threads=1)
    assert not report.passed
    assert report.paths[2].changed_beyond > 30
    assert "int8 differs by 25.6 and changes" in report.why_not()


def test_an_exact_path_may_not_differ_even_where_no_verdict_changes(
    narrow: Path, model: bytes, good: list[NDArray[np.uint8]]
) -> None:
    near = scaled(model, 1.005)  # grey 128.64: scores move by 0.64
    paths = [other("torch", near, is_exact=True), other("int8", near, is_exact=False)]
    report = check_parity(narrow, good, paths, threads=1)
    torch, quantised = report.paths[2:]
    assert (torch.largest_difference, torch.limit) == (
        pytest.approx(0.64, abs=1e-3),
        pytest.approx(0.0853, abs=1e-4),
    )
    assert (torch.agrees, quantised.agrees) == (False, True)
    assert quantised.changed_within_unsure > 0
    assert report.why_not().startswith("torch differs by 0.64 (limit 0.085)")


def test_a_line_that_fails_on_tiles_does_not_pass(
    narrow: Path, good: list[NDArray[np.uint8]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vision.inspector.picture_fault", lambda pixels: "no texture")
    report = check_parity(narrow, good, threads=1)
    assert report.paths[1].changed_beyond > 200
    assert "line differs" in report.why_not()


def test_pictures_of_another_width_are_refused(narrow: Path, card: ModelCard) -> None:
    with pytest.raises(VisionError, match=f"{card.bundle_id}.*none of 1 pictures is 96 px wide"):
        check_parity(narrow, [np.zeros((64, 100), np.uint8)], threads=1)


def test_the_report_lies_with_the_bundle_and_travels_with_it(
    narrow: Path, report: ParityReport, tmp_path: Path
) -> None:
    assert "has not been through the parity gate; run 'maqta model parity" in parity_fault(narrow)
    write_parity(narrow, report)
    copy_bundle(narrow, tmp_path / "copy")
    assert read_parity(tmp_path / "copy") == report
    assert parity_fault(tmp_path / "copy") == ""
    assert load_bundle(tmp_path / "copy").card.thresholds.defective == 44.0


def test_a_report_that_was_changed_by_hand_is_refused(bundle_folder: Path, report: ParityReport) -> None:
    write_parity(bundle_folder, dataclasses.replace(report, near=3))
    path = bundle_folder / PARITY_FILE
    path.write_text(path.read_text(encoding="utf-8").replace('"near": 3', '"near": 99'), encoding="utf-8")
    with pytest.raises(VisionError, match=r"parity\.json: SHA-256"):
        read_parity(bundle_folder)


def test_a_report_of_another_graph_is_refused(bundle_folder: Path, report: ParityReport) -> None:
    write_parity(bundle_folder, dataclasses.replace(report, model_sha256="f" * 64))
    with pytest.raises(
        VisionError, match=r"is of model ffffffffffff…, the bundle's is .*run 'maqta model parity"
    ):
        read_parity(bundle_folder)


def test_a_report_of_another_version_is_refused_by_name(bundle_folder: Path, report: ParityReport) -> None:
    write_parity(bundle_folder, report)
    facts = json.loads((bundle_folder / PARITY_FILE).read_text(encoding="utf-8"))
    del facts["near"]
    (bundle_folder / PARITY_FILE).write_text(json.dumps(facts), encoding="utf-8")
    assert "SHA-256" in parity_fault(bundle_folder)
    resigned = (bundle_folder / PARITY_FILE).read_bytes()
    add_bundle_file(bundle_folder, PARITY_FILE, resigned)
    assert "Field required" in parity_fault(bundle_folder)


def path_of(difference: float, *, limit: float | None, beyond: int) -> PathFigures:
    return PathFigures(
        name="p", largest_difference=difference, limit=limit, changed_within_unsure=7, changed_beyond=beyond
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tiles": 199}, "199 tiles, 50 of them near a threshold, at least 200 and 50 are needed"),
        ({"near": 49}, "200 tiles, 49 of them near"),
        ({"paths": ()}, "no path was compared"),
        ({"paths": (path_of(0.03, limit=0.02, beyond=0),)}, r"p differs by 0.03 \(limit 0.02\)"),
        ({"paths": (path_of(5.0, limit=None, beyond=1),)}, "p differs by 5 and changes 1 verdicts"),
        ({"paths": (path_of(float("nan"), limit=0.02, beyond=0),)}, "p differs by nan"),
    ],
)
def test_a_report_says_why_it_did_not_pass(
    report: ParityReport, changes: dict[str, object], words: str
) -> None:
    failed = dataclasses.replace(report, **changes)  # type: ignore[arg-type]  # a test builds reports from changes
    assert not failed.passed
    assert re.search(words, failed.why_not())
    assert describe(failed)[-1] == f"parity gate: {failed.why_not()}"


def test_changes_within_unsure_pass(report: ParityReport) -> None:
    assert dataclasses.replace(report, paths=(path_of(1.3, limit=None, beyond=0),)).passed


def test_a_folder_that_is_no_bundle_has_no_report(tmp_path: Path) -> None:
    (tmp_path / CARD_FILE).write_text("{}", encoding="utf-8")
    assert "has not been through the parity gate" in parity_fault(tmp_path)


def test_a_path_of_no_numbers_differs_by_the_whole_range_and_fails(
    narrow: Path, good: list[NDArray[np.uint8]]
) -> None:
    def broken(pixels: NDArray[np.uint8], cloth_px: tuple[int, int]) -> NDArray[np.float32]:
        return np.full((1, -(-pixels.shape[0] // 4), 24), np.nan, np.float32)

    report = check_parity(narrow, good, [OtherPath(name="int8", run=broken, is_exact=False)], threads=1)
    assert report.paths[2].largest_difference == 128.0
    assert report.paths[2].changed_beyond > 200
