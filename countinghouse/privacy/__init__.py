"""Requests of people about their own data: handed out, or erased wherever the books keep it; the sales stay.

`kept.py` says what a row keeps, `subject.py` finds whose rows they are, `redaction.py` erases them, `tombstones.py` has
every later load erase them again, `remains.py` looks for what is left. When and in what order is `flows/privacy.py`'s.
"""
