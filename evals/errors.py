"""What the user of `lumbar eval` can mend: a file that is missing or malformed, a name that does not exist."""

from __future__ import annotations


class EvalError(Exception):
    """Nothing can run. `str(error)` says what is wrong and where, `help` what to do."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help
