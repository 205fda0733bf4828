"""The plant's database: the only user of SQLAlchemy. Portable SQL; SQLite by default, PostgreSQL by its URL.

database.py    engine, one writer, readers, migrations at start
tables.py      every table with tenant, three clocks and the demo flag
migrations/    Alembic, from the first schema
intake.py      raw events, logs and their gaps
projector.py   events → rows; commutative, so that order of arrival does not matter
ledger_tables.py  the ledger, the chain, hourly sums
chain.py, sealed.py, journal.py, postings.py, flows.py   rows of the ledger and what seals them
many.py        many rows (COPY on PostgreSQL) or keys in one statement
hours.py, hour_sums.py, roll_hours.py, produced.py   sums by the hour, kept in step with their rows
parts.py       a window's sums: past days held, whole hours from the sums, edges from rows
touches.py     which hours were written to: by it held answers know that they are old
the others     queries of one subject each, records in and out
"""
