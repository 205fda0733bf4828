"""The page of the networks: what it says of a bundle that can't be read."""

from pydantic import TypeAdapter
from screen_rig import person, shown

from service.plant.plant import Plant
from service.web.panel.articles import ArticlesScreen
from service.web.panel.models import ModelsScreen
from service.web.panel.page import Looker
from vision.registry import ArticleState, BundleState, HistoryEntry, slug_of


def test_a_damaged_bundle_is_shown_with_its_fault_and_breaks_no_page(plant: Plant, looker: Looker) -> None:
    home = plant.settings.registry_dir / slug_of("greige")
    (home / "b7").mkdir(parents=True)
    (home / "b7" / "card.json").write_text('{"bundle_id":', encoding="utf-8")
    entry = HistoryEntry(utc="2026-03-01T06:00:00Z", bundle_id="b7", state=BundleState.ACTIVE, by="", why="")
    state = ArticleState(article="greige", active="b7", history=(entry,))
    (home / "state.json").write_bytes(TypeAdapter(ArticleState).dump_json(state))
    admin = person(plant, "admin")
    models = shown(ModelsScreen(looker), admin)
    assert "Damaged: its files can't be read" in models
    assert "Invalid JSON" in models
    assert "learn the article again" in models
    assert "greige" in shown(ArticlesScreen(looker, problem=""), admin)
