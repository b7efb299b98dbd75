"""One function that a clock calls: its Lambda, its schedule and the role by which the schedule calls it."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_scheduler as scheduler
from aws_cdk.aws_scheduler_targets import LambdaInvoke
from constructs import Construct

from frontdesk.trigger import TIMEOUT_S, Schedule
from infra.base import Base
from infra.embedding import Embedding
from infra.function import Shared, lambda_function
from infra.queue_function import QueueFunction
from infra.to_people import let_mail, let_text

STALE_AFTER: Final = Duration.minutes(1)
"""The least there is. What a run would have done, the next one does, so none is kept waiting or repeated."""


class ScheduledFunction(Construct):
    """The Lambda of a folder such as `scheduling/sweep`, called every so often."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        schedule: Schedule,
        shared: Shared,
        *,
        base: Base,
        fed: Mapping[str, QueueFunction],
        embedding: Embedding,
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        reaches_out = any(
            (schedule.uses_vapi, schedule.sends_to, schedule.sends, schedule.deletes, schedule.embeds)
        )
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.outward if reaches_out else shared.network.inside,
            timeout_s=TIMEOUT_S,
            at_once=1,
            environment={},
            layer=schedule.layer,
        )
        base.database.admit(self.function)
        base.store.admit(self.function, deletes=schedule.deletes)
        if schedule.uses_vapi:
            base.vapi.admit(self.function)
        if schedule.embeds:
            embedding.admit(self.function)
        if schedule.sends_to is not None:
            if schedule.sends_to not in fed:
                raise ValueError(f"{folder} sends to {schedule.sends_to}, which no queue feeds")
            fed[schedule.sends_to].admit(self.function)
        if schedule.sends == "texts":
            let_text(self.function)
        if schedule.sends == "mail":
            let_mail(self.function, shared.stage.mail_from, base.api.url)
        # Scheduler hands a run over and is done; what becomes of it is Lambda's own queue's business, which
        # would repeat a failed run twice.
        self.function.configure_async_invoke(retry_attempts=0, max_event_age=STALE_AFTER)
        scheduler.Schedule(
            self,
            "Schedule",
            description=f"frontdesk {shared.stage.name}: {folder}",
            schedule=scheduler.ScheduleExpression.rate(Duration.seconds(schedule.every.total_seconds())),
            time_window=scheduler.TimeWindow.off(),
            target=LambdaInvoke(self.function, retry_attempts=0, max_event_age=STALE_AFTER),  # pyright: ignore[reportArgumentType] - jsii renames arguments
        )
