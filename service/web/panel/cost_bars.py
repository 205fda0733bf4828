"""What poor quality cost, by cause, dearest first: money as bars, and what has no price is named."""

from service.plant.outlook.copq import CostOfPoorQuality, CostRow
from service.web.panel.kpi_words import amount
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice

SHOWN = 10


def cost_card(cost: CostOfPoorQuality | None, voice: Voice) -> Html:
    """The month's cost, or what is missing to tell it."""
    heading = el("h2", voice.say("cost_title"))
    if cost is None:
        return el("section", heading, el("p", voice.say("cost_no_prices"), class_="empty"), class_="stack")
    if not cost.rows:
        return el("section", heading, el("p", voice.say("cost_none"), class_="empty"), class_="stack")
    most = max(row.money for row in cost.rows) or 1.0
    rows = [_row(row, most, cost.currency, voice) for row in cost.rows[:SHOWN]]
    whole = f"{voice.number(cost.money)}\u00a0{cost.currency}"
    notes = []
    if cost.is_example:
        notes.append(el("p", voice.say("cost_example"), class_="note"))
    if cost.unpriced:
        notes.append(el("p", voice.say("cost_unpriced", names=", ".join(cost.unpriced)), class_="soft small"))
    body = el("table", el("tbody", *rows), class_="cost-rows")
    total = el("p", voice.say("cost_total", money=whole), class_="advice-money")
    return el("section", heading, el("div", total, body, *notes, class_="card stack"), class_="stack")


def _row(row: CostRow, most: float, currency: str, voice: Voice) -> Html:
    name = voice.say(f"cost_cause.{row.cause}")
    detail = " · ".join(
        part
        for part in (
            voice.say_or_code("kind", row.kind) if row.kind else "",
            row.article,
            amount(row.quantity, row.unit, voice),
            voice.say(f"source.{row.source.value}"),
        )
        if part
    )
    bar = el("span", el("span", style=f"width:{100 * max(0.0, row.money) / most:.1f}%"), class_="share-bar")
    return el(
        "tr",
        el("td", el("div", name), el("div", detail, class_="soft small")),
        el("td", bar, class_="cost-bar"),
        el("td", f"{_money(row.money, voice)}\u00a0{currency}", class_="number"),
    )


def _money(money: float, voice: Voice) -> str:
    return "< 1" if 0 < money < 0.5 else voice.number(money)
