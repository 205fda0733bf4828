"""Rendered cloth without end: a pool of cloths of which the oldest is replaced every few steps.

Which cloths are in the pool depends on the step alone: a resumed run sees what it would have seen.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from types import TracebackType
from typing import Final, Self

from training.config import TrainRecipe
from training.data import Sample, cloth_samples

TRAIN_SALT: Final = 1
_AHEAD: Final = 4  # cloths rendered before they are needed


def cloths_of(recipe: TrainRecipe) -> int:
    """Return how many cloths a whole run sees."""
    return recipe.pool + (recipe.steps - 1) // recipe.steps_per_cloth


class Supply:
    """The samples of a run, rendered in a process of their own; a context manager."""

    def __init__(self, recipe: TrainRecipe, progress: Callable[[str], None]) -> None:
        self._recipe, self._progress = recipe, progress
        self._last = cloths_of(recipe)
        self._cloths: dict[int, list[Sample]] = {}
        self._coming: dict[int, Future[list[Sample]]] = {}

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")  # a fork of a process that holds torch may hang
        self._renderer = ProcessPoolExecutor(1, mp_context=context)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._renderer.shutdown(cancel_futures=True)

    def at(self, step: int) -> list[Sample]:
        """Return the pool's samples at a step; waits until they are rendered."""
        first = step // self._recipe.steps_per_cloth
        for number in range(first, min(first + self._recipe.pool + _AHEAD, self._last)):
            if number not in self._cloths and number not in self._coming:
                self._coming[number] = self._renderer.submit(cloth_samples, self._recipe, TRAIN_SALT, number)
        for number in [number for number in self._cloths if number < first]:
            del self._cloths[number]
        wanted = range(first, first + self._recipe.pool)
        for number in wanted:
            if number not in self._cloths:
                if not self._coming[number].done():
                    self._progress(f"rendering and learning cloth {number + 1} of {self._last}")
                self._cloths[number] = self._coming.pop(number).result()
        return [sample for number in wanted for sample in self._cloths[number]]
