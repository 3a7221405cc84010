import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from shared.errors import Misconfigured, Unavailable
from shared.health import AT_ONCE, FRESH_SECONDS, Health, HealthServer
from shared.metrics import Metrics

MARKER = "mArK3r-53cr3t"


class Watch:
    """A stopwatch that a test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def health(watch: Watch) -> Health:
    return Health(monotonic=watch)


@pytest.fixture
def url(health: Health) -> Iterator[str]:
    with HealthServer(health, Metrics()) as server:
        yield server.url


def test_a_loop_that_turns_is_alive_and_one_that_does_not_is_named(health: Health, watch: Watch) -> None:
    turning = health.beat("consumer deliver", within=timedelta(seconds=30))
    health.beat("consumer withdraw", within=timedelta(seconds=30))
    watch.seconds += 29
    turning()
    early = health.live()
    watch.seconds += 2

    late = health.live()

    assert early.is_yes
    assert {"consumer withdraw": "silent for 31 s, allowed 30 s"} == late.objections


def test_a_loop_that_turns_again_is_alive_again(health: Health, watch: Watch) -> None:
    heard = health.beat("consumer", within=timedelta(seconds=30))
    watch.seconds += 31
    assert not health.live().is_yes

    heard()

    assert health.live().is_yes


def test_a_process_without_loops_is_alive(health: Health) -> None:
    assert health.live().is_yes


def raises_unavailable() -> bool:
    raise Unavailable(f"amqp://fleet:{MARKER}@rabbit refused")


@pytest.mark.parametrize(
    ("check", "objections"),
    [
        (lambda: True, {}),
        (lambda: False, {"broker": "no"}),
        (raises_unavailable, {"broker": "Unavailable"}),
        (lambda: bool(1 // 0), {"broker": "ZeroDivisionError"}),
    ],
)
def test_what_a_check_says_or_raises_decides_readiness(
    health: Health, check: Callable[[], bool], objections: dict[str, str]
) -> None:
    health.check("broker", check)
    health.check("database", lambda: True)

    assert objections == health.ready().objections


def test_an_outage_is_no_reason_to_be_restarted(health: Health, url: str) -> None:
    health.check("broker", raises_unavailable)

    assert (200, 503) == (httpx.get(f"{url}/live").status_code, httpx.get(f"{url}/ready").status_code)


def test_readiness_comes_back_by_itself(health: Health, watch: Watch) -> None:
    answers = [False]
    health.check("broker", lambda: answers[0])
    assert not health.ready().is_yes

    answers[0] = True
    watch.seconds += FRESH_SECONDS + 0.1

    assert health.ready().is_yes


def test_many_probes_a_second_are_one_question(health: Health, watch: Watch) -> None:
    asked: list[float] = []

    def is_well() -> bool:
        asked.append(watch.seconds)
        return True

    health.check("database", is_well)

    for _ in range(50):
        assert health.ready().is_yes

    assert [watch.seconds] == asked


def test_a_draining_process_is_not_ready_and_not_restarted_however_silent(health: Health, watch: Watch) -> None:
    health.beat("consumer", within=timedelta(seconds=30))
    health.drain()
    watch.seconds += 3_600

    assert {"process": "going down"} == health.ready().objections
    assert health.live().is_yes


def test_a_check_that_hangs_holds_up_one_probe_and_no_other(health: Health, url: str) -> None:
    release, asked = threading.Event(), threading.Event()

    def hangs() -> bool:
        asked.set()
        return release.wait(30)

    health.check("database", hangs)
    first: list[int] = []
    probe = threading.Thread(target=lambda: first.append(httpx.get(f"{url}/ready", timeout=30).status_code))
    probe.start()
    assert asked.wait(10)

    second = httpx.get(f"{url}/ready", timeout=10)
    live = httpx.get(f"{url}/live", timeout=10)
    release.set()
    probe.join(30)

    assert (503, {"checks": "do not answer"}) == (second.status_code, second.json()["objections"])
    assert 200 == live.status_code
    assert [200] == first


def test_what_is_served_is_the_answer_its_reason_and_no_secret(health: Health, url: str) -> None:
    health.check("broker", raises_unavailable)

    answer = httpx.get(f"{url}/ready?verbose=1")

    assert {"ready": False, "objections": {"broker": "Unavailable"}} == answer.json()
    assert MARKER not in answer.text
    assert "Python" not in answer.headers["server"]


def test_metrics_are_served_as_prometheus_reads_them(url: str) -> None:
    answer = httpx.get(f"{url}/metrics")

    assert 200 == answer.status_code
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "fleet_broker_blocked 0.0" in answer.text


class Broken(Metrics):
    def exposition(self) -> bytes:
        raise ValueError(f"no metrics for {MARKER}")


def test_a_fault_in_a_page_is_logged_and_is_never_500(health: Health) -> None:
    with capture_logs() as logged, HealthServer(health, Broken()) as server:
        answer = httpx.get(f"{server.url}/metrics")
        live = httpx.get(f"{server.url}/live")

    assert (503, 200) == (answer.status_code, live.status_code)
    assert MARKER not in answer.text
    assert ["a page of the health server failed"] == [line["event"] for line in logged]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/live/..", 404), ("HEAD", "/live", 200), ("POST", "/live", 501), ("PUT", "/x", 501)],
)
def test_nothing_else_is_served(url: str, method: str, path: str, status: int) -> None:
    answer = httpx.request(method, f"{url}{path}")

    assert status == answer.status_code
    assert method != "HEAD" or not answer.content


def test_a_client_that_says_nothing_does_not_keep_others_out(url: str) -> None:
    address = httpx.URL(url)
    silent = [socket.create_connection((address.host, address.port or 0)) for _ in range(AT_ONCE // 2)]

    status = httpx.get(f"{url}/live").status_code

    for connection in silent:
        connection.close()
    assert 200 == status


def test_more_requests_than_it_has_threads_for_are_turned_away_and_it_recovers(url: str) -> None:
    address = httpx.URL(url)
    greedy = [socket.create_connection((address.host, address.port or 0)) for _ in range(AT_ONCE)]
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/live")

    for connection in greedy:
        connection.close()

    assert 200 == first_status(f"{url}/live")


def first_status(url: str) -> int:
    deadline = time.monotonic() + 10
    while True:
        try:
            return httpx.get(url).status_code
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise


def test_a_probe_costs_next_to_nothing(health: Health) -> None:
    for number in range(100):
        health.beat(f"loop {number}", within=timedelta(minutes=1))
        health.check(f"check {number}", lambda: True)

    began = time.thread_time()
    health.live()
    health.ready()

    assert time.thread_time() - began < 0.05


def test_it_listens_on_loopback_unless_told_otherwise(health: Health) -> None:
    with HealthServer(health, Metrics()) as server:
        assert server.url.startswith("http://127.0.0.1:")


def test_it_listens_on_ipv6_too(health: Health) -> None:
    with HealthServer(health, Metrics(), host="::1") as server:
        assert 200 == httpx.get(f"{server.url}/live").status_code


@pytest.mark.parametrize("host", ["127.0.0.1", "no.such.host.invalid"])
def test_an_address_that_cannot_be_had_is_one_sentence(health: Health, host: str) -> None:
    with HealthServer(health, Metrics()) as server:
        taken = httpx.URL(server.url).port or 0

        with pytest.raises(Misconfigured, match=f"listen on {host}:{taken}"):
            HealthServer(health, Metrics(), host=host, port=taken)


def test_its_port_is_free_again_when_it_is_left(health: Health) -> None:
    with HealthServer(health, Metrics()) as server:
        port = httpx.URL(server.url).port or 0

    with HealthServer(health, Metrics(), port=port) as again:
        assert 200 == httpx.get(f"{again.url}/live").status_code
