"""What scripts do with names while they are imported, used or not."""

import dataclasses
import functools
import pickle
from abc import ABC, abstractmethod
from typing import Any, Callable, Dict, Generic, List, Optional, TypeVar, Union

from prefect import Flow, Task, deploy, flow, get_client, pause_flow_run, serve, task
from prefect.automations import Automation
from prefect.blocks.abstract import CredentialsBlock
from prefect.blocks.core import Block
from prefect.blocks.notifications import SlackWebhook
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateName
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort
from prefect.concurrency.asyncio import concurrency as aconcurrency
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.deployments import Deployment, run_deployment
from prefect.docker import DockerImage
from prefect.events import DeploymentEventTrigger, emit_event
from prefect.exceptions import ObjectAlreadyExists, PrefectException
from prefect.filesystems import GCS, S3, LocalFileSystem
from prefect.infrastructure.kubernetes import KubernetesJob
from prefect.input import RunInput
from prefect.runner.storage import GitRepository
from prefect.serializers import JSONSerializer
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.transactions import Transaction, transaction
from prefect.utilities.annotations import quote
from prefect.variables import Variable
from pydantic import BaseModel, Field, SecretStr

try:
    from prefect.orion.schemas.nowhere import Schedule
except ImportError:
    Schedule = None

try:
    import prefect_nowhere
except ModuleNotFoundError:
    prefect_nowhere = None

T = TypeVar("T")
AnyBlock = TypeVar("AnyBlock", bound=Block)


class Warehouse(Block):
    """A block of our own."""

    _block_type_name = "Warehouse"
    host: str = "localhost"
    password: Optional[SecretStr] = Field(default=None)

    def connect(self):
        return self.host


class Reader(CredentialsBlock, ABC, Generic[T]):
    @abstractmethod
    def read(self) -> T: ...


class Approval(RunInput):
    approved: bool = False


class Options(BaseModel):
    storage: Union[S3, GCS, LocalFileSystem, None] = None
    run: Optional[FlowRun] = None


@dataclasses.dataclass
class Plan:
    image: Optional[DockerImage] = None
    sort: FlowRunSort = FlowRunSort.START_TIME_DESC
    triggers: List[DeploymentEventTrigger] = dataclasses.field(default_factory=list)


notify: Callable[[FlowRun], None] = functools.partial(emit_event, event="done")
HANDLERS: Dict[type, Any] = {SlackWebhook: "slack", KubernetesJob: "job"}


async def find(client: PrefectClient, where: FlowRunFilter | None = None) -> List[FlowRun]:
    async with get_client() as client:
        return await client.read_flow_runs(flow_run_filter=where, sort=FlowRunSort.START_TIME_DESC)


@flow
def run(block: Warehouse = None, options: Options = None, handler: Callable = notify):
    return isinstance(block, Block), isinstance(3, S3), issubclass(Warehouse, Block)


@flow(result_storage=None, result_serializer="json")
def other(plan: Optional[Plan] = None):
    try:
        raise KeyError("x")
    except ObjectAlreadyExists:
        return "wrong"
    except (PrefectException, KeyError):
        return "right"


if __name__ == "__main__":
    for value in (S3, FlowRunSort.START_TIME_DESC, PREFECT_API_URL, Variable.get):
        assert pickle.loads(pickle.dumps(value)) is value
    assert isinstance(run, Flow)
    assert Schedule is None
    assert prefect_nowhere is None
    print("RESULT", run(), other())
