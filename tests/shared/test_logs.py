import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Literal, NoReturn, TextIO

import httpx
import pytest
import structlog
from pydantic import SecretStr
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from shared.logs import Level, bind_delivery, configure_logs
from shared.redaction import Redactor

MARKER = "mArK3r-53cr3t"


class Terminal(io.StringIO):
    def isatty(self) -> Literal[True]:
        return True


@pytest.fixture(autouse=True)
def _logging_left_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    clear_contextvars()
    yield
    clear_contextvars()
    logging.captureWarnings(False)
    root.handlers[:], root.level = handlers, level
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    structlog.reset_defaults()


def configured(stream: TextIO, *, level: Level = "info", known: str = MARKER) -> None:
    redactor = Redactor()
    redactor.hide(known)
    configure_logs(process="work", redactor=redactor, level=level, stream=stream)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(message: str, cause: Exception | None = None) -> NoReturn:
    raise RuntimeError(message) from cause


def test_an_event_is_one_line_of_json_with_its_names() -> None:
    stream = io.StringIO()
    configured(stream)

    structlog.get_logger("workers.harness").info("ended", outcome="done", age_seconds=1.5)

    (line,) = lines(stream)
    assert {
        "event": "ended",
        "outcome": "done",
        "age_seconds": 1.5,
        "level": "info",
        "logger": "workers.harness",
        "process": "work",
    }.items() <= line.items()
    assert str(line["timestamp"]).endswith("Z")


def test_a_delivery_is_named_on_every_line_within_and_on_none_after() -> None:
    stream = io.StringIO()
    configured(stream)
    trace = "0af7651916cd43dd8448eb211c80319c"

    with bind_delivery(
        tenant="acme",
        flow="publish_assets",
        queue="deliver",
        event_id="e1",
        key="79001",
        trace=f"00-{trace}-b7ad6b7169203331-01",
    ):
        structlog.get_logger().info("ours")
        logging.getLogger("some.library").warning("theirs")
        bind_contextvars(document="d1")
    structlog.get_logger().info("after")

    names = {"tenant": "acme", "flow": "publish_assets", "queue": "deliver", "event_id": "e1", "key": "79001"}
    ours, theirs, after = lines(stream)
    assert (names | {"trace": trace}).items() <= ours.items()
    assert (names | {"trace": trace}).items() <= theirs.items()
    assert not {*names, "trace", "document"} & after.keys()


def test_a_delivery_is_cleared_also_when_its_work_fails() -> None:
    with pytest.raises(ValueError, match="bug"), bind_delivery(tenant="acme", flow=None, queue="deliver"):
        raise ValueError("bug")

    assert {} == get_contextvars()


def test_a_delivery_hides_what_was_bound_outside_and_gives_it_back() -> None:
    bind_contextvars(key="outer", poller="licence_clock")

    with bind_delivery(tenant="acme", flow=None, queue="deliver"):
        within = get_contextvars()

    assert {"tenant": "acme", "queue": "deliver"} == within
    assert {"key": "outer", "poller": "licence_clock"} == get_contextvars()


def test_a_delivery_on_one_thread_does_not_name_the_lines_of_another() -> None:
    seen: list[dict[str, object]] = []

    with bind_delivery(tenant="acme", flow=None, queue="deliver"):
        thread = threading.Thread(target=lambda: seen.append(get_contextvars()))
        thread.start()
        thread.join(5)

    assert [{}] == seen


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["json", "terminal"])
def test_no_secret_comes_through_any_door(stream: io.StringIO) -> None:
    configured(stream, level="debug")
    log, library = structlog.get_logger(), logging.getLogger("pika.connection")
    message = f"message {MARKER}"

    log.info(message)
    log.info("value", token=MARKER, nested={"deep": [MARKER, {"password": MARKER}]}, wrapped=SecretStr(MARKER))
    log.info("%s in arguments", MARKER)
    bind_contextvars(bound=MARKER)
    library.warning("argument %s and %r", MARKER, {"url": f"amqp://u:{MARKER}@h"})
    library.warning(message, extra={"field": MARKER})
    library.warning("stack", stack_info=True)
    warnings.showwarning(f"warned {MARKER}", UserWarning, __file__, 1)
    try:
        fail(f"refused {MARKER}\nsecond line {MARKER}", ValueError(f"cause {MARKER}"))
    except RuntimeError:
        log.exception("failed")
        library.exception("failed too")
    library.warning("too few arguments %s %s", MARKER)  # logging's own complaint shows the arguments

    written = stream.getvalue()
    assert MARKER not in written
    assert "***" in written
    assert "RuntimeError" in written
    assert "a log line was lost" in written


def test_what_httpx_says_of_a_signed_link_is_clean_at_every_level() -> None:
    stream = io.StringIO()
    configured(stream, level="debug", known="something else")
    answering = httpx.MockTransport(lambda _: httpx.Response(200, text="ok"))

    with httpx.Client(transport=answering) as client:
        client.get(
            f"https://u:{MARKER}@acme.example.com/x?apiKey={MARKER}&page=2",
            headers={"Authorization": f"Bearer {MARKER}"},
        )

    assert any("page=2" in str(line["event"]) for line in lines(stream))
    assert MARKER not in stream.getvalue()


def test_libraries_that_log_every_request_are_silent_unless_debugging() -> None:
    stream = io.StringIO()
    configured(stream)

    logging.getLogger("httpx").info("HTTP Request: GET https://acme.example.com")
    logging.getLogger("pika.adapters").info("Pika connected")
    logging.getLogger("uvicorn").info("upgrade")

    assert ["upgrade"] == [line["event"] for line in lines(stream)]


def test_a_library_that_brought_its_own_handler_writes_through_ours() -> None:
    stream, theirs = io.StringIO(), io.StringIO()
    library = logging.getLogger("uvicorn.access")
    library.addHandler(logging.StreamHandler(theirs))
    library.propagate = False

    configured(stream)
    library.warning("GET /?apiKey=%s", MARKER)

    assert "" == theirs.getvalue()
    assert ["GET /?apiKey=***"] == [line["event"] for line in lines(stream)]


FORGED = 'ok.png\r\n{"event": "forged"}\u2028\x1b[31m\x85\u202egnp.exe\ud800'


def test_a_line_break_in_a_name_does_not_make_a_second_line_of_json() -> None:
    stream = io.StringIO()
    configured(stream)

    structlog.get_logger().info(f"stored {FORGED}", name=FORGED)

    assert 1 == len(stream.getvalue().splitlines())
    assert stream.getvalue().isascii()
    assert [FORGED] == [line["name"] for line in lines(stream)]


def test_a_line_break_in_a_name_does_not_make_a_second_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    configured(stream)

    structlog.get_logger().info(f"stored {FORGED}", name=FORGED)

    assert 1 == len(stream.getvalue().splitlines())
    assert stream.getvalue().rstrip("\n").isprintable()


def test_no_line_of_a_traceback_looks_like_an_event_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    configured(stream)

    try:
        fail("first\n2026-01-01T00:00:00Z [info     ] forged")
    except RuntimeError:
        structlog.get_logger().exception("failed")

    first, *rest = stream.getvalue().splitlines()
    assert "failed" in first
    assert rest
    assert all(line.startswith("    | ") for line in rest if line)


def test_a_text_without_end_is_cut() -> None:
    stream = io.StringIO()
    configured(stream)

    structlog.get_logger().info("reported", correlation="c" * 10_000, many=list(range(100_000)))

    assert len(stream.getvalue()) < 10_000


def test_the_level_named_later_is_the_one_that_holds() -> None:
    log = structlog.get_logger("made.at.import")
    stream = io.StringIO()
    configured(stream)
    log.debug("not yet")
    configured(stream, level="debug")
    log.debug("now")
    configured(stream, level="error")
    log.warning("no more")

    assert ["now"] == [line["event"] for line in lines(stream)]


UNCAUGHT = """
import sys, threading
from shared.logs import configure_logs
from shared.redaction import Redactor
redactor = Redactor()
redactor.hide(sys.argv[1])
configure_logs(process="work", redactor=redactor)
def fail():
    raise ValueError("thread " + sys.argv[1])
class Finalised:
    def __del__(self):
        fail()
thread = threading.Thread(target=fail)
thread.start()
thread.join()
Finalised()
raise RuntimeError("process " + sys.argv[1])
"""


def test_what_nobody_catches_is_logged_without_its_secret() -> None:
    ended = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", UNCAUGHT, MARKER], capture_output=True, text=True, timeout=60, check=False
    )

    assert 1 == ended.returncode
    assert MARKER not in ended.stderr + ended.stdout
    assert ["uncaught"] * 3 == [json.loads(line)["event"] for line in ended.stderr.splitlines()]


def test_a_stream_that_is_gone_does_not_stop_the_work() -> None:
    stream = io.StringIO()
    configured(stream)
    stream.close()

    structlog.get_logger().info("nobody hears this")
