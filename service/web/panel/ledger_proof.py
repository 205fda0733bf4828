"""That nothing of the ledger was edited or removed: when it was verified last, by whom, and the heads."""

from service.plant.ledger.audit import Report
from service.plant.ledger.heads import Head
from service.plant.ledger.verifying import Verified
from service.web.panel.markup import Html, el
from service.web.panel.spoken import spoken
from service.web.panel.voice import Voice

FAULTS_SHOWN, HASH_SHOWN = 10, 16


def proof_card(
    last: Verified | None,
    heads: tuple[Head, ...],
    report: Report | None,
    voice: Voice,
    *,
    may_verify: bool,
) -> Html:
    """The card at the foot of the ledger."""
    press = None
    if may_verify:
        press = el("button", voice.say("proof_verify"), class_="button", data_action="verify")
    faults = report.said[:FAULTS_SHOWN] if report is not None else ()
    told = [el("li", spoken((fault,), fault.text, voice)) for fault in faults]
    listed = el("ul", *told, class_="workings") if told else None
    return el(
        "section",
        el("div", el("h2", voice.say("proof_title")), press, class_="row spread"),
        _state(last, voice),
        listed,
        _heads(heads, voice),
        class_="card stack",
    )


def _state(last: Verified | None, voice: Voice) -> Html:
    if last is None:
        return el("p", voice.say("proof_never"), class_="note")
    told = {"moment": voice.moment(last.utc), "user": last.user, "links": voice.number(last.links)}
    if last.faults:
        return el("p", voice.say("proof_faults", count=last.faults, **told), class_="note bad", role="alert")
    return el("p", "✓ ", voice.say("proof_clean", **told))


def _heads(heads: tuple[Head, ...], voice: Voice) -> Html | None:
    if not heads:
        return None
    rows = [
        el(
            "tr",
            el("td", head.chain),
            el("td", voice.number(head.number), class_="number"),
            el("td", el("code", f"{head.hash[:HASH_SHOWN]}…", title=head.hash)),
        )
        for head in heads
    ]
    names = [el("th", voice.say(f"proof_column.{key}"), scope="col") for key in ("chain", "link", "head")]
    body = el("table", el("thead", el("tr", *names)), el("tbody", *rows))
    summary = el("summary", voice.say("proof_heads", count=len(heads)))
    return el("details", summary, el("div", body, class_="table-box"))
