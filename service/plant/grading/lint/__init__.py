"""Grades of lint: learnt from the plant's own classed samples, or by a standard's table once it was entered.

samples.py      SAMPLES.csv → classed samples; READINGS.csv → a lot's readings
model.py        samples → a grade's probability, refusing what lies outside of what was learnt
agreement.py    model against classer: confusion, kappa, intervals, each lot judged without itself
fitting.py      all of `maqta grade fit`: checks, model, agreement, trash mass
trash_mass.py   trash area % → trash mass %, with its error
lot.py          readings of a lot → its grade as a distribution with intervals
shelf.py        versions of a learnt profile on disk; none is ever overwritten
standard.py     tables of standards; what nobody verified ships empty and grades nothing
"""
