"""A figure with all that is needed to trust it: both sides of the fraction, source, window, claim, age."""

from service.plant.kpi.claims import Claim
from service.plant.kpi.compare import Comparison
from service.plant.views.kpis import Kpi, KpiDefinition
from service.web.panel.crops import demo_tag
from service.web.panel.kpi_words import amount, rounded, unit_words
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice


def tile(compared: Comparison, voice: Voice, chart: Html | None = None) -> Html:
    """One figure with all that is needed to trust it, over its days where there is a chart."""
    figure = compared.now
    name = el("h3", voice.say_or_code("kpi", code_of(figure)), " ", demo_tag(figure.demo))
    return el(
        "article",
        name,
        value_words(figure, voice),
        _against_baseline(compared, voice),
        chart,
        _facts(compared, voice),
        class_="card tile",
    )


def code_of(figure: Kpi | KpiDefinition) -> str:
    """A figure's name in the catalogue: one slug may stand on two bases, which are never mixed."""
    return figure.code


def value_words(figure: Kpi, voice: Voice) -> Html:
    """The value with its unit, or what would measure it."""
    if figure.value is None:
        why = voice.say_or_code("kpi_missing", code_of(figure))
        return el(
            "div", el("p", voice.say("not_measured"), class_="tile-missing"), el("p", why, class_="soft")
        )
    shown = voice.number(*rounded(figure.value, figure.unit))
    return el("p", shown, el("small", unit_words(figure.unit, voice)), class_="tile-value")


def _against_baseline(compared: Comparison, voice: Voice) -> Html | None:
    if compared.index is None:
        return None
    words = voice.say("index_of_baseline", index=voice.number(compared.index, 1))
    tone = {True: "tone-good", False: "tone-bad", None: "soft"}[compared.improved]
    return el("p", words, class_=f"{tone} small")


def _facts(compared: Comparison, voice: Voice) -> Html:
    figure, code = compared.now, code_of(compared.now)
    rows: list[tuple[str, str]] = [("formula", voice.say_or_code("kpi_formula", code))]
    for side, value, unit in (
        ("numerator", figure.numerator, figure.numerator_unit),
        ("denominator", figure.denominator, figure.denominator_unit),
    ):
        words = voice.say_or_code(f"kpi_{side}", code)
        rows.append((side, words if value is None else f"{words}: {amount(value, unit, voice)}"))
    rows.append(("window", voice.say("window_from_to", **_window(figure, voice))))
    rows.append(("source", voice.say(f"source.{figure.source.value}")))
    if figure.completeness is not None:
        rows.append(("completeness", voice.percent(figure.completeness)))
    rows.append(("baseline", _baseline_words(compared, voice)))
    if compared.claim is not None:
        rows.append(("claim", claim_words(compared.claim, voice)))
    if figure.age_s is not None:
        rows.append(("age", voice.age(figure.age_s)))
    parts = [part for key, words in rows for part in (el("dt", voice.say(f"fact.{key}")), el("dd", words))]
    return el("dl", *parts)


def _baseline_words(compared: Comparison, voice: Voice) -> str:
    before = compared.baseline
    if before is None:
        return voice.say("no_baseline")
    if before.value is None:
        return voice.say("not_measured")
    return amount(before.value, before.unit, voice)


def claim_words(claim: Claim, voice: Voice) -> str:
    """What the paper claims, called a claim."""
    return voice.say("claim_before_after", unit=unit_words(claim.unit, voice), **_both(claim, voice))


def claim_short(claim: Claim, voice: Voice) -> str:
    """The same under a heading that calls it a claim."""
    return f"{' → '.join(_both(claim, voice).values())} {unit_words(claim.unit, voice)}"


def _both(claim: Claim, voice: Voice) -> dict[str, str]:
    before = "–" if claim.before is None else _as_printed(claim.before, voice)
    return {"before": before, "after": _as_printed(claim.after, voice)}


def _as_printed(value: float, voice: Voice) -> str:
    _, _, decimals = f"{value:g}".partition(".")
    return voice.number(value, len(decimals))


def _window(figure: Kpi, voice: Voice) -> dict[str, str]:
    return {
        "start": voice.formats.moment(figure.window_from),
        "end": voice.formats.moment(figure.window_to),
    }
