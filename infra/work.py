"""The stack of what nobody waits for: what queues and clocks call, and what others of our functions do."""

from collections.abc import Mapping

from aws_cdk import App
from constructs import Construct

from frontdesk.trigger import Invoked, Queue, Schedule
from infra.base import Base
from infra.bus import Bus
from infra.embedding import Embedding
from infra.emrs import Emrs
from infra.invoked_function import InvokedFunction
from infra.queue_function import QueueFunction
from infra.scheduled_function import ScheduledFunction
from infra.stack import StageStack


class Work(StageStack):
    """`frontdesk-dev-work`. Calls send to its queues and ask its functions."""

    def __init__(
        self,
        app: App,
        base: Base,
        *,
        schedules: Mapping[str, Schedule],
        queues: Mapping[str, Queue],
        invoked: Mapping[str, Invoked],
    ) -> None:
        super().__init__(app, base.stage, "work")
        triggers = (*schedules.values(), *queues.values(), *invoked.values())
        groups = {trigger.layer for trigger in triggers if trigger.layer}
        shared = base.shared_in(self, groups)
        self.bus = Bus(self, base.stage)
        group = Construct(self, "Invoked")
        held = {
            folder: InvokedFunction(group, folder, definition, shared, database=base.database)
            for folder, definition in invoked.items()
        }
        self.embedding = Embedding(base.stage, held)
        self.emrs = Emrs(self, held)
        group = Construct(self, "Queues")
        self.fed = {
            folder: QueueFunction(
                group, folder, queue, shared, base=base, bus=self.bus, embedding=self.embedding
            )
            for folder, queue in queues.items()
        }
        group = Construct(self, "Schedules")
        for folder, schedule in schedules.items():
            ScheduledFunction(
                *(group, folder, schedule, shared), base=base, fed=self.fed, embedding=self.embedding
            )
