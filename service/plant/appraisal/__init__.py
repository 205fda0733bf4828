"""Is the machine right? What people say against what the CNN said, with intervals; pure.

intervals.py  Wilson's interval of a share
sampling.py   how many to draw, and which: seeded, without replacement
misses.py     audits of what was passed → what the machine misses
agreement.py  the CNN as one appraiser beside technicians: effectiveness, misses, false alarms, kappa
drift.py      PSI: do today's scores, brightness, classes look like those of the reference?
"""
