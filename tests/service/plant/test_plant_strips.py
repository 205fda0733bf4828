"""A whole frame judged on the live strip: kept at once, labelled when its picture has come, frozen."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from told_line import line_now, preview

from datasets.labels import LabelVerdict, read_labels, standing_labels
from datasets.store import PictureStore
from datasets.version import freeze
from service import events as ev
from service.event_terms import PictureWhy
from service.line_commands import LineCommandKind
from service.plant.acting import acting
from service.plant.errors import PlantError
from service.plant.plant import LABELS_FILE, PICTURES_FOLDER, Plant
from service.plant.store import strip_rows
from service.plant.strip_labels import StripLabels
from service.plant.views.defects import MarkVerdict
from service.plant.views.people import Role, User
from vision.taxonomy import DefectKind

SHA = "e" * 64
CROP = "c" * 64


@pytest.fixture
def watched(plant: Plant, new_log: Callable[..., Any]) -> tuple[Plant, Any]:
    """A plant whose loom showed frame 7, DEFECTIVE, from 700 to 800 mm: its preview has number 1."""
    log = new_log()
    plant.ingest("loom-1", [log.started(), log.roll_started()])
    plant.glimpses.take("loom-1", line_now(preview(7)))
    return plant, log


def kept(log: Any, sha256: str = SHA, web_mm: float = 700.0, why: PictureWhy = PictureWhy.JUDGED) -> ev.Event:
    picture = replace(log.picture_kept(sha256).body, why=why, roll_id="r1", web_mm=web_mm, frame_seq=7)
    return log.add(picture)  # type: ignore[no-any-return]  # the log of the tests is untyped


def labels(plant: Plant) -> list[Any]:
    return list(read_labels(plant.settings.data_dir / LABELS_FILE))


def marked(plant: Plant) -> dict[str, tuple[MarkVerdict, str]]:
    found = plant.roll("r1").defects
    return {one.defect_id: (one.mark.verdict, one.mark.user) for one in found if one.mark is not None}


def test_a_word_is_kept_at_once_and_its_line_asked_for_the_frame(watched: tuple[Plant, Any]) -> None:
    plant, _ = watched
    plant.strips.judge("loom-1", 1, "aigul", good=True)
    (word,) = plant.strips.words("loom-1")
    assert (word.user, word.good, word.machine, word.found) == ("aigul", True, "defective", 1)
    assert (word.web_mm, word.end_mm, word.picture_sha256) == (700.0, 800.0, None)
    (command,) = plant.commands_for("loom-1")
    assert command.command is LineCommandKind.KEEP_STRIP
    assert command.arguments == {"frame": "7", "web_mm": "700.0"}
    assert labels(plant) == []
    told = {entry.action: entry for entry in plant.audit_log.page(page_size=10).items}["judge_strip"]
    assert (told.user, told.subject, told.detail["said"]) == ("aigul", "loom-1", "good")


@pytest.mark.parametrize(
    ("good", "verdict", "kind"),
    [
        (True, LabelVerdict.WRONG, None),  # the machine had called it defective
        (False, LabelVerdict.RIGHT, DefectKind.UNKNOWN),
    ],
)
def test_the_label_comes_with_the_picture_and_says_where_from(
    watched: tuple[Plant, Any], good: bool, verdict: LabelVerdict, kind: DefectKind | None
) -> None:
    plant, log = watched
    word = plant.strips.judge("loom-1", 1, "aigul", good=good)
    plant.ingest("loom-1", [kept(log, "f" * 64, web_mm=900.0)])  # another frame's
    plant.ingest("loom-1", [kept(log, "d" * 64, why=PictureWhy.GOOD_CLOTH)])  # of a lesson
    assert labels(plant) == []
    plant.ingest("loom-1", [kept(log)])
    (label,) = labels(plant)
    assert (label.picture_sha256, label.verdict, label.kind, label.defect_id) == (SHA, verdict, kind, None)
    assert (label.author, label.utc, label.group) == ("aigul", word.utc, "r1")
    assert label.tenant == "mill/north/weaving/loom-1"
    assert plant.strips.labels.settle() == 0  # once only
    assert plant.strips.words("loom-1")[0].picture_sha256 == SHA


def test_a_picture_of_the_same_place_in_an_earlier_run_is_not_taken_for_it(
    watched: tuple[Plant, Any],
) -> None:
    plant, log = watched
    plant.ingest("loom-1", [kept(log, "f" * 64)])
    plant.strips.judge("loom-1", 1, "aigul", good=True)
    assert plant.strips.labels.settle() == 0
    plant.ingest("loom-1", [kept(log)])
    assert [label.picture_sha256 for label in labels(plant)] == [SHA]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_label_whose_word_could_not_be_noted_is_not_written_twice(
    watched: tuple[Plant, Any], monkeypatch: pytest.MonkeyPatch, clock: Any, restarted: bool
) -> None:
    plant, log = watched
    plant.strips.judge("loom-1", 1, "aigul", good=True)

    def fails(*given: Any) -> None:
        raise PlantError("database", "the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(strip_rows, "note_label", fails)
        taken = plant.ingest("loom-1", [kept(log)])
    assert (taken.accepted, len(labels(plant))) == (1, 1)  # the line's events are kept all the same
    settled = plant.strips.labels
    if restarted:
        clock.pass_s(60)
        settled = StripLabels(marker=settled.marker, tenant=settled.tenant, since=clock())
    assert settled.settle() == 1
    assert len(labels(plant)) == 1
    assert plant.strips.words("loom-1")[0].picture_sha256 == SHA


def test_a_second_thought_takes_the_first_ones_place_on_the_picture_that_has_come(
    watched: tuple[Plant, Any],
) -> None:
    plant, log = watched
    plant.strips.judge("loom-1", 1, "aigul", good=False)
    plant.ingest("loom-1", [kept(log)])
    plant.strips.judge("loom-1", 1, "berik", good=True)
    assert len(plant.commands_for("loom-1")) == 1  # the frame is there: its line is not asked again
    (standing,) = standing_labels(labels(plant))
    assert (standing.author, standing.kind, standing.picture_sha256) == ("berik", None, SHA)


def test_the_same_word_again_asks_for_the_frame_again_and_adds_nothing(watched: tuple[Plant, Any]) -> None:
    plant, log = watched
    first = plant.strips.judge("loom-1", 1, "aigul", good=True)
    assert plant.strips.judge("loom-1", 1, "aigul", good=True) == first
    assert len(plant.commands_for("loom-1")) == 2  # the line may have refused the first time
    plant.ingest("loom-1", [kept(log), kept(log)])
    plant.strips.judge("loom-1", 1, "aigul", good=True)
    assert len(plant.commands_for("loom-1")) == 2
    assert [len(plant.strips.words("loom-1")), len(labels(plant))] == [1, 1]


def test_good_calls_the_frames_findings_false_and_a_second_thought_takes_it_back(
    watched: tuple[Plant, Any],
) -> None:
    plant, log = watched
    plant.ingest(
        "loom-1",
        [
            log.defect("inside", 740.0, picture=CROP),
            log.defect("beyond", 790.0, height_mm=30.0, picture=CROP),  # ends at 820 mm, in the next frame
            log.defect("before", 640.0, picture=CROP),
            log.defect("judged", 760.0, picture=CROP),
            log.defect("unseen", 770.0),
        ],
    )
    plant.mark("judged", MarkVerdict.RIGHT, None, "clara")
    plant.strips.judge("loom-1", 1, "aigul", good=True)
    plant.ingest("loom-1", [kept(log)])
    own = {"judged": (MarkVerdict.RIGHT, "clara")}
    assert marked(plant) == own | {"inside": (MarkVerdict.WRONG, "aigul")}
    plant.strips.judge("loom-1", 1, "aigul", good=False)
    assert marked(plant) == own
    assert [label.kind for label in standing_labels(labels(plant)) if label.defect_id is None] == ["unknown"]


def test_a_good_frame_is_a_clean_picture_of_a_dataset_version(
    watched: tuple[Plant, Any], png: Callable[[int], bytes], tmp_path: Any
) -> None:
    plant, log = watched
    data = png(120)
    sha256 = hashlib.sha256(data).hexdigest()
    plant.strips.judge("loom-1", 1, "aigul", good=True)
    plant.ingest("loom-1", [kept(log, sha256)])
    plant.put_picture("loom-1", sha256, data, "image/png")
    store = PictureStore(plant.settings.data_dir / PICTURES_FOLDER)
    version = freeze(labels(plant), store, tmp_path / "versions", "v1")
    (entry,) = version.entries
    assert (entry.picture_sha256, entry.kind, entry.defect_id, entry.group) == (sha256, None, None, "r1")


def test_no_lesson_learns_from_judged_frames_and_none_from_what_was_called_a_defect(
    watched: tuple[Plant, Any], png: Callable[[int], bytes]
) -> None:
    plant, log = watched
    lesson = plant.lessons.begin("loom-1", "another article", 8, "erlan")
    good, bad = png(1), png(2)
    shas = [hashlib.sha256(data).hexdigest() for data in (good, bad)]
    for data, sha256 in zip((good, bad), shas, strict=True):
        plant.ingest("loom-1", [kept(log, sha256, why=PictureWhy.GOOD_CLOTH)])
        plant.put_picture("loom-1", sha256, data, "image/png")
    plant.strips.judge("loom-1", 1, "aigul", good=False)
    plant.ingest("loom-1", [kept(log, shas[1])])  # the second one is the frame that aigul saw
    judged = hashlib.sha256(png(3)).hexdigest()
    plant.glimpses.take("loom-1", line_now(preview(9)))
    plant.strips.judge("loom-1", 2, "aigul", good=True)
    plant.ingest("loom-1", [kept(log, judged, web_mm=900.0)])
    plant.put_picture("loom-1", judged, png(3), "image/png")
    assert plant.strips.words("loom-1")[0].picture_sha256 == judged
    (view,) = plant.lessons.listing()
    assert (view.lesson.id, view.pictures) == (lesson.lesson.id, (shas[0],))


def test_a_frame_no_longer_shown_or_of_another_line_is_refused(watched: tuple[Plant, Any]) -> None:
    plant, _ = watched
    with pytest.raises(PlantError, match="no longer kept"):
        plant.strips.judge("loom-1", 2, "aigul", good=True)
    plant.people.create("berik", "correct horse battery", Role.TECHNICIAN, by="admin")
    plant.people.set_lines("berik", ("opener-1",), by="admin")
    berik: User | None = plant.people.get("berik")
    with acting("", berik), pytest.raises(PlantError) as caught:
        plant.strips.judge("loom-1", 1, "berik", good=True)
    assert caught.value.problem == "out_of_scope"
    assert plant.strips.words("loom-1") == ()
