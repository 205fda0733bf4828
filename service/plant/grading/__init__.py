"""The only place where rolls get a grade.

profile.py reads the rules, four_point.py counts, grade.py decides, regrade.py keeps every grade given.
"""
