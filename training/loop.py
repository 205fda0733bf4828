"""`maqta train`: a recipe file to a trained, checked and exported base; resumes from its last checkpoint."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

from training.augment import random_batch
from training.config import TrainingError, TrainRecipe, read_recipe
from training.data import BASE_KINDS, Sample, cloth_samples
from training.export import export_base
from training.figures import check_figures
from training.losses import flaw_loss
from training.model import Head
from training.supply import Supply

log = logging.getLogger(__name__)
BOARD_FOLDER: Final = "tensorboard"  # tensorboard --logdir shows the run
CHECKPOINT_FILE: Final = "checkpoint.pt"
RECIPE_FILE: Final = "recipe.toml"
CHECK_SALT: Final = 2
_WARM_UP: Final = 0.05  # share of the steps over which the learning rate rises
_BOARD_STEPS: Final = 20
_LOSS_MEMORY: Final = 0.98
Progress = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class RunState:
    """What a run can be continued from."""

    head: Head
    optimiser: torch.optim.Optimizer
    rng: np.random.Generator
    step: int = 0
    loss: float = float("nan")  # running mean


def train(recipe_path: Path, out_dir: Path, progress: Progress) -> Path:
    """Train the base that a recipe describes; writes base.onnx and base.json into the folder and returns it.

    Raises:
        TrainingError: the recipe is wrong, or the folder holds a run of another recipe.
    """
    recipe, text = read_recipe(recipe_path)
    _claim(out_dir, text)
    state = new_state(recipe)
    resume(state, out_dir)
    board = SummaryWriter(out_dir / BOARD_FOLDER, purge_step=state.step)
    with Supply(recipe, progress) as supply, board:
        run_steps(state, recipe, supply.at, out_dir, progress, board=board)
    checks: list[Sample] = []
    for number in range(recipe.check_articles):
        progress(f"checking on cloth {number + 1} of {recipe.check_articles} that it hasn't seen")
        checks += cloth_samples(recipe, CHECK_SALT, number)
    figures = {"loss": round(state.loss, 4), **check_figures(state.head, checks, recipe.head_weight)}
    export_base(state.head, recipe, text, figures, out_dir, created_utc=datetime.now(UTC))
    progress("base.onnx and base.json are written: " + ", ".join(f"{k} {v}" for k, v in figures.items()))
    return out_dir


def new_state(recipe: TrainRecipe) -> RunState:
    """Start a run from its seed."""
    torch.set_num_threads(1)  # results don't depend on how a sum is split; two runs fit one PC
    torch.manual_seed(recipe.seed)
    head = Head(recipe.width, len(BASE_KINDS)).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(head.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    return RunState(head=head, optimiser=optimiser, rng=np.random.default_rng([recipe.seed, 3]))


def run_steps(
    state: RunState,
    recipe: TrainRecipe,
    samples_at: Callable[[int], list[Sample]],
    out_dir: Path,
    progress: Progress,
    until: int | None = None,
    board: SummaryWriter | None = None,
) -> None:
    """Train up to a step (the recipe's last one if not said), with checkpoints on the way."""
    last = recipe.steps if until is None else until
    state.head.train()
    begun, first = time.monotonic(), state.step
    while state.step < last:
        _step(state, recipe, samples_at(state.step))
        if board is not None and state.step % _BOARD_STEPS == 0:
            board.add_scalar("loss", state.loss, state.step)
            board.add_scalar("learning_rate", state.optimiser.param_groups[0]["lr"], state.step)
        if state.step % recipe.checkpoint_steps == 0 or state.step == last:
            save_checkpoint(state, out_dir)
            left_s = (time.monotonic() - begun) / (state.step - first) * (recipe.steps - state.step)
            progress(f"step {state.step} of {recipe.steps}, loss {state.loss:.3f}, {left_s:.0f} s left")


def _step(state: RunState, recipe: TrainRecipe, samples: list[Sample]) -> None:
    done = state.step / recipe.steps
    for group in state.optimiser.param_groups:
        group["lr"] = recipe.learning_rate * min(1.0, done / _WARM_UP + 0.05) * _cosine(done)
    batch = random_batch(samples, recipe.batch, recipe.crop_cells, state.rng)
    logits, kind_logits = state.head(batch.fine, batch.context)
    loss = flaw_loss(logits, kind_logits, batch.kinds, batch.regions)
    state.optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    state.optimiser.step()
    state.step += 1
    now = float(loss.detach())
    state.loss = now if np.isnan(state.loss) else _LOSS_MEMORY * state.loss + (1 - _LOSS_MEMORY) * now


def _cosine(done: float) -> float:
    return float(0.5 + 0.5 * np.cos(np.pi * done)) + 0.003


def save_checkpoint(state: RunState, out_dir: Path) -> None:
    """Write the run's state whole or not at all."""
    part = out_dir / (CHECKPOINT_FILE + ".part")
    torch.save(
        {
            "head": state.head.state_dict(),
            "optimiser": state.optimiser.state_dict(),
            "rng": state.rng.bit_generator.state,
            "step": state.step,
            "loss": state.loss,
        },
        part,
    )
    part.replace(out_dir / CHECKPOINT_FILE)


def resume(state: RunState, out_dir: Path) -> None:
    """Continue from the folder's checkpoint, if it has one."""
    path = out_dir / CHECKPOINT_FILE
    if not path.exists():
        return
    saved: dict[str, Any] = torch.load(path, weights_only=True)  # Any: torch stores a mixed dictionary
    state.head.load_state_dict(saved["head"])
    state.optimiser.load_state_dict(saved["optimiser"])
    state.rng.bit_generator.state = saved["rng"]
    state.step, state.loss = int(saved["step"]), float(saved["loss"])
    log.info("run in %s continues at step %d", out_dir, state.step)


def _claim(out_dir: Path, text: str) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    kept = out_dir / RECIPE_FILE
    if kept.exists() and kept.read_text(encoding="utf-8") != text:
        raise TrainingError(
            f"{out_dir}: holds a run of another recipe; give another folder or empty this one"
        )
    kept.write_text(text, encoding="utf-8")
