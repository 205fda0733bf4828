"""A roll's quality certificate: what was measured, how it was graded, what nobody looked at, and pictures."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.plant.views.defects import DefectView
from service.plant.views.rolls import RollView
from service.web.panel.spoken import plain
from service.web.panel.voice import Voice
from service.web.reports.paper import Frame, Paper

DIGEST_LENGTH = 16  # hex digits on the paper; the QR code carries the same ones
PICTURES_AT_MOST = 8
DEMO = "DEMO"
M_PER_MM = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Who issues it, when, and where it can be checked."""

    site: str
    issued_utc: datetime
    check_url: str  # to which the digest is added


def digest_of(roll: RollView) -> str:
    """What the certificate stands for: another grade, defect or mark gives another digest."""
    grade = roll.grade
    said = [
        roll.row.roll_id, roll.row.name, roll.row.article, roll.row.demo, grade.grade, grade.status.value,
        grade.points, grade.points_per_100_m2, grade.length_m, grade.inspected_length_m, grade.width_mm,
        grade.profile_id, grade.profile_version, grade.first_limit, grade.second_limit,
        [[one.defect_id, one.kind, one.points, one.mark.verdict.value if one.mark else None]
         for one in roll.defects],
        [[part.from_mm, part.to_mm, part.reason] for part in roll.uninspected],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()[:DIGEST_LENGTH]


def certificate(roll: RollView, issue: Issue, voice: Voice, picture: Callable[[str], bytes | None]) -> bytes:
    """The certificate as PDF.

    Args:
        roll: as it stands now; a running one is certified as provisional.
        issue: place and time.
        voice: the language of the paper.
        picture: the bytes of a held picture, None where it can't be had.
    """
    number = digest_of(roll)
    frame = Frame(
        title=voice.say("paper_certificate"),
        footer=voice.say("paper_footer", site=issue.site, number=number),
        demo=DEMO if roll.row.demo else "",
    )
    paper = Paper(frame)
    lines = [
        voice.say("paper_number", number=number),
        voice.say("paper_issued", moment=voice.moment(issue.issued_utc)),
    ]
    lines += [voice.say("paper_demo")] if roll.row.demo else []
    paper.head(lines, f"{issue.check_url}?digest={number}", voice.say("paper_check"))
    _grade(paper, roll, voice)
    _defects(paper, roll, voice)
    _uninspected(paper, roll, voice)
    _pictures(paper, roll, voice, picture)
    paper.signatures([voice.say("paper_inspector"), voice.say("paper_manager")])
    return paper.pdf()


def _grade(paper: Paper, roll: RollView, voice: Voice) -> None:
    row, grade = roll.row, roll.grade
    rate = grade.points_per_100_m2
    shown = voice.say("not_known") if rate is None else voice.number(rate, 2)
    paper.facts(
        [
            (voice.say("column.roll"), row.name),
            (voice.say("column.article"), row.article or voice.say("not_known")),
            (voice.say("column.grade"), voice.say_or_code("grade", grade.grade or "none")),
            (voice.say("paper_status"), voice.say_or_code("grade_status", grade.status.value)),
            (voice.say("column.length"), voice.metres(grade.length_m / M_PER_MM, 2)),
            (voice.say("paper_width"), voice.size(grade.width_mm)),
            (voice.say("column.points_per_100_m2"), shown),
            (voice.say("paper_points"), voice.number(grade.points)),
            (voice.say("column.coverage"), voice.percent(grade.coverage)),
            (voice.say("column.line"), row.line),
            (voice.say("column.started"), voice.moment(row.started_utc)),
            (voice.say("paper_ended"), voice.moment(row.ended_utc)),
        ]
    )  # fmt: skip
    first, second = voice.number(grade.first_limit, 1), voice.number(grade.second_limit, 1)
    paper.note(voice.say("grade_limits", first=first, second=second))
    source = f"{grade.profile_source}, {grade.profile_edition}".strip(", ")
    paper.note(
        voice.say("paper_profile", profile=grade.profile_id, version=grade.profile_version, source=source)
    )
    if grade.contract_is_example:
        paper.note(voice.say("paper_example_limits"))
    if not grade.profile_verified:
        paper.note(voice.say("paper_unverified_profile"))
    paper.section(voice.say("grade_workings"))
    for line in grade.said:
        paper.note(plain(line, voice))


def _defects(paper: Paper, roll: RollView, voice: Voice) -> None:
    paper.section(f"{voice.say('column.defects')}: {voice.number(roll.row.defects)}")
    if not roll.defects:
        return
    heading = [
        voice.say("paper_at_m"), voice.say("paper_kind"), voice.say("paper_length_mm"),
        voice.say("paper_across_mm"), voice.say("paper_points"), voice.say("paper_judged"),
    ]  # fmt: skip
    rows = [
        [
            voice.number(defect.y_mm * M_PER_MM, 2), voice.say_or_code("kind", defect.kind),
            voice.number(defect.length_mm, 1), voice.number(defect.x_mm), str(defect.points),
            _judged(defect, voice),
        ]
        for defect in roll.defects
    ]  # fmt: skip
    paper.table(heading, rows, [0.13, 0.3, 0.13, 0.13, 0.1, 0.21])


def _judged(defect: DefectView, voice: Voice) -> str:
    if defect.not_graded_because:
        return voice.say_or_code("not_graded", defect.not_graded_because)
    return defect.mark.user if defect.mark is not None else ""


def _uninspected(paper: Paper, roll: RollView, voice: Voice) -> None:
    if not roll.uninspected:
        return
    paper.section(voice.say("paper_uninspected"))
    rows = [
        [
            voice.number(part.from_mm * M_PER_MM, 2),
            voice.number(part.to_mm * M_PER_MM, 2),
            voice.say_or_code("not_inspected", part.reason),
        ]
        for part in roll.uninspected
    ]
    paper.table(
        [voice.say("paper_from_m"), voice.say("paper_to_m"), voice.say("paper_reason")], rows, [0.2, 0.2, 0.6]
    )


def _pictures(paper: Paper, roll: RollView, voice: Voice, picture: Callable[[str], bytes | None]) -> None:
    worst = sorted(roll.defects, key=lambda defect: (-defect.points, -defect.length_mm))
    shown: list[tuple[bytes, str]] = []
    for defect in worst:
        data = picture(defect.crop_sha256) if defect.crop_held and defect.crop_sha256 else None
        if data is not None:
            place = voice.metres(defect.y_mm, 2)
            shown.append((data, f"{voice.say_or_code('kind', defect.kind)}, {place}"))
        if len(shown) == PICTURES_AT_MOST:
            break
    if shown:
        paper.section(voice.say("paper_pictures", count=len(shown)))
        paper.pictures(shown)
