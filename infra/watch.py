"""The stack that looks at the others: the dashboard, and what it takes all of them to say."""

from aws_cdk import App

from infra.base import Base
from infra.dashboard import Dashboard
from infra.stack import StageStack
from infra.work import Work


class Watch(StageStack):
    """`frontdesk-dev-watch`, deployed last."""

    def __init__(self, app: App, base: Base, work: Work) -> None:
        super().__init__(app, base.stage, "watch")
        Dashboard(self, base.stage, work.fed, base.alarms)
