"""A balance as stated: input = good + ejected + by-product + waste + unaccounted, drawn and in numbers."""

from service.event_terms import MassFlow
from service.plant.ledger.terms import BalanceStatus
from service.plant.views.ledger import Statement
from service.web.panel.crops import demo_tag
from service.web.panel.flow_picture import Band, flow_picture
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice

LOOKS = {
    MassFlow.GOOD: "good",
    MassFlow.EJECTED: "loss",
    MassFlow.BY_PRODUCT: "by-product",
    MassFlow.WASTE: "waste",
}
DIGITS = 1


def balance_card(statement: Statement, voice: Voice) -> Html:
    """One place and basis; what is missing beyond its limit is marked by word, shape and colour."""
    head = el(
        "div",
        el("h3", statement.place or voice.say("balance_whole_way"), " ", demo_tag(statement.demo)),
        _status(statement, voice),
        class_="row spread",
    )
    basis = el("p", voice.say(f"basis.{statement.basis.value}"), class_="soft small")
    bad = statement.status is BalanceStatus.UNACCOUNTED
    return el(
        "article",
        head,
        basis,
        _picture(statement, voice),
        el("p", limit_words(statement, voice), class_="soft small"),
        class_="card stack balance is-bad" if bad else "card stack balance",
    )


def quantity(value: float | None, statement: Statement, voice: Voice) -> str:
    """An amount with its unit, or a dash where nobody booked one."""
    if value is None:
        return "–"
    return f"{voice.number(value, DIGITS)}\u00a0{voice.say(f'unit.{statement.basis.unit}')}"


def missing_pct(statement: Statement) -> float | None:
    """What is unaccounted for, as a share of the input."""
    if statement.unaccounted is None or not statement.input:
        return None
    return 100 * statement.unaccounted / statement.input


def limit_words(statement: Statement, voice: Voice) -> str:
    """What is missing against its limit, in a sentence."""
    share = missing_pct(statement)
    limit = voice.number(statement.limit_pct, 2)
    if statement.unaccounted is None or share is None:
        return voice.say("balance_cant_tell")
    key = "balance_beyond" if statement.status is BalanceStatus.UNACCOUNTED else "balance_within"
    amount = quantity(statement.unaccounted, statement, voice)
    return voice.say(key, amount=amount, share=voice.number(share, 2), limit=limit)


def _status(statement: Statement, voice: Voice) -> Html:
    sign = {"closed": "✓", "unaccounted": "▲", "not_measured": "?"}[statement.status.value]
    look = f"status is-{statement.status.value.replace('_', '-')}"
    return el("span", sign, " ", voice.say(f"balance_status.{statement.status.value}"), class_=look)


def _picture(statement: Statement, voice: Voice) -> Html:
    if not statement.input:
        return el("p", voice.say("balance_no_input"), class_="soft")
    bands = [
        Band(
            name=voice.say(f"flow.{flow.value}"),
            amount=amount,
            words=_words(amount, statement, voice),
            look=look,
        )
        for flow, look in LOOKS.items()
        if (amount := _amount(statement, flow)) is not None
    ]
    missing = statement.unaccounted
    if missing is not None and missing > 0:
        words = _words(missing, statement, voice)
        look = "missing-bad" if statement.status is BalanceStatus.UNACCOUNTED else "missing"
        bands.append(Band(name=voice.say("flow.unaccounted"), amount=missing, words=words, look=look))
    if not bands:
        return el("p", voice.say("balance_input_only", amount=quantity(statement.input, statement, voice)))
    taken_in = (voice.say("flow.input"), quantity(statement.input, statement, voice))
    return flow_picture(taken_in, statement.input, bands, voice.say("balance_title"))


def _amount(statement: Statement, flow: MassFlow) -> float | None:
    amount: float | None = getattr(statement, flow.value)
    return amount


def _words(amount: float, statement: Statement, voice: Voice) -> str:
    share = voice.number(100 * amount / (statement.input or 1.0), 2)
    return f"{quantity(amount, statement, voice)} · {share}\u00a0%"
