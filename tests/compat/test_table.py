"""The table of names: every one can be imported, and is either ours or says that it is missing."""

from __future__ import annotations

import importlib
import re
from importlib.util import find_spec
from typing import Any

import pytest

from penstock.client import Client
from penstock.compat.prefect._absent import Absent, NotYet
from penstock.compat.prefect._names import find_children, get_table, read_table

TABLE = get_table()
HOMES = sorted({listed.home for listed in TABLE.values() if listed.home})

#: What public scripts import, from most to least: each must be there, whatever it does.
IN_THE_WILD = """
prefect: task flow get_run_logger serve get_client Flow unmapped allow_failure pause_flow_run
    deploy tags Task runtime State resume_flow_run suspend_flow_run context
prefect.blocks.system: Secret JSON String DateTime
prefect.artifacts: create_markdown_artifact create_table_artifact create_link_artifact
    create_progress_artifact update_progress_artifact
prefect.tasks: task_input_hash exponential_backoff task Task
prefect.logging: get_run_logger get_logger disable_run_logger
prefect.logging.loggers: get_run_logger
prefect.variables: Variable
prefect.deployments: run_deployment Deployment
prefect.blocks.core: Block
prefect.task_runners: ConcurrentTaskRunner ThreadPoolTaskRunner SequentialTaskRunner
    ProcessPoolTaskRunner
prefect.cache_policies: INPUTS NO_CACHE TASK_SOURCE RUN_ID NONE DEFAULT
prefect.client.orchestration: get_client PrefectClient
prefect.client.schemas.filters: FlowRunFilter FlowRunFilterState FlowRunFilterStateName
prefect.client.schemas.objects: FlowRun Flow State StateType
prefect.client.schemas.sorting: FlowRunSort
prefect.client.cloud: get_cloud_client
prefect.events: emit_event DeploymentEventTrigger
prefect.concurrency.sync: concurrency rate_limit
prefect.concurrency.asyncio: concurrency rate_limit
prefect.blocks.notifications: SlackWebhook MicrosoftTeamsWebhook
prefect.testing.utilities: prefect_test_harness
prefect.runtime: flow_run task_run deployment
prefect.filesystems: S3 GCS GitHub RemoteFileSystem LocalFileSystem
prefect.futures: wait as_completed PrefectFuture
prefect.context: TaskRunContext FlowRunContext get_run_context
prefect.settings: PREFECT_API_URL PREFECT_LOGGING_LEVEL temporary_settings
prefect.infrastructure: KubernetesJob DockerContainer
prefect.infrastructure.docker: DockerContainer
prefect.serializers: JSONSerializer
prefect.input: RunInput
prefect.transactions: transaction
prefect.states: Completed Failed State
prefect.docker: DockerImage
prefect.runner.storage: GitRepository
prefect.exceptions: ObjectNotFound
prefect.orion.api.server: ORION_API_VERSION
prefect.orion.schemas.schedules: CronSchedule
prefect.server.schemas.schedules: CronSchedule
prefect.automations: Automation
prefect.flow_engine: run_flow
"""

#: What Penstock must have itself: a stand-in here would be a step back.
OURS = """
prefect: Flow State Task Transaction allow_failure flow get_run_logger pause_flow_run
    resume_flow_run tags task unmapped
prefect.artifacts: acreate_image_artifact acreate_link_artifact acreate_markdown_artifact
    acreate_progress_artifact acreate_table_artifact aupdate_progress_artifact
    create_image_artifact create_link_artifact create_markdown_artifact create_progress_artifact
    create_table_artifact update_progress_artifact
prefect.cache_policies: DEFAULT INPUTS NO_CACHE NONE RUN_ID TASK_SOURCE FLOW_PARAMETERS
    CacheKeyFnPolicy CachePolicy
prefect.client.schemas.objects: State StateType
prefect.context: FlowRunContext TaskRunContext get_run_context tags
prefect.exceptions: CancelledRun CrashedRun FailedRun FlowPauseTimeout MissingContextError
    MissingResult NotPausedError ObjectNotFound ParameterBindError ParameterTypeError
    PrefectException UnfinishedRun
prefect.flow_runs: apause_flow_run aresume_flow_run pause_flow_run resume_flow_run
prefect.flows: Flow flow
prefect.futures: PrefectFuture PrefectFutureList as_completed wait
prefect.input: RunInput
prefect.logging: disable_run_logger get_logger get_run_logger
prefect.logging.loggers: PrefectLogAdapter get_logger get_run_logger
prefect.states: AwaitingRetry Cancelled Completed Crashed Failed Late Paused Pending Retrying
    Running Scheduled State StateType
prefect.task_runners: BaseTaskRunner ConcurrentTaskRunner SequentialTaskRunner TaskRunner
    ThreadPoolTaskRunner
prefect.tasks: Task exponential_backoff task task_input_hash
prefect.testing.utilities: prefect_test_harness
prefect.transactions: AsyncTransaction BaseTransaction CommitMode IsolationLevel Transaction
    TransactionState atransaction get_transaction transaction
prefect.utilities.annotations: allow_failure quote unmapped
"""


def _pairs(text: str) -> list[tuple[str, str]]:
    modules = re.findall(r"^(\S+): (.*(?:\n    .*)*)", text, re.MULTILINE)
    return [(module, name) for module, names in modules for name in names.split()]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("module", TABLE)
def test_every_name_can_be_imported_and_is_ours_or_fails_when_used(module: str) -> None:
    found = _import_all(module)

    for name, value in found.items():
        if isinstance(value, Absent):
            with pytest.raises(NotYet) as caught:
                value("x")
            said = str(caught.value)
            assert said.startswith(f"Penstock does not have {module}.{name} yet.")
            assert said.endswith(".")
        else:
            assert value is not None


def _import_all(module: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(f"from {module} import *", found)
    del found["__builtins__"]
    listed = TABLE[module].names.values()
    assert found.keys() == {name.name for name in listed if not name.is_value}
    return found


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("module", "name"), _pairs(IN_THE_WILD))
def test_what_public_scripts_import_is_known(module: str, name: str) -> None:
    exec(f"from {module} import {name}")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("module", "name"), _pairs(OURS))
def test_what_penstock_has_is_its_own(module: str, name: str) -> None:
    value = getattr(importlib.import_module(module), name)

    assert not isinstance(value, Absent)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", ["flow_run", "task_run", "deployment"])
def test_values_of_the_runtime_are_ours_or_fail_when_read(name: str) -> None:
    module = importlib.import_module(f"prefect.runtime.{name}")
    ours = getattr(importlib.import_module("penstock.runtime"), name)

    for value in (n.name for n in TABLE[module.__name__].names.values() if n.is_value):
        try:
            expected = getattr(ours, value)
        except AttributeError:
            with pytest.raises(NotYet, match=rf"prefect\.runtime\.{name}\.{value} yet"):
                getattr(module, value)
        else:
            assert getattr(module, value) == expected


@pytest.mark.usefixtures("installed")
def test_modules_can_be_listed() -> None:
    prefect = importlib.import_module("prefect")

    assert {"flow", "task", "blocks", "runtime"} <= set(dir(prefect))


def test_every_module_has_its_parents() -> None:
    missing = [name for name in TABLE if "." in name and name.rpartition(".")[0] not in TABLE]

    assert not missing


def test_no_name_hides_a_module() -> None:
    hidden = [
        f"{module}.{child}"
        for module in TABLE
        for child in find_children(module)
        if child in TABLE[module].names
    ]

    assert not hidden


@pytest.mark.parametrize("home", HOMES)
def test_names_that_penstock_calls_otherwise_are_there(home: str) -> None:
    if home.startswith("penstock.runtime.") or find_spec(home) is None:
        return
    offered = importlib.import_module(home).__all__

    renamed = [
        name.ours
        for listed in TABLE.values()
        for name in listed.names.values()
        if listed.home == home and name.ours != name.name
    ]

    assert set(renamed) <= set(offered)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("prefect", "get_client"),
        ("prefect.client.orchestration", "get_client"),
        ("prefect.client.schemas.filters", "FlowRunFilter"),
    ],
)
def test_who_uses_the_client_of_prefect_is_told_of_ours(module: str, name: str) -> None:
    with pytest.raises(NotYet, match=r"penstock\.client") as caught:
        getattr(importlib.import_module(module), name)()

    call = re.search(r"Client\(\)\.(\w+)", str(caught.value))
    assert call is not None
    assert hasattr(Client, call[1])


def test_the_table_is_read_as_its_head_says() -> None:
    table = read_table(
        "# A head.\n\n[a b.c] < home.of\n> Do this.\n> Plain: Do that.\n"
        "Plain Broken! Theirs=Ours value?\n\n[d]\n"
    )

    assert table["a"] is table["b.c"]
    assert table["a"].home == "home.of"
    assert table["a"].meanwhile == "Do this."
    assert {n.name: n.meanwhile for n in table["a"].names.values() if n.meanwhile} == {
        "Plain": "Do that."
    }
    assert [(n.name, n.ours, n.is_exception, n.is_value) for n in table["a"].names.values()] == [
        ("Plain", "Plain", False, False),
        ("Broken", "Broken", True, False),
        ("Theirs", "Ours", False, False),
        ("value", "value", False, True),
    ]
    assert not table["d"].names
