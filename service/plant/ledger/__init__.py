"""Metres and kilograms that add up. Pure: lengths.py books every millimetre, masses.py every kilogram."""
