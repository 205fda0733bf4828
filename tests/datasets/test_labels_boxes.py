"""Boxes in labels, and labels that are taken back."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from datasets.labels import Label, LabelLog, LabelVerdict, PixelBox, read_labels, standing_labels
from vision.taxonomy import DefectKind

LABEL = Label(
    label_id=uuid4(), utc=datetime(2026, 3, 2, tzinfo=UTC), author="aigul", tenant="m/n/w/l",
    picture_sha256="a" * 64, defect_id=None, verdict=LabelVerdict.WRONG, kind=DefectKind.HOLE,
    box=PixelBox(x0=1, y0=2, x1=30, y1=40, mm_per_px=0.1),
)  # fmt: skip


def test_a_box_comes_back_from_the_log(tmp_path: Path) -> None:
    with LabelLog(tmp_path / "labels.jsonl") as log:
        log.append(LABEL)
        assert log.find(LABEL.label_id) == LABEL
        assert log.find(uuid4()) is None
    assert list(read_labels(tmp_path / "labels.jsonl")) == [LABEL]


def test_what_was_taken_back_does_not_stand(tmp_path: Path) -> None:
    taken_back = replace(LABEL, label_id=uuid4(), supersedes=LABEL.label_id, withdrawn=True)
    assert standing_labels([LABEL]) == (LABEL,)
    assert standing_labels([LABEL, taken_back]) == ()


def test_a_box_without_a_pixel_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no pixel"):
        PixelBox(x0=5, y0=5, x1=5, y1=9)
