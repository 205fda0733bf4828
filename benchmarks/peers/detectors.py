"""PatchCore and STFPM as anomalib defines them, on EfficientNet-Lite0, learnt from tiles of good strips."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from anomalib.models.image.patchcore.torch_model import PatchcoreModel
from anomalib.models.image.stfpm.loss import STFPMLoss
from anomalib.models.image.stfpm.torch_model import STFPMModel
from numpy.typing import NDArray

from peers.export import BANK, no_download
from peers.lite0 import Lite0Features

SEED = 20261124
BATCH = 8
Tiles = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchCore:
    """anomalib's PatchCore; its bank is drawn at random: a greedy coreset of 20 000 takes hours on a CPU."""

    name: str = "PatchCore-Lite0"
    folds: int = 5

    def learn(self, tiles: Tiles) -> torch.nn.Module:
        """Fill the bank from good tiles."""
        layers = ["stride8", "stride16"]
        with no_download():
            model = PatchcoreModel(layers=["layer2", "layer3"], backbone="resnet18", pre_trained=False)
        model.layers, model.feature_extractor = layers, Lite0Features(layers, is_trained=False)
        model.train()
        rng = np.random.default_rng(SEED)
        each = -(-BANK // len(tiles))
        kept = []
        for batch in _batches(tiles):
            patches = model(batch).reshape(len(batch), -1, model.embedding_store.pop().shape[1])
            kept += [found[rng.choice(len(found), min(each, len(found)), replace=False)] for found in patches]
        model.memory_bank = torch.cat(kept)[:BANK]
        return model.eval()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stfpm:
    """anomalib's STFPM with its own optimiser; the student is a Lite0 that starts from random weights."""

    epochs: int
    name: str = "STFPM-Lite0"
    folds: int = 2  # each trains a student

    def learn(self, tiles: Tiles) -> torch.nn.Module:
        """Train the student on good tiles."""
        torch.manual_seed(SEED)
        layers = ["stride4", "stride8", "stride16"]
        with no_download():
            model = STFPMModel(layers=["layer1", "layer2", "layer3"], backbone="resnet18")
        model.teacher_model = Lite0Features(layers, is_trained=False)
        model.student_model = Lite0Features(layers, is_trained=True)
        # anomalib's: see its models/image/stfpm/lightning_model.py, configure_optimizers
        optimiser = torch.optim.SGD(
            model.student_model.parameters(), lr=0.4, momentum=0.9, weight_decay=0.001
        )
        loss_of, rng = STFPMLoss(), np.random.default_rng(SEED)
        model.train()
        for _ in range(self.epochs):
            for batch in _batches(tiles[rng.permutation(len(tiles))]):
                optimiser.zero_grad()
                loss_of(*model(batch)).backward()
                optimiser.step()
        return model.eval()


Detector = PatchCore | Stfpm


def anomaly_maps(model: torch.nn.Module, tiles: Tiles) -> NDArray[np.float32]:
    """Return (tiles, 256, 256): how unlike good cloth each pixel is, on the method's own scale."""
    with torch.inference_mode():
        maps = [model(batch).anomaly_map[:, 0].numpy() for batch in _batches(tiles)]
    return np.concatenate(maps)


def _batches(tiles: Tiles) -> Iterator[torch.Tensor]:
    for at in range(0, len(tiles), BATCH):
        yield torch.from_numpy(np.ascontiguousarray(tiles[at : at + BATCH]))
