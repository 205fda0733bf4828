"""What the mill's ERP and MES know: orders, units, masses and readings, by CSV or REST, into the ledger.

mapping.py   which column is which field, and how a file is written: TOML that the plant edits
reading.py   bytes → rows of text
fields.py    a row of text → a draft of the ledger
importer.py  a whole file: each row taken, unchanged or refused with its number and reason
mappings/    the shipped mappings
"""
