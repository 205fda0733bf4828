"""What the plant shows: frozen records that the web turns into pages and JSON.

paging.py    a page of a longer list
intake.py    what became of delivered events
eyesight.py  how well a line's camera sees
lines.py     a line as it is now, and its alarms
defects.py   found defects and what people say of them; strips.py what they say of whole frames
rolls.py     rolls, their grades and what nobody looked at
lots.py      lots of fibre and their masses
kpis.py      figures, what each is, and their windows of time
commands.py  commands to lines and what became of them
bundles.py   bundles of the registry and their shadows
outbox.py    messages to the mill's systems, and how far each receiver has them
imports.py   what became of an import
complaints.py  a customer's complaint and what is known of the place
writes.py    writes that clients may send twice
ledger.py    balances, units, orders, decisions, stops and readings
people.py    who may do what, and who did

Lengths inside a roll start at the roll's first millimetre. `demo` is true where rendered or simulated input
had a part. None means "not known" or "not measured", never zero.
"""
