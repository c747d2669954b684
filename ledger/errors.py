"""The errors that are expected: four kinds, each with a code and typed values, no words and no HTTP.

Words are put to a code in `web/errors.py` and in the catalogues; anything else that is raised is a fault of
the program and is never swallowed.
"""

from __future__ import annotations

from typing import ClassVar


class EcotError(Exception):
    """Something expected went wrong. `code` names it; `values` keep their types for the message."""

    code: ClassVar[str] = ""

    def __init__(self, code: str = "", /, **values: object) -> None:
        self.reason = code or type(self).code
        self.values = values
        super().__init__(self.reason, values)

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.reason}({shown})"


class Invalid(EcotError):
    """What was given cannot be understood or is out of bounds. Nothing was changed."""

    code = "invalid"


class Refused(EcotError):
    """What was asked is understood and not allowed now. Nothing was changed."""

    code = "refused"


class NotFound(EcotError):
    """What was asked for does not exist, or not for this person."""

    code = "not_found"


class Unavailable(EcotError):
    """Something outside did not answer; the same may be tried again."""

    code = "unavailable"
