"""An article's recipe from pictures of good material, without torch: base CNN + statistics → bundle.

Thresholds come from pictures that were held out: each is scored by a graph whose filters, levels and
calibration never saw it. Pictures beyond what statistics take are held out by that alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.article import SCORE_CEILING, SCORE_FLOOR, STRIDE_PX
from vision.base import Base, load_base
from vision.bundle import GRAPH_OUTPUTS, GRAPH_OUTPUTS_NAMED, bundle_id_of, save_bundle, sha256_hex
from vision.card import CARD_SCHEMA_VERSION, LearntFrom, ModelCard, Promise
from vision.crumbs import learn_crumbs
from vision.extremes import BODY, TAIL
from vision.fit import PATCHES, fit
from vision.golden import make_golden
from vision.golden_file import encode_golden
from vision.good_cloth import GoodCloth, Material, Picture, Progress, in_memory, of_file, pieces, survey
from vision.graph import MATCHED_HALO_ROWS, build_graph
from vision.held_out import HeldOut, by_folds, by_rest
from vision.inference import RUNTIME, map_of
from vision.onnx_writer import labelled
from vision.shade import limit_shade
from vision.specks import ignore_specks
from vision.strip import Strip, make_strip
from vision.taxonomy import DefectKind
from vision.thresholds import (
    FALSE_ALARMS_PER_100M,
    check_rates,
    fit_tail,
    per_100m_above,
    promise_of,
    shortfall,
    strictest_rate,
    thresholds_of,
)
from vision.types import VisionError

ENOUGH_PICTURES: Final = 8  # fewer leave the thresholds uncertain, and the card says so
SEED: Final = 20261123


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be learnt.

    Raises:
        VisionError: the scale is no scale, or the rates can't be promised.
    """

    article: str
    mm_per_px: float
    material: Material
    demo: bool  # whether the pictures are rendered
    created_utc: datetime
    false_alarms_per_100m: float = FALSE_ALARMS_PER_100M  # of web at full width, at most
    doubts_per_100m: float | None = None  # more findings between the thresholds; None: 3.5 to a false alarm

    def __post_init__(self) -> None:
        if not 0 < self.mm_per_px < 100:
            raise VisionError(f"mm per pixel is {self.mm_per_px}; give a number above 0 and below 100")
        check_rates(self.false_alarms_per_100m, self.doubts_per_100m)

    @property
    def quantiles(self) -> tuple[float, float]:
        """Which block maxima are usual."""
        return TAIL if self.material == "fabric" else BODY


def learn_article(
    pictures: Sequence[Path],
    *,
    article: str,
    mm_per_px: float,
    material: Material,
    out_dir: Path,
    demo: bool,
    created_utc: datetime,
    progress: Progress,
    false_alarms_per_100m: float = FALSE_ALARMS_PER_100M,
    doubts_per_100m: float | None = None,
) -> Path:
    """Learn an article from picture files of good material and write its bundle folder; see `Wanted`.

    Raises:
        VisionError: a picture can't be read or is too small, widths differ, or the folder is taken.
    """
    wanted = Wanted(
        article=article,
        mm_per_px=mm_per_px,
        material=material,
        demo=demo,
        created_utc=created_utc,
        false_alarms_per_100m=false_alarms_per_100m,
        doubts_per_100m=doubts_per_100m,
    )
    return learn_pictures([of_file(path) for path in pictures], wanted, out_dir, progress)


def learn_from_arrays(
    images: Sequence[NDArray[np.uint8]],
    *,
    article: str,
    mm_per_px: float,
    material: Material,
    out_dir: Path,
    demo: bool,
    created_utc: datetime,
    progress: Progress,
    false_alarms_per_100m: float = FALSE_ALARMS_PER_100M,
) -> Path:
    """Learn an article from pictures in memory, grey or BGR, and write its bundle folder; see `Wanted`.

    Raises:
        VisionError: no picture, one too small, widths that differ, or a folder that is taken.
    """
    wanted = Wanted(
        article=article,
        mm_per_px=mm_per_px,
        material=material,
        demo=demo,
        created_utc=created_utc,
        false_alarms_per_100m=false_alarms_per_100m,
    )
    pictures = [in_memory(f"picture {number}", image) for number, image in enumerate(images, start=1)]
    return learn_pictures(pictures, wanted, out_dir, progress)


def learn_pictures(pictures: Sequence[Picture], wanted: Wanted, out_dir: Path, progress: Progress) -> Path:
    """Learn an article from pictures that are read one at a time, and write its bundle folder.

    Raises:
        VisionError: no picture, one too small, widths that differ, or a folder that is taken.
    """
    cloth = survey(pictures, progress)
    base = load_base()
    strips = _cut(cloth, wanted.material, progress)
    held_out = None if cloth.rest else by_folds(strips, base, wanted.quantiles, progress)
    progress("fitting the recipe to all pictures")
    outputs = GRAPH_OUTPUTS_NAMED if wanted.material == "fabric" else GRAPH_OUTPUTS
    graph = build_graph(fit(strips, base, wanted.quantiles), base, outputs)
    model = labelled(
        graph, article=wanted.article, material=wanted.material, mm_per_px=repr(wanted.mm_per_px)
    )
    if held_out is None:
        held_out = by_rest(model, cloth, strips, wanted.material, progress)
    card = _card(model, base, cloth, strips, held_out, wanted)
    if wanted.material == "fibre":
        card = replace(card, crumbs=learn_crumbs(strip.pixels for strip in strips))
        card = ignore_specks(card, held_out.maps)
        card = limit_shade(
            card, zip(held_out.maps, held_out.strips, strict=True), wanted.false_alarms_per_100m
        )
    if card.learnt_from.note:
        progress(card.learnt_from.note)
    golden = make_golden(map_of(model), RUNTIME, card, [strip.pixels for strip in strips])
    return save_bundle(out_dir, model, card, encode_golden(golden))


def _cut(cloth: GoodCloth, material: Material, progress: Progress) -> list[Strip]:
    """Cut pictures into strips that are held out by picture; one lone picture's by themselves."""
    alone = len(cloth.learnt) == 1
    cut = [
        (piece, band if alone else number)
        for number, image in enumerate(cloth.learnt)
        for band, piece in enumerate(pieces(image, material, alone=alone))
    ]
    rng = np.random.default_rng(SEED)
    each = max(PATCHES // len(cut), 200)
    strips = []
    for number, (piece, group) in enumerate(cut, start=1):
        progress(f"reading the weave of strip {number} of {len(cut)}")
        strips.append(make_strip(piece.pixels, piece.cloth_px, group=group, patches=each, rng=rng))
    return strips


def _card(
    model: bytes, base: Base, cloth: GoodCloth, strips: Sequence[Strip], held_out: HeldOut, wanted: Wanted
) -> ModelCard:
    picture_m = _rows(cloth) * wanted.mm_per_px / 1e3 / len(cloth.learnt)
    promise = _promise(held_out, len(cloth.learnt), picture_m, wanted, is_apart=bool(cloth.rest))
    thresholds = thresholds_of(promise, SCORE_FLOOR, SCORE_CEILING)
    alarms = per_100m_above(promise.tail, thresholds.defective) / 100 * picture_m
    named = (DefectKind.UNKNOWN.value, *base.card.kinds)
    area_px = sum(strip.pixels.shape[0] * (strip.cloth_px[1] - strip.cloth_px[0]) for strip in strips)
    return ModelCard(
        schema_version=CARD_SCHEMA_VERSION,
        bundle_id=bundle_id_of(model),
        article=wanted.article,
        material=wanted.material,
        created_utc=wanted.created_utc.astimezone(UTC).isoformat(),
        mm_per_px=wanted.mm_per_px,
        columns=int(cloth.learnt[0].shape[1]),
        channels=cloth.channels,
        output_stride=STRIDE_PX,
        halo_rows=MATCHED_HALO_ROWS + base.card.halo_rows,
        score_floor=SCORE_FLOOR,
        score_ceiling=SCORE_CEILING,
        thresholds=thresholds,
        kinds=named if wanted.material == "fabric" else (DefectKind.FOREIGN_MATTER.value,),
        min_area_mm2=(STRIDE_PX * wanted.mm_per_px) ** 2,
        learnt_from=LearntFrom(
            pictures=len(cloth.learnt),
            good_m2=area_px * wanted.mm_per_px**2 / 1e6,
            good_length_m=_rows(cloth) * wanted.mm_per_px / 1e3,
            held_out_scores=tuple(round(score, 3) for score in held_out.pictures),
            false_alarm_rate_expected=1 - math.exp(-alarms),
            note=_note(len(cloth.learnt), promise),
            picture_sha256=cloth.sha256,
        ),
        promise=promise,
        base_name=base.card.name,
        base_sha256=base.card.sha256,
        demo=wanted.demo,
        model_sha256=sha256_hex(model),
    )


def _promise(
    held_out: HeldOut, pictures: int, picture_m: float, wanted: Wanted, *, is_apart: bool
) -> Promise:
    """Say what the held-out cloth promises; `is_apart`: none of it was learnt as well."""
    held_out_m = held_out.rows * wanted.mm_per_px / 1e3
    tail = fit_tail(
        held_out.blocks, held_out.findings, held_out_m, pictures=pictures, quantiles=wanted.quantiles
    )
    return promise_of(
        tail,
        strictest_per_100m=strictest_rate(held_out_m, picture_m),
        learnt_m=held_out_m + (pictures * picture_m if is_apart else 0.0),
        held_out_m=held_out_m,
        asked=wanted.false_alarms_per_100m,
        doubts=wanted.doubts_per_100m,
    )


def _rows(cloth: GoodCloth) -> int:
    return sum(image.shape[0] for image in cloth.learnt)


def _note(pictures: int, promise: Promise) -> str:
    notes = [shortfall(promise)]
    if pictures < ENOUGH_PICTURES:
        notes.insert(
            0,
            f"learnt from {pictures} picture{'s' if pictures > 1 else ''}: thresholds are uncertain, "
            f"expect more false alarms; learn again with {ENOUGH_PICTURES - pictures} more pictures of "
            "good material",
        )
    return "; ".join(note for note in notes if note)
