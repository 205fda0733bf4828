"""A line fetches a bundle as a zip of exactly the files that lie in the registry."""

import io
import zipfile
from pathlib import Path
from typing import Any

import httpx
from pydantic import TypeAdapter

from service.settings import PlantSettings
from service.web.api.bundles import zip_folder
from vision.registry import STATE_FILE, ArticleState, BundleState, HistoryEntry, slug_of

FILES = {"model.onnx": b"\x08\x07weights", "card.json": b"{}", "SHA256SUMS": b"sums\n"}


def registered(settings: PlantSettings, bundle_id: str, *, files: bool = True) -> None:
    """Lay a bundle into the registry as it lies there; what is in the files is the line's to check."""
    home = settings.registry_dir / slug_of("plain weave")
    home.mkdir(parents=True)
    entry = HistoryEntry(
        utc="2026-03-02T06:00:00+00:00", bundle_id=bundle_id, state=BundleState.CANDIDATE, by="", why=""
    )
    state = ArticleState(article="plain weave", history=(entry,))
    (home / STATE_FILE).write_bytes(TypeAdapter(ArticleState).dump_json(state))
    if files:
        (home / bundle_id).mkdir()
        for name, data in FILES.items():
            (home / bundle_id / name).write_bytes(data)


def bearer(tokens: dict[str, str]) -> dict[str, Any]:
    return {"Authorization": f"Bearer {tokens['loom-1']}"}


async def test_a_bundle_comes_whole(
    client: httpx.AsyncClient, tokens: dict[str, str], settings: PlantSettings
) -> None:
    registered(settings, "9f2c11d47a2b0e55")
    answer = await client.get("/api/v1/bundles/9f2c11d47a2b0e55", headers=bearer(tokens))
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


async def test_a_listed_bundle_whose_folder_is_gone_is_not_found(
    client: httpx.AsyncClient, tokens: dict[str, str], settings: PlantSettings
) -> None:
    registered(settings, "9f2c11d47a2b0e55", files=False)
    answer = await client.get("/api/v1/bundles/9f2c11d47a2b0e55", headers=bearer(tokens))
    assert answer.status_code == 404
    assert "its folder is gone" in answer.json()["detail"]


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    assert zip_folder(tmp_path) == zip_folder(tmp_path)
