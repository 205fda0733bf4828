"""What a line or the plant said, in the language of who looks; English where nobody put it into words."""

import re
from collections.abc import Sequence
from datetime import datetime
from html import unescape

from service.line_commands import CommandOutcome
from service.plant.views.commands import CommandView
from service.said.sayings import BECAUSE, BETWEEN, MOMENT, Saying, Value
from service.web.i18n.catalogue import CatalogueError, Language
from service.web.panel.markup import Html, el, join
from service.web.panel.voice import Voice

HERE = "\ue000"  # private use, as the next ones: where a piece of HTML goes in a text
TAGS = re.compile("<[^>]*>")  # in escaped text none is the text's own
PLACES = re.compile("([\ue000-\ue0ff])")
ERROR = "error"  # a value of this name is the text of a program that is not ours: English
LISTED = ", "
WORDS = {  # a value of this name is a code, or several; its words stand under this prefix
    "link_state": "link_state",
    "shot_outcome": "shot_outcome",
    "kind": "kind",
    "parts": "calibration_part",
    "measure": "measure",
    "scope": "scope",
    "unit": "unit",
    "mcu_state": "mcu_state",
    "not_graded": "not_graded",
    "grade": "grade",
    "row_kind": "row_kind",
    "part": "ledger_part",
    "grade_status": "grade_status",
    "length_unit": "length_unit",
    "model_state": "model_state",
}


def spoken(said: Sequence[Saying], english: str, voice: Voice) -> Html:
    """The sentences one after the other.

    Of an event without them, and where one of them is of a newer version, the English text is shown as it
    was stored, and marked as English.
    """
    if not said:
        return in_english(english, voice)
    try:
        return _listed([_one(saying, voice) for saying in said])
    except (CatalogueError, ValueError):
        return in_english(english, voice)


def plain(saying: Saying, voice: Voice) -> str:
    """One sentence for paper: without markup."""
    return unescape(TAGS.sub("", spoken((saying,), saying.text, voice)))


def say_with(voice: Voice, key: str, name: str, inside: Html, **values: str | int) -> Html:
    """A text of the catalogue with a piece of HTML in the place of {name}."""
    return _filled(voice.say(key, **{name: HERE}, **values), [inside])


def answer_told(view: CommandView, voice: Voice, moment: str) -> Html:
    """What became of a command, asked at `moment`."""
    detail = spoken(view.said, view.detail, voice)
    told = say_with(
        voice,
        f"outcome.{view.outcome.value if view.outcome is not None else 'waits'}",
        "detail",
        detail,
        command=voice.say(f"command.{view.command.command.value}"),
        user=view.command.issued_by,
        moment=moment,
    )
    return join(told, " ", detail) if view.outcome is CommandOutcome.DONE and detail else told


def in_english(text: str, voice: Voice) -> Html:
    """A text that is there in English alone."""
    if voice.language is Language.EN or not text:
        return join(text)
    return el("span", text, lang=Language.EN.value)


def _one(saying: Saying, voice: Voice) -> Html:
    if not saying.code:
        return in_english(saying.text, voice)
    pieces = {BECAUSE: _listed([_one(one, voice) for one in saying.because])}
    if ERROR in saying.values:
        pieces[ERROR] = in_english(str(saying.values[ERROR]), voice)
    inside = {name: _value(name, value, voice) for name, value in saying.values.items()}
    inside |= {name: chr(ord(HERE) + at) for at, name in enumerate(pieces)}
    text = voice.catalogue.text(f"said.{saying.code}", voice.language, **inside)
    return _filled(text, list(pieces.values()))


def _value(name: str, value: Value, voice: Voice) -> object:
    if not isinstance(value, str):
        return voice.formats.spelled(value)
    if name.endswith(MOMENT):
        return voice.formats.moment(datetime.fromisoformat(value))
    if name in WORDS:
        return LISTED.join(voice.say_or_code(WORDS[name], code) for code in value.split(LISTED))
    return value


def _listed(pieces: Sequence[Html]) -> Html:
    return Html(BETWEEN.join(pieces))


def _filled(text: str, pieces: Sequence[Html]) -> Html:
    """Put each piece in its place; the odd parts of the split text are places."""
    at = {chr(ord(HERE) + number): piece for number, piece in enumerate(pieces)}
    return join(*(at.get(part, part) for part in PLACES.split(text)))
