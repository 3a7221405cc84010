"""File = function = queue = metric label: one word a thing, checked."""

from importlib import import_module
from pkgutil import walk_packages

import workers
from producers.sources import SOURCES
from shared.messaging.topology import LADDER, WORK_QUEUES, topology, work_queue
from shared.metric_labels import OUTCOMES, POLLERS, QUEUES
from workers.actors import ACTORS
from workers.endings import Outcome
from workers.executing import Executor
from workers.planning import Planner


def test_every_queue_has_its_actor_and_every_actor_its_queue() -> None:
    assert {queue.name for queue in WORK_QUEUES} == set(ACTORS)


def test_an_actor_stands_in_a_file_of_its_queues_name_under_that_name() -> None:
    names = [module.name for module in walk_packages(workers.__path__, "workers.")]
    files = {name.rsplit(".", 1)[1]: import_module(name) for name in names}

    assert ACTORS == {name: getattr(files[name], name.upper()) for name in ACTORS}


def test_an_actors_function_is_called_like_a_queue_of_its_flow() -> None:
    for name, actor in ACTORS.items():
        assert isinstance(actor, Planner | Executor)
        function = actor.decide if isinstance(actor, Planner) else actor.execute
        assert function.__name__ == name or actor.queue.flow is work_queue(function.__name__).flow


def test_a_source_and_its_module_are_called_alike() -> None:
    assert set(SOURCES) == {function.__name__ for function in SOURCES.values()}


def test_every_queue_source_and_outcome_has_its_label() -> None:
    assert set(ACTORS) <= QUEUES.values
    assert set(SOURCES) <= POLLERS.values
    assert {*map(str, Outcome), "dead"} <= OUTCOMES.values


def test_a_planner_listens_to_nothing_that_it_cannot_place() -> None:
    planners = [actor for actor in ACTORS.values() if isinstance(actor, Planner)]

    assert all(set(planner.own) <= set(planner.queue.listens) for planner in planners)
    assert all(any(planner.due in other.own for other in planners) for planner in planners)


def test_no_queue_has_a_maximum_length_and_every_one_that_can_dead_letters_at_least_once() -> None:
    for queue in topology().queues:
        assert "x-max-length" not in queue.arguments
        assert "quorum" == queue.arguments["x-queue-type"]
        assert "x-delivery-limit" in queue.arguments
        if "x-dead-letter-exchange" in queue.arguments:
            assert "at-least-once" == queue.arguments["x-dead-letter-strategy"]
            assert "reject-publish" == queue.arguments["x-overflow"]
            assert "x-dead-letter-routing-key" not in queue.arguments


def test_every_rung_leads_back_to_its_own_work_queue_and_is_longer_than_the_one_before() -> None:
    bindings = {(b.exchange, b.routing_key): b.queue for b in topology().bindings}

    assert {queue.name: queue.name for queue in WORK_QUEUES} == {
        key: queue for (exchange, key), queue in bindings.items() if exchange == "retry"
    }
    assert sorted(rung.wait for rung in LADDER) == [rung.wait for rung in LADDER]
