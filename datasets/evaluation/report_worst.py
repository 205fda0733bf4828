"""The report's worst misses and worst false alarms: which they are, and a card with a crop of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from datasets.evaluation.report_charts import gauge
from datasets.evaluation.report_pictures import crop_around, crop_uri
from datasets.evaluation.results import Evaluation, RegionResult, Run, StripResult
from datasets.evaluation.truth import read_truth
from datasets.sources import SourceRecord
from vision.images import read_image
from vision.types import Defect, PxBox, Verdict

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A marked region without a finding at `defective`, or a defective strip of a set without masks."""

    run: Run
    strip: StripResult
    region: RegionResult | None

    @property
    def score(self) -> float:
        """Highest score where the defect is."""
        return self.region.inside if self.region else self.strip.score

    @property
    def margin(self) -> float:
        """Score against the threshold; the least is the worst."""
        return self.score - self.run.card.thresholds.defective


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A finding on a good strip."""

    run: Run
    strip: StripResult
    finding: Defect

    @property
    def margin(self) -> float:
        """Score against the threshold; the most is the worst."""
        return self.finding.score - self.run.card.thresholds.defective


def worst_misses(evaluation: Evaluation) -> list[Miss]:
    """Give every miss, worst first."""
    misses = []
    for run in evaluation.runs:
        for strip in run.bad:
            misses += [
                Miss(run=run, strip=strip, region=region) for region in strip.regions if not region.hit
            ]
            if not strip.regions and strip.verdict is not Verdict.DEFECTIVE:
                misses.append(Miss(run=run, strip=strip, region=None))
    return sorted(misses, key=lambda miss: miss.margin)


def worst_alarms(evaluation: Evaluation) -> list[Alarm]:
    """Give the strongest finding of every good strip that has one, worst first."""
    alarms = [
        Alarm(run=run, strip=strip, finding=max(strip.findings, key=lambda finding: finding.score))
        for run in evaluation.runs
        for strip in run.good
        if strip.findings
    ]
    return sorted(alarms, key=lambda alarm: alarm.margin, reverse=True)


def miss_card(miss: Miss, record: SourceRecord, mm_per_px: float | None) -> str:
    """Draw a miss: its crop with the mask's outline, and how far its score stayed below."""
    limits, strip, region = miss.run.card.thresholds, miss.strip, miss.region
    box = region.box_px if region else None
    picture = _crop(record, box, strip.findings)
    kind = f"{region.kind.value.replace('_', ' ')} ({region.label})" if region else strip.label
    size = f", {_size(region, mm_per_px)}" if region else ", no mask"
    text = (
        f"score {'inside' if region else 'in the whole picture'} {miss.score:.2f} of {limits.defective:.2f}: "
    )
    text += _said(strip, region)
    return _card(miss.run, strip, picture, f"{kind}{size}", text, gauge(miss.score, limits))


def alarm_card(alarm: Alarm, record: SourceRecord, mm_per_px: float | None) -> str:
    """Draw a false alarm: its crop with the finding's box."""
    limits, finding = alarm.run.card.thresholds, alarm.finding
    picture = _crop(record, finding.box_px, alarm.strip.findings)
    box = finding.box_px
    size = f"{box.x1 - box.x0} × {box.y1 - box.y0} px" if mm_per_px is None else f"{finding.area_mm2:.1f} mm²"
    verdict = alarm.strip.verdict.value.upper()
    text = f"score {finding.score:.2f}, defective from {limits.defective:.2f}: {verdict}"
    kind = finding.kind.value.replace("_", " ")
    return _card(
        alarm.run, alarm.strip, picture, f"called {kind}, {size}", text, gauge(finding.score, limits)
    )


def _said(strip: StripResult, region: RegionResult | None) -> str:
    if region is None:
        return "UNSURE" if strip.verdict is Verdict.UNSURE else "nothing found"
    said = "UNSURE there" if region.found else "nothing found there"
    elsewhere = strip.verdict is Verdict.DEFECTIVE
    return f"{said}; the strip is DEFECTIVE for another place" if elsewhere else said


def _crop(record: SourceRecord, box: PxBox | None, findings: Sequence[Defect]) -> str:
    pixels = read_image(record.picture)
    rows, columns = pixels.shape[:2]
    whole = PxBox(x0=0, y0=0, x1=columns, y1=rows)
    truth = None if record.is_good else read_truth(record, rows, columns).mask
    window = whole if box is None else crop_around(box, rows, columns)
    return crop_uri(pixels, window, truth=truth, found=[finding.box_px for finding in findings])


def _card(run: Run, strip: StripResult, picture: str, what: str, text: str, bar: str) -> str:
    name = escape(strip.picture.name)
    return (
        f'<figure class="finding"><img src="{picture}" alt="crop of {name}"><figcaption>'
        f'<div class="name"><span title="{name}">{name}</span>'
        f'<span class="soft">{escape(run.article)}</span></div>'
        f'<div class="small">{escape(what)}</div>{bar}<div class="small soft">{escape(text)}</div>'
        "</figcaption></figure>"
    )


def _size(region: RegionResult, mm_per_px: float | None) -> str:
    if mm_per_px is None:
        return f"{region.area_px} px"
    return f"{region.area_px * mm_per_px**2:.2g} mm²"
