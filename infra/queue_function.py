"""One function that a queue feeds: its Lambda, the queue and its dead letters, and what watches both."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from aws_cdk.aws_sqs import DeadLetterQueue
from constructs import Construct

from frontdesk.trigger import MAX_RECEIVE_COUNT, Queue
from infra.base import Base
from infra.bus import Bus
from infra.embedding import Embedding
from infra.emr_logins import let_log_in
from infra.function import Shared, lambda_function
from infra.queues import dead_letters, queue

LATE_S: Final = 60
"""A message that waits for so long has been tried four times already, or is in a queue that stands still."""
UNSEEN_FOR: Final = 6
"""Timeouts: how long a message stays unseen by others once handed out, by AWS's advice for Lambda."""


class QueueFunction(Construct):
    """The Lambda of a folder such as `agents/on_agent_saved`. It stands outward: SQS isn't in the network."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        definition: Queue,
        shared: Shared,
        *,
        base: Base,
        bus: Bus,
        embedding: Embedding,
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        self._buried = buried = dead_letters(self, "DeadLetters")
        self._queue = queue(
            self,
            "Queue",
            visibility_timeout=Duration.seconds(UNSEEN_FOR * definition.timeout_s),
            dead_letter_queue=DeadLetterQueue(queue=buried, max_receive_count=MAX_RECEIVE_COUNT),  # pyright: ignore[reportArgumentType] - jsii renames arguments
        )
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.to_emrs if definition.asks_emrs else shared.network.outward,
            timeout_s=definition.timeout_s,
            at_once=definition.max_concurrency,
            environment={"FRONTDESK_DEAD_LETTER_URL": buried.queue_url},
            layer=definition.layer,
        )
        base.database.admit(self.function)
        base.store.admit(
            self.function, reads=definition.reads, writes=definition.writes, deletes=definition.deletes
        )
        if definition.raises:
            bus.admit(self.function, definition.raises)
        if definition.uses_vapi:
            base.vapi.admit(self.function)
        if definition.embeds:
            embedding.admit(self.function)
        if definition.connects:
            base.calendars.admit(self.function)
            self.function.add_environment("FRONTDESK_PUBLIC_URL", base.api.url)
        if definition.asks_emrs:
            let_log_in(self.function, shared.stage)
        self.admit(self.function)
        buried.grant(self.function, "sqs:SendMessage")
        # The right to receive, to delete and to change the visibility comes with it.
        self.function.add_event_source(
            SqsEventSource(
                self._queue,  # pyright: ignore[reportArgumentType] - jsii renames arguments
                batch_size=definition.batch_size,
                max_concurrency=definition.max_concurrency,
                report_batch_item_failures=True,
            )
        )
        if definition.events:
            bus.send(self, definition.events, self._queue, buried)
        if definition.uploads:
            bus.send_puts(self, base.store.puts(definition.uploads), self._queue, buried)
        # What is being worked on counts as waiting.
        base.alarms.oldest(self, self._queue, folder, above_s=max(LATE_S, definition.timeout_s))
        base.alarms.any_message(self, buried, folder)

    @property
    def queue_name(self) -> str:
        """As its metrics name it."""
        return self._queue.queue_name

    @property
    def dead_letters_name(self) -> str:
        """As the metrics of its dead-letter queue name it."""
        return self._buried.queue_name

    def admit(self, function: lambda_.Function) -> None:
        """Tells a function where the queue is, and lets it send there."""
        self._queue.grant(function, "sqs:SendMessage")
        function.add_environment("FRONTDESK_QUEUE_URL", self._queue.queue_url)
