"""A lot's lint quality passport: the fields are data, in a template that the plant edits.

The official form could not be verified, so the paper says so until the plant's own template says otherwise.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError, with_config

from service.plant.errors import PlantError
from service.plant.views.lots import LotView
from service.web.panel.voice import Voice
from service.web.reports.certificate import DEMO, DIGEST_LENGTH, Issue
from service.web.reports.paper import Frame, Paper

SHIPPED = Path(__file__).with_name("passport.toml")
BLANK = "____________"
strict = with_config({"extra": "forbid"})
Label = Annotated[str, Field(min_length=1, max_length=200)]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The paper's title."""

    en: Label
    ru: Label
    kk: Label


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class PassportField:
    """One line of the paper."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    en: Label
    ru: Label
    kk: Label
    source: Annotated[str, Field(alias="from")] = ""  # of the lot's values; empty: typed
    unit: str = ""
    digits: Annotated[int, Field(ge=0, le=6)] = 0


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The form as this plant fills it in."""

    verified: bool  # compared with the official form, by the plant
    form: str
    title: Title
    fields: list[PassportField] = field(default_factory=list)


def load_template(data_dir: Path) -> Template:
    """The plant's own template, else the shipped one.

    Raises:
        PlantError: bad_settings: the file can't be read, or a field is not one.
    """
    own = data_dir / SHIPPED.name
    path = own if own.exists() else SHIPPED
    try:
        with path.open("rb") as file:
            template = TypeAdapter(Template).validate_python(tomllib.load(file))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PlantError("bad_settings", f"{path}: {error}; mend the file or remove it") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PlantError("bad_settings", f"{path}: {where}: {first['msg']}; mend the file") from error
    for one in template.fields:
        if one.source and one.source not in SOURCES:
            known = ", ".join(sorted(SOURCES))
            raise PlantError(
                "bad_settings", f"{path}: field {one.key}: from = {one.source!r} is not known; use {known}"
            )
    return template


SOURCES = frozenset({*LotView.__dataclass_fields__, "coverage_pct"} - {"demo", "placeholder", "coverage"})


def passport(lot: LotView, typed: Mapping[str, str], template: Template, issue: Issue, voice: Voice) -> bytes:
    """The passport as PDF.

    Raises:
        PlantError: bad_passport: a typed value is for no field of the template, or for one that is measured.
    """
    typable = {one.key for one in template.fields if not one.source}
    if strange := sorted(typed.keys() - typable):
        raise PlantError(
            "bad_passport",
            f"{', '.join(strange)[:200]}: no such field to type; there are {', '.join(sorted(typable))}",
        )
    values = _values(lot, typed, template, voice)
    number = _digest(lot.lot_id, values)
    title = getattr(template.title, voice.language.value)
    footer = voice.say("paper_footer", site=issue.site, number=number)
    paper = Paper(Frame(title=title, footer=footer, demo=DEMO if lot.demo else ""))
    lines = [
        voice.say("paper_number", number=number),
        voice.say("paper_issued", moment=voice.moment(issue.issued_utc)),
    ]
    lines += [voice.say("paper_demo")] if lot.demo else []
    lines.append(template.form if template.verified else voice.say("paper_form_unverified"))
    paper.head(lines, f"{issue.check_url}?digest={number}", lot.name)
    rows = [[_label(one, voice), values[one.key] or BLANK] for one in template.fields]
    paper.table([voice.say("paper_field"), voice.say("paper_value")], rows, [0.55, 0.45])
    paper.note(voice.say("paper_blank_note"))
    paper.signatures([voice.say("paper_inspector"), voice.say("paper_manager")])
    return paper.pdf()


def _label(one: PassportField, voice: Voice) -> str:
    label: str = getattr(one, voice.language.value)
    return f"{label}, {one.unit}" if one.unit else label


def _values(lot: LotView, typed: Mapping[str, str], template: Template, voice: Voice) -> dict[str, str]:
    known: dict[str, Any] = asdict(lot)
    known["coverage_pct"] = None if lot.coverage is None else lot.coverage * 100
    return {
        one.key: _written(known[one.source], one, voice) if one.source else typed.get(one.key, "")
        for one in template.fields
    }


def _written(value: Any, one: PassportField, voice: Voice) -> str:  # Any: a value of the lot
    if value is None:
        return ""
    return voice.number(value, one.digits) if isinstance(value, int | float) else str(value)


def _digest(lot_id: str, values: Mapping[str, str]) -> str:
    said = repr((lot_id, sorted(values.items())))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:DIGEST_LENGTH]
