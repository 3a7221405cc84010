"""ASGI middleware around a simulated vendor: journals each of its operations and lets planned faults happen."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime
from typing import Final

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops.sandbox.faults import Fault, Kind
from ops.sandbox.world import World

_ANSWERS: Final[dict[Kind, tuple[int, str, bytes]]] = {
    Kind.UNAUTHORIZED: (401, "application/json", b'{"error_code":"Unauthorized","error_message":"Token refused."}'),
    Kind.FORBIDDEN: (403, "application/json", b'{"error_code":"Forbidden","error_message":"Permission is missing."}'),
    Kind.THROTTLED: (429, "application/json", b'{"error_code":"TooManyRequests","error_message":"Too many requests."}'),
    Kind.ERROR: (500, "application/json", b'{"error_code":"InternalError","error_message":"Unexpected error."}'),
    Kind.BAD_GATEWAY: (502, "text/html", b"<html><body><h1>502 Bad Gateway</h1></body></html>"),
    Kind.LOGIN_PAGE: (200, "text/html", b"<!doctype html><html><body><form>Please log in</form></body></html>"),
    Kind.EMPTY: (200, "application/json", b""),
}


class Faulting:
    """
    Wraps one vendor's app. `operations` are the named routes of the vendor itself; what meets none of them, such as a
    persona or a control, is passed on untouched.
    """

    def __init__(self, app: ASGIApp, *, world: World, vendor: str, operations: Sequence[BaseRoute]) -> None:
        self._app = app
        self._world = world
        self._vendor = vendor
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        operation = self._operation(scope)
        if operation is None:
            await self._app(scope, receive, send)
            return
        fault = self._world.faults.due(self._vendor, operation)
        now = self._world.clock.now()

        def write(status: int | None) -> None:
            self._world.journal.write(
                at=now,
                vendor=self._vendor,
                operation=operation,
                method=scope["method"],
                path=scope["path"],
                status=status,
                fault=fault.kind if fault else None,
            )

        await self._serve(scope, receive, _Wire(send, write, date=format_datetime(now, usegmt=True)), fault)

    def _operation(self, scope: Scope) -> str | None:
        if scope["type"] != "http":
            return None
        met = (route for route in self._operations if route.matches(scope)[0] is Match.FULL)
        return getattr(next(met, None), "name", None)

    async def _serve(self, scope: Scope, receive: Receive, wire: "_Wire", fault: Fault | None) -> None:
        if fault is None:
            await self._app(scope, receive, wire.send)
        elif fault.kind in _ANSWERS:
            await wire.answer(*_ANSWERS[fault.kind], self._wait(fault))
        elif fault.kind is Kind.LATENCY:
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, wire.send)
        elif fault.kind is Kind.TRUNCATED:
            await self._app(scope, receive, wire.hold)
            await wire.send_half()
            await wire.break_off(scope, receive)
        elif fault.kind is Kind.RESET:
            await wire.break_off(scope, receive)
        else:
            await self._app(scope, receive, wire.hold)
            with suppress(TimeoutError):
                await asyncio.wait_for(_client_has_gone(receive), fault.seconds)
            await wire.break_off(scope, receive)

    def _wait(self, fault: Fault) -> str | None:
        if fault.kind is not Kind.THROTTLED or fault.retry_after == "none":
            return None
        if fault.retry_after == "seconds":
            return f"{fault.seconds:g}"
        return format_datetime(self._world.clock.now() + timedelta(seconds=fault.seconds), usegmt=True)


class _Wire:
    """What leaves towards the client. `write` journals it before: who has an answer finds it in the journal."""

    def __init__(self, send: Send, write: Callable[[int | None], None], *, date: str) -> None:
        self._send = send
        self._write = write
        self._date = date.encode()
        self._held: list[Message] = []
        self._is_written = False

    async def send(self, message: Message) -> None:
        """Pass on a message, dated by the sandbox's clock."""
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"date", self._date)]
            self._journal(message["status"])
        await self._send(message)

    async def hold(self, message: Message) -> None:
        """Keep a message back."""
        self._held.append(message)

    async def answer(self, status: int, content_type: str, body: bytes, wait: str | None) -> None:
        """Answer in the app's place."""
        headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
        if wait is not None:
            headers.append((b"retry-after", wait.encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def send_half(self) -> None:
        """Send the head of what was held and half of its body."""
        body = b"".join(message.get("body", b"") for message in self._held)
        for message in self._held:
            if message["type"] == "http.response.start":
                await self.send(message)
        await self.send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})

    async def break_off(self, scope: Scope, receive: Receive) -> None:
        """Break the connection where the server lets us (ops.sandbox.serving does); else just stop answering."""
        self._journal(None)
        abort = scope.get("state", {}).get("abort_connection")
        if abort is not None:
            abort()
            await _client_has_gone(receive)

    def _journal(self, status: int | None) -> None:
        if not self._is_written:
            self._write(status)
        self._is_written = True


async def _client_has_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
