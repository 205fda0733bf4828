"""Cameras: what one is (base.py), a simulated one's trigger cable (wire.py), recordings (replay.py)."""
