"""A vendor's answer, read whole, and the reading of its JSON that names the fault when it is not what it should be."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar, cast

import httpx
from pydantic import TypeAdapter, ValidationError

from shared.errors import Ambiguous, FleetError, Unavailable, Unreadable
from shared.vendors import exact_json
from shared.vendors.redaction import excerpt, without_secrets

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """A successful answer of a vendor, its body read, decoded and within the size limit."""

    operation: str
    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    is_write: bool = False
    is_secret: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What we sent and may not see again in a message, should the other side echo it."""

    @property
    def content_type(self) -> str:
        """Return the media type without parameters, in lower case; empty when not stated."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    def fault(self, kind: type[FleetError], reason: str) -> FleetError:
        """
        Make the error that says why this answer is of no use.

        After a write it is always Ambiguous: the vendor reported success, so what we wanted probably happened.
        """
        shown = "(not shown)" if self.is_secret else excerpt(self.body, secrets=self.secrets)
        return (Ambiguous if self.is_write else kind)(
            f"{self.operation}: {reason}; status {self.status}, {self.content_type or 'no content type'}: {shown!r}"
        )


def read_json(answer: Answer, model: type[T]) -> T:
    """
    Read the JSON of `answer` as `model` (a pydantic model or any type that pydantic knows). Decimals stay exact.

    Raises Unavailable when the body is not JSON at all (a log-in or maintenance page, cut short, empty): a fault of the
    other side, which passes; Unreadable when it is JSON but not what it promises; Ambiguous for either after a write.
    """
    content = decode_json(answer)
    try:
        return cast("T", _adapter(cast("Hashable", model)).validate_python(content))
    except ValidationError as fault:
        # Not chained: pydantic's own text quotes the input, which may hold tokens and signed links.
        raise answer.fault(Unreadable, explain(fault)) from None


def decode_json(answer: Answer) -> object:
    """Decode the body's JSON, decimals exact. Raises as read_json does for what is not JSON."""
    if not answer.body.strip():
        raise answer.fault(Unavailable, "an empty body where JSON is due")
    if answer.body.lstrip()[:1] == b"<":
        raise answer.fault(Unavailable, "a page where JSON is due")
    try:
        return exact_json.decode(answer.body)
    except ValueError:
        raise answer.fault(Unavailable, "a body that is not JSON, or cut short") from None


def explain(fault: ValidationError) -> str:
    """Say which field is wrong and how, without the value."""
    first = fault.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(map(str, first["loc"])) or "body"
    return without_secrets(f"{where[:120]}: {first['msg'][:200]}")


@lru_cache(maxsize=256)
def _adapter(model: Hashable) -> TypeAdapter[object]:
    return TypeAdapter(cast("type[object]", model))
