"""The contract with Stripe, from its own API description: no request and no object may break it.

`tests/data/stripe` holds a slice of Stripe's public OpenAPI description at the version that the pinned SDK
speaks. `checker()` gives the one `ContractChecker` of this process:

    checker().check_object(session.to_dict())           # an API object, a list, an event or an error body
    checker().check_request("POST", "/v1/checkout/sessions", "mode=payment&line_items[0][quantity]=1")

Both raise `ContractViolation`, which names the place and the reason. Objects are checked strictly: a field
that the description does not have is a violation, and expanded objects are checked too.

To check all that an adapter sends and receives, give its `StripeClient` a recording HTTP client:

    http = RecordingClient(stripe.RequestsClient(timeout=(5, 30)))
    client = stripe.StripeClient(key, base_addresses={"api": url}, http_client=http)

A request that breaks the contract raises at once, before it is sent; an answer that does raises before the
SDK reads it. `http.exchanges` lists what went over the wire: method, path, decoded parameters, status, body.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import stripe
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SLICE: Final = Path(__file__).parent / "data/stripe/stripe-api-slice.2026-10-28.endive.json.xz"
ROOT: Final = "urn:stripe"
FORM: Final = "application/x-www-form-urlencoded"
SHORT: Final = {"id", "object"}
"""The fields of an expandable reference as the slice shortens it: the object itself is checked by its kind."""


class ContractViolation(AssertionError):
    """A request or an object that Stripe's description does not allow."""


@cache
def description() -> dict[str, Any]:
    """Read the slice: an OpenAPI 3.0 document."""
    return dict(json.loads(lzma.decompress(SLICE.read_bytes())))


def operation_of(operation: str) -> dict[str, Any]:
    """Give the description of an operation such as `GET /v1/charges/{charge}`."""
    method, path = operation.split()
    return dict(description()["paths"][path][method.lower()])


def parameters_of(operation: str) -> dict[str, Any]:
    """Give one object schema of all the parameters of an operation, of its query and of its form alike."""
    found = operation_of(operation)
    body = found.get("requestBody", {}).get("content", {}).get(FORM, {}).get("schema", {})
    queried = [one for one in found.get("parameters", ()) if one["in"] == "query"]
    properties = {one["name"]: one["schema"] for one in queried} | body.get("properties", {})
    required = [one["name"] for one in queried if one.get("required")] + body.get("required", [])
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def json_schema(node: Any) -> Any:
    """Turn a schema of OpenAPI 3.0 into JSON Schema: `nullable`, references, and no unknown field."""
    if isinstance(node, list):
        return [json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": f"{ROOT}#{node['$ref'].removeprefix('#')}"}
    kept = {key: value for key, value in node.items() if not key.startswith("x-") and key not in {"nullable", "format"}}
    properties = kept.pop("properties", None)
    result = {key: json_schema(value) if isinstance(value, dict | list) else value for key, value in kept.items()}
    if properties is not None:
        result["properties"] = {name: json_schema(inner) for name, inner in properties.items()}
        if set(properties) != SHORT:
            result.setdefault("additionalProperties", False)
    return {"anyOf": [result, {"type": "null"}]} if node.get("nullable") else result


def decode(encoded: str) -> dict[str, Any]:
    """Nest the names of a form or query string as the SDK writes it: `a[0][b]=c`."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        node = tree
        *path, last = re.findall(r"[^\[\]]+", name)
        for step in path:
            node = node.setdefault(step, {})
        node[last] = value
    return {name: _with_lists(value) for name, value in tree.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _with_lists(item) for key, item in value.items()}
    return list(inner.values()) if all(key.isdecimal() for key in inner) else inner


def typed(schema: Mapping[str, Any], value: Any) -> Any:
    """Give the strings of a form the types that the schema asks for; what does not fit stays a string."""
    for choice in schema.get("anyOf", ()):
        if (choice.get("type") == "object") == isinstance(value, dict):
            return typed(choice, value)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return {name: typed(known.get(name, {}), item) for name, item in value.items()}
    if isinstance(value, list):
        return [typed(schema.get("items", {}), item) for item in value]
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if schema.get("type") == "boolean" and value in {"true", "false"}:
        return value == "true"
    return value


class ContractChecker:
    """Checks requests and objects against the slice. Built once: its validators are kept."""

    def __init__(self) -> None:
        schemas = description()["components"]["schemas"]
        document = {"components": {"schemas": {name: json_schema(one) for name, one in schemas.items()}}}
        self._registry: Registry[Any] = Registry().with_resource(ROOT, DRAFT202012.create_resource(document))
        self._kinds = frozenset(schemas)
        self._validators: dict[str, Draft202012Validator] = {}
        self._paths = {re.compile(re.sub(r"\{\w+\}", r"[^/]+", path)): path for path in description()["paths"]}

    def _check(self, key: str, schema: Mapping[str, Any], value: Any) -> None:
        validator = self._validators.get(key)
        if validator is None:
            validator = Draft202012Validator(schema, registry=self._registry)
            self._validators[key] = validator
        error = best_match(validator.iter_errors(value))
        if error is not None:
            raise ContractViolation(f"{key}: {error.json_path}: {error.message}")

    def check_object(self, obj: Mapping[str, Any]) -> None:
        """Check an API object and all objects inside it; a list, an event or an error body too.

        Raises:
            ContractViolation: it is not what the description says.
        """
        if set(obj) == {"error"}:
            self._check_kind("error", obj)
            return
        kind = str(obj.get("object"))
        if kind != "list":
            if kind not in self._kinds:
                raise ContractViolation(f"no object is called {kind!r}")
            self._check_kind(kind, obj)
        elif set(obj) < {"data", "has_more", "url"}:
            raise ContractViolation(f"a list lacks a field: {sorted(obj)}")
        for value in obj.values():
            self._check_inside(value)

    def _check_kind(self, kind: str, obj: Mapping[str, Any]) -> None:
        name = f"deleted_{kind}" if obj.get("deleted") else kind
        self._check(name, {"$ref": f"{ROOT}#/components/schemas/{name}"}, obj)

    def _check_inside(self, value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                self._check_inside(item)
        elif isinstance(value, dict):
            kind = value.get("object")
            if isinstance(kind, str) and (kind == "list" or kind in self._kinds):
                self.check_object(value)
            else:
                self._check_inside(list(value.values()))

    def operation(self, method: str, path: str) -> str:
        """Find the operation that a request calls.

        Raises:
            ContractViolation: Stripe has no such operation (or it is not in the slice).
        """
        for pattern, template in self._paths.items():
            if pattern.fullmatch(path) and method.lower() in description()["paths"][template]:
                return f"{method.upper()} {template}"
        raise ContractViolation(f"no operation {method} {path}")

    def check_request(self, method: str, path: str, form_body: str | bytes | None = None) -> dict[str, Any]:
        """Check the parameters of a request, given as its form body or query string, and give them decoded.

        Raises:
            ContractViolation: an unknown operation or parameter, a wrong type or value, a missing one.
        """
        address = urlsplit(path)
        operation = self.operation(method, address.path)
        text = form_body.decode() if isinstance(form_body, bytes) else form_body or address.query
        schema = parameters_of(operation)
        given = dict(typed(schema, decode(text)))
        self._check(operation, json_schema(schema) | {"additionalProperties": False}, given)
        return given


@cache
def checker() -> ContractChecker:
    """Give the checker of this process."""
    return ContractChecker()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer, as they went over the wire. `status` 0: no answer came."""

    method: str
    path: str
    parameters: Mapping[str, Any]
    headers: Mapping[str, str]
    status: int
    body: Mapping[str, Any]


class RecordingClient(stripe.HTTPClient):
    """An HTTP client for `StripeClient` that checks and records all that goes through it."""

    name = "recording"

    def __init__(self, inner: stripe.HTTPClient) -> None:
        super().__init__()
        self._inner = inner
        self.exchanges: list[Exchange] = []

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Check the request, send it by the inner client, check the answer."""
        address = urlsplit(url)
        body = post_data.encode() if isinstance(post_data, str) else post_data or address.query.encode()
        given = checker().check_request(method, address.path, body)
        try:
            content, status, answered = self._inner.request(method, url, headers, post_data)
        except stripe.APIConnectionError:
            self.exchanges.append(Exchange(method, address.path, given, dict(headers or {}), 0, {}))
            raise
        answer = json.loads(content)
        self.exchanges.append(Exchange(method, address.path, given, dict(headers or {}), status, answer))
        checker().check_object(answer)
        return content, status, answered

    def close(self) -> None:
        """Close the inner client."""
        self._inner.close()  # type: ignore[no-untyped-call]

    def sent(self, method: str, path: str) -> Iterable[Exchange]:
        """Give the exchanges of one method and path, in order."""
        return [one for one in self.exchanges if (one.method.upper(), one.path) == (method.upper(), path)]
