"""
What a process writes while it works: one line an event, with its delivery's names on it and no secret in it.

On a terminal the lines are for people, otherwise JSON. Every library's logger, warning and uncaught exception takes
the same road, because a secret that escapes escapes through the one that was forgotten.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Final, Literal, TextIO, TypeAlias

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.log_lines import as_lines
from shared.redaction import Redactor

Level: TypeAlias = Literal["debug", "info", "warning", "error"]

CHATTY: Final = (
    "httpx",
    "httpcore",
    "pika",
    "urllib3",
    "asyncio",
    "alembic",
)  # a line a request or frame: only when debugging

log = structlog.get_logger(__name__)


def configure_logs(*, process: str, redactor: Redactor, level: Level = "info", stream: TextIO | None = None) -> None:
    """
    Send everything that this process logs to `stream` (standard error by default), cleaned by `redactor`.

    Call it once before the settings are read, and again when they name another level. `process` is what this process
    is: poll, work, archive.
    """
    stream = sys.stderr if stream is None else stream
    is_terminal = stream.isatty()
    number = logging.getLevelNamesMapping()[level.upper()]
    named = _names_process(process)
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        named,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _cleans(redactor),
                *as_lines(is_terminal=is_terminal),
            ],
        )
    )
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=False,  # modules make their loggers at import, and the level is known only later
    )
    _lead_here(handler, number)
    _catch_the_uncaught()


@contextmanager
def bind_delivery(  # noqa: PLR0913 - the names of a delivery, all named
    *,
    tenant: str,
    flow: str | None,
    queue: str,
    event_id: str | None = None,
    key: str | None = None,
    trace: str | None = None,
) -> Iterator[None]:
    """
    Put the names of a delivery on every line that this thread logs within, and on none after.

    `trace` is the event's W3C traceparent; its trace id is logged. Leave out what a set of events does not share.
    """
    names = {
        "tenant": tenant,
        "flow": flow,
        "queue": queue,
        "event_id": event_id,
        "key": key,
        "trace": _trace_id(trace),
    }
    outer = get_contextvars()
    clear_contextvars()
    bind_contextvars(**{name: str(value) for name, value in names.items() if value is not None})
    try:
        yield
    finally:
        clear_contextvars()  # also of what was bound within: a thread's next delivery is another's
        bind_contextvars(**outer)


def _trace_id(traceparent: str | None) -> str | None:
    parts = traceparent.split("-") if traceparent else []
    return parts[1] if len(parts) == 4 else traceparent


def _names_process(process: str) -> Processor:
    def name(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("process", process)
        return event

    return name


def _cleans(redactor: Redactor) -> Processor:
    def clean(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        cleaned = redactor.clean_value(event)
        return cleaned if isinstance(cleaned, dict) else event

    return clean


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines; one that cannot be formatted is replaced by a line that says where it comes from."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Say that a line is lost, in place of logging's traceback, which shows the arguments uncleaned."""
        fault = sys.exc_info()[0]
        kind = fault.__name__ if fault else "fault"
        with suppress(OSError, ValueError):  # the stream itself may be what is broken or closed
            self.stream.write(f'{{"event": "a log line was lost", "logger": "{record.name}", "error": "{kind}"}}\n')


def _lead_here(handler: logging.Handler, level: int) -> None:
    """Make `handler` the only one, of every logger."""
    logging.captureWarnings(True)
    root = logging.getLogger()
    for name in list(root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.DEBUG if level == logging.DEBUG else logging.WARNING)
    root.handlers[:] = [handler]
    root.setLevel(level)


def _catch_the_uncaught() -> None:
    """Log what nobody caught: Python's own hooks print it as it is."""

    def of_process(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return  # a person stopped us, and needs no traceback
        log.critical("uncaught", exc_info=(kind, fault, trace))

    def of_thread(caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is not None and not issubclass(caught.exc_type, SystemExit):
            of_process(caught.exc_type, caught.exc_value, caught.exc_traceback)

    def of_finaliser(caught: "sys.UnraisableHookArgs") -> None:
        if caught.exc_value is not None:
            of_process(caught.exc_type, caught.exc_value, caught.exc_traceback)

    sys.excepthook = of_process
    threading.excepthook = of_thread
    sys.unraisablehook = of_finaliser
