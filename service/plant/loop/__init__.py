"""The closed loop: what was found turns the screws, inside bounds, with reasons, and is judged afterwards.

curve.py       the measured trade curve as rates by score; what a threshold costs at a level of contamination
belief.py      how contaminated the fibre is now: a Gamma-Poisson estimate with a change detector
controller.py  whether a threshold moves, where to, and why not
blame.py       contamination in fabric → the lots and suppliers it came from, with intervals
history.py     a line's findings, checks and moves, replayed into belief
desk.py        `Loop`: bounds, locks, checks, states, actions; what the plant's web and console call
rounds.py      the work that is due now and then: move, hear the line's answer, score

Pure but for desk.py, history.py and rounds.py. Lots against orders are in `service/plant/planning`.
"""
