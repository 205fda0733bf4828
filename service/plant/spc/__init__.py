"""Statistical process control that does not cry wolf: charts with frozen limits, pure.

records.py    subgroups, frozen limits, points, signals
laney.py      Phase I: centre and Laney's sigma of z from a baseline
tails.py      where a skewed count leaves its limits; negative binomial
ewma.py       small shifts that stay
rare.py       metres between rare defects (g chart)
chart.py      limits + subgroups → points with signals
reaction.py   what to do at a signal; plans are data
"""
