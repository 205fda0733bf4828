"""The base CNN: a small head on an article's calibrated filter responses, one logit per map cell."""

from typing import Final

import torch
from torch import nn

from vision.article import HEAD_CHANNELS, STRIDE_PX

DILATIONS: Final = (1, 2, 4, 8)
LONG_CELLS: Final = 33  # a broken pick is seen over 132 px of its length
HALO_ROWS: Final = (sum(DILATIONS) + 1) * STRIDE_PX  # one-sided reach of a cell, in rows of the picture
_RANGE: Final = 12.0  # responses beyond it are certain anyway
_SCALE: Final = 3.0


class Separable(nn.Module):
    """Depthwise 3 x 3 and pointwise convolution with a residual connection."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(
            width, width, 3, padding=dilation, dilation=dilation, groups=width, bias=False
        )
        self.pointwise = nn.Conv2d(width, width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Give features of the same shape."""
        change: torch.Tensor = torch.relu(self.norm(self.pointwise(self.depthwise(features))))
        return features + change


class LongLines(nn.Module):
    """Adds the mean along the row: what is weak at each place but long across the web."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mean = nn.AvgPool2d((1, LONG_CELLS), 1, (0, LONG_CELLS // 2), count_include_pad=False)
        self.pointwise = nn.Conv2d(width, width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Give features of the same shape."""
        change: torch.Tensor = torch.relu(self.norm(self.pointwise(self.mean(features))))
        return features + change


class Head(nn.Module):
    """Calibrated responses (batch, 14, rows, columns) to logits (batch, 1, rows / 2, columns / 2)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(HEAD_CHANNELS, width, 2, 2, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.long = LongLines(width)
        self.blocks = nn.Sequential(*(Separable(width, dilation) for dilation in DILATIONS))
        self.logit = nn.Conv2d(width, 1, 1)
        nn.init.constant_(self.logit.bias, -4.0)  # type: ignore[arg-type]  # the layer has a bias

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Give one logit per map cell."""
        features = torch.relu(self.norm(self.stem(channels.clamp(-_RANGE, _RANGE) / _SCALE)))
        logits: torch.Tensor = self.logit(self.blocks(self.long(features)))
        return logits


def flaw_loss(logits: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """Focal cross-entropy and Dice: flaws are rare, and a whole flaw counts more than its cells."""
    crossed = nn.functional.binary_cross_entropy_with_logits(logits, masks, reduction="none")
    focal = (crossed * (1 - torch.exp(-crossed))).mean() * 20
    found = torch.sigmoid(logits)
    dice = 1 - 2 * (found * masks).sum() / (found.sum() + masks.sum() + 1)
    return focal + dice
