"""What `maqta model list` and `show` say of a bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from service.line.event_log import read_events
from service.shadow_events import ShadowCompared
from vision.bundle import Bundle, load_bundle
from vision.registry import ArticleState, Registry
from vision.types import VisionError

TITLES = ("article", "bundle", "state", "created", "thresholds", "learnt from", "demo", "gate", "as shadow")
DATE_LENGTH = len("2026-11-23T12:00")
UNKNOWN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRow:
    """One bundle of the registry; None and 0: its files are damaged, so that nobody knows."""

    article: str
    bundle_id: str
    state: str
    created_utc: str | None
    unsure: float | None
    defective: float | None
    thresholds_version: int | None  # 0: as learnt
    learnt_pictures: int | None
    learnt_m: float | None
    demo: bool | None
    damage: str  # why it can't be loaded; empty: it can
    gate: str
    shadow_frames: int = 0  # compared with the active bundle, by the event logs given
    shadow_agreeing: int = 0  # of them, judged alike


BUNDLE_ROWS_CODEC: TypeAdapter[list[BundleRow]] = TypeAdapter(list[BundleRow])


def list_bundles(registry: Registry, logs: Sequence[Path]) -> list[BundleRow]:
    """Return every bundle, with what the event logs say of shadows.

    Raises:
        VisionError: the registry can't be read.
        LineError: a log is no event log.
    """
    bodies = (event.body for log in logs for event in read_events(log))
    shadows = [body for body in bodies if isinstance(body, ShadowCompared)]
    return [
        _row(registry, state, bundle_id, [seen for seen in shadows if seen.shadow_bundle_id == bundle_id])
        for state in registry.list()
        for bundle_id in state.bundles
    ]


def as_table(rows: Sequence[BundleRow]) -> str:
    """Lay the rows out in columns under their titles."""
    if not rows:
        return "no recipes here; learn one with 'maqta learn', or give --registry\n"
    cells = [TITLES, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(TITLES))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in cells]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def describe(registry: Registry, recipe: str) -> str:
    """Say what one bundle is and what became of it.

    Raises:
        VisionError: there is no such bundle, or it is damaged.
    """
    folder = registry.resolve(recipe)
    bundle = load_bundle(folder)
    card = bundle.card
    lines = [
        f"{card.article}: bundle {card.bundle_id}{', DEMO' if card.demo else ''}",
        f"folder       {folder}",
        f"created      {card.created_utc} for {card.material}, {card.columns} px of {card.mm_per_px:g} mm",
        f"thresholds   {_thresholds(bundle)}",
        f"learnt from  {card.learnt_from.pictures} pictures, {card.learnt_from.good_length_m:.1f} m, "
        f"{card.learnt_from.good_m2:.2f} m2",
        f"note         {card.learnt_from.note or UNKNOWN}",
    ]
    for state in registry.list():
        if state.article == card.article and card.bundle_id in state.bundles:
            lines += [f"state        {state.bundles[card.bundle_id]}", *_history(state, card.bundle_id)]
    return "\n".join(lines) + "\n"


def _row(
    registry: Registry, state: ArticleState, bundle_id: str, seen: Sequence[ShadowCompared]
) -> BundleRow:
    bundle, damage = _loaded(registry.find(bundle_id, state.article))
    card = bundle.card if bundle else None
    return BundleRow(
        article=state.article,
        bundle_id=bundle_id,
        state=state.bundles[bundle_id].value,
        created_utc=card.created_utc if card else None,
        unsure=card.thresholds.unsure if card else None,
        defective=card.thresholds.defective if card else None,
        thresholds_version=bundle.thresholds_version if bundle else None,
        learnt_pictures=card.learnt_from.pictures if card else None,
        learnt_m=card.learnt_from.good_length_m if card else None,
        demo=card.demo if card else None,
        damage=damage,
        gate=state.gate_result(bundle_id),
        shadow_frames=sum(each.frames for each in seen),
        shadow_agreeing=sum(each.agreeing for each in seen),
    )


def _loaded(folder: Path) -> tuple[Bundle | None, str]:
    try:
        return load_bundle(folder), ""
    except VisionError as error:
        return None, str(error)


def _cells(row: BundleRow) -> tuple[str, ...]:
    damaged = bool(row.damage)
    return (
        row.article,
        row.bundle_id,
        row.state,
        (row.created_utc or UNKNOWN)[:DATE_LENGTH],
        "DAMAGED" if damaged else f"{row.unsure:.3g} / {row.defective:.3g} (v{row.thresholds_version})",
        UNKNOWN if damaged else f"{row.learnt_pictures} pictures, {row.learnt_m:.1f} m",
        "DEMO" if row.demo else UNKNOWN,
        row.gate,
        _agreement(row),
    )


def _agreement(row: BundleRow) -> str:
    if not row.shadow_frames:
        return UNKNOWN
    return f"{row.shadow_agreeing / row.shadow_frames:.1%} of {row.shadow_frames} frames alike"


def _thresholds(bundle: Bundle) -> str:
    limits = bundle.card.thresholds
    origin = f"version {bundle.thresholds_version}" if bundle.thresholds_version else "as learnt"
    return f"unsure from {limits.unsure:.4g}, defective from {limits.defective:.4g}, {origin}"


def _history(state: ArticleState, bundle_id: str) -> list[str]:
    return [
        f"  {entry.utc}  {'REFUSED' if entry.refused else entry.state}"
        f"{f', by {entry.by}' if entry.by else ''}{f': {entry.why}' if entry.why else ''}"
        for entry in state.history
        if entry.bundle_id == bundle_id
    ]
