"""A defect that a person saw on the live strip and the machine did not: to the queue, to be drawn."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from told_line import line_now, preview

from datasets.labels import Label, LabelVerdict, PixelBox, read_labels, standing_labels
from service import events as ev
from service.event_terms import PictureWhy
from service.plant.errors import PlantError
from service.plant.plant import LABELS_FILE, Plant
from service.plant.review.desk import ReviewDesk
from service.plant.views.review import ReviewSubject, ReviewWhy, ReviewWord
from vision.taxonomy import DefectKind

BOX = PixelBox(x0=1, y0=2, x1=30, y1=40)
CLEAN = replace(preview(7), verdict="clean", boxes=())


@pytest.fixture
def picture(plant: Plant, loom: Any) -> Any:
    """Lets the loom show a frame, and deliver it once it was judged; gives the picture's hash."""
    shown = 0

    def judge(seen: Any, *, good: bool) -> str:
        nonlocal shown
        shown += 1
        plant.glimpses.take("loom-1", line_now(seen))
        plant.strips.judge("loom-1", shown, "aigul", good=good)
        data = loom.png(seen.frame_seq)
        sha256 = hashlib.sha256(data).hexdigest()
        kept = ev.PictureKept(
            sha256=sha256, media_type="image/png", bytes=len(data), why=PictureWhy.JUDGED, roll_id="r1",
            lot_id=None, web_mm=seen.web_start_mm, x0_mm=0.0, mm_per_px=0.5, frame_seq=7, score=0.1,
        )  # fmt: skip
        plant.ingest("loom-1", [loom.log.add(kept)])
        plant.put_picture("loom-1", sha256, data, "image/png")
        return sha256

    return judge


def standing(plant: Plant) -> list[Label]:
    return list(standing_labels(read_labels(plant.settings.data_dir / LABELS_FILE)))


def waiting(desk: ReviewDesk) -> dict[ReviewWhy, int]:
    desk.filler.fill()
    return desk.state("berik").waiting


def test_what_a_person_saw_is_drawn_by_whoever_takes_it_and_its_label_gives_way(
    plant: Plant, loom: Any, picture: Any
) -> None:
    loom.find("sure", unsure=True)
    sha256 = picture(CLEAN, good=False)
    desk = replace(plant.review, wants_second=lambda subject: True)
    item = desk.take("berik", 2)[0]
    assert (item.subject, item.subject_id, item.why) == (ReviewSubject.PICTURE, sha256, ReviewWhy.JUDGED)
    assert item.place is not None
    assert item.place.y0_mm == 700.0
    desk.judge(item.id, ReviewWord(defective=True, kind="hole", boxes=(BOX, replace(BOX, x0=0))), "berik")
    said = [(one.author, one.kind, one.box, one.verdict, one.group) for one in standing(plant)]
    assert said == [
        ("berik", DefectKind.HOLE, BOX, LabelVerdict.WRONG, "r1"),
        ("berik", DefectKind.HOLE, replace(BOX, x0=0), LabelVerdict.WRONG, "r1"),
    ]
    assert ReviewWhy.JUDGED not in waiting(desk)  # two people have seen it
    with pytest.raises(PlantError, match="in the review queue by berik") as refused:
        plant.strips.judge("loom-1", 1, "aigul", good=True)
    assert refused.value.problem == "marked_again"
    for _ in range(2):  # taken back and judged again: the word of the strip holds meanwhile, once
        assert desk.undo("berik") == item.id
        (word,) = standing(plant)
        assert (word.author, word.kind, word.box) == ("aigul", DefectKind.UNKNOWN, None)
        desk.judge(item.id, ReviewWord(defective=False), "berik")
        (nothing,) = standing(plant)
        assert (nothing.author, nothing.kind, nothing.verdict) == ("berik", None, LabelVerdict.RIGHT)


@pytest.mark.parametrize(("seen", "good"), [(preview(7), False), (CLEAN, True)])
def test_a_frame_with_a_finding_or_called_good_is_not_asked_for_again(
    plant: Plant, once: ReviewDesk, picture: Any, seen: Any, good: bool
) -> None:
    picture(seen, good=good)
    assert waiting(once) == {}


def test_called_good_after_all_leaves_the_queue_and_called_a_defect_again_comes_back(
    plant: Plant, once: ReviewDesk, picture: Any
) -> None:
    picture(CLEAN, good=False)
    assert waiting(once) == {ReviewWhy.JUDGED: 1}
    plant.strips.judge("loom-1", 1, "aigul", good=True)
    assert waiting(once) == {}
    plant.strips.judge("loom-1", 1, "aigul", good=False)
    assert waiting(once) == {ReviewWhy.JUDGED: 1}
    (word,) = standing(plant)
    assert word.kind is DefectKind.UNKNOWN
