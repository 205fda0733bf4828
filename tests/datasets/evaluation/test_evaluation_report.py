import dataclasses
import json
import re
from datetime import UTC, datetime

import cv2
import pytest

from datasets.evaluation.bootstrap import intervals
from datasets.evaluation.figures import table
from datasets.evaluation.kinds import kind_tables
from datasets.evaluation.report import Tables, write_report
from datasets.evaluation.report_pictures import crop_around
from datasets.evaluation.runs import Source, evaluate_recipe
from datasets.evaluation.texts import evaluation_json, left_out_lines, table_lines
from datasets.layouts import find_layout, read_layout
from datasets.types import DatasetError
from vision.types import PxBox

MADE = datetime(2026, 11, 24, 18, 5, tzinfo=UTC)


def evaluated(root, bundle, *, rendered=False):
    layout = find_layout(root)
    records = tuple(dataclasses.replace(record, rendered=rendered) for record in read_layout(root, layout))
    source = Source(data=root, layout=layout.value, records=records)
    evaluation = evaluate_recipe(source, bundle, threads=1, progress=lambda _: None)
    tested = {run.article: run.results for run in evaluation.runs}
    return (
        records,
        evaluation,
        Tables(rows=table(tested), spread=intervals(tested), kinds=kind_tables(evaluation)),
    )


def page(tmp_path, root, bundle, *, rendered=False):
    records, evaluation, tables = evaluated(root, bundle, rendered=rendered)
    path = write_report(evaluation, tables, records, tmp_path / "report", machine="test cores", made_utc=MADE)
    assert path == tmp_path / "report" / "report.html"
    return path.read_text(encoding="utf-8")


def section(html, name):
    return html.split(f'<section id="{name}">')[1].split("</section>")[0]


def test_the_page_holds_all_it_needs_and_fetches_nothing(tmp_path, on_disk, recipe):
    html = page(tmp_path, on_disk("aitex"), recipe())
    assert "http" not in html
    assert not re.search(r"<link|@import|url\(|\$[a-z]", html)
    assert set(re.findall(r'src="([^"]{0,22})', html)) == {"data:image/jpeg;base64"}
    assert "test cores" in html
    assert "2026-11-24 18:05 UTC" in html


def test_every_miss_and_every_false_alarm_is_named(tmp_path, on_disk, recipe):
    html = page(tmp_path, on_disk("aitex"), recipe())
    misses, alarms = section(html, "misses"), section(html, "alarms")
    assert "0002_002_07.png" in misses
    assert "0001_019_07.png" not in misses
    assert "score inside 0.00 of 60.00: nothing found there" in misses
    assert "0003_000_07.png" in alarms
    assert "score 70.00, defective from 60.00: DEFECTIVE" in alarms
    assert "0004_000_07.png" not in alarms
    strips = section(html, "strips")
    assert re.findall(r"\d{4}_\d{3}_07", strips)[:2] == ["0003_000_07", "0002_002_07"]  # wrong ones first


def test_thresholds_stand_in_the_histograms_and_intervals_in_the_table(tmp_path, on_disk, recipe):
    html = page(tmp_path, on_disk("aitex"), recipe())
    scores = section(html, "scores")
    assert "unsure 40.00" in scores
    assert "defective 60.00" in scores
    assert "<td>0.833<span" in section(html, "figures")


def test_misses_of_a_set_without_masks_show_the_whole_picture(tmp_path, on_disk, recipe):
    html = page(tmp_path, on_disk("classes"), recipe())
    assert "score in the whole picture 50.00 of 60.00: UNSURE<" in section(html, "misses")
    assert "The set marks no regions." in section(html, "kinds")


@pytest.mark.parametrize("rendered", [True, False])
def test_a_rendered_set_is_marked_demo_and_a_real_one_is_not(tmp_path, on_disk, recipe, rendered):
    html = page(tmp_path, on_disk("aitex"), recipe(), rendered=rendered)
    assert ('<div class="demo-band">' in html) is rendered


def test_names_from_the_set_are_text_and_never_markup(tmp_path, on_disk, recipe, strips):
    root = on_disk("classes")
    cv2.imwrite(str(root / "oil" / "9_<b>&.png"), strips["D"])
    html = page(tmp_path, root, recipe())
    assert "9_<b>" not in html
    assert "9_&lt;b&gt;&amp;.png" in section(html, "misses")


def test_a_folder_that_cannot_be_written_is_named(tmp_path, on_disk, recipe):
    records, evaluation, tables = evaluated(on_disk("aitex"), recipe())
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(DatasetError, match="file/report: the report can't be written"):
        write_report(evaluation, tables, records, tmp_path / "file" / "report", machine="", made_utc=MADE)


def test_the_table_and_the_json_hold_the_same_figures(on_disk, recipe):
    _, evaluation, tables = evaluated(on_disk("classes"), recipe())
    head, row, *_ = table_lines(evaluation, tables.rows, tables.spread["mean"])
    shown = dict(zip(head.split()[3:], row.split()[3:], strict=True))
    assert (shown["AUROC"], shown["LOC"], row.split()[:3]) == ("0.833", "–", ["twill", "3", "2"])
    told = json.loads(json.dumps(evaluation_json(evaluation, tables.rows, tables.spread, tables.kinds)))
    assert told["accuracy"]["twill"]["AUROC"] == 0.8333
    assert told["accuracy"]["mean"]["LOC"] is None
    assert told["interval_90"]["mean"]["LOC"] == [None, None]
    assert told["recipes"]["twill"]["defective"] == 60.0


def test_what_is_left_out_is_counted_and_named(on_disk, recipe, strips):
    _, evaluation, _ = evaluated(on_disk("aitex"), recipe(strips["learnt"]))
    assert left_out_lines(evaluation) == ["1 left out, learnt by this recipe: 0005_000_07.png"]


@pytest.mark.parametrize(
    "box",
    [
        PxBox(x0=0, y0=0, x1=4, y1=4),
        PxBox(x0=4000, y0=250, x1=4096, y1=256),
        PxBox(x0=0, y0=120, x1=4096, y1=130),
        PxBox(x0=500, y0=0, x1=520, y1=256),
    ],
)
def test_a_crop_lies_within_its_picture_and_shows_the_middle_of_its_box(box):
    window = crop_around(box, 256, 4096)
    assert 0 <= window.x0 < window.x1 <= 4096
    assert 0 <= window.y0 < window.y1 <= 256
    assert window.x0 <= (box.x0 + box.x1) / 2 <= window.x1
    assert window.y0 <= (box.y0 + box.y1) / 2 <= window.y1
