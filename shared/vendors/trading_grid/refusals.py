"""What an unsuccessful answer of this host means: its profile's own rules first, HTTP's afterwards."""

from typing import Final

from shared.errors import Conflict, CredentialRefused, FleetError, Forbidden, Rejected, Throttled, Unavailable
from shared.vendors import exact_json
from shared.vendors.faults import NotFound, error_for_status
from shared.vendors.http import Answer
from shared.vendors.redaction import EXCERPT_CHARACTERS, excerpt
from shared.vendors.retry_after import read_retry_after
from shared.vendors.trading_grid.profile import Meaning, Profile
from shared.vendors.trading_grid.selectors import select

UNSUCCESSFUL: Final = range(400, 600)


class CredentialEnded(CredentialRefused):
    """Our credential has ended; another one may do."""


MEANINGS: Final[dict[Meaning, type[FleetError]]] = {
    "auth": CredentialEnded,
    "forbidden": Forbidden,
    "not_found": NotFound,
    "conflict": Conflict,
    "invalid": Rejected,
    "throttled": Throttled,
    "transient": Unavailable,
    "permanent": Rejected,
}


def refusal(profile: Profile, answer: Answer) -> FleetError:
    """Make the error that an unsuccessful answer stands for. Any body will do; one of unknown shape is just shown."""
    code, text = _said(profile, answer.body)
    rule = next((r for r in profile.statuses if r.status == answer.status and r.code in {None, code}), None)
    kind = MEANINGS[rule.means] if rule is not None else error_for_status(answer.status, is_write=answer.is_write)
    shown = excerpt(answer.body if text is None else text.encode(errors="replace"), secrets=answer.secrets)
    message = f"{answer.operation}: status {answer.status}: {shown!r}"
    if code is not None:
        message += f", code {excerpt(code[:EXCERPT_CHARACTERS].encode(errors='replace'), secrets=answer.secrets)!r}"
    wait = read_retry_after(answer.headers.get_list("retry-after"), server_date=answer.headers.get("date"))
    if wait is not None and (kind is Throttled or answer.status == 503):
        return Throttled(f"{message} ({wait})", retry_after=wait.granted)
    return kind(message)


def _said(profile: Profile, body: bytes) -> tuple[str | None, str | None]:
    """Return code and text of an error's body; None for what it does not have."""
    try:
        content = exact_json.decode(body)
    except ValueError:
        return None, None
    for shape in profile.errors:
        if select(content, shape.is_at) is not None:
            code = select(content, shape.code) if shape.code is not None else None
            text = select(content, shape.text)
            return (str(code) if isinstance(code, str | int) else None), (text if isinstance(text, str) else None)
    return None, None
