"""An article's recipe from pictures of good material, without torch: base CNN + statistics → bundle.

Thresholds come from pictures that were held out: each picture is scored by a graph whose filters, levels and
calibration never saw it.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vision.article import SCORE_CEILING, SCORE_FLOOR, STRIDE_PX
from vision.base import Base, load_base
from vision.bundle import GRAPH_OUTPUTS, GRAPH_OUTPUTS_NAMED, bundle_id_of, save_bundle, sha256_hex
from vision.card import CARD_SCHEMA_VERSION, LearntFrom, ModelCard, Thresholds
from vision.edges import find_edges
from vision.extremes import BODY, TAIL, block_maxima, expected_share_above, gumbel_threshold
from vision.fit import PATCHES, Strip, block_width, fit, make_strip
from vision.golden import make_golden
from vision.golden_file import encode_golden
from vision.graph import MATCHED_HALO_ROWS, build_graph
from vision.images import read_image, to_channels
from vision.inference import RUNTIME, Probe, map_of
from vision.onnx_writer import labelled
from vision.specks import ignore_specks
from vision.taxonomy import DefectKind
from vision.texture import picture_fault
from vision.types import VisionError

MIN_SIDE_PX: Final = 64
STRIP_ROWS: Final = 256  # pictures are learnt in the tiles in which they are inspected
MIN_BAND_ROWS: Final = 32
BANDS_OF_ONE_PICTURE: Final = 4  # a single picture is held out in bands of itself
MOST_FOLDS: Final = 10
MOST_PIXELS: Final = 80_000_000  # more good cloth than this is thinned out evenly: time and memory
ENOUGH_PICTURES: Final = 8  # fewer leave the thresholds uncertain, and the card says so
DEFECTIVE_SHARE: Final = 0.05  # of good frames expected above `defective`
UNSURE_SHARE: Final = 0.20
SEED: Final = 20261123
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _HeldOut:
    """What graphs that had not seen a picture said of it."""

    blocks: NDArray[np.float32]  # highest score of each block
    pictures: tuple[float, ...]  # highest score of each held-out group
    maps: tuple[NDArray[np.float32], ...]  # (1, rows, columns) of each strip


def learn_article(
    pictures: Sequence[Path],
    *,
    article: str,
    mm_per_px: float,
    material: Literal["fabric", "fibre"],
    out_dir: Path,
    demo: bool,
    created_utc: datetime,
    progress: Progress,
) -> Path:
    """Learn an article from picture files of good material and write its bundle folder.

    Raises:
        VisionError: a picture can't be read or is too small, widths differ, or the folder is taken.
    """
    images = []
    for number, path in enumerate(pictures, start=1):
        progress(f"reading picture {number} of {len(pictures)}")
        images.append(read_image(path))
    return learn_from_arrays(
        images,
        article=article,
        mm_per_px=mm_per_px,
        material=material,
        out_dir=out_dir,
        demo=demo,
        created_utc=created_utc,
        progress=progress,
        names=[path.name for path in pictures],
    )


def learn_from_arrays(
    images: Sequence[NDArray[np.uint8]],
    *,
    article: str,
    mm_per_px: float,
    material: Literal["fabric", "fibre"],
    out_dir: Path,
    demo: bool,
    created_utc: datetime,
    progress: Progress,
    names: Sequence[str] = (),
) -> Path:
    """Learn an article from pictures in memory, grey or BGR, and write its bundle folder.

    Raises:
        VisionError: no picture, one too small, widths that differ, or a folder that is taken.
    """
    names = names or [f"picture {number}" for number in range(1, len(images) + 1)]
    _check(images, mm_per_px, names)
    images = _usable(images, names, progress)
    channels = 3 if any(_is_coloured(image) for image in images) else 1
    images = [to_channels(image, channels) for image in _thinned(images, progress)]
    base, quantiles = load_base(), TAIL if material == "fabric" else BODY
    strips = _cut(images, material, progress)
    held_out = _hold_out(strips, base, quantiles, progress)
    progress("fitting the recipe to all pictures")
    graph = build_graph(
        fit(strips, base, quantiles), base, GRAPH_OUTPUTS_NAMED if material == "fabric" else GRAPH_OUTPUTS
    )
    model = labelled(graph, article=article, material=material, mm_per_px=repr(mm_per_px))
    card = _card(
        model,
        base,
        images,
        strips,
        held_out,
        article=article,
        mm_per_px=mm_per_px,
        material=material,
        demo=demo,
        created_utc=created_utc,
    )
    if material == "fibre":
        card = ignore_specks(card, held_out.maps)
    golden = make_golden(map_of(model), RUNTIME, card, [strip.pixels for strip in strips])
    return save_bundle(out_dir, model, card, encode_golden(golden))


def _check(images: Sequence[NDArray[np.uint8]], mm_per_px: float, names: Sequence[str]) -> None:
    if not images:
        raise VisionError("no picture of good material was given; learning needs at least one")
    if not 0 < mm_per_px < 100:
        raise VisionError(f"mm per pixel is {mm_per_px}; give a number above 0 and below 100")
    width = images[0].shape[1]
    for name, image in zip(names, images, strict=True):
        if min(image.shape[:2]) < MIN_SIDE_PX:
            raise VisionError(
                f"{name}: {image.shape[1]} x {image.shape[0]} px; "
                f"learning needs at least {MIN_SIDE_PX} px a side"
            )
        if image.shape[1] != width:
            raise VisionError(
                f"{name}: {image.shape[1]} px wide, the first picture is {width} px wide; "
                "one recipe holds for one width: learn them apart"
            )


def _usable(
    images: Sequence[NDArray[np.uint8]], names: Sequence[str], progress: Progress
) -> list[NDArray[np.uint8]]:
    """Leave out pictures that show no material: the line would refuse them, and nothing is learnt there."""
    faults = [picture_fault(image) for image in images]
    for name, fault in zip(names, faults, strict=True):
        if fault:
            progress(f"{name} is left out: {fault}")
    used = [image for image, fault in zip(images, faults, strict=True) if not fault]
    if not used:
        raise VisionError(f"{names[0]}: {faults[0]}; none of the {len(images)} pictures shows material")
    return used


def _is_coloured(image: NDArray[np.uint8]) -> bool:
    """Whether a picture of three channels shows any colour, or is grey stored three times."""
    if image.ndim == 2:
        return False
    few = image[::4, ::4].astype(np.int16)
    return bool(np.mean(few.max(axis=2) - few.min(axis=2) > 6) > 0.001)


def _thinned(images: Sequence[NDArray[np.uint8]], progress: Progress) -> list[NDArray[np.uint8]]:
    """Every picture, or evenly spaced ones when there are more pixels than learning takes."""
    total = sum(image.shape[0] * image.shape[1] for image in images)
    if total <= MOST_PIXELS:
        return list(images)
    count = max(int(len(images) * MOST_PIXELS / total), 1)
    chosen = np.unique(np.linspace(0, len(images) - 1, count).round().astype(int))
    progress(
        f"{len(images)} pictures are more than learning needs; every {len(images) / count:.1f}th is used"
    )
    return [images[at] for at in chosen]


def _cut(
    images: Sequence[NDArray[np.uint8]], material: Literal["fabric", "fibre"], progress: Progress
) -> list[Strip]:
    """Cut pictures into full-width strips; one lone picture into bands that can be held out in turn."""
    pieces = []
    for number, image in enumerate(images):
        bounds = _bounds(image.shape[0], alone=len(images) == 1)
        # Lint lies anywhere on the belt: its edge is no edge of the material.
        cloth = (0, image.shape[1]) if material == "fibre" else find_edges(image)
        for band, (top, bottom) in enumerate(bounds):
            pieces.append((image[top:bottom], cloth, band if len(images) == 1 else number))
    rng = np.random.default_rng(SEED)
    each = max(PATCHES // len(pieces), 200)
    strips = []
    for number, (pixels, cloth, group) in enumerate(pieces, start=1):
        progress(f"reading the weave of strip {number} of {len(pieces)}")
        strips.append(make_strip(pixels, cloth, group=group, patches=each, rng=rng))
    return strips


def _bounds(rows: int, *, alone: bool) -> list[tuple[int, int]]:
    count = -(-rows // STRIP_ROWS)
    if alone:
        count = max(count, min(BANDS_OF_ONE_PICTURE, rows // MIN_BAND_ROWS))
    edges = np.linspace(0, rows, count + 1).round().astype(int)
    return [(int(a), int(b)) for a, b in zip(edges, edges[1:], strict=False)]


def _hold_out(
    strips: Sequence[Strip], base: Base, quantiles: tuple[float, float], progress: Progress
) -> _HeldOut:
    """Score every picture with a graph learnt without it (without its tenth, when there are many)."""
    groups = sorted({strip.group for strip in strips})
    folds, cells = min(len(groups), MOST_FOLDS), block_width(strips)
    blocks: list[NDArray[np.float32]] = []
    maps: list[NDArray[np.float32]] = []
    pictures: dict[int, float] = {}
    for fold in range(folds):
        progress(f"checking on held-out pictures, {fold + 1} of {folds}")
        left_out = set(groups[fold::folds])
        learnt = [strip for strip in strips if strip.group not in left_out]
        probe = Probe(build_graph(fit(learnt, base, quantiles), base))
        held = [strip for strip in strips if strip.group in left_out]
        for strip, scores in _scored(probe, held):
            maxima = block_maxima(scores, *strip.map_cloth, cells)[:, 0]
            maps.append(scores)
            blocks.append(maxima)
            pictures[strip.group] = max(pictures.get(strip.group, SCORE_FLOOR), float(maxima.max()))
    return _HeldOut(
        blocks=np.concatenate(blocks), pictures=tuple(pictures[group] for group in groups), maps=tuple(maps)
    )


def _scored(probe: Probe, strips: Sequence[Strip]) -> Iterator[tuple[Strip, NDArray[np.float32]]]:
    for strip in strips:
        yield strip, probe.run(strip.pixels, strip.cloth_px)[0][0]


def _thresholds(held_out: _HeldOut, pictures: int, quantiles: tuple[float, float]) -> Thresholds:
    blocks_per_frame = len(held_out.blocks) / pictures
    # A picture that wasn't learnt differs from the mean of n by more than they do among themselves.
    stretch = math.sqrt(1 + 1 / pictures)
    middle = float(np.median(held_out.blocks))
    levels = [
        middle + stretch * (gumbel_threshold(held_out.blocks, blocks_per_frame, share, quantiles) - middle)
        for share in (UNSURE_SHARE, DEFECTIVE_SHARE)
    ]
    defective = float(np.clip(levels[1], SCORE_FLOOR + 1.0, SCORE_CEILING - 1.0))
    return Thresholds(unsure=min(max(levels[0], SCORE_FLOOR + 0.5), defective - 0.01), defective=defective)


def _card(
    model: bytes,
    base: Base,
    images: Sequence[NDArray[np.uint8]],
    strips: Sequence[Strip],
    held_out: _HeldOut,
    *,
    article: str,
    mm_per_px: float,
    material: Literal["fabric", "fibre"],
    demo: bool,
    created_utc: datetime,
) -> ModelCard:
    quantiles = TAIL if material == "fabric" else BODY
    thresholds = _thresholds(held_out, len(images), quantiles)
    named = (DefectKind.UNKNOWN.value, *base.card.kinds)
    return ModelCard(
        schema_version=CARD_SCHEMA_VERSION,
        bundle_id=bundle_id_of(model),
        article=article,
        material=material,
        created_utc=created_utc.astimezone(UTC).isoformat(),
        mm_per_px=mm_per_px,
        columns=int(images[0].shape[1]),
        channels=1 if images[0].ndim == 2 else 3,
        output_stride=STRIDE_PX,
        halo_rows=MATCHED_HALO_ROWS + base.card.halo_rows,
        score_floor=SCORE_FLOOR,
        score_ceiling=SCORE_CEILING,
        thresholds=thresholds,
        kinds=named if material == "fabric" else (DefectKind.FOREIGN_MATTER.value,),
        min_area_mm2=(STRIDE_PX * mm_per_px) ** 2,
        learnt_from=_learnt_from(images, strips, held_out, mm_per_px, thresholds.defective, quantiles),
        base_name=base.card.name,
        base_sha256=base.card.sha256,
        demo=demo,
        model_sha256=sha256_hex(model),
    )


def _learnt_from(
    images: Sequence[NDArray[np.uint8]],
    strips: Sequence[Strip],
    held_out: _HeldOut,
    mm_per_px: float,
    defective: float,
    quantiles: tuple[float, float],
) -> LearntFrom:
    rows = sum(image.shape[0] for image in images)
    area_px = sum(strip.pixels.shape[0] * (strip.cloth_px[1] - strip.cloth_px[0]) for strip in strips)
    return LearntFrom(
        pictures=len(images),
        good_m2=area_px * mm_per_px**2 / 1e6,
        good_length_m=rows * mm_per_px / 1e3,
        held_out_scores=tuple(round(score, 3) for score in held_out.pictures),
        false_alarm_rate_expected=expected_share_above(
            held_out.blocks, len(held_out.blocks) / len(images), defective, quantiles
        ),
        note=_note(len(images)),
        picture_sha256=tuple(sha256_hex(image.tobytes()) for image in images),
    )


def _note(pictures: int) -> str:
    if pictures >= ENOUGH_PICTURES:
        return ""
    missing = ENOUGH_PICTURES - pictures
    return (
        f"learnt from {pictures} picture{'s' if pictures > 1 else ''}: thresholds are uncertain, "
        f"expect more false alarms; learn again with {missing} more pictures of good material"
    )
