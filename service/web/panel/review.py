"""The review queue: one picture at a time, a verdict by one key or two, the next picture already there."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from pydantic import ValidationError

from service.plant.errors import PlantError
from service.plant.views.people import Role, User
from service.plant.views.review import ReviewItem, ReviewState, ReviewSubject, ReviewWhy
from service.web.api.problems import ProblemError
from service.web.api.review import WordBody, word_of
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker, need
from service.web.panel.page_head import page_head
from service.web.panel.review_item import item_card, key_hint
from service.web.panel.voice import Voice

ORDER = list(ReviewWhy)
AHEAD = 6  # items on a desk: the one that is seen, and those whose pictures are fetched meanwhile


class ReviewScreen:
    """One person's desk."""

    tab = "review"
    every_s = 5.0

    def __init__(self, looker: Looker) -> None:
        self._looker = looker
        self._desk = looker.web.plant.review
        self._voice = looker.voice
        self._items: tuple[ReviewItem, ...] = ()
        self._state: ReviewState | None = None

    def load(self) -> None:
        """Take items; the one that is seen stays in front."""
        person = self._looker.person()
        if person is None or not person.role.may_act_as(Role.TECHNICIAN):
            self._items, self._state = (), None
            return
        seen = self._items[0].id if self._items else 0
        found = self._desk.take(person.login, AHEAD, person.lines)
        self._items = tuple(sorted(found, key=lambda item: item.id != seen))
        self._state = self._desk.state(person.login)

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.review")

    def demo(self) -> bool:
        """Whether anything shown comes from rendered or simulated input."""
        return any(item.demo for item in self._items)

    def sections(self, person: User) -> list[Html]:
        """Heading with counts, the item, what was said last, the next pictures."""
        voice = self._voice
        if self._state is None:
            told = el("div", el("h2", voice.say("refused_role")), class_="empty")
            return [_head(None, voice), told, Html(""), Html("")]
        shown = item_card(self._items[0], voice) if self._items else _nothing(self._state, voice)
        return [
            _head(self._state, voice),
            shown,
            _last(self._state, voice),
            _ahead(self._items[1:], voice),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """A verdict, a skip, or one taken back."""
        if action not in ("judge", "skip", "undo", "again"):
            return ""
        need(person, Role.TECHNICIAN)
        if action == "undo":
            item_id = self._desk.undo(person.login)
            found = self._desk.take(person.login, AHEAD, person.lines)
            self._items = tuple(sorted(found, key=lambda item: item.id != item_id))
            return self._voice.say("review_undone")
        if action == "again":
            self._desk.offer_skipped_again(person.login)
            return ""
        item_id = int(pressed["item"])
        try:
            if action == "skip":
                self._desk.skip(item_id, person.login)
            else:
                self._desk.judge(item_id, word_of(_body(pressed)), person.login)
        except PlantError as error:
            if error.problem != "not_yours":
                raise
            self._items = ()
            return self._voice.say("review_not_yours")
        self._items = tuple(item for item in self._items if item.id != item_id)
        return ""


def _body(pressed: Mapping[str, str]) -> WordBody:
    try:
        return WordBody(
            defective=pressed.get("defective") == "1",
            defect_kind=pressed.get("kind") or None,
            boxes=json.loads(pressed.get("boxes") or "[]"),
            missed=int(pressed["missed"]) if "missed" in pressed else None,
        )
    except (ValidationError, ValueError) as error:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"the verdict does not fit: {error}; draw the box again"
        ) from error


def _head(state: ReviewState | None, voice: Voice) -> Html:
    counts: list[Html] = []
    if state is not None:
        counts = [
            el(
                "li",
                el("b", voice.number(count)),
                " ",
                voice.say(f"review_why.{why.value}"),
                data_words=voice.say(f"review_why_long.{why.value}"),
                tabindex=0,
            )
            for why, count in sorted(state.waiting.items(), key=lambda each: ORDER.index(each[0]))
        ]
        if state.with_others:
            counts.append(el("li", voice.say("review_with_others", count=state.with_others)))
        counts.append(el("li", voice.say("review_today", count=state.judged_today)))
    return page_head(voice.say("tab.review"), el("ul", *counts, class_="rv-counts"))


def _nothing(state: ReviewState, voice: Voice) -> Html:
    skipped = None
    if state.skipped:
        skipped = el(
            "button",
            voice.say("review_again", count=state.skipped),
            type="button",
            class_="button",
            data_action="again",
        )
    key = "review_all_with_others" if state.with_others else "review_empty_help"
    return el(
        "div",
        el("h2", voice.say("review_empty")),
        el("p", voice.say(key)),
        skipped,
        class_="empty",
    )


def _last(state: ReviewState, voice: Voice) -> Html:
    last = state.last
    if last is None:
        return el("p", voice.say("review_keys_help"), class_="soft small rv-foot")
    if last.skipped:
        said = voice.say("review_said.skipped")
    elif last.subject is ReviewSubject.ROLL:
        said = voice.say("review_said.missed", count=last.missed)
    elif last.defective:
        said = voice.say("review_said.defect", kind=voice.say_or_code("kind", last.kind or "unknown"))
    else:
        said = voice.say("review_said.nothing")
    undo = el(
        "button",
        voice.say("review_undo"),
        key_hint("Z"),
        type="button",
        class_="button",
        data_action="undo",
        data_key="KeyZ",
    )
    told = voice.say("review_last", said=said, moment=voice.formats.time(last.utc))
    return el("div", el("span", told), undo, class_="row rv-foot", role="status")


def _ahead(items: tuple[ReviewItem, ...], voice: Voice) -> Html:
    """The next items, shown by the browser at once, with their pictures fetched while one is looked at."""
    hashes = dict.fromkeys(item.picture_sha256 for item in items if item.picture_sha256)
    return join(
        *[el("img", src=f"/api/v1/pictures/{sha256}", alt="", class_="rv-ahead") for sha256 in hashes],
        *[el("template", item_card(item, voice), class_="rv-next", data_item=str(item.id)) for item in items],
    )
