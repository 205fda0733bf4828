from collections.abc import Callable
from typing import Any

import pytest

from datasets.labels import LabelVerdict, read_labels, standing_labels
from service.plant.errors import PlantError
from service.plant.plant import LABELS_FILE, Plant
from service.plant.views.defects import MarkVerdict
from vision.taxonomy import DefectKind


@pytest.fixture
def marked(plant: Plant, new_log: Callable[..., Any]) -> Plant:
    log = new_log()
    plant.ingest(
        "loom-1", [log.roll_started(), log.defect("d1", 100, picture="a" * 64), log.defect("blind", 200)]
    )
    return plant


def test_a_mark_is_in_the_label_log_and_on_the_defect(marked: Plant, settings: Any) -> None:
    marked.mark("d1", MarkVerdict.RIGHT, None, "aigul")
    (label,) = read_labels(settings.data_dir / LABELS_FILE)
    assert (label.author, label.tenant, label.group) == ("aigul", "mill/north/weaving/loom-1", "r1")
    assert (label.verdict, label.kind, label.defect_id) == (LabelVerdict.RIGHT, DefectKind.STAIN, "d1")
    mark = marked.roll("r1").defects[0].mark
    assert mark is not None
    assert (mark.verdict, mark.user) == (MarkVerdict.RIGHT, "aigul")


def test_a_second_thought_supersedes_the_first(marked: Plant, settings: Any) -> None:
    marked.mark("d1", MarkVerdict.RIGHT, None, "aigul")
    marked.mark("d1", MarkVerdict.WRONG, None, "berik")
    labels = tuple(read_labels(settings.data_dir / LABELS_FILE))
    (standing,) = standing_labels(labels)
    assert (len(labels), standing.author, standing.kind) == (2, "berik", None)
    defect = marked.roll("r1").defects[0]
    assert (defect.points, defect.not_graded_because) == (0, "marked_wrong")


def test_wrong_with_a_kind_is_a_defect_of_that_kind(marked: Plant) -> None:
    marked.mark("d1", MarkVerdict.WRONG, "hole", "aigul")
    defect = marked.roll("r1").defects[0]
    assert (defect.kind, defect.points) == ("stain", 4)  # any hole has 4 points


def test_a_mark_is_in_the_audit_log(marked: Plant) -> None:
    marked.mark("d1", MarkVerdict.WRONG, None, "aigul")
    entry = marked.audit_log.page().items[0]
    assert (entry.user, entry.action, entry.subject, entry.detail["verdict"]) == (
        "aigul",
        "mark",
        "d1",
        "wrong",
    )


@pytest.mark.parametrize(
    ("defect_id", "kind", "problem"),
    [("d9", None, "unknown_defect"), ("d1", "bug", "unknown_kind"), ("blind", None, "no_picture")],
)
def test_what_can_not_be_marked_is_refused_and_not_logged(
    marked: Plant, settings: Any, defect_id: str, kind: str | None, problem: str
) -> None:
    with pytest.raises(PlantError) as caught:
        marked.mark(defect_id, MarkVerdict.WRONG, kind, "aigul")
    assert caught.value.problem == problem
    assert tuple(read_labels(settings.data_dir / LABELS_FILE)) == ()


def test_marks_outlive_a_rebuild(marked: Plant) -> None:
    marked.mark("d1", MarkVerdict.WRONG, None, "aigul")
    assert marked.rebuild() == 3
    assert marked.roll("r1").defects[0].not_graded_because == "marked_wrong"


def test_a_second_plant_on_the_same_folder_is_refused(marked: Plant, settings: Any, clock: Any) -> None:
    with pytest.raises(PlantError, match="another process is writing labels"):
        Plant.open(settings, clock)


def test_a_mark_on_a_demo_defect_is_a_demo_label(
    plant: Plant, new_log: Callable[..., Any], settings: Any
) -> None:
    log = new_log()
    real = log.defect("real", 100, picture="a" * 64)
    log.demo = True
    plant.ingest("loom-1", [real, log.defect("drawn", 200, picture="b" * 64)])
    for defect_id in ("real", "drawn"):
        plant.mark(defect_id, MarkVerdict.RIGHT, None, "aigul")
    labels = read_labels(settings.data_dir / LABELS_FILE)
    assert [(label.defect_id, label.demo) for label in labels] == [("real", False), ("drawn", True)]
