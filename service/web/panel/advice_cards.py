"""Recommendations, the dearest first: what, why, what it is worth, what was decided, and what it brought."""

from collections.abc import Sequence

from service.plant.views.advice import Advice
from service.plant.views.people import Role, User
from service.web.panel.crops import demo_tag
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice
from service.web.panel.why import why_field

SIGMAS = "difference in standard errors"


def advice_cards(advice: Sequence[Advice], person: User, voice: Voice) -> Html:
    """Cards, or why there are none."""
    heading = el("h2", voice.say("advice_title"))
    if not advice:
        empty = el("p", voice.say("advice_none"), class_="empty")
        return el("section", heading, empty, class_="stack")
    cards = [_card(each, person, voice) for each in advice]
    return el("section", heading, el("div", *cards, class_="advice-cards"), class_="stack")


def _card(each: Advice, person: User, voice: Voice) -> Html:
    subject = f"{voice.say_or_code('advice_kind', each.kind)} {each.subject}"
    money = voice.say("money_per_week", money=voice.number(each.expected_per_week), currency=each.currency)
    return el(
        "article",
        el("div", el("h3", subject, " ", demo_tag(each.demo)), _status(each, voice), class_="row spread"),
        el("p", each.article, class_="soft small") if each.article else None,
        el("p", money, class_="advice-money", title=voice.say("advice_money_formula")),
        el("p", _evidence(each, voice)),
        el("p", _strength(each, voice), class_="soft small"),
        _outcome(each, voice),
        _decision(each, person, voice),
        class_="card stack advice-card",
    )


def _status(each: Advice, voice: Voice) -> Html:
    return el("span", voice.say(f"advice_status.{each.status}"), class_="status")


def _evidence(each: Advice, voice: Voice) -> str:
    return voice.say(
        "advice_evidence",
        figure=voice.say_or_code("kpi", each.measured_by),
        before=voice.number(100 * each.before_value, 1),
        rest=voice.number(100 * each.expected_value, 1),
    )


def _strength(each: Advice, voice: Voice) -> str:
    pieces = [fact.pieces for fact in each.evidence if fact.what != SIGMAS]
    sigmas = next((fact.value for fact in each.evidence if fact.what == SIGMAS), 0.0)
    return voice.say(
        "advice_strength",
        own=pieces[0] if pieces else 0,
        rest=pieces[1] if len(pieces) > 1 else 0,
        sigmas=voice.number(sigmas, 1),
        moment=voice.moment(each.made_utc),
    )


def _outcome(each: Advice, voice: Voice) -> Html | None:
    parts = []
    if each.decided_by is not None:
        told = voice.say("advice_decided", user=each.decided_by, moment=voice.moment(each.decided_utc))
        parts.append(el("p", f"{told} {each.note}".strip()))
    if each.gained_per_week is not None and each.after_value is not None:
        brought = voice.say(
            "advice_measured",
            before=voice.number(100 * each.before_value, 1),
            after=voice.number(100 * each.after_value, 1),
            money=voice.number(each.gained_per_week),
            expected=voice.number(each.expected_per_week),
            currency=each.currency,
        )
        parts.append(el("p", brought, class_="tone-good" if each.gained_per_week > 0 else "tone-bad"))
    elif each.status == "accepted":
        parts.append(el("p", voice.say("advice_waits"), class_="soft small"))
    return el("div", *parts) if parts else None


def _decision(each: Advice, person: User, voice: Voice) -> Html | None:
    if each.status != "proposed":
        return None
    if not person.may(Role.MANAGER, None):
        return el("p", voice.say("advice_for_manager"), class_="soft small")
    accept, decline = (
        el(
            "button",
            voice.say(name),
            type="submit",
            class_=look,
            data_action=name,
            data_advice=str(each.id),
        )
        for name, look in (("accept", "button primary"), ("decline", "button"))
    )
    return el("form", why_field(voice), accept, decline, class_="row")
