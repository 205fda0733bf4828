import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest

from datasets.labels import CODEC, Label, LabelLog, LabelVerdict, read_labels, standing_labels
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

REPOSITORY = Path(__file__).resolve().parents[2]


def label(number, **changes):
    made = Label(
        label_id=UUID(int=number),
        utc=datetime(2026, 11, 23, 8, number, tzinfo=UTC),
        author="aigul",
        tenant="demo/mill/weaving/line-1",
        picture_sha256=f"{number:064x}",
        defect_id="d-7",
        verdict=LabelVerdict.RIGHT,
        kind=DefectKind.HOLE,
        group="roll-3",
        note="дырка, 2 мм",
    )
    return replace(made, **changes)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "plant" / "labels.jsonl"


def test_labels_are_read_back_as_they_were_given(path):
    given = [label(1), label(2, defect_id=None, kind=None, verdict=LabelVerdict.WRONG), label(3, note="a\nb")]
    with LabelLog(path) as log:
        for one in given:
            log.append(one)
    assert list(read_labels(path)) == given
    assert path.read_bytes().count(b"\n") == 3


def test_a_label_counts_once_append_returns(path):
    with LabelLog(path) as log:
        log.append(label(1))
        assert list(read_labels(path)) == [label(1)]  # read by another reader, while the log is open


def test_a_log_that_is_opened_again_goes_on(path):
    for number in (1, 2):
        with LabelLog(path) as log:
            log.append(label(number))
    assert list(read_labels(path)) == [label(1), label(2)]


def test_no_log_means_no_labels(path):
    assert list(read_labels(path)) == []


@pytest.mark.parametrize("cut", [1, 40, len(CODEC.dump_json(label(2)))])
def test_a_line_torn_by_a_crash_is_set_aside_and_not_lost(path, cut):
    with LabelLog(path) as log:
        log.append(label(1))
    torn = CODEC.dump_json(label(2))[:cut]
    with path.open("ab") as file:
        file.write(torn)
    assert list(read_labels(path)) == [label(1)]  # an unfinished label is not yet one
    with LabelLog(path) as log:
        log.append(label(3))
    assert list(read_labels(path)) == [label(1), label(3)]
    assert path.with_name("labels.jsonl.torn").read_bytes() == torn + b"\n"


def test_a_damaged_line_stops_reading_and_is_named(path):
    with LabelLog(path) as log:
        log.append(label(1))
    with path.open("ab") as file:
        file.write(b'{"label_id": 5}\n')
    with pytest.raises(DatasetError, match=r"line 2 is no label"):
        list(read_labels(path))


def test_a_label_with_a_stranger_s_field_is_no_label(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(CODEC.dump_json(label(1))[:-1] + b',"colour":"red"}\n')
    with pytest.raises(DatasetError, match="colour"):
        list(read_labels(path))


def test_a_second_writer_is_refused(path):
    with LabelLog(path), pytest.raises(DatasetError, match="another process is writing"):
        LabelLog(path).open()


HOLD = """
import sys
from pathlib import Path
from datasets.labels import LabelLog
with LabelLog(Path(sys.argv[1])):
    sys.stdout.write("open")
    sys.stdout.flush()
    sys.stdin.read()
"""


def test_a_writer_in_another_process_is_refused_until_it_ends(path):
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout.read(4) == b"open"
        with pytest.raises(DatasetError, match="another process is writing"):
            LabelLog(path).open()
        other.kill()  # a crash frees the lock
    with LabelLog(path) as log:
        log.append(label(1))
    assert list(read_labels(path)) == [label(1)]


def test_a_log_that_is_not_open_takes_no_label(path):
    with pytest.raises(DatasetError, match="isn't open"):
        LabelLog(path).append(label(1))


def test_local_time_is_refused(path):
    almaty = timezone(timedelta(hours=5))
    with LabelLog(path) as log:
        with pytest.raises(DatasetError, match="not UTC"):
            log.append(label(1, utc=datetime(2026, 11, 23, 8, tzinfo=almaty)))
        with pytest.raises(DatasetError, match="not UTC"):
            log.append(label(1, utc=datetime(2026, 11, 23, 8)))  # noqa: DTZ001
    assert list(read_labels(path)) == []


def test_a_full_disk_loses_no_earlier_label(path, monkeypatch):
    with LabelLog(path) as log:
        log.append(label(1))

        def full(descriptor):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(DatasetError, match="No space left"):
            log.append(label(2))
        monkeypatch.undo()
        log.append(label(3))
    assert list(read_labels(path)) == [label(1), label(3)]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "plant").write_text("a file")
    with pytest.raises(DatasetError, match=r"labels\.jsonl"):
        LabelLog(tmp_path / "plant" / "labels.jsonl").open()


def test_a_corrected_label_no_longer_stands():
    corrected = label(3, supersedes=UUID(int=1), verdict=LabelVerdict.WRONG)
    assert standing_labels([label(1), label(2), corrected]) == (label(2), corrected)


def test_a_correction_can_be_corrected():
    chain = [label(1), label(2, supersedes=UUID(int=1)), label(3, supersedes=UUID(int=2))]
    assert standing_labels(chain) == (chain[2],)
