"""A trained head to base.onnx and base.json, checked against torch before they are written."""

import hashlib
import io
import subprocess
import warnings
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import torch
from onnx.reference import ReferenceEvaluator

from training.config import TrainingError, TrainRecipe
from training.data import BASE_KINDS
from training.model import HALO_ROWS, Head
from training.supply import cloths_of
from vision.banks import CONTEXT_CHANNELS, FINE_CHANNELS
from vision.base import BASE_CARD_CODEC, BASE_FILE, CARD_FILE, BaseCard
from vision.onnx_writer import OPSET

MOST_DIFFERENCE: Final = 1e-3  # of a logit, between torch and the exported graph
_TRIAL: Final = ((1, FINE_CHANNELS, 32, 48), (1, CONTEXT_CHANNELS, 16, 24))  # fine responses and context


def export_base(
    head: Head,
    recipe: TrainRecipe,
    recipe_text: str,
    figures: dict[str, float],
    out_dir: Path,
    *,
    created_utc: datetime,
) -> None:
    """Write the base and its card.

    Raises:
        TrainingError: the exported graph doesn't compute what torch computes.
    """
    model = to_onnx(head)
    difference = largest_difference(head, model)
    if difference > MOST_DIFFERENCE:
        raise TrainingError(
            f"exported base differs from torch by {difference:.2g}, limit {MOST_DIFFERENCE:.2g}"
        )
    card = BaseCard(
        name=recipe.name,
        sha256=hashlib.sha256(model).hexdigest(),
        created_utc=created_utc.isoformat(timespec="seconds"),
        trained_on=f"{cloths_of(recipe)} rendered cloths of {recipe.flawed_strips} strips with planted flaws",
        kinds=tuple(kind.value for kind in BASE_KINDS),
        recipe=recipe_text,
        seed=recipe.seed,
        revision=_revision(),
        head_weight=recipe.head_weight,
        halo_rows=HALO_ROWS,
        figures={**figures, "torch_onnx_difference": float(f"{difference:.2g}")},
    )
    (out_dir / BASE_FILE).write_bytes(model)
    (out_dir / CARD_FILE).write_bytes(BASE_CARD_CODEC.dump_json(card, indent=1) + b"\n")


def _revision() -> str:
    """Give the commit of the code that runs, if it runs from a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def to_onnx(head: Head) -> bytes:
    """Give the ONNX file of a head; rows and columns stay dynamic, batch norms are folded."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the newer exporter needs packages we don't ship
        torch.onnx.export(
            head.eval(),
            tuple(torch.zeros(shape) for shape in _TRIAL),
            file,  # type: ignore[arg-type]  # the stubs know paths only, the old exporter takes files
            input_names=["fine", "context"],
            output_names=["logit", "kinds"],
            dynamic_axes={
                "fine": {2: "rows", 3: "columns"},
                "context": {2: "map_rows", 3: "map_columns"},
                "logit": {2: "logit_rows", 3: "logit_columns"},
                "kinds": {2: "kind_rows", 3: "kind_columns"},
            },
            opset_version=OPSET,
            dynamo=False,
        )
    return file.getvalue()


def largest_difference(head: Head, model: bytes) -> float:
    """Largest |difference| of a logit between torch and the exported graph, run by the ONNX reference."""
    rng = np.random.default_rng(0)
    fine, context = (rng.normal(0, 2, shape).astype(np.float32) for shape in _TRIAL)
    with torch.no_grad():
        expected = head.eval()(torch.from_numpy(fine), torch.from_numpy(context))
    reference = ReferenceEvaluator(onnx.load_model_from_string(model))
    found = reference.run(None, {"fine": fine, "context": context})
    pairs = zip(found, expected, strict=True)
    return max(float(np.abs(np.asarray(one) - other.numpy()).max()) for one, other in pairs)
