"""The outcome of a demo: for machines as JSON, for people as a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.demo.accounts import Accounts
from ops.sandbox.checker import CheckResult

FINDINGS_SHOWN: Final = 20
CHECKS: Final = {
    "lost": "every document that a partner should see is there, with the right bytes",
    "duplicate_effects": "nothing is there twice",
    "rights_violations": "nothing was visible at a moment when it must not be",
    "echoes": "nothing is there that nobody asked for",
}


@dataclass(frozen=True)
class Outcome:
    """What a demo ended with."""

    took: timedelta
    broker_kind: str
    broker_version: str
    database: str
    checked: CheckResult
    accounts: Accounts

    @property
    def is_good(self) -> bool:
        """Tell whether partners saw all that they should and nothing else, and nothing died on the way."""
        return self.checked.is_clean and self.accounts.dead == 0


class _Broker(BaseModel):
    kind: str
    version: str


class _Ages(BaseModel):
    p50: float
    p99: float


class _Flow(BaseModel):
    ok: bool
    expected: int
    done: int
    refused: int
    held: int
    dead: int
    age_seconds: _Ages | None


class _Checks(BaseModel):
    lost: int
    duplicate_effects: int
    rights_violations: int
    echoes: int


class Report(BaseModel):
    """The report's file. Expected, done and checks come from the checker, everything else from the ledger."""

    seconds: float
    broker: _Broker
    database: str
    flows: dict[str, _Flow]
    checks: _Checks

    @classmethod
    def of(cls, outcome: Outcome) -> "Report":
        """Write an outcome down."""
        checked, accounts = outcome.checked, outcome.accounts
        ages = accounts.ages
        return cls(
            seconds=round(outcome.took.total_seconds(), 1),
            broker=_Broker(kind=outcome.broker_kind, version=outcome.broker_version),
            database=outcome.database,
            flows={
                "publish_assets": _Flow(
                    ok=checked.done == checked.expected,
                    expected=checked.expected,
                    done=checked.done,
                    refused=accounts.refused,
                    held=accounts.held,
                    dead=accounts.dead,
                    age_seconds=_Ages(p50=_rounded(ages.p50), p99=_rounded(ages.p99)) if ages else None,
                )
            },
            checks=_Checks(**{check: getattr(checked, check) for check in CHECKS}),
        )

    def write(self, path: Path) -> None:
        """Write to `path`, whose folder is made when it is missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


def show(outcome: Outcome, console: Console) -> None:
    """Print what came out."""
    console.print(Group(*_shown(outcome)))


def _shown(outcome: Outcome) -> Iterator[RenderableType]:
    checked = outcome.checked
    yield Text()
    yield _communities(outcome)
    yield _held(outcome.accounts)
    yield _checks(checked)
    wrong = checked.findings or checked.unseen
    for finding in wrong[:FINDINGS_SHOWN]:
        yield Text(f"  {finding}", style="red")
    if len(wrong) > FINDINGS_SHOWN:
        yield Text(f"  ... and {len(wrong) - FINDINGS_SHOWN} more", style="red")
    if outcome.accounts.dead:
        yield Text(f"  {outcome.accounts.dead} events ended as dead letters", style="red")
    ages = outcome.accounts.ages
    yield Text(
        f"{checked.done} of {checked.expected} expected changes seen by partners, "
        f"{outcome.took.total_seconds():.0f} s in all, RabbitMQ {outcome.broker_version} ({outcome.broker_kind}), "
        f"{outcome.database}"
        + (f"; from change to effect {ages.p50.total_seconds():.1f} s (median), " if ages else "")
        + (f"{ages.p99.total_seconds():.1f} s (99 of 100)" if ages else "")
    )


def _communities(outcome: Outcome) -> Table:
    table = Table(title="What partners see", title_justify="left")
    table.add_column("community")
    table.add_column("documents visible", justify="right")
    table.add_column("withdrawn again", justify="right")
    table.add_column("held back", justify="right")
    for tally in outcome.checked.communities:
        table.add_row(
            tally.community,
            _of(tally.visible, tally.visible_expected),
            _of(tally.gone, tally.gone_expected),
            str(outcome.accounts.held_in[tally.community]),
        )
    return table


def _held(accounts: Accounts) -> Table:
    table = Table(title="Why documents are held back", title_justify="left")
    table.add_column("documents", justify="right")
    table.add_column("reason")
    for reason, count in accounts.held_because.most_common():
        table.add_row(str(count), reason)
    return table


def _checks(checked: CheckResult) -> Table:
    table = Table(title="What the independent checker found", title_justify="left")
    table.add_column("check")
    table.add_column("found", justify="right")
    table.add_column("zero means")
    for check, meaning in CHECKS.items():
        found = getattr(checked, check)
        table.add_row(check, Text(str(found), style="red" if found else "green"), meaning)
    return table


def _of(found: int, expected: int) -> Text:
    return Text(f"{found} of {expected}", style="green" if found == expected else "red")


def _rounded(span: timedelta) -> float:
    return round(span.total_seconds(), 2)
