"""The commands behind `lumbar`, one module each. `cli.py` names their options; here they read, call the packages and
print.

`base.py` maps errors to exit codes, `lines.py` holds the JSON-lines contract, `show.py` the text for people.
"""
