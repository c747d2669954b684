"""Checking a request's parameters against the API's own description, and giving them their types.

`parameters.json` is cut out of Stripe's OpenAPI description (a test cuts it again and compares). A part that
the sandbox does not simulate stands there as `{"unsupported": true}`: it is refused by name, because a
parameter that is silently ignored would let a wrong program pass.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from ledger.sandbox import refusals

FILE: Final = Path(__file__).with_name("parameters.json")
METADATA_KEYS: Final = 50
METADATA_KEY: Final = 40
METADATA_VALUE: Final = 500
RENAMED: Final = {
    "payment_method_types": (
        "payment_method_types_no_longer_supported",
        (
            "The `payment_method_types` parameter is no longer supported. Use `allowed_payment_method_types` to "
            "restrict the payment methods enabled in your Dashboard."
        ),
    )
}
"""Parameters that this version of the API removed, with the error they now get."""


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Read the description: `METHOD /path` to the schema of its parameters."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def read(operation: str, given: dict[str, Any]) -> dict[str, Any]:
    """Give the parameters of an operation their types.

    Raises:
        refusals.ApiError: an unknown, missing, unsupported or wrongly typed parameter.
    """
    return dict(_object(schemas()[operation], given, path=""))


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _read(schema: dict[str, Any], value: Any, *, path: str) -> Any:
    if schema.get("unsupported"):
        raise refusals.unsupported(path)
    if "anyOf" in schema:
        return _read(_alternative(schema["anyOf"], value), value, path=path)
    kind = schema["type"]
    if kind == "object":
        return _map(schema, value, path=path) if "properties" not in schema else _object(schema, value, path=path)
    if kind == "array":
        return _array(schema, value, path=path)
    if not isinstance(value, str):
        raise refusals.invalid(f"Invalid {kind}: {json.dumps(value)}", param=path, code=f"parameter_invalid_{kind}")
    if kind == "string":
        return _string(schema, value, path=path)
    return _scalar(kind, value, path=path)


def _alternative(choices: list[dict[str, Any]], value: Any) -> dict[str, Any]:
    kind = "object" if isinstance(value, dict) else "array" if isinstance(value, list) else None
    scalars = [choice for choice in choices if choice.get("type") not in {"object", "array"}]
    fitting = [choice for choice in choices if choice.get("type") == kind] if kind else scalars
    return fitting[0] if fitting else choices[0]


def _object(schema: dict[str, Any], value: Any, *, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise refusals.invalid("Invalid object", param=path)
    known = schema["properties"]
    for name in value:
        if name in RENAMED and name not in known:
            code, message = RENAMED[name]
            raise refusals.invalid(message, param=_join(path, name), code=code)
    strange = [_join(path, name) for name in value if name not in known]
    if strange:
        raise refusals.unknown(*strange)
    for name in schema.get("required", ()):
        if name not in value:
            raise refusals.missing(_join(path, name))
    return {name: _read(known[name], item, path=_join(path, name)) for name, item in value.items()}


def _map(schema: dict[str, Any], value: Any, *, path: str) -> dict[str, str]:
    """Read metadata, with its limits: 50 keys of 40 characters, values of 500."""
    if value == "":
        return {}
    if not isinstance(value, dict) or schema.get("additionalProperties") is None:
        raise refusals.invalid(f"Invalid {path}: must be an object", param=path)
    if len(value) > METADATA_KEYS:
        raise refusals.invalid(f"Invalid {path}: cannot have more than {METADATA_KEYS} keys", param=path)
    for key, text in value.items():
        where = _join(path, key)
        if len(key) > METADATA_KEY:
            raise refusals.invalid(f"Invalid {path} key: exceeds {METADATA_KEY} characters", param=where)
        if not isinstance(text, str):
            raise refusals.invalid(f"Invalid {path} value: must be a string", param=where)
        if len(text) > METADATA_VALUE:
            raise refusals.invalid(f"Invalid {path} value: exceeds {METADATA_VALUE} characters", param=where)
    return {key: text for key, text in value.items() if text}


def _array(schema: dict[str, Any], value: Any, *, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise refusals.invalid("Invalid array", param=path)
    return [_read(schema["items"], item, path=_join(path, str(i))) for i, item in enumerate(value)]


def _string(schema: dict[str, Any], value: str, *, path: str) -> str:
    choices = schema.get("enum")
    if choices and value not in choices:
        *most, last = choices
        listed = f"{', '.join(most)}, or {last}" if most else last
        raise refusals.invalid(f"Invalid {path}: must be one of {listed}", param=path)
    if not value:
        raise refusals.invalid(
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{path}' cannot be unset. You should remove '{path}' from your request or supply a "
            "non-empty value.",
            param=path,
            code="parameter_invalid_empty",
        )
    longest = schema.get("maxLength")
    if longest is not None and len(value) > longest:
        shown = value if len(value) <= 20 else f"{value[:10]}...{value[-5:]}"  # noqa: PLR2004
        message = f"Invalid string: {shown}; must be at most {longest} characters"
        raise refusals.invalid(message, param=path)
    return value


def _scalar(kind: str, value: str, *, path: str) -> int | bool:
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    digits = value.removeprefix("-")
    if kind == "integer" and digits.isascii() and digits.isdecimal() and len(digits) < 20:  # noqa: PLR2004
        return int(value)
    raise refusals.invalid(f"Invalid {kind}: {value}", param=path, code=f"parameter_invalid_{kind}")
