"""Which layout a set of pictures comes in, told from its folders, and its records."""

from enum import StrEnum
from pathlib import Path

from datasets.coco import read_coco
from datasets.sources import GOOD_CLASSES, SourceRecord, read_aitex, read_classes, read_mvtec
from datasets.types import DatasetError


class Layout(StrEnum):
    """Layouts that can be read."""

    AITEX = "aitex"
    MVTEC = "mvtec"
    CLASSES = "classes"
    COCO = "coco"


def find_layout(root: Path) -> Layout:
    """Tell the layout of a set.

    Raises:
        DatasetError: there is nothing, or nothing that looks like one of them.
    """
    if root.is_file():
        return Layout.COCO
    if not root.is_dir():
        raise DatasetError(f"{root}: there is no such file or folder; give a set's folder or its COCO file")
    if (root / "Defect_images").is_dir():
        return Layout.AITEX
    if _mvtec_articles(root):
        return Layout.MVTEC
    if _coco_files(root):
        return Layout.COCO
    if any((root / name).is_dir() for name in GOOD_CLASSES):
        return Layout.CLASSES
    raise DatasetError(
        f"{root}: none of the layouts: AITEX has Defect_images, MVTec train/good (or articles with it), "
        "COCO one JSON file, class folders one named good or normal; name it with --layout"
    )


def read_layout(
    root: Path, layout: Layout, *, images: Path | None = None, group_separator: str = "_"
) -> tuple[SourceRecord, ...]:
    """Read a set; `images` and `group_separator` are for COCO.

    Raises:
        DatasetError: the set isn't of this layout, or not whole.
    """
    match layout:
        case Layout.AITEX:
            return read_aitex(root)
        case Layout.MVTEC:
            articles = _mvtec_articles(root) or (root,)
            return tuple(record for article in articles for record in read_mvtec(article))
        case Layout.CLASSES:
            return read_classes(root)
        case Layout.COCO:
            return read_coco(_the_coco_file(root), images=images, group_separator=group_separator)


def _mvtec_articles(root: Path) -> tuple[Path, ...]:
    if (root / "train" / "good").is_dir():
        return (root,)
    return tuple(sorted(path.parent.parent for path in root.glob("*/train/good") if path.is_dir()))


def _coco_files(root: Path) -> list[Path]:
    return sorted([*root.glob("*.json"), *root.glob("annotations/*.json")])


def _the_coco_file(root: Path) -> Path:
    if not root.is_dir():
        return root
    files = _coco_files(root)
    if len(files) != 1:
        found = ", ".join(path.name for path in files) or "none"
        raise DatasetError(f"{root}: one COCO file is wanted, found {found}; give the file itself")
    return files[0]
