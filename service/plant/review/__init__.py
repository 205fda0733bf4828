"""The review queue: what people should look at first, who looks at it now, and what they said.

value.py    what an item is worth looking at; pure
filling.py  brings found defects and drawn audits into the queue
desk.py     hands items out on a lease, takes verdicts, skips and undo
words.py    a verdict goes where labels and audits are kept
second.py   blind second verdicts feed the appraisal of the people who judge
"""
