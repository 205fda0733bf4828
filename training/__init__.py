"""From rendered cloth to the base CNN that every recipe starts from; the only importer of torch.

config.py      the training recipe: one TOML file, recipes/base.toml is the committed one
data.py        rendered cloths, each learnt as an article; flawed strips of it as samples
planting.py    soft spots planted into finished pictures
retake.py      pictures as another camera would have taken them
supply.py      cloth without end: the pool of samples at a step, rendered in a process of its own
augment.py     random crops, mirrored and with another session's contrast
model.py       the head on an article's calibrated filter responses
losses.py      what it is trained for
loop.py        `maqta train`: seeded, resumes from its last checkpoint to the same weights
export.py      the head as base.onnx with its card, checked against torch
gate.py        an article's whole graph by torch, for the parity gate; onnx_ops.py: its operators
figures.py     what the head is worth on cloths it hasn't seen
"""

import os

# albumentations would ask its maker's server for news when imported.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
