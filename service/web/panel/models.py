"""The CNNs: what each line runs, its shadow, candidates with what they promise, the gate, and the history."""

from datetime import datetime

from service.line_commands import LineCommandKind
from service.plant.views.bundles import (
    ArticleRecipes,
    BundleReport,
    DamagedBundle,
    RegistryEntry,
    ShadowView,
)
from service.plant.views.commands import CommandView
from service.plant.views.lines import LineView
from service.plant.views.people import User
from service.said.heard import heard
from service.web.api.lines import role_for
from service.web.panel.crops import demo_tag
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker, need
from service.web.panel.page_head import page_head
from service.web.panel.spoken import answer_told, say_with, spoken
from service.web.panel.tables import table
from service.web.panel.voice import Voice

OF_MODELS = frozenset({LineCommandKind.ACTIVATE_BUNDLE, LineCommandKind.SHADOW_BUNDLE})
ROLES = role_for(LineCommandKind.ACTIVATE_BUNDLE)
NEWEST_HISTORY = 12


class ModelsScreen:
    """Lines, articles and their neural networks."""

    tab = "cnns"
    every_s = 3.0

    def __init__(self, looker: Looker) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._lines: tuple[LineView, ...] = ()
        self._articles: tuple[ArticleRecipes, ...] = ()
        self._shadows: tuple[ShadowView, ...] = ()
        self._commands: tuple[CommandView, ...] = ()

    def load(self) -> None:
        """Ask for lines, registry, shadows and the newest commands."""
        self._lines = self._plant.lines()
        self._articles = self._plant.articles()
        self._shadows = self._plant.shadows()
        self._commands = self._plant.commands()

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.cnns")

    def demo(self) -> bool:
        """Whether any recipe was learnt from rendered material."""
        return any(report.bundle.demo for article in self._articles for report in article.bundles)

    def sections(self, person: User) -> list[Html]:
        """Heading, lines, articles."""
        voice = self._voice
        head = page_head(voice.say("tab.cnns"), hint=voice.say("models_help"))
        lines = [self._line(line, person) for line in self._lines]
        articles = [self._article(article, person) for article in self._articles]
        none = el("p", voice.say("models_none"), class_="empty")
        return [
            head,
            el(
                "section",
                el("h2", voice.say("models_lines"), class_="tiles-head"),
                el("div", *lines, class_="models-lines"),
            ),
            el(
                "section",
                el("h2", voice.say("models_articles"), class_="tiles-head"),
                el("div", *(articles or [none]), class_="stack"),
            ),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Activate, shadow, end the shadow, roll back: through the line's command queue."""
        line, bundle_id = pressed.get("line", ""), pressed.get("bundle", "")
        need(person, ROLES)
        if action == "activate":
            self._plant.activate_bundle(line, bundle_id, person.login)
        elif action == "shadow":
            self._plant.shadow_bundle(line, bundle_id, person.login)
        elif action == "end_shadow":
            self._plant.command(line, LineCommandKind.SHADOW_BUNDLE, {}, person.login)
        elif action == "roll_back":
            self._plant.roll_back_bundle(line, person.login)
        else:
            return ""
        return self._voice.say("told_sent")

    def _recipes_of(self, article: str | None) -> ArticleRecipes | None:
        return next((each for each in self._articles if each.article == article), None)

    def _line(self, line: LineView, person: User) -> Html:
        voice = self._voice
        if line.bundle_id is None:
            told: Html = el("p", voice.say("models_line_none"), class_="soft")
        else:
            runs = voice.say("model_runs", article=line.article or "–", bundle=line.bundle_id)
            told = el("p", runs)
        recipes = self._recipes_of(line.article)
        may = person.may(ROLES, line.line)
        back = recipes.previous if recipes is not None and may else None
        ends = recipes is not None and recipes.shadow is not None and may
        buttons = [
            _button("roll_back", voice.say("model_back"), line.line, back) if back else None,
            _button("end_shadow", voice.say("model_shadow_end"), line.line, "") if ends else None,
        ]
        return el(
            "article",
            el("h3", line.line),
            told,
            self._agreement(line, recipes),
            el("div", *buttons, class_="row") if any(buttons) else None,
            self._answer(line.line),
            class_="card stack",
        )

    def _agreement(self, line: LineView, recipes: ArticleRecipes | None) -> Html | None:
        voice = self._voice
        if recipes is None or recipes.shadow is None:
            return None
        view = next(
            (
                each
                for each in self._shadows
                if (each.line, each.shadow_bundle_id, each.active_bundle_id)
                == (line.line, recipes.shadow, line.bundle_id)
            ),
            None,
        )
        if view is None or view.agreement is None:
            return el("p", voice.say("model_agreement_none", bundle=recipes.shadow), class_="soft")
        told = voice.say(
            "model_agreement",
            bundle=view.shadow_bundle_id,
            share=voice.percent(view.agreement),
            frames=voice.number(view.frames),
            skipped=voice.number(view.skipped),
        )
        apart = [
            el(
                "li",
                voice.say(
                    "model_disagreement",
                    active=voice.say_or_code("verdict", pair.active),
                    shadow=voice.say_or_code("verdict", pair.shadow),
                    frames=voice.number(pair.frames),
                ),
            )
            for pair in view.verdicts
            if pair.active != pair.shadow
        ]
        return el("div", el("p", told), el("ul", *apart, class_="small soft models-list") if apart else None)

    def _answer(self, line: str) -> Html | None:
        voice = self._voice
        of_line = [each for each in self._commands if each.command.line == line]
        newest = next((each for each in of_line if each.command.command in OF_MODELS), None)
        if newest is None:
            return None
        told = answer_told(newest, voice, voice.moment(newest.command.issued_utc))
        return el("p", told, class_="soft small")

    def _article(self, article: ArticleRecipes, person: User) -> Html:
        voice = self._voice
        history = [_history_cells(entry, voice) for entry in article.history[:NEWEST_HISTORY]]
        columns = [
            (voice.say(f"column.{name}"), False) for name in ("time", "model", "state", "person", "why")
        ]
        return el(
            "article",
            el("h3", article.article),
            el(
                "div",
                *[self._bundle(report, person) for report in article.bundles],
                *[_damaged(bundle, voice) for bundle in article.damaged],
                class_="models-bundles",
            ),
            el("details", el("summary", voice.say("models_history")), table(columns, history)),
            class_="card stack",
        )

    def _bundle(self, report: BundleReport, person: User) -> Html:
        voice, bundle = self._voice, report.bundle
        state = el("span", voice.say(f"model_state.{bundle.state}"), class_=f"models-state is-{bundle.state}")
        return el(
            "div",
            el("div", el("b", bundle.bundle_id), state, demo_tag(bundle.demo), class_="row"),
            el("p", _learnt(report, voice), class_="soft small"),
            _promise(report, voice),
            el("details", el("summary", voice.say("model_report")), *_evaluation(report, voice)),
            self._choices(report, person),
            class_=f"models-bundle is-{bundle.state}",
        )

    def _choices(self, report: BundleReport, person: User) -> Html | None:
        voice, bundle = self._voice, report.bundle
        buttons: list[Html] = []
        for line in self._lines:
            fits = line.kind is not None and line.kind.value == report.material
            if not fits or line.line in bundle.running_on or not person.may(ROLES, line.line):
                continue
            if not report.gate_refuses:
                words = voice.say("model_activate", line=line.line)
                buttons.append(_button("activate", words, line.line, bundle.bundle_id))
            if bundle.state == "candidate" and line.article == bundle.article:
                words = voice.say("model_shadow", line=line.line)
                buttons.append(_button("shadow", words, line.line, bundle.bundle_id))
        return el("div", *buttons, class_="row") if buttons else None


def _damaged(bundle: DamagedBundle, voice: Voice) -> Html:
    runs = ", ".join(bundle.running_on)
    return el(
        "div",
        el("b", bundle.bundle_id),
        el("p", voice.say("model_damaged"), class_="tone-bad"),
        el("p", voice.say("model_damaged_runs", lines=runs)) if runs else None,
        el("p", _heard(bundle.why, voice), class_="small"),
        class_="models-bundle",
        role="alert",
    )


def _heard(text: str, voice: Voice) -> Html:
    """What the registry or a bundle's check said."""
    return spoken((heard(text),), text, voice)


def _button(action: str, words: str, line: str, bundle_id: str) -> Html:
    return el(
        "button",
        words,
        type="button",
        class_="button",
        data_action=action,
        data_line=line,
        data_bundle=bundle_id,
    )


def _learnt(report: BundleReport, voice: Voice) -> str:
    return voice.say(
        "model_learnt",
        moment=voice.moment(datetime.fromisoformat(report.bundle.created_utc)),
        pictures=voice.number(report.pictures),
        metres=voice.number(report.good_length_m, 1),
    )


def _promise(report: BundleReport, voice: Voice) -> Html | None:
    promise = report.promise
    if promise is None:
        return None
    kept = voice.say("model_promise", rate=voice.number(promise.kept_per_100m, 1))
    missing = None
    if promise.missing_m > 0:
        told = voice.say(
            "model_promise_missing",
            asked=voice.number(promise.asked_per_100m, 1),
            metres=voice.number(promise.missing_m, 1),
        )
        missing = el("p", told, class_="tone-warn small")
    return join(el("p", kept), missing)


def _evaluation(report: BundleReport, voice: Voice) -> list[Html]:
    refused = bool(report.gate_refuses)
    gate = (
        say_with(voice, "model_gate.refused", "reason", _heard(report.gate_refuses, voice))
        if refused
        else voice.say("model_gate.passed")
    )
    levels = voice.say(
        "model_thresholds",
        unsure=voice.number(report.unsure, 2),
        defective=voice.number(report.defective, 2),
    )
    paths = [
        voice.say(
            "model_parity",
            path=path.name,
            difference=voice.number(path.largest_difference, 4),
            tiles=voice.number(report.tiles),
            changed=voice.number(path.changed_beyond + path.changed_within_unsure),
        )
        for path in report.paths
    ]
    return [
        el("p", gate, class_="tone-bad" if refused else None),
        el("p", levels),
        el("ul", *[el("li", told) for told in paths], class_="small soft models-list"),
    ]


def _history_cells(entry: RegistryEntry, voice: Voice) -> list[Html]:
    state = voice.say(f"model_state.{entry.state}")
    refused = el("div", voice.say("model_refused_entry"), class_="tone-warn") if entry.refused else None
    return [
        join(voice.moment(datetime.fromisoformat(entry.utc))),
        join(entry.bundle_id),
        join(state, refused),
        join(entry.by or "–"),
        join(entry.why),
    ]
