"""The plant process without its face: takes events from lines, keeps them once, grades, counts and answers.

plant.py      `Plant`, the facade: all that service/web calls
views.py      the frozen records it returns; errors.py what it raises
ingest.py     batches of events, each kept once; batch.py, event_values.py what a batch may hold;
              gate.py which log may deliver under a line id
store/        the only user of SQLAlchemy: tables, migrations, projections of events, queries
pictures.py   pictures by content hash on disk
ledger/       metres and kilograms that add up: entries, balances, genealogy, and the proof of them
memo.py       answers worked out once for all who ask, held until what they speak of is written to
clock_watch.py   clocks that are wrong
grading/      points and grade of a roll; profiles are data
kpi/          figures with numerator, denominator and window; pure
shifts.py     which shift a moment belongs to
strips.py, strip_labels.py   what people say of whole frames, and its labels
marks.py, commands.py, accounts.py, tokens.py   what people and machines may change
"""
