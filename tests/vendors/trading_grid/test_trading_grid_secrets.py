import logging
import traceback
from collections.abc import Callable

import pytest

from ops.sandbox.faults import Kind
from ops.sandbox.trading_grid.app import CLIENT_SECRET
from shared.errors import FleetError
from tests.vendors.trading_grid.world import Here


def test_no_secret_is_told_by_logs_messages_or_representations(here: Here, caplog: pytest.LogCaptureFixture) -> None:
    # Case K39: everything at DEBUG, every call fails once in every way.
    caplog.set_level(logging.DEBUG)
    document, blob = here.document(), here.blob(b"second")
    told: list[str] = [repr(here.client), repr(here.settings()), repr(document)]
    secrets = {CLIENT_SECRET}
    calls: dict[str, Callable[[], object]] = {
        "token": lambda: (here.http.post("/__sandbox/trading_grid/end_tokens"), here.folder()),
        "list_spaces": lambda: list(here.client.list_spaces()),
        "store_blob": here.blob,
        "read_document": lambda: here.client.read_document(document.id),
        "add_version": lambda: here.client.add_version(document, "v2.jpg", blob),
        "change_acl": lambda: here.client.hide(document),
    }

    for operation, call in calls.items():
        for kind in (Kind.UNAUTHORIZED, Kind.FORBIDDEN, Kind.ERROR, Kind.BAD_GATEWAY, Kind.RESET, Kind.EMPTY):
            here.fault(operation, kind, count=2)
            try:
                call()
            except FleetError as fault:
                told.append("".join(traceback.format_exception(fault)))
            here.sandbox.faults.clear()
            secrets.update(here.simulated.office._granted)

    told.append(caplog.text)
    assert len(secrets) > len(calls)
    assert not [secret for secret in secrets for text in told if secret in text]
