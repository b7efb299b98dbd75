"""What every stack of a stage has: its name, its region, its tag."""

from aws_cdk import App, Environment, Stack, Tags

from infra.packaging import REGION
from infra.stages import Stage


class StageStack(Stack):
    """One of a stage's stacks, of at most 500 resources each, named such as `frontdesk-dev-calls`."""

    def __init__(self, app: App, stage: Stage, part: str) -> None:
        super().__init__(
            app,
            f"frontdesk-{stage.name}-{part}",
            env=Environment(region=REGION),
            termination_protection=True,
        )
        self.stage = stage
        Tags.of(self).add("frontdesk:stage", stage.name)
