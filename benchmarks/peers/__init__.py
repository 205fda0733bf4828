"""Two published methods beside the inspector: STFPM and PatchCore as `anomalib` builds them.

environment.py   a virtual environment of their own (build/peers-venv), pinned in requirements.txt
tiles.py         a strip cut into their 256 x 256 px tiles, and their maps put together again
export.py        both on ResNet18 as ONNX, for timing            (runs in that environment)
timing.py        the inspector and both, in turns, on the same strips and threads
lite0.py         the ImageNet backbone that can be had, as a feature extractor   (in that environment)
detectors.py     both on that backbone, learnt from good strips                  (in that environment)
judging.py       a detector's maps as inspections, its thresholds set as a recipe's are
accuracy.py      `benchmarks/accuracy.py`'s protocol for the inspector and both  (in that environment)

`benchmarks/compare_peers.py` runs it all. Nothing that ships imports this.
"""
