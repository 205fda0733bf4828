"""Public sets of fabric pictures, read from the layouts they come in.

    AITEX/AFID     NoDefect_images/<style>/NNNN_000_FF.png, Defect_images/NNNN_DDD_FF.png,
                   Mask_images/NNNN_DDD_FF_mask*.png
    class folders  <class>/picture, one class being "normal" or "good"
    MVTec          <article>/train/good, <article>/test/<class>, <article>/ground_truth/<class>/NNN_mask.png

Nothing is loaded but names; `united_mask` reads masks. The pictures themselves may not be passed on: see the
README beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.shapes import Shape, draw_shape
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"})
GOOD_CLASSES = frozenset({"normal", "good"})
MASK_LEVEL = 127  # masks are anti-aliased: above this grey a pixel is defective

AITEX_KINDS = {
    "002": DefectKind.BROKEN_END,
    "006": DefectKind.BROKEN_END,  # "broken yarn"
    "010": DefectKind.BROKEN_PICK,
    "016": DefectKind.UNKNOWN,  # "weft curling" has no code of ours
    "019": DefectKind.NEP,  # "fuzzy ball"
    "022": DefectKind.SELVEDGE,
    "023": DefectKind.CREASE,
    "025": DefectKind.KNOT,  # "warp ball"
    "027": DefectKind.KNOT,
    "029": DefectKind.FOREIGN_FIBRE,  # "contamination"
    "030": DefectKind.NEP,
    "036": DefectKind.THIN_BAR,  # "weft crack"
}
CLASS_KINDS = {
    "oil": DefectKind.OIL_SPOT,
    "size_spot": DefectKind.STAIN,
    "double_weft": DefectKind.THICK_BAR,
    "missing_weft": DefectKind.BROKEN_PICK,
    "missing_warp": DefectKind.BROKEN_END,
    "hole": DefectKind.HOLE,
    "thread": DefectKind.FOREIGN_FIBRE,
    "cut": DefectKind.TEAR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """One picture of a public set, and what the set says of it."""

    picture: Path
    article: str
    group: str  # pictures of one group must not be parted between learning and test
    is_good: bool
    kind: DefectKind | None  # None when good
    label: str  # the set's own word
    masks: tuple[Path, ...]  # to be united; empty when good or when the set has none
    shapes: tuple[Shape, ...] = ()  # outlines of defects, each with its own kind; united with the masks
    rendered: bool = False  # drawn, not photographed: reported apart, marked DEMO


def data_root(env: Mapping[str, str], repository: Path) -> Path:
    """Say where local pictures lie: MAQTA_DATA, or else `../shared/data` beside the repository."""
    return Path(env["MAQTA_DATA"]) if env.get("MAQTA_DATA") else repository.parent / "shared" / "data"


def read_aitex(root: Path) -> tuple[SourceRecord, ...]:
    """Read the AITEX layout, good strips first, each part in the order of article and file name."""
    good = [_aitex_record(path, None) for path in _pictures(root / "NoDefect_images", deep=True)]
    masks: dict[str, list[Path]] = {}
    for path in _pictures(root / "Mask_images"):
        masks.setdefault(path.stem.partition("_mask")[0], []).append(path)
    bad = [_aitex_record(path, masks.get(path.stem, ())) for path in _pictures(root / "Defect_images")]
    unmasked = [record.picture.name for record in bad if not record.masks]
    if unmasked:
        raise DatasetError(
            f"{root}: no mask for {', '.join(unmasked[:3])}; copy the Mask_images folder whole"
        )
    return tuple(sorted(good, key=_by_article) + sorted(bad, key=_by_article))


def read_classes(root: Path) -> tuple[SourceRecord, ...]:
    """Read a folder of class folders; the part of a file name before the first "_" is its group."""
    folders = _folders(root)
    if not any(folder.name in GOOD_CLASSES for folder in folders):
        raise DatasetError(f"{root}: no folder of good pictures; name one of {_names(GOOD_CLASSES)}")
    return tuple(
        _class_record(path, root.name, path.stem.partition("_")[0], ())
        for folder in folders
        for path in _pictures(folder)
    )


def read_mvtec(root: Path) -> tuple[SourceRecord, ...]:
    """Read one article of the MVTec layout, train and test."""
    records = [_class_record(path, root.name, path.stem, ()) for path in _pictures(root / "train" / "good")]
    for folder in _folders(root / "test"):
        for path in _pictures(folder):
            masks = () if folder.name in GOOD_CLASSES else (_mvtec_mask(root, path),)
            records.append(_class_record(path, root.name, f"{folder.name}/{path.stem}", masks))
    return tuple(records)


def united_mask(record: SourceRecord, rows: int, columns: int) -> NDArray[np.bool_]:
    """Mark the defective pixels (rows, columns) of a picture: all its masks and shapes together.

    Raises:
        DatasetError: a mask can't be read, or a mask or shape has another size than the picture.
    """
    united = np.zeros((rows, columns), np.bool_)
    for path in record.masks:
        mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if mask is None:
            raise DatasetError(f"{path}: the mask can't be read; copy it again")
        if mask.shape != (rows, columns):
            size = f"{mask.shape[1]} x {mask.shape[0]} px"
            raise DatasetError(
                f"{path}: the mask is {size}, its picture {columns} x {rows} px; copy both again"
            )
        united |= mask > MASK_LEVEL
    for shape in record.shapes:
        united |= draw_shape(shape, rows, columns)
    return united


def _aitex_record(path: Path, masks: Sequence[Path] | None) -> SourceRecord:
    parts = path.stem.split("_")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise DatasetError(
            f"{path}: an AITEX picture is named NNNN_DDD_FF (number, defect, fabric); rename it"
        )
    number, defect, fabric = parts
    is_good = masks is None  # by the folder: the set itself writes one good strip's code as 00
    return SourceRecord(
        picture=path,
        article=fabric,
        group=f"{fabric}/{'good' if is_good else 'defect'}/{number}",
        is_good=is_good,
        kind=None if is_good else AITEX_KINDS.get(defect, DefectKind.UNKNOWN),
        label=defect,
        masks=tuple(masks or ()),
    )


def _class_record(path: Path, article: str, group: str, masks: tuple[Path, ...]) -> SourceRecord:
    name = path.parent.name
    is_good = name in GOOD_CLASSES
    return SourceRecord(
        picture=path,
        article=article,
        group=group,
        is_good=is_good,
        kind=None if is_good else CLASS_KINDS.get(name, DefectKind.UNKNOWN),
        label=name,
        masks=masks,
    )


def _mvtec_mask(root: Path, picture: Path) -> Path:
    mask = root / "ground_truth" / picture.parent.name / f"{picture.stem}_mask.png"
    if not mask.is_file():
        raise DatasetError(f"{mask}: the mask of {picture} isn't there; copy the ground_truth folder whole")
    return mask


def _pictures(folder: Path, *, deep: bool = False) -> list[Path]:
    _must_be_folder(folder)
    found = folder.rglob("*") if deep else folder.iterdir()
    pictures = sorted(path for path in found if path.suffix.lower() in PICTURE_SUFFIXES)
    if not pictures:
        raise DatasetError(f"{folder}: no pictures ({_names(PICTURE_SUFFIXES)}); is the set whole?")
    return pictures


def _folders(root: Path) -> list[Path]:
    _must_be_folder(root)
    return sorted(path for path in root.iterdir() if path.is_dir())


def _must_be_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise DatasetError(
            f"{folder}: this folder belongs to the set and isn't there; point at the set's root"
        )


def _names(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _by_article(record: SourceRecord) -> tuple[str, str]:
    return record.article, record.picture.name
