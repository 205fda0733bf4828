"""Bundles: the list for people, the file for lines."""

import io
import zipfile
from http import HTTPStatus
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Response

from service.plant.views.bundles import ArticleRecipes, BundleView, ShadowView
from service.web.api.access import Machine, ThePlant, Viewer
from service.web.api.problems import ProblemError
from vision.registry import Registry
from vision.types import VisionError

router = APIRouter(tags=["bundles"])
FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # zip's first: the same bundle gives the same bytes


@router.get("/bundles")
def get_bundles(person: Viewer, plant: ThePlant, article: str | None = None) -> list[BundleView]:
    """Bundles of the registry, newest first."""
    return list(plant.bundles(article))


@router.get("/articles")
def get_articles(person: Viewer, plant: ThePlant) -> list[ArticleRecipes]:
    """Every article with its recipes: what each was learnt from and promises, its gate, the history."""
    return list(plant.articles())


@router.get("/shadows")
def get_shadows(
    person: Viewer, plant: ThePlant, line: str | None = None, bundle_id: str | None = None
) -> list[ShadowView]:
    """How recipes that look on as shadow agreed with the active ones, newest first."""
    return list(plant.shadows(line, bundle_id))


@router.get("/bundles/{bundle_id}", response_class=Response)
def get_bundle(
    bundle_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")],
    machine: Machine,
    plant: ThePlant,
) -> Response:
    """A bundle's files as zip; the line checks the hashes inside before it loads anything."""
    try:
        folder = Registry(plant.settings.registry_dir).find(bundle_id)
    except VisionError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from error
    if not folder.is_dir():
        raise ProblemError(HTTPStatus.NOT_FOUND, f"bundle {bundle_id} is listed, but its folder is gone")
    return Response(zip_folder(folder), media_type="application/zip")


def zip_folder(folder: FilePath) -> bytes:
    """Pack the files of a folder (no subfolders), stored: weights don't shrink."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(path for path in folder.iterdir() if path.is_file()):
            archive.writestr(zipfile.ZipInfo(file.name, FIXED_DATE), file.read_bytes())
    return out.getvalue()
