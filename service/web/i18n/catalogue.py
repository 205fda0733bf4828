"""One catalogue of whole-sentence texts in English, Russian and Kazakh.

Each file of `texts/`, and of service/said, has the columns key, en, ru, kk, confidence; a key stands in one
of them. Confidence `high` comes from the term list of the domain; `medium` still wants a native speaker's
eye. A text may hold {names}, filled in by `Catalogue.text`.
"""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Formatter

from service.said.sayings import TEXTS as SAID

TEXTS_FOLDER = Path(__file__).with_name("texts")


class Language(StrEnum):
    """The panel's languages; the code is the one in the html tag."""

    KK = "kk"
    RU = "ru"
    EN = "en"

    @property
    def own_name(self) -> str:
        """The language's name in itself, for the switch."""
        return {"kk": "Қазақша", "ru": "Русский", "en": "English"}[self.value]


class CatalogueError(Exception):
    """A text is missing or can't be filled in; the message names key and language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One text in every language."""

    key: str
    texts: dict[Language, str]
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All texts of the panel by key."""

    entries: dict[str, Entry]

    def text(self, key: str, language: Language, **values: object) -> str:
        """Return the text of `key` in `language`, with its {names} filled in.

        Numbers with a fraction come in as written by `Formats`: as strings, or as `Formats.spelled`.

        Raises:
            CatalogueError: no such key, no text in this language, or a {name} without a value that fits it.
        """
        entry = self.entries.get(key)
        if entry is None:
            raise CatalogueError(f"text {key!r} is in no file of {TEXTS_FOLDER.name}; add a row for it")
        template = entry.texts.get(language, "")
        if not template:
            raise CatalogueError(f"text {key!r} has no {language.value}; fill that column in")
        try:
            return template.format(**values) if values else template
        except KeyError as error:
            raise CatalogueError(f"text {key!r}, {language.value}: no value for {error}") from error
        except ValueError as error:
            raise CatalogueError(f"text {key!r}, {language.value}: {error}") from error

    def has(self, key: str) -> bool:
        """Whether there is a row for `key`."""
        return key in self.entries


def names_in(template: str) -> frozenset[str]:
    """The {names} a text wants filled in."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def read_catalogue(*paths: Path) -> Catalogue:
    """Read catalogue files.

    Raises:
        CatalogueError: a key stands twice, or a column is missing.
    """
    entries: dict[str, Entry] = {}
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                entry = _entry(row, path)
                if entry.key in entries:
                    raise CatalogueError(f"{path.name}: key {entry.key!r} stands twice; keep one row")
                entries[entry.key] = entry
    return Catalogue(entries=entries)


@cache
def load_catalogue() -> Catalogue:
    """The product's own catalogue, read once."""
    return read_catalogue(*sorted(TEXTS_FOLDER.glob("*.csv")), *SAID)


def _entry(row: dict[str, str], path: Path) -> Entry:
    try:
        texts = {language: row[language.value] for language in Language}
        return Entry(key=row["key"], texts=texts, confidence=row["confidence"])
    except KeyError as error:
        raise CatalogueError(f"{path.name}: no column {error}; wanted key, en, ru, kk, confidence") from error
