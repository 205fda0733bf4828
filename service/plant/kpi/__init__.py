"""Figures that can be trusted: each with numerator, denominator, formula, window, source and completeness.

totals.py     the small records that are counted from the store
catalogue.py  what each KPI is
compute.py    totals → KPIs; pure; no denominator, no value
"""
