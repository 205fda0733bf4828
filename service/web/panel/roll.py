"""One roll: its map, the defect that was chosen, and how the grade was worked out."""

from service.plant.views.defects import DefectView, MarkVerdict
from service.plant.views.people import Role, User
from service.plant.views.rolls import RollView
from service.web.panel.crops import crop_picture, demo_tag, doubt, kind_heading, mark_buttons
from service.web.panel.figures import figure
from service.web.panel.glyphs import glyph_symbols
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker, need
from service.web.panel.roll_desk import RollDesk
from service.web.panel.roll_map import legend, map_revision, roll_map
from service.web.panel.rolls import FULL_COVERAGE, grade_badge
from service.web.panel.spoken import spoken
from service.web.panel.voice import Voice


class RollScreen:
    """One roll, opened."""

    tab = "rolls"
    every_s = 2.0

    def __init__(self, looker: Looker, *, roll_id: str) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._roll_id = roll_id
        self._roll: RollView | None = None
        self._seen_revision = -1
        self._selected: str | None = None
        self._desk = RollDesk(looker, roll_id=roll_id)

    def load(self) -> None:
        """Ask for the roll, when anything happened in the plant since the last time."""
        revision = self._plant.revision
        if revision != self._seen_revision:
            self._roll = self._plant.roll(self._roll_id)
            self._desk.load()
            self._seen_revision = revision

    def title(self) -> str:
        """The page's title."""
        return self._roll.row.name if self._roll is not None else self._voice.say("roll")

    def demo(self) -> bool:
        """Whether the roll is a demo."""
        return self._roll is not None and self._roll.row.demo

    def sections(self, person: User) -> list[Html]:
        """Heading, map, its revision, chosen defect, legend, what people decided, grade."""
        roll, voice = self._roll, self._voice
        if roll is None:
            return []
        return [
            _head(roll, voice),
            join(glyph_symbols(), roll_map(roll, voice)),
            map_revision(roll, self._seen_revision),
            self._chosen(roll, person),
            el("section", legend(roll, voice), _map_help(voice), class_="stack"),
            self._desk.section(person, voice, line=roll.row.line),
            _workings(roll, voice),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Choose a defect, or mark the chosen one."""
        if action == "select":
            self._selected = pressed["defect"]
            return ""
        if action == "dispose":
            return self._desk.press(person, pressed)
        if action != "mark":
            return ""
        need(person, Role.TECHNICIAN)
        self._plant.mark(pressed["defect"], MarkVerdict(pressed["verdict"]), None, person.login)
        return self._voice.say("mark_kept")

    def _chosen(self, roll: RollView, person: User) -> Html:
        voice = self._voice
        chosen = next((item for item in roll.defects if item.defect_id == self._selected), None)
        if chosen is None:
            key = "choose_defect" if roll.defects else "no_defects"
            return el("div", el("p", voice.say(key)), class_="empty rm-hint")
        return _detail(chosen, person, voice)


def _head(roll: RollView, voice: Voice) -> Html:
    row, grade = roll.row, roll.grade
    name = el("div", el("h1", row.name or row.roll_id, " ", demo_tag(row.demo)), _what(roll, voice))
    export = el("a", voice.say("export_csv"), href=f"/api/v1/rolls/{row.roll_id}.csv", class_="button")
    paper = el(
        "a",
        voice.say("paper_certificate"),
        href=f"/api/v1/rolls/{row.roll_id}/certificate.pdf?language={voice.language.value}",
        class_="button",
    )
    points = voice.number(grade.points_per_100_m2, 1) if grade.points_per_100_m2 is not None else None
    doubtful = sum(each.unsure for each in roll.defects)
    figures = el(
        "dl",
        figure(voice.say("column.grade"), grade_badge(grade.grade, grade.status, voice), voice=voice),
        figure(
            voice.say("column.points_per_100_m2"),
            points,
            unit=voice.say("points_in_all", points=grade.points),
            voice=voice,
        ),
        figure(voice.say("column.length"), voice.metres(row.length_m * 1000), voice=voice),
        figure(
            voice.say("column.defects"),
            voice.number(row.defects),
            unit=voice.say("and_doubtful", count=doubtful) if doubtful else "",
            voice=voice,
        ),
        figure(
            voice.say("column.coverage"),
            voice.percent(row.coverage),
            tone="warn" if row.coverage < FULL_COVERAGE else "",
            voice=voice,
        ),
        class_="figures",
    )
    return el(
        "div",
        el("div", name, el("div", paper, export, class_="row"), class_="page-head"),
        figures,
        class_="stack",
    )


def _what(roll: RollView, voice: Voice) -> Html:
    row = roll.row
    told = voice.say("roll_of", article=row.article, line=row.line, started=voice.moment(row.started_utc))
    ended = voice.moment(row.ended_utc) if row.ended_utc is not None else voice.say("still_runs")
    return el("p", f"{told} – {ended}", class_="soft")


def _map_help(voice: Voice) -> Html:
    return el("p", voice.say("roll_map_help"), class_="soft small")


def _detail(defect: DefectView, person: User, voice: Voice) -> Html:
    facts = el(
        "dl",
        figure(voice.say("fact.place"), _place(defect, voice), words=True, voice=voice),
        figure(voice.say("fact.length"), voice.size(defect.length_mm), words=True, voice=voice),
        figure(voice.say("fact.area"), voice.number(defect.area_mm2, 1), unit="mm²", words=True, voice=voice),
        figure(voice.say("fact.score"), voice.number(defect.score, 2), words=True, voice=voice),
        figure(voice.say("fact.points"), _points(defect, voice), words=True, voice=voice),
        figure(voice.say("fact.bundle"), defect.bundle_id[:12], words=True, voice=voice),
        class_="figures",
    )
    words = el(
        "div",
        kind_heading(defect, voice),
        doubt(defect, voice),
        facts,
        _who_marked(defect, voice),
        mark_buttons(defect, person, voice),
        class_="stack",
    )
    inside = join(_picture(defect, voice), words)
    return el("section", inside, class_="card detail", aria_live="polite", data_chosen=defect.defect_id)


def _picture(defect: DefectView, voice: Voice) -> Html:
    """The crop; pressed, the whole picture that was kept, as large as it is."""
    crop = crop_picture(defect, voice)
    if not defect.crop_held:
        return crop
    return el(
        "a",
        crop,
        href=f"/api/v1/pictures/{defect.crop_sha256}",
        target="_blank",
        class_="rm-full",
        data_full=defect.crop_sha256,
        data_gone=voice.say("picture_gone"),
        data_close=voice.say("close"),
        title=voice.say("open_picture"),
    )


def _place(defect: DefectView, voice: Voice) -> str:
    return voice.say(
        "place",
        along=voice.number(defect.y_mm / 1000, 2),
        across=voice.number(defect.x_mm / 1000, 2),
    )


def _points(defect: DefectView, voice: Voice) -> str:
    if defect.not_graded_because:
        return voice.say_or_code("not_graded", defect.not_graded_because)
    return voice.number(defect.points)


def _who_marked(defect: DefectView, voice: Voice) -> Html | None:
    if defect.mark is None:
        return None
    verdict = voice.say(f"mark_{defect.mark.verdict.value}")
    told = voice.say(
        "marked_by", verdict=verdict, user=defect.mark.user, moment=voice.moment(defect.mark.utc)
    )
    return el("p", told, class_="soft")


def _workings(roll: RollView, voice: Voice) -> Html:
    grade = roll.grade
    limits = voice.say(
        "grade_limits",
        first=voice.number(grade.first_limit, 1),
        second=voice.number(grade.second_limit, 1),
    )
    example = el("p", voice.say("contract_example"), class_="note") if grade.contract_is_example else None
    source = f"{grade.profile_source} {grade.profile_edition} · {grade.profile_id} v{grade.profile_version}"
    return el(
        "section",
        el("h2", voice.say("grade_workings")),
        el("p", limits),
        example,
        el("ol", *[el("li", spoken((line,), line.text, voice)) for line in grade.said], class_="workings"),
        el("p", source, class_="soft small"),
        _earlier(roll, voice),
        class_="card stack",
    )


def _earlier(roll: RollView, voice: Voice) -> Html | None:
    if not roll.earlier_grades:
        return None
    rows = [
        el(
            "li",
            voice.say(
                "earlier_grade",
                moment=voice.moment(grade.graded_utc),
                grade=voice.say_or_code("grade", grade.grade or "none"),
                points=voice.number(grade.points),
                reason=voice.say_or_code("graded_because", grade.reason),
            ),
        )
        for grade in roll.earlier_grades[-5:]
    ]
    return el("details", el("summary", voice.say("earlier_grades")), el("ul", *rows))
