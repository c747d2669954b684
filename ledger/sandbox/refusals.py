"""Refusals: the errors of the API with the messages, codes and statuses that Stripe answers."""

from __future__ import annotations

from typing import Any, Final

LOST_KEY: Final = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using "
    "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
)
KEY_IN_USE: Final = (
    "There is currently another in-progress request using this Idempotent Key (that probably means you "
    "submitted twice, and the other request is still going through)"
)
LOCKED: Final = (
    "This object cannot be accessed right now because another API request or Stripe process is currently accessing it."
)
BROKEN: Final = "An unknown error occurred"


class ApiError(Exception):
    """An error answer of the API.

    `begun` tells that the endpoint had begun its work when it refused: such an answer is kept under the
    request's idempotency key and replayed, whereas a validation failure is not.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        begun: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.begun = begun

    def body(self) -> dict[str, Any]:
        """Give the JSON body, without the fields that are null, as Stripe does."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    """Refuse a request that breaks a rule, before any of its effects."""
    return ApiError(400, message, param=param, code=code)


def refused(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """Refuse a well-formed request because of the state of what it names."""
    return ApiError(400, message, code=code, param=param, begun=True)


def missing(param: str) -> ApiError:
    """A required parameter is absent."""
    return invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")


def unknown(*params: str) -> ApiError:
    """Parameters that the API does not have."""
    plural = "s" if len(params) > 1 else ""
    listed = ", ".join(params)
    return invalid(f"Received unknown parameter{plural}: {listed}", param=params[0], code="parameter_unknown")


def unsupported(param: str) -> ApiError:
    """A parameter or value that Stripe has and this sandbox does not simulate: refused, never ignored."""
    return invalid(f"The sandbox does not simulate {param}.", param=param, code="sandbox_unsupported")


def no_such(kind: str, identifier: str, *, param: str, status: int = 404) -> ApiError:
    """No object has this id: 404 for an id in the path, 400 for one in a parameter."""
    return ApiError(status, f"No such {kind}: '{identifier}'", code="resource_missing", param=param)


def unrecognised(method: str, path: str) -> ApiError:
    """No endpoint answers this method and path."""
    more = "Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
    return ApiError(404, f"Unrecognized request URL ({method}: {path}). {more}")


def no_key() -> ApiError:
    """The request carries no secret key."""
    return ApiError(401, LOST_KEY)


def wrong_key(key: str) -> ApiError:
    """The secret key is not ours; only its ends are repeated."""
    shown = key if len(key) <= 12 else f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}"  # noqa: PLR2004
    return ApiError(401, f"Invalid API Key provided: {shown}")


def reused_key(key: str) -> ApiError:
    """An idempotency key came again with other parameters."""
    return ApiError(
        400,
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request.",
        kind="idempotency_error",
    )


def injected(status: int) -> ApiError:
    """The error that a fault rule asked for."""
    if status == 409:  # noqa: PLR2004 — HTTP Conflict
        return ApiError(status, KEY_IN_USE, kind="idempotency_error", code="idempotency_key_in_use")
    if status == 429:  # noqa: PLR2004 — HTTP Too Many Requests
        return ApiError(status, LOCKED, code="lock_timeout")
    return ApiError(status, BROKEN, kind="api_error")
