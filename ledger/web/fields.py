"""Forms: one marshmallow schema each, the same for HTML and JSON. Unknown fields are refused, words come later.

A problem is a code with typed values; `templates/components/messages.html` has the words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields

from ledger import i18n
from ledger.errors import EcotError, Invalid
from ledger.money import Money


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with something typed."""

    code: str
    values: Mapping[str, object]


def problem(code: str, /, **values: object) -> Problem:
    """Make a problem."""
    return Problem(code, values)


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown: what was typed, and what is wrong with it, field by field."""

    values: Mapping[str, str]
    errors: Mapping[str, tuple[Problem, ...]]

    @property
    def problems(self) -> tuple[tuple[str, Problem], ...]:
        """Everything that is wrong, with the field it is wrong in ("" for the form as a whole)."""
        return tuple((name, each) for name, found in self.errors.items() for each in found)


class FormInvalid(Invalid):
    """A form that cannot be taken as it is; `form` shows it again with what was typed."""

    code = "form_invalid"

    def __init__(self, form: Form) -> None:
        self.form = form
        super().__init__()


class TypedValues(dict[str, str]):
    """What was typed; a field that was not sent is empty."""

    def __missing__(self, key: str) -> str:
        """Give the empty text for what was not sent."""
        return ""


class FieldErrors(dict[str, tuple[Problem, ...]]):
    """What is wrong by field; nothing where nothing is."""

    def __missing__(self, key: str) -> tuple[Problem, ...]:
        """Give no problems for a field without any."""
        return ()


def empty(**values: str) -> Form:
    """Make a form that nothing was typed into yet, but for defaults."""
    return Form(TypedValues(values), FieldErrors())


def with_error(sent: Mapping[str, str], error: EcotError, field: str = "") -> Form:
    """Show a form again that was refused as a whole, or for one field."""
    return Form(TypedValues(sent), FieldErrors({field: (Problem(error.reason, error.values),)}))


class FormSchema(Schema):
    """The base of every form: an unknown field is an error, not an accident."""

    class Meta:
        """marshmallow's own options."""

        unknown = RAISE


class QuerySchema(FormSchema):
    """The base of what is read from an address: other parameters, which links carry, are passed over."""

    class Meta:
        """marshmallow's own options."""

        unknown = EXCLUDE


class Text(fields.Field[str]):
    """A line of text: trimmed, without control characters, not longer than its column is wide."""

    def __init__(self, *, maximum: int, required: bool = False) -> None:
        self.maximum = maximum
        super().__init__(required=required, **_defaults(required=required, default=""))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # noqa: ARG002
        text = "".join(character for character in str(value) if character.isprintable()).strip()
        if not text and self.required:
            raise ValidationError([problem("required")])
        if len(text) > self.maximum:
            raise ValidationError([problem("too_long", maximum=self.maximum)])
        return text


class Email(Text):
    """An address for mail, checked for its form only: whether it is read, only a mail can tell."""

    def __init__(self) -> None:
        super().__init__(maximum=254, required=True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        local, _, domain = text.rpartition("@")
        try:
            wire = domain.encode("idna").decode()
        except UnicodeError:
            wire = ""
        if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(wire):
            raise ValidationError([problem("email_invalid")])
        return text


_LOCAL: Final = re.compile(r"(?!.{65})[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN: Final = re.compile(r"(?!.{254})[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""What providers and mail servers take: else the payment could not be opened, or its proof never be sent."""


class Amount(fields.Field[Money]):
    """An amount as people type it, read by `i18n.parse_money`, within bounds."""

    def __init__(self, *, minimum: Money, maximum: Money) -> None:
        self.minimum, self.maximum = minimum, maximum
        super().__init__(required=True, **_defaults(required=True, default=None))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Money:  # noqa: ARG002
        text = str(value).strip()[:40]
        if not text:
            raise ValidationError([problem("required")])
        try:
            money = i18n.parse_money(text)
        except Invalid as error:
            raise ValidationError([Problem(error.reason, error.values)]) from error
        if money < self.minimum:
            raise ValidationError([problem("amount_too_small", minimum=self.minimum)])
        if money > self.maximum:
            raise ValidationError([problem("amount_too_large", maximum=self.maximum)])
        return money


class Choice(fields.Field[str]):
    """One of a few words."""

    def __init__(self, *choices: str, default: str | None = None) -> None:
        self.choices = choices
        super().__init__(required=default is None, **_defaults(required=default is None, default=default))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # noqa: ARG002
        if value not in self.choices:
            raise ValidationError([problem("unknown_choice")])
        return str(value)


class Whole(fields.Field[int | None]):
    """A whole number, such as databases count with; none when left empty."""

    def __init__(self) -> None:
        super().__init__(required=False, **_defaults(required=False, default=None))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | None:  # noqa: ARG002
        text = str(value).strip()
        if not text:
            return None
        if not _WHOLE.fullmatch(text):
            raise ValidationError([problem("number_unreadable")])
        return int(text)


_WHOLE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


class Day(fields.Field[date | None]):
    """A day as `<input type=date>` sends it; none when left empty."""

    def __init__(self) -> None:
        super().__init__(required=False, **_defaults(required=False, default=None))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date | None:  # noqa: ARG002
        if not value:
            return None
        try:
            return date.fromisoformat(str(value))
        except ValueError as error:
            raise ValidationError([problem("date_unreadable", text=str(value)[:40])]) from error


def _defaults(*, required: bool, default: object) -> dict[str, Any]:
    messages = {"required": [problem("required")], "null": [problem("required")]}
    return {"error_messages": messages} if required else {"error_messages": messages, "load_default": default}


def load(schema: Schema, sent: Mapping[str, str]) -> dict[str, Any]:
    """Read a form.

    Raises:
        FormInvalid: with everything that is wrong, and what was typed.
    """
    values = {name: value for name, value in sent.items() if name != "csrf_token"}
    try:
        return dict(schema.load(values))
    except ValidationError as error:
        messages = error.messages if isinstance(error.messages, dict) else {"": error.messages}
        found = {name: _problems(said, known=name in schema.fields or not name) for name, said in messages.items()}
        raise FormInvalid(Form(TypedValues(sent), FieldErrors(found))) from error


def _problems(messages: object, *, known: bool) -> tuple[Problem, ...]:
    if not known:
        return (problem("unknown_field"),)
    listed = messages if isinstance(messages, list) else [messages]
    return tuple(each if isinstance(each, Problem) else problem("bad_request") for each in listed)
