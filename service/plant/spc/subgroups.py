"""Spans → subgroups of about two thousand frames; none of another article, supplier or CNN within. Pure."""

from collections.abc import Sequence

from service.plant.spc.records import SpanFacts, Subgroup

FRAMES = 2000  # the size that the charts' false alarms were measured with
M2_PER_MM2 = 1e-6


def cut(spans: Sequence[SpanFacts], frames: int = FRAMES) -> list[Subgroup]:
    """Cut spans, in order, into closed subgroups; those behind the last one still wait for more."""
    closed: list[Subgroup] = []
    group: list[SpanFacts] = []
    for span in spans:
        if group and _key(group[0]) != _key(span):
            closed.append(_close(group, whole=False))
            group = []
        group.append(span)
        if sum(each.frames for each in group) >= frames:
            closed.append(_close(group, whole=True))
            group = []
    return closed


def _key(span: SpanFacts) -> tuple[str, str, str]:
    return span.article, span.bundle_id, span.supplier


def _close(group: Sequence[SpanFacts], *, whole: bool) -> Subgroup:
    first, last = group[0], group[-1]
    return Subgroup(
        article=first.article,
        bundle_id=first.bundle_id,
        supplier=first.supplier,
        from_order=first.order_no,
        to_order=last.order_no,
        from_utc=first.utc,
        to_utc=last.utc,
        from_mm=first.from_mm,
        to_mm=last.to_mm,
        frames=sum(span.frames for span in group),
        defective=sum(span.defective for span in group),
        unsure=sum(span.unsure for span in group),
        area_m2=sum((span.to_mm - span.from_mm) * span.width_mm * M2_PER_MM2 for span in group),
        whole=whole,
        demo=any(span.demo for span in group),
    )
