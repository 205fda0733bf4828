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
from service.plant.views.people import Role, User
from vision.taxonomy import DefectKind

SHA = "e" * 64


@pytest.fixture
def watched(plant: Plant, new_log: Callable[..., Any]) -> tuple[Plant, Any]:
    """A plant whose loom showed frame 7, DEFECTIVE, which begins at 700 mm: its preview has number 1."""
    log = new_log()
    plant.ingest("loom-1", [log.started(), log.roll_started()])
    plant.glimpses.take("loom-1", line_now(preview(7)))
    return plant, log


def kept(log: Any, why: PictureWhy, sha256: str = SHA, web_mm: float = 700.0) -> ev.Event:
    picture = replace(log.picture_kept(sha256).body, why=why, roll_id="r1", web_mm=web_mm, frame_seq=7)
    return log.add(picture)  # type: ignore[no-any-return]  # the log of the tests is untyped


def labels(plant: Plant) -> list[Any]:
    return list(read_labels(plant.settings.data_dir / LABELS_FILE))


def test_a_word_is_kept_at_once_and_its_line_asked_for_the_frame(watched: tuple[Plant, Any]) -> None:
    plant, _ = watched
    plant.strips.judge("loom-1", 1, "aigul", good=True)
    (word,) = plant.strips.words("loom-1")
    assert (word.user, word.good, word.machine, word.web_mm) == ("aigul", True, "defective", 700.0)
    assert word.picture_sha256 is None
    (command,) = plant.commands_for("loom-1")
    assert command.command is LineCommandKind.KEEP_STRIP
    assert command.arguments == {"frame": "7", "web_mm": "700.0", "good": "yes"}
    assert labels(plant) == []


@pytest.mark.parametrize(
    ("good", "why", "verdict", "kind"),
    [
        (True, PictureWhy.GOOD_CLOTH, LabelVerdict.WRONG, None),  # the machine had called it defective
        (False, PictureWhy.DEFECT, LabelVerdict.RIGHT, DefectKind.UNKNOWN),
    ],
)
def test_the_label_comes_with_the_picture_and_says_where_from(
    watched: tuple[Plant, Any], good: bool, why: PictureWhy, verdict: LabelVerdict, kind: DefectKind | None
) -> None:
    plant, log = watched
    word = plant.strips.judge("loom-1", 1, "aigul", good=good)
    plant.ingest("loom-1", [kept(log, why, "f" * 64, web_mm=900.0)])  # another frame's
    assert labels(plant) == []
    plant.ingest("loom-1", [kept(log, why)])
    (label,) = labels(plant)
    assert (label.picture_sha256, label.verdict, label.kind, label.defect_id) == (SHA, verdict, kind, None)
    assert (label.author, label.utc, label.group) == ("aigul", word.utc, "r1")
    assert label.tenant == "mill/north/weaving/loom-1"
    assert str(label.label_id) == word.word_id
    assert plant.strips.settle() == 0  # once only
    assert plant.strips.words("loom-1")[0].picture_sha256 == SHA


def test_a_second_thought_on_the_same_frame_supersedes_the_first(watched: tuple[Plant, Any]) -> None:
    plant, log = watched
    plant.strips.judge("loom-1", 1, "aigul", good=False)
    plant.ingest("loom-1", [kept(log, PictureWhy.DEFECT)])
    plant.strips.judge("loom-1", 1, "berik", good=True)
    plant.ingest("loom-1", [kept(log, PictureWhy.GOOD_CLOTH)])
    (standing,) = standing_labels(labels(plant))
    assert (standing.author, standing.kind) == ("berik", None)


def test_a_good_frame_is_part_of_a_dataset_version(
    watched: tuple[Plant, Any], png: Callable[[int], bytes], tmp_path: Any
) -> None:
    plant, log = watched
    data = png(120)
    sha256 = hashlib.sha256(data).hexdigest()
    plant.strips.judge("loom-1", 1, "aigul", good=True)
    plant.ingest("loom-1", [kept(log, PictureWhy.GOOD_CLOTH, sha256)])
    plant.put_picture("loom-1", sha256, data, "image/png")
    store = PictureStore(plant.settings.data_dir / PICTURES_FOLDER)
    version = freeze(labels(plant), store, tmp_path / "versions", "v1")
    (entry,) = version.entries
    assert (entry.picture_sha256, entry.kind, entry.defect_id, entry.group) == (sha256, None, None, "r1")


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
