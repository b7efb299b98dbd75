"""The stack after the others: what opens their routes to the world, and what looks at the whole stage."""

from collections.abc import Iterable

from aws_cdk import App
from constructs import Construct

from infra.api import Door
from infra.base import Base
from infra.dashboard import Dashboard
from infra.sections import sections
from infra.stack import StageStack
from infra.stage_alarms import database_dimensions, watch_stage
from infra.work import Work


class Watch(StageStack):
    """`frontdesk-dev-watch`, deployed last: all other alarms are made by then."""

    def __init__(self, app: App, base: Base, work: Work, *, tools: Iterable[str]) -> None:
        super().__init__(app, base.stage, "watch")
        Door(self, base.stage, base.api, base.keys.watch)
        watch_stage(Construct(self, "StageAlarms"), base.stage, base, base.alarms)
        known = {
            "database": database_dimensions(base),
            "api": {"ApiId": base.api.http.api_id},
            **{f"queue {folder}": {"QueueName": fed.queue_name} for folder, fed in work.fed.items()},
            **{
                f"dead letters {folder}": {"QueueName": fed.dead_letters_name}
                for folder, fed in work.fed.items()
            },
        }
        Dashboard(self, base.stage, sections(tools, work.fed), known, base.alarms.names)
