"""The scale of pictures as an argument of a command."""

import argparse


def scale(text: str) -> float:
    """Read millimetres per pixel; argparse tells who gave something else."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.005 <= value <= 5:
        raise argparse.ArgumentTypeError(f"{text!r} is not a scale; give millimetres per pixel, 0.005 to 5")
    return value
