"""Lots against orders: what fits, what it costs, what stands in the way; suppliers and groups of lots.

limits.py      which limits an order has, and whether a lot keeps them by itself
assign.py      lots to orders by SciPy's HiGHS, and, where it can't be done, the least that would have to give
advice.py      what to do with each lot: use, hold, re-route, and why
tree.py        a small decision tree that says in words who goes where
groups.py      K-means over measured features, k by silhouette
scorecards.py  suppliers by what was measured of their lots
offers.py      lots as the plant measured them
planfile.py    PLAN.toml for the console
desk.py        `Planning`: what the plant's web and console call

Pure but for offers.py and desk.py.
"""
