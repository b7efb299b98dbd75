"""The CDK app: one stage a run, `dev` when unsaid.

    cdk deploy --all -c stage=prod

With `-c code=stub` the template is only to be read: nothing is built and nothing could be uploaded.
"""

from aws_cdk import App

from infra import discovery
from infra.desk import Desk
from infra.member_api import MemberApi
from infra.packaging import ROOT, Bundle, add_authorities, bundle, stub
from infra.stages import STAGES


def main() -> None:
    """Synthesises one stage into CDK's output folder."""
    app = App(analytics_reporting=False)
    stage = STAGES[app.node.try_get_context("stage") or "dev"]
    is_stub = app.node.try_get_context("code") == "stub"
    code = stub(ROOT / "build" / "stub") if is_stub else _code()
    desk = Desk(
        app,
        stage,
        code,
        tools=discovery.tools(),
        schedules=discovery.schedules(),
        queues=discovery.queues(),
        messages=discovery.messages(),
        invoked=discovery.invoked(),
        user_pool_triggers=discovery.user_pool_triggers(),
    )
    MemberApi(
        *(app, stage, code, desk),
        endpoints=discovery.endpoints(),
        pages=discovery.pages(),
        hooks=discovery.hooks(),
    )
    app.synth()


def _code() -> Bundle:
    built = bundle(ROOT / "build" / "lambda", "lambda")
    add_authorities(built)
    return built


if __name__ == "__main__":
    main()
