"""Pictures labelled in COCO's JSON: boxes, polygons and run lengths, plain or packed.

A picture without annotations is good. Its group (roll or strip) is the image's `group`, `roll` or `strip`, by
itself or under `extra`; otherwise its file name up to a separator: crops of one strip are never parted.
`article` names the image's article, `rendered` an image (or, under `info`, a whole set) that was drawn.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from datasets.shapes import Box, Runs, Shape, unpack_counts
from datasets.sources import CLASS_KINDS, GOOD_CLASSES, SourceRecord
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

Finite = Annotated[float, Field(allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=1)]
Name = int | str
KNOWN_CODES = frozenset(kind.value for kind in DefectKind)
GROUP_KEYS = ("group", "roll", "strip")
SLACK_PX = 1.0  # labelling tools round outlines a pixel beyond the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class _Image:
    id: Name
    file_name: str
    width: Pixels
    height: Pixels
    group: Name | None = None
    roll: Name | None = None
    strip: Name | None = None
    article: Name | None = None
    rendered: bool = False
    extra: dict[str, Any] = field(default_factory=dict)  # Any: whatever a labelling tool adds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rle:
    size: tuple[Pixels, Pixels]  # rows, columns
    counts: list[Annotated[int, Field(ge=0)]] | str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Annotation:
    id: Name
    image_id: Name
    category_id: Name
    bbox: tuple[Finite, Finite, Finite, Finite] | None = None
    segmentation: list[list[Finite]] | _Rle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Category:
    id: Name
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Info:
    rendered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coco:
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]
    info: _Info | None = None


_CODEC: TypeAdapter[_Coco] = TypeAdapter(_Coco)


def read_coco(
    path: Path, *, images: Path | None = None, group_separator: str = "_"
) -> tuple[SourceRecord, ...]:
    """Read a COCO file, pictures in the order of their file names.

    Args:
        path: the JSON file.
        images: folder of the pictures; without it they are looked for beside the file and in `images` there.
        group_separator: a file name up to it is the group where the file names none; empty: the whole name.

    Raises:
        DatasetError: the file is no COCO, a picture is missing, or an annotation can't be right.
    """
    coco = _read(path)
    _check_once(path, "image", [image.id for image in coco.images])
    _check_once(path, "image file_name", [image.file_name for image in coco.images])
    _check_once(path, "category", [category.id for category in coco.categories])
    by_id = {image.id: image for image in coco.images}
    labels = {category.id: category.name for category in coco.categories}
    rendered = coco.info is not None and coco.info.rendered
    shapes: dict[Name, list[Shape]] = {}
    for annotation in coco.annotations:
        shape = _shape(path, annotation, by_id, labels)
        shapes.setdefault(annotation.image_id, []).append(shape)
    records = [
        _record(image, path, images, group_separator, shapes.get(image.id, ()), rendered)
        for image in coco.images
    ]
    return tuple(sorted(records, key=lambda record: (record.article, record.picture.name)))


def _read(path: Path) -> _Coco:
    try:
        raw = json.loads(path.read_bytes())
    except OSError as error:
        raise DatasetError(
            f"{path}: can't be read ({error.strerror or error}); check path and rights"
        ) from error
    except ValueError as error:
        raise DatasetError(f"{path}: no JSON ({error}); export the set again") from error
    try:
        coco = _CODEC.validate_python(raw)
    except ValidationError as error:
        raise DatasetError(_told(path, raw, error)) from error
    if not coco.images:
        raise DatasetError(f"{path}: lists no images; export the set again with its pictures")
    return coco


def _told(path: Path, raw: Any, error: ValidationError) -> str:  # Any: the JSON that was not COCO
    every = error.errors()
    same = [one for one in every if one["loc"][:2] == every[0]["loc"][:2]]
    first = max(same, key=lambda one: len(one["loc"]))  # of alternatives, the one that came farthest
    part, at, *inside = (*first["loc"], None, None)[: max(len(first["loc"]), 2)]
    where = str(part or "the file")
    if isinstance(part, str) and isinstance(at, int):
        entry = raw[part][at]
        known = entry.get("id", f"number {at + 1}") if isinstance(entry, dict) else f"number {at + 1}"
        where = f"{part.removesuffix('s')} {known}: {inside[0] if inside else 'entry'}"
    value = repr(first["input"])
    shown = value if len(value) <= 80 else f"{value[:77]}..."
    return f"{path}: {where}: {first['msg']} (found {shown}); mend it or export the set as COCO again"


def _check_once(path: Path, what: str, names: Sequence[Name]) -> None:
    seen: set[Name] = set()
    for name in names:
        if name in seen:
            raise DatasetError(f"{path}: {what} {name!r} stands there twice; keep one of the two")
        seen.add(name)


def _record(
    image: _Image,
    path: Path,
    folder: Path | None,
    separator: str,
    shapes: Sequence[Shape],
    rendered: bool,
) -> SourceRecord:
    picture = _picture(image, path, folder)
    kinds = {shape.kind for shape in shapes}
    article = image.article if image.article is not None else image.extra.get("article", path.parent.name)
    return SourceRecord(
        picture=picture,
        article=str(article),
        group=_group(image, picture, separator),
        is_good=not shapes,
        kind=(kinds.pop() if len(kinds) == 1 else DefectKind.UNKNOWN) if shapes else None,
        label=", ".join(sorted({shape.label for shape in shapes})) if shapes else "good",
        masks=(),
        shapes=tuple(shapes),
        rendered=rendered or image.rendered or image.extra.get("rendered") is True,
    )


def _picture(image: _Image, path: Path, folder: Path | None) -> Path:
    places = (folder,) if folder is not None else (path.parent, path.parent / "images", path.parent.parent)
    for place in places:
        if (place / image.file_name).is_file():
            return place / image.file_name
    looked = ", ".join(str(place) for place in places)
    raise DatasetError(
        f"{path}: image {image.id!r}: {image.file_name!r} is in none of {looked}; "
        "copy the pictures there or name their folder with --images"
    )


def _group(image: _Image, picture: Path, separator: str) -> str:
    stated = [getattr(image, key) for key in GROUP_KEYS] + [image.extra.get(key) for key in GROUP_KEYS]
    for name in stated:
        if name is not None:
            return str(name)
    return picture.stem.partition(separator)[0] or picture.stem if separator else picture.stem


def _shape(path: Path, annotation: _Annotation, images: dict[Name, _Image], labels: dict[Name, str]) -> Shape:
    name = f"{path}: annotation {annotation.id!r}"
    image = images.get(annotation.image_id)
    if image is None:
        raise DatasetError(f"{name}: image_id {annotation.image_id!r} is none of the images; export again")
    label = labels.get(annotation.category_id)
    if label is None:
        known = ", ".join(map(repr, labels)) or "none"
        raise DatasetError(
            f"{name}: category_id {annotation.category_id!r} is no category ({known}); export again"
        )
    if label.lower() in GOOD_CLASSES:
        raise DatasetError(
            f"{name}: category {label!r} marks good cloth; pictures without annotations are good, remove it"
        )
    return Shape(
        name=name,
        kind=_kind(label),
        label=label,
        rows=image.height,
        columns=image.width,
        outline=_outline(name, annotation, image),
    )


def _kind(label: str) -> DefectKind:
    code = label.strip().lower().replace(" ", "_").replace("-", "_")
    if code in CLASS_KINDS:
        return CLASS_KINDS[code]
    return DefectKind(code) if code in KNOWN_CODES else DefectKind.UNKNOWN


def _outline(name: str, annotation: _Annotation, image: _Image) -> Box | tuple[tuple[float, ...], ...] | Runs:
    if isinstance(annotation.segmentation, _Rle):
        return _runs(name, annotation.segmentation, image)
    if annotation.segmentation:
        return tuple(_polygon(name, points, image) for points in annotation.segmentation)
    if annotation.bbox is None:
        raise DatasetError(f"{name}: neither bbox nor segmentation; draw its box, or remove it")
    return _box(name, annotation.bbox, image)


def _box(name: str, bbox: tuple[float, float, float, float], image: _Image) -> Box:
    x, y, width, height = bbox
    if width <= 0 or height <= 0:
        raise DatasetError(f"{name}: bbox {list(bbox)} has no area; COCO's bbox is x, y, width, height")
    _check_within(name, "bbox", list(bbox), (x, x + width), (y, y + height), image)
    return Box(x=x, y=y, width=width, height=height)


def _polygon(name: str, points: list[float], image: _Image) -> tuple[float, ...]:
    if len(points) < 6 or len(points) % 2:
        raise DatasetError(f"{name}: a polygon of {len(points)} numbers; give x, y of three points at least")
    _check_within(name, "polygon", points, points[0::2], points[1::2], image)
    return tuple(points)


def _check_within(
    name: str, what: str, value: list[float], x: Sequence[float], y: Sequence[float], image: _Image
) -> None:
    inside = (
        min(*x, *y) >= -SLACK_PX and max(x) <= image.width + SLACK_PX and max(y) <= image.height + SLACK_PX
    )
    if not inside:
        shown = ", ".join(f"{number:g}" for number in value[:8]) + (", ..." if len(value) > 8 else "")
        raise DatasetError(
            f"{name}: {what} [{shown}] lies outside its picture {image.file_name!r} of "
            f"{image.width} x {image.height} px; was the picture scaled after labelling? export both again"
        )


def _runs(name: str, rle: _Rle, image: _Image) -> Runs:
    try:
        counts = tuple(rle.counts) if isinstance(rle.counts, list) else unpack_counts(rle.counts)
    except ValueError as error:
        raise DatasetError(f"{name}: packed run lengths are damaged ({error}); export again") from error
    rows, columns = rle.size
    if (rows, columns) != (image.height, image.width):
        raise DatasetError(
            f"{name}: run lengths for {columns} x {rows} px, the image is {image.width} x {image.height} px; "
            "their size is [rows, columns]; export again"
        )
    if min(counts, default=0) < 0 or sum(counts) != rows * columns:
        raise DatasetError(
            f"{name}: run lengths add up to {sum(counts)} px, the image has {rows * columns} px; export again"
        )
    return Runs(rows=rows, columns=columns, counts=counts)
