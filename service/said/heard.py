"""A text that something below wrote in English (a camera, the sorter's link, an instrument) → a saying.

Those rooms know nothing of sayings, and a text may come from a driver that nobody here wrote. What one of
the templates under `heard.` fits word by word gets that code and its values; any other text stays as it is.
"""

import ast
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from string import Formatter

from service.said.sayings import BECAUSE, Saying, Value, english_templates

HEARD = "heard."
QUOTED = r"'[^']*'|\"[^\"]*\""
NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
REMEMBERED = 256  # texts; one that is said of frame after frame is looked up once


@dataclass(frozen=True, slots=True)
class _Phrase:
    code: str
    words: tuple[str, ...]  # what stands between the values
    pattern: re.Pattern[str]
    numbers: frozenset[str]  # names of values that are numbers
    quoted: frozenset[str]  # names of values that stand in quotes

    def fits(self, text: str) -> Saying | None:
        if not text.startswith(self.words[0]) or not all(word in text for word in self.words):
            return None
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        inside = found.groupdict()
        because = (heard(inside.pop(BECAUSE)),) if BECAUSE in inside else ()
        try:
            values = {name: self._value(name, text) for name, text in inside.items()}
        except (ValueError, SyntaxError):  # quotes, but not ours
            return None
        return Saying(code=self.code, values=values, because=because)

    def _value(self, name: str, text: str) -> Value:
        if name in self.numbers:
            return float(text)
        return str(ast.literal_eval(text)) if name in self.quoted else text


@lru_cache(maxsize=REMEMBERED)
def heard(text: str) -> Saying:
    """The saying whose English is this text; a text that no template fits has no code."""
    for phrase in _phrases():
        saying = phrase.fits(text)
        if saying is not None:
            return saying
    return Saying(code="", values={"text": text})


@cache
def _phrases() -> tuple[_Phrase, ...]:
    """All of them, those with the most words of their own first."""
    found = [_phrase(code, text) for code, text in english_templates().items() if code.startswith(HEARD)]
    return tuple(sorted(found, key=lambda phrase: -sum(map(len, phrase.words))))


def _phrase(code: str, template: str) -> _Phrase:
    parts = list(Formatter().parse(template))
    pattern = "".join(
        re.escape(literal) + _group(name, spec, quoted) for literal, name, spec, quoted in parts
    )
    return _Phrase(
        code=code,
        words=tuple(literal for literal, *_ in parts),
        pattern=re.compile(pattern, re.DOTALL),
        numbers=frozenset(name for _, name, spec, _ in parts if name and spec),
        quoted=frozenset(name for _, name, _, quoted in parts if name and quoted),
    )


def _group(name: str | None, spec: str | None, quoted: str | None) -> str:
    if name is None:
        return ""
    return f"(?P<{name}>{NUMBER if spec else QUOTED if quoted else '.+?'})"
