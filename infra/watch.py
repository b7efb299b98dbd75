"""The stack after the others: what opens their routes to the world, and what looks at them all."""

from aws_cdk import App

from infra.api import Door
from infra.base import Base
from infra.dashboard import Dashboard
from infra.stack import StageStack
from infra.work import Work


class Watch(StageStack):
    """`frontdesk-dev-watch`, deployed last."""

    def __init__(self, app: App, base: Base, work: Work) -> None:
        super().__init__(app, base.stage, "watch")
        Door(self, base.stage, base.api, base.keys.watch)
        Dashboard(self, base.stage, work.fed, base.alarms)
