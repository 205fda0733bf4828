"""STFPM and PatchCore on ResNet18 as ONNX, for timing: random weights take as long as learnt ones.

    python -m peers.export DIR

One tile of 256 x 256 px at a time.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import timm
import torch
from anomalib.models.image.patchcore.torch_model import PatchcoreModel
from anomalib.models.image.stfpm.torch_model import STFPMModel

from peers.tiles import TILE_PX

BANK = 20_000  # patches: 10 % of 200 tiles at 32 x 32
EMBEDDING = 128 + 256  # channels of ResNet18's layer2 and layer3
NAMES = ("stfpm", "patchcore")


class AnomalyMap(torch.nn.Module):
    """A model's map alone: its score of the whole tile is not timed."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, tiles: torch.Tensor) -> torch.Tensor:
        """Return the anomaly map of (1, 3, 256, 256)."""
        return self.model(tiles).anomaly_map


@contextmanager
def no_download() -> Iterator[None]:
    """Let anomalib build its backbones with random weights: it would fetch them from a hub otherwise."""
    create = timm.create_model

    def random_weights(*arguments: object, **named: object) -> torch.nn.Module:
        return create(*arguments, **(named | {"pretrained": False}))

    with patch("timm.create_model", random_weights):
        yield


def build(name: str) -> torch.nn.Module:
    """Build a peer as anomalib does by default, without its download."""
    torch.manual_seed(0)
    with no_download():
        if name == "stfpm":
            return STFPMModel(layers=["layer1", "layer2", "layer3"], backbone="resnet18")
        model = PatchcoreModel(layers=["layer2", "layer3"], backbone="resnet18", pre_trained=False)
        model.memory_bank = torch.randn(BANK, EMBEDDING)
        return model


def main() -> None:
    """Export both."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        model = AnomalyMap(build(name)).eval()
        torch.onnx.export(
            model, (torch.rand(1, 3, TILE_PX, TILE_PX),), folder / f"{name}.onnx", input_names=["tile"],
            opset_version=17, dynamo=False,
        )  # fmt: skip


if __name__ == "__main__":
    main()
