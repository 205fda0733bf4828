"""The plant's database: the only user of SQLAlchemy. Portable SQL; SQLite by default, PostgreSQL by its URL.

database.py    engine, one writer, readers, migrations at start
tables.py      every table with tenant, three clocks and the demo flag
migrations/    Alembic, from the first schema
intake.py      raw events, logs and their gaps
projector.py   events → rows; commutative, so that order of arrival does not matter
ledger_tables.py  the ledger, the chain, hourly sums
chain.py, sealed.py, journal.py, postings.py, flows.py   rows of the ledger and what seals them
hours.py, hour_sums.py, roll_hours.py   sums by the hour, kept in step, for figures over months
the others     queries of one subject each, records in and out
"""
