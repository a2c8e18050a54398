"""The tree of errors: documented whole, and able to travel between processes."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest

from penstock import errors, exceptions
from penstock.errors import PenstockError, Stopped, Wrong

#: Facts for the constructors that take more than a sentence.
FACTS: dict[str, tuple[Any, ...]] = {
    "OptionError": ("task 'load'", "retries", -1, "0 or more"),
    "ParameterError": ("flow 'etl'", "missing a required argument: 'day'"),
    "MapError": ("load", "nothing to go over"),
    "ScriptError": ("flow.py", "no flow in it"),
    "AsyncMisuse": ("load", "etl"),
    "MissingKey": ("path", ("rows",)),
    "InvalidTransition": ("run-1", "COMPLETED", "RUNNING"),
    "UnfinishedRun": ("Running",),
    "NotYet": ("Flow.serve", "nightly.serve", "Call the flow."),
    "ProcessDied": ("load-3", 3),
    "NotSendable": ("load-3", "argument 'lock'", "TypeError: cannot pickle it"),
    "UpstreamFailed": ("clean-1", "load-0", "ValueError: no"),
    "NotFound": ("flow run", "abc"),
    "NotResumable": ("calm-otter", "018f-5", "it has completed"),
    "StillRunning": ("calm-otter", "018f-5", "Running", 4711, "laptop", 3),
    "AlreadyBegun": ("pay-3", 1, "018f-5"),
    "StaleOwner": ("calm-otter", "018f-5"),
    "NotWaiting": ("calm-otter", "018f-5", "it is Running"),
    "InvalidAnswer": ("calm-otter", "018f-5", "day is missing; it must be a date"),
    "PauseTimedOut": ("calm-otter", "60 s for a go-ahead"),
    "Unreachable": ("http://localhost:4200", "Connection refused"),
    **dict.fromkeys(
        ["APIError", "NotOnServer", "InvalidRequest", "Conflict", "NotAllowed", "ServerFailed"],
        (422, "invalid", "Wrong in the request.", (Wrong("/query/limit", "at most 200"),)),
    ),
    **dict.fromkeys(
        [
            "StoreError",
            "StoreBusy",
            "StoreFull",
            "StoreReadOnly",
            "StoreTooNew",
            "StoreCorrupt",
            "StoreOnNetwork",
            "JournalError",
        ],
        ("/data/penstock.db", "no space is left"),
    ),
}
CLASSES = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_pickles(kind: type[BaseException]) -> None:
    error = kind(*FACTS.get(kind.__name__, ("a sentence",)))

    again = pickle.loads(pickle.dumps(error))

    assert type(again) is kind
    assert again.args == error.args
    assert str(again) == str(error)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_message_holds_its_facts(kind: type[BaseException]) -> None:
    facts = FACTS.get(kind.__name__, ("a sentence",))

    text = str(kind(*facts))

    told = [one for fact in facts for one in (fact if isinstance(fact, tuple) else (fact,))]
    assert all(str(fact) in text for fact in told)


def test_all_but_stopped_are_penstock_errors() -> None:
    assert [kind for kind in CLASSES if not issubclass(kind, PenstockError)] == [Stopped]
    assert not issubclass(Stopped, Exception)


def test_all_that_are_defined_are_public() -> None:
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, BaseException)
    }

    assert defined == set(errors.__all__)


def test_the_tree_in_the_docstring_is_the_tree_there_is() -> None:
    """Compares parents as well as names: each line's indent says whose child it is."""
    drawn: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.search(r"(PenstockError$|[├└]── .*)", line)
        if found is None:
            continue
        indent = found.start() if above else -1
        names = re.findall(r"\b[A-Z][A-Za-z]+\b(?=[ ()·]|$)", re.sub(r"\(.*?\)|  .*", "", found[0]))
        names = [name for name in names if hasattr(errors, name)]
        above = [(place, name) for place, name in above if place < indent]
        for name in names:
            drawn[name] = above[-1][1] if above else ""
        if names:
            above.append((indent, names[0]))

    assert drawn == {
        kind.__name__: kind.__bases__[0].__name__ if kind is not PenstockError else ""
        for kind in CLASSES
        if kind is not Stopped
    }


def test_errors_also_are_the_builtin_that_fits() -> None:
    assert issubclass(errors.UsageError, ValueError)
    assert issubclass(errors.ParameterError, TypeError)
    assert issubclass(errors.TimedOut, TimeoutError)
    assert issubclass(errors.PauseTimedOut, TimeoutError)
    assert issubclass(errors.MissingContext, RuntimeError)
    assert issubclass(errors.NotFound, LookupError)
    assert issubclass(errors.MissingResult, LookupError)
    assert issubclass(errors.Unreachable, ConnectionError)
    assert issubclass(errors.NotOnServer, LookupError)
    assert issubclass(errors.InvalidRequest, ValueError)


def test_exit_codes_are_those_of_the_manual() -> None:
    codes = {kind.__name__: kind.exit_code for kind in CLASSES if kind is not Stopped}

    assert {codes[name] for name in ("UsageError", "OptionError", "NotFound")} == {2}
    assert (codes["StoreTooNew"], codes["StoreCorrupt"], codes["StoreOnNetwork"]) == (3, 4, 5)
    assert {codes[name] for name in ("StoreError", "StoreFull", "StoreReadOnly")} == {6}
    assert codes["RunError"] == 1


@pytest.mark.parametrize("name", exceptions.__all__)
def test_names_from_prefect_stand_for_errors_of_ours(name: str) -> None:
    assert issubclass(getattr(exceptions, name), PenstockError)
