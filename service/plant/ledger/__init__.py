"""Every metre and kilogram, from supplier to piece, and the proof that nobody changed a figure.

lengths.py, masses.py   what lines tell: every millimetre and kilogram of a roll or lot. Pure
terms.py, entries.py    what can be entered; units.py, moisture.py: how quantities become comparable. Pure
book.py                 `Ledger`: enter, correct, look up; checks.py says what is refused
balance.py              input = good + ejected + by-product + waste + unaccounted. Pure
statements.py           the balances of shifts and lots, stated and alarmed; closing.py says when
genealogy.py            what a unit is made of, and which share of a mixture is whose
planned.py              planned busy time of the shift calendar. Pure
chain.py, heads.py      the hash chain and its daily heads; audit.py verifies both and removes old events
csv_import.py         spreadsheets as entries
opening.py              the ledger beside a running plant, for commands
"""
