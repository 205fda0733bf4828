"""The registry as the plant sees it; a bundle is activated by the line, which warms it up first."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from service.plant.errors import PlantError
from service.plant.views.bundles import (
    ArticleRecipes,
    BundleReport,
    BundleView,
    DamagedBundle,
    RegistryEntry,
)
from vision.bundle import CARD_FILE
from vision.card import CARD_CODEC, ModelCard
from vision.overrides import in_force, read_overrides
from vision.parity import PathFigures, read_parity
from vision.registry import ArticleState, BundleState, Registry
from vision.types import VisionError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundles:
    """Reads the registry; never writes to it."""

    registry: Registry

    def listing(self, article: str | None, running: Mapping[str, str | None]) -> tuple[BundleView, ...]:
        """Bundles that can be read, newest first; `running` says which bundle each line runs.

        Damaged ones stand in `articles()`.
        """
        wanted = [each for each in self.articles(running) if article in (None, each.article)]
        views = [report.bundle for each in wanted for report in each.bundles]
        return tuple(sorted(views, key=lambda view: view.created_utc, reverse=True))

    def articles(self, running: Mapping[str, str | None]) -> tuple[ArticleRecipes, ...]:
        """Every article with its recipes, what each promises, and the history."""
        return tuple(self._recipes(state, running) for state in self._states())

    def _recipes(self, state: ArticleState, running: Mapping[str, str | None]) -> ArticleRecipes:
        reports: list[BundleReport] = []
        damaged: list[DamagedBundle] = []
        for bundle_id, life in state.bundles.items():
            try:
                reports.append(self._report(bundle_id, state.article, life, running))
            except (VisionError, OSError, ValidationError) as error:
                why = f"{error}; copy the bundle back from a backup or learn the article again"
                lines = _lines(running, bundle_id)
                damaged.append(
                    DamagedBundle(bundle_id=bundle_id, state=life.value, why=why, running_on=lines)
                )
        history = [
            RegistryEntry(
                utc=entry.utc,
                bundle_id=entry.bundle_id,
                state=entry.state.value,
                by=entry.by,
                why=entry.why,
                refused=entry.refused,
            )
            for entry in reversed(state.history)
        ]
        return ArticleRecipes(
            article=state.article,
            active=state.active,
            shadow=state.shadow,
            previous=state.previous[-1] if state.previous else None,
            bundles=tuple(sorted(reports, key=lambda report: report.bundle.created_utc, reverse=True)),
            damaged=tuple(damaged),
            history=tuple(history),
        )

    def _report(
        self, bundle_id: str, article: str, life: BundleState, running: Mapping[str, str | None]
    ) -> BundleReport:
        folder = self.registry.find(bundle_id, article)
        card = CARD_CODEC.validate_json((folder / CARD_FILE).read_bytes())
        overrides = read_overrides(folder, card)
        thresholds = in_force(overrides[-1]) if overrides else card.thresholds
        refuses, tiles, paths = _gate(folder)
        return BundleReport(
            bundle=_view(card, article, life, _lines(running, bundle_id)),
            material=card.material,
            pictures=card.learnt_from.pictures,
            good_length_m=card.learnt_from.good_length_m,
            promise=card.promise,
            unsure=thresholds.unsure,
            defective=thresholds.defective,
            gate_refuses=refuses,
            tiles=tiles,
            paths=paths,
        )

    def check(self, bundle_id: str) -> None:
        """A line can only be asked for what the registry holds.

        Raises:
            PlantError: unknown_bundle.
        """
        if not any(bundle_id in state.bundles for state in self._states()):
            raise PlantError("unknown_bundle", f"bundle {bundle_id} is not in the registry; learn or add it")

    def previous(self, article: str | None) -> str:
        """The bundle that an article had before the one it has.

        Raises:
            PlantError: unknown_bundle: there is none.
        """
        for state in self._states():
            if state.article == article and state.previous:
                return state.previous[-1]
        raise PlantError("unknown_bundle", f"article {article!r} has no earlier bundle; activate one instead")

    def _states(self) -> tuple[ArticleState, ...]:
        try:
            return self.registry.list()
        except VisionError as error:
            raise PlantError("registry", str(error)) from error


def _gate(folder: Path) -> tuple[str, int, tuple[PathFigures, ...]]:
    """Why the gate refuses a bundle (empty: it does not), and what it measured."""
    try:
        report = read_parity(folder)
    except VisionError as error:
        return str(error), 0, ()
    return report.why_not(), report.tiles, report.paths


def _lines(running: Mapping[str, str | None], bundle_id: str) -> tuple[str, ...]:
    return tuple(sorted(line for line, runs in running.items() if runs == bundle_id))


def _view(card: ModelCard, article: str, life: BundleState, lines: tuple[str, ...]) -> BundleView:
    return BundleView(
        bundle_id=card.bundle_id,
        article=article,
        state=life.value,
        created_utc=card.created_utc,
        mm_per_px=card.mm_per_px,
        false_alarm_rate_expected=card.learnt_from.false_alarm_rate_expected,
        note=card.learnt_from.note,
        demo=card.demo,
        running_on=lines,
    )
