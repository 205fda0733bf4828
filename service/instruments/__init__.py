"""Scales and sensors: from the text of their serial ports to loads, readings and faults. Pure.

text.py     a line of text → value, unit and state flag
outcomes.py what an instrument gave: a load, a reading, or why it gave none
faults.py   the faults that stand at one instrument
scale.py    a scale's lines → each steady load once
sensor.py   a sensor's lines → its newest value, now and then
"""
