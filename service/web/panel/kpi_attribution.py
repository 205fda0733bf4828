"""How much of a change lower loss and fewer defects alone explain: what quality control can claim."""

from service.plant.kpi.attribution import Attribution
from service.plant.kpi.compare import Baseline
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice

FULL = 100.0


def attribution_card(parts: tuple[Attribution, ...], baseline: Baseline | None, voice: Voice) -> Html:
    """As the paper claims, then as measured; each with its share as a bar."""
    cards = [_part(name, part, voice) for name, part in zip(("claimed", "measured"), parts, strict=False)]
    if len(parts) == 1:
        told = el("p", voice.say("attribution_not_measured"), class_="soft")
        cards.append(el("div", el("h3", voice.say("attribution_head.measured")), told, class_="attribution"))
    return el(
        "section",
        el("h2", voice.say("attribution_title")),
        el("p", _baseline_words(baseline, voice), class_="soft small"),
        el("div", *cards, class_="attributions"),
        class_="card stack",
    )


def _baseline_words(baseline: Baseline | None, voice: Voice) -> str:
    told = voice.say("no_baseline")
    if baseline is not None:
        start, end = voice.formats.moment(baseline.from_utc), voice.formats.moment(baseline.to_utc)
        told = voice.say("window_from_to", start=start, end=end)
    return f"{voice.say('fact.baseline')}: {told}"


def _part(name: str, part: Attribution, voice: Voice) -> Html:
    share = None
    if part.share_pct is not None:
        share = el("p", voice.number(part.share_pct, 1), el("small", "%"), class_="tile-value")
    return el(
        "div",
        el("h3", voice.say(f"attribution_head.{name}")),
        share or el("p", voice.say("not_known"), class_="tile-missing"),
        _bar(part.share_pct),
        el("p", voice.say(f"attribution.{name}", **_split(part, voice)), class_="soft small"),
        class_="attribution",
    )


def _bar(share_pct: float | None) -> Html | None:
    if share_pct is None:
        return None
    filled = el("span", style=f"width:{min(share_pct, FULL):.1f}%")
    return el("div", filled, class_="share-bar", aria_hidden="true")


def _split(part: Attribution, voice: Voice) -> dict[str, str]:
    share = voice.say("not_known") if part.share_pct is None else f"{voice.number(part.share_pct, 1)} %"
    return {
        "loss_before": voice.number(part.loss_before_pct, 1),
        "loss_after": voice.number(part.loss_after_pct, 1),
        "defects_before": voice.number(part.defects_before_pct, 1),
        "defects_after": voice.number(part.defects_after_pct, 1),
        "good": ("+" if part.good_output_change_pct >= 0 else "")
        + voice.number(part.good_output_change_pct, 1),
        "share": share,
    }
