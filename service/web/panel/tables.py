"""A table and the links between its pages."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

from service.plant.views.paging import Page
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice

Item = TypeVar("Item")


def table(columns: Sequence[tuple[str, bool]], rows: Sequence[Sequence[Html]]) -> Html:
    """A table; `columns` are (heading, holds numbers)."""
    numbers = ["number" if number else None for _, number in columns]
    heads = [
        el("th", name, scope="col", class_=look) for (name, _), look in zip(columns, numbers, strict=True)
    ]
    body = [
        el("tr", *[el("td", cell, class_=look) for cell, look in zip(row, numbers, strict=True)])
        for row in rows
    ]
    return el("div", el("table", el("thead", el("tr", *heads)), el("tbody", *body)), class_="table-box")


def pager(page: Page[Item], path: str, voice: Voice, **also: str) -> Html | None:
    """Links to the page before and after, where there are several; `also` stays in the address."""
    if page.pages == 1:
        return None
    told = voice.say("page_of", page=page.page, pages=page.pages, total=page.total)
    return el(
        "nav",
        _link(path, also, page.page - 1, voice.say("page_before"), allowed=page.page > 1),
        el("span", told),
        _link(path, also, page.page + 1, voice.say("page_after"), allowed=page.page < page.pages),
        class_="pages",
    )


def _link(path: str, also: dict[str, str], number: int, words: str, *, allowed: bool) -> Html:
    if not allowed:
        return el("span", words, class_="button", disabled=True)
    query = urlencode({"page": number, **also})
    return el("a", words, href=f"{path}?{query}", class_="button")
