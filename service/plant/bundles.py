"""The registry as the plant sees it; a bundle is activated by the line, which warms it up first."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from service.plant.errors import PlantError
from service.plant.views.bundles import BundleView
from vision.bundle import CARD_FILE
from vision.card import CARD_CODEC, ModelCard
from vision.registry import ArticleState, BundleState, Registry
from vision.types import VisionError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundles:
    """Reads the registry; never writes to it."""

    registry: Registry

    def listing(self, article: str | None, running: Mapping[str, str | None]) -> tuple[BundleView, ...]:
        """Bundles, newest first; `running` says which bundle each line runs."""
        states = [state for state in self._states() if article in (None, state.article)]
        views = [
            _view(self._card(bundle_id, state.article), state.article, life, _lines(running, bundle_id))
            for state in states
            for bundle_id, life in state.bundles.items()
        ]
        return tuple(sorted(views, key=lambda view: view.created_utc, reverse=True))

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

    def _card(self, bundle_id: str, article: str) -> ModelCard:
        try:
            path: Path = self.registry.find(bundle_id, article) / CARD_FILE
            return CARD_CODEC.validate_json(path.read_bytes())
        except (VisionError, OSError, ValidationError) as error:
            raise PlantError("registry", f"bundle {bundle_id}: its card can't be read: {error}") from error


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
