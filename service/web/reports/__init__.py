"""Papers and tables that leave the plant: PDF for people, CSV and XLSX for spreadsheets.

paper.py        one PDF: fonts, page frame, DEMO mark, QR code; the only user of reportlab
certificate.py  a roll's quality certificate
passport.py     a lot's lint quality passport, from a template that is data
period.py       a shift, a month or any other period: figures, balances, rolls, lots
tables.py       what a table of an export holds, with units
sheets.py       a table as CSV or XLSX; the only user of xlsxwriter
fonts/          DejaVu Sans, whole and unchanged, with its licence: it has the Kazakh letters
"""
