"""Articles: a wizard that learns a new one from the live line, step by step, and those that are known."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.plant.errors import PlantError
from service.plant.lessons import LEAST_FRAMES, MOST_FRAMES
from service.plant.views.bundles import ArticleRecipes
from service.plant.views.lessons import Effect, Lesson, LessonState, LessonView
from service.plant.views.lines import LineView
from service.plant.views.people import Role, User
from service.said.heard import heard
from service.web.api.access import Engineer, Web
from service.web.panel.crops import demo_tag
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker, need
from service.web.panel.page_head import page_head
from service.web.panel.spoken import say_with, spoken
from service.web.panel.tables import table
from service.web.panel.voice import Voice

RATES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)  # false alarms per 100 m that can be pressed
USUAL_RATE = 10.0
USUAL_FRAMES = 48
STEPS = ("gather", "learn", "promise", "activate")
OVER = (LessonState.ENDED,)
router = APIRouter(include_in_schema=False)


@router.post("/articles/lessons")
def post_lesson(
    request: Request,
    web: Web,
    person: Engineer,
    line: Annotated[str, Form(max_length=80)],
    article: Annotated[str, Form(max_length=200)],
    frames: Annotated[int, Form(ge=1, le=10_000)],
) -> Response:
    """The wizard's first form: ask the line for good frames, and go on with its steps."""
    try:
        web.plant.lessons.begin(line, article, frames, person.login)
    except PlantError as error:
        return RedirectResponse(f"/articles?problem={error.problem}", status_code=303)
    return RedirectResponse("/articles", status_code=303)


class ArticlesScreen:
    """The lesson under way, a form for a new one, and the articles of the registry."""

    tab = "articles"
    every_s = 1.0

    def __init__(self, looker: Looker, *, problem: str) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._problem = problem
        self._rates: dict[str, float] = {}  # by lesson: what is pressed on this open page
        self._lessons: tuple[LessonView, ...] = ()
        self._effects: dict[str, Effect] = {}
        self._lines: tuple[LineView, ...] = ()
        self._articles: tuple[ArticleRecipes, ...] = ()

    def load(self) -> None:
        """Ask for lessons with their effects, lines and articles."""
        self._lessons = tuple(view for view in self._plant.lessons.listing() if view.lesson.state not in OVER)
        self._effects = {
            view.lesson.id: self._plant.lessons.effect(view.lesson.id, self._rate(view.lesson))
            for view in self._lessons
            if view.lesson.state is LessonState.LEARNT
        }
        self._lines = self._plant.lines()
        self._articles = self._plant.articles()

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.articles")

    def demo(self) -> bool:
        """Whether any article was learnt from rendered material."""
        return any(report.bundle.demo for article in self._articles for report in article.bundles)

    def sections(self, person: User) -> list[Html]:
        """Heading, lessons under way, the form, known articles."""
        voice = self._voice
        head = page_head(voice.say("tab.articles"), hint=voice.say("articles_help"))
        lessons = [self._lesson(view, person) for view in self._lessons]
        free = [line for line in self._lines if self._may_begin(line, person)]
        return [
            join(head, self._trouble()),
            el("div", *lessons, class_="stack") if lessons else Html(""),
            self._form(free) if free else Html(""),
            self._known(),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Learn, choose a rate, activate, or give the lesson up."""
        need(person, Role.ENGINEER)
        lesson_id = pressed.get("lesson", "")
        view = next((each for each in self._lessons if each.lesson.id == lesson_id), None)
        if view is None:
            return ""
        lessons, rate = self._plant.lessons, self._rate(view.lesson)
        if action == "learn":
            lessons.learn(lesson_id, rate, person.login)
            return ""
        if action == "rate":
            self._rates[lesson_id] = _pressed_rate(pressed.get("rate", ""))
            return ""
        if action == "activate":
            lessons.activate(lesson_id, rate, person.login)
            return self._voice.say("told_sent")
        if action == "give_up":
            lessons.give_up(lesson_id, person.login)
        return ""

    def _rate(self, lesson: Lesson) -> float:
        return self._rates.get(lesson.id, USUAL_RATE)

    def _may_begin(self, line: LineView, person: User) -> bool:
        busy = any(view.lesson.line == line.line for view in self._lessons)
        return line.state is not None and not busy and person.may(Role.ENGINEER, line.line)

    def _trouble(self) -> Html | None:
        if not self._problem:
            return None
        told = self._voice.say_or_code("lesson_error", self._problem)
        return el("p", told, class_="note bad", role="alert")

    def _form(self, lines: list[LineView]) -> Html:
        voice = self._voice
        options = [el("option", line.line, value=line.line) for line in lines]
        return el(
            "form",
            el("h2", voice.say("lesson_new")),
            el("p", voice.say("lesson_new_help"), class_="soft"),
            el(
                "div",
                _labelled(voice.say("column.line"), el("select", *options, name="line")),
                _labelled(
                    voice.say("lesson_article"),
                    el("input", name="article", type="text", required=True, maxlength=80, autocomplete="off"),
                ),
                _labelled(
                    voice.say("lesson_frames"),
                    el(
                        "input", name="frames", type="number", min=LEAST_FRAMES, max=MOST_FRAMES,
                        value=USUAL_FRAMES, required=True,
                    ),
                ),
                el("button", voice.say("lesson_begin"), type="submit", class_="button primary"),
                class_="access-filter",
            ),
            class_="card stack",
            method="post",
            action="/articles/lessons",
        )  # fmt: skip

    def _lesson(self, view: LessonView, person: User) -> Html:
        voice, lesson = self._voice, view.lesson
        may = person.may(Role.ENGINEER, lesson.line)
        at = _step_of(lesson)
        steps = [
            el(
                "li",
                voice.say(f"lesson_step.{name}"),
                class_="is-done" if place < at else None,
                aria_current="step" if place == at else None,
            )
            for place, name in enumerate(STEPS)
        ]
        return el(
            "article",
            el(
                "h2",
                voice.say("lesson_of", article=lesson.article, line=lesson.line),
                " ",
                demo_tag(lesson.demo),
            ),
            el("ol", *steps, class_="lesson-steps"),
            self._gathering(view, may=may),
            self._learning(lesson),
            self._promise(lesson, may=may) if lesson.state is LessonState.LEARNT else None,
            el("div", _press("give_up", voice.say("lesson_give_up"), lesson), class_="row") if may else None,
            class_="card stack",
        )

    def _gathering(self, view: LessonView, *, may: bool) -> Html | None:
        voice, lesson = self._voice, view.lesson
        if lesson.state not in (LessonState.GATHERING, LessonState.FAILED):
            return None
        told = voice.say("lesson_held", held=voice.number(view.held), wanted=voice.number(lesson.frames))
        enough = view.held >= LEAST_FRAMES
        pictures = [
            el("img", src=f"/api/v1/pictures/{sha256}", alt="", loading="lazy") for sha256 in view.pictures
        ]
        return join(
            el("p", told),
            el("progress", value=view.held, max=lesson.frames, aria_label=told),
            el("div", *pictures, class_="lesson-pictures") if pictures else None,
            _press("learn", voice.say("lesson_learn"), lesson, primary=True) if enough and may else None,
        )

    def _learning(self, lesson: Lesson) -> Html | None:
        voice = self._voice
        if lesson.state is LessonState.FAILED:
            why = spoken((heard(lesson.step),), lesson.step, voice)
            told = say_with(voice, "lesson_failed", "reason", why)
            return el("p", told, class_="note bad", role="alert")
        if lesson.state is not LessonState.LEARNING:
            return None
        return join(
            el("p", voice.say("lesson_learning", steps=voice.number(lesson.steps)), class_="waiting"),
            el("p", lesson.step, class_="soft small", lang="en") if lesson.step else None,
        )

    def _promise(self, lesson: Lesson, *, may: bool) -> Html | None:
        voice, effect = self._voice, self._effects.get(lesson.id)
        if effect is None:
            return None
        rate = self._rate(lesson)
        buttons = [
            el(
                "button",
                voice.number(each),
                type="button",
                class_="button",
                data_action="rate",
                data_lesson=lesson.id,
                data_rate=str(each),
                aria_pressed="true" if each == rate else "false",
            )
            for each in RATES
        ]
        return join(
            el("h3", voice.say("lesson_promise")),
            el("div", *buttons, class_="row", role="group", aria_label=voice.say("lesson_promise")),
            _kept(effect, voice),
            el("h3", voice.say("lesson_effect")),
            _effect(effect, voice),
            _press("activate", voice.say("lesson_activate", line=lesson.line), lesson, primary=True)
            if may
            else None,
        )

    def _known(self) -> Html:
        voice = self._voice
        if not self._articles:
            return el("p", voice.say("articles_none"), class_="empty")
        names = ("article", "model", "lines", "promise")
        columns = [(voice.say(f"column.{name}"), name == "promise") for name in names]
        rows = [_article_cells(article, voice) for article in self._articles]
        return el("section", el("h2", voice.say("articles_known"), class_="tiles-head"), table(columns, rows))


def _step_of(lesson: Lesson) -> int:
    return {LessonState.LEARNING: 1, LessonState.LEARNT: 2}.get(lesson.state, 0)


def _kept(effect: Effect, voice: Voice) -> Html:
    promise = effect.promise
    kept = el("p", voice.say("model_promise", rate=voice.number(promise.kept_per_100m, 1)))
    if promise.missing_m <= 0:
        return kept
    told = voice.say(
        "model_promise_missing",
        asked=voice.number(promise.asked_per_100m, 1),
        metres=voice.number(promise.missing_m, 1),
    )
    return join(kept, el("p", told, class_="tone-warn"))


def _effect(effect: Effect, voice: Voice) -> Html:
    if not effect.frames:
        return el("p", voice.say("lesson_effect_none", left_out=voice.number(effect.left_out)), class_="soft")
    told = voice.say(
        "lesson_effect_told",
        frames=voice.number(effect.frames),
        before=voice.number(effect.flagged_before),
        after=voice.number(effect.flagged_after),
        anew=voice.number(effect.flagged_anew),
    )
    rest = voice.say("lesson_effect_rest", left_out=voice.number(effect.left_out))
    return join(el("p", told), el("p", rest, class_="soft small"))


def _article_cells(article: ArticleRecipes, voice: Voice) -> list[Html]:
    active = next((each for each in article.bundles if each.bundle.bundle_id == article.active), None)
    lines = ", ".join(active.bundle.running_on) if active is not None else ""
    promise = active.promise if active is not None else None
    return [
        join(el("b", article.article), " ", demo_tag(active.bundle.demo if active is not None else False)),
        el("a", article.active, href="/models") if article.active else join("–"),
        join(lines or "–"),
        join(voice.number(promise.kept_per_100m, 1) if promise is not None else "–"),
    ]


def _labelled(label: str, box: Html) -> Html:
    return el("label", el("span", label), box, class_="access-field")


def _press(action: str, words: str, lesson: Lesson, *, primary: bool = False) -> Html:
    look = "button primary" if primary else "button"
    pressed = el("button", words, type="button", class_=look, data_action=action, data_lesson=lesson.id)
    return el("div", pressed)


def _pressed_rate(text: str) -> float:
    """One of the rates that can be pressed; anything else is the usual one."""
    return next((rate for rate in RATES if str(rate) == text), USUAL_RATE)
