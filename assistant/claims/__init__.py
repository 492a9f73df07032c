"""Reading and comparing clinical sentences, for `assistant/citations.py`."""
