"""The line twin: a line's own settings and code on rendered material, a simulated belt and bins that count.

scenario.py    SCENARIO.toml → `Scenario`: what is changed of the line, the material, what truly happens
material.py    the rendered belt, what truly lies on it, and the recipe it is judged by
belt.py        where the belt is at a moment, and when it will be at a count
agenda.py      the accelerated clock: what happens when
controller.py  the firmware's rules on that clock, behind the interface that the line's shooter uses
run.py         frame by frame: expose, inspect, decide, fire, all with the product's own parts
bins.py        what each valve's jet truly carried away
reject_bin.py  which valves the weighed bin says don't blow
outcome.py     pieces and shots to counts: recall by class, size and contrast, false shots, fibre lost
intervals.py   how sure the counts are
report.py      the figures as JSON and text
trade.py       a missed contaminant's price against good fibre carried away: the curve, and the best threshold
"""
