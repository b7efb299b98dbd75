"""The CDK app: one stage a run, `dev` when unsaid.

    cdk deploy --all -c stage=prod

With `-c code=stub` the template is only to be read: nothing is built and nothing could be uploaded. With
`-c packs=true` it is held against the rule packs of cdk-nag (`infra.checks`).
"""

from aws_cdk import App, Validations

from infra import discovery, stages
from infra.base import Base
from infra.calls import Calls
from infra.console import ConsoleStack
from infra.function_alarms import watch_functions
from infra.member_api import MemberApi
from infra.packaging import ROOT, Bundle, add_authorities, bundle, stub
from infra.watch import Watch
from infra.work import Work


def main() -> None:
    """Synthesises one stage into CDK's output folder."""
    app = App(analytics_reporting=False)
    try:
        stage = stages.read()[app.node.try_get_context("stage") or "dev"]
    except stages.StagesWrong as wrong:
        raise SystemExit(str(wrong)) from None
    is_stub = app.node.try_get_context("code") == "stub"
    code = stub(ROOT / "build" / "stub") if is_stub else _code()
    base = Base(app, stage, code, user_pool_triggers=discovery.user_pool_triggers())
    work = Work(
        *(app, base),
        schedules=discovery.schedules(),
        queues=discovery.queues(),
        invoked=discovery.invoked(),
    )
    tools = discovery.tools()
    calls = Calls(app, base, work, tools=tools, messages=discovery.messages())
    members = MemberApi(
        *(app, base, work),
        endpoints=discovery.endpoints(),
        pages=discovery.pages(),
        hooks=discovery.hooks(),
    )
    console = ConsoleStack(
        *(app, base, work),
        consoles=discovery.consoles(),
        endpoints=discovery.endpoints(),
    )
    parts = {"base": base, "work": work, "calls": calls, "members": members, "console": console}
    for part, stack in parts.items():
        watch_functions(stack, part, base.alarms)
    Watch(app, base, work, tools=[tool.name for tool in tools])
    if app.node.try_get_context("packs"):
        import cdk_nag  # 0.3 s, for who asks

        Validations.of(app).add_plugins(
            cdk_nag.AwsSolutionsChecks(app), cdk_nag.HIPAASecurityChecks(app), cdk_nag.ServerlessChecks(app)
        )
    app.synth()


def _code() -> Bundle:
    built = bundle(ROOT / "build" / "lambda", "lambda")
    add_authorities(built)
    return built


if __name__ == "__main__":
    main()
