"""Reads a synthesised template: which request, clock, queue or sign-in calls which function, and with what.

No CDK here: the local stack reads, it does not build.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

Template = Mapping[str, Any]

_SECONDS: Final = {"minute": 60, "hour": 3_600, "day": 86_400}


@dataclass(frozen=True, kw_only=True)
class Called:
    """A function that something calls."""

    function: str
    """The function's logical id in the template."""
    handler: str
    """`functions.tools.cancel_appointment.handler.handler`"""
    environment: dict[str, str | None]
    """None where only the deployed stack knows: a host name, an ARN."""
    timeout_s: int
    memory_mb: int


@dataclass(frozen=True, kw_only=True)
class Route(Called):
    """One line of the front door."""

    method: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Timer(Called):
    """One schedule."""

    every_s: float


@dataclass(frozen=True, kw_only=True)
class Source(Called):
    """One event source mapping: a queue that feeds a function."""

    queue: str
    """The queue's logical id in the template."""
    batch_size: int
    max_concurrency: int
    reports_failures: bool
    """Whether the function says which messages of a batch failed, instead of all or none."""


def resources(template: Template, kind: str) -> dict[str, Any]:
    """The resources of one type, such as `AWS::Lambda::Function`, by logical id."""
    return {name: made for name, made in template["Resources"].items() if made["Type"] == kind}


def routes(template: Template) -> list[Route]:
    """Every route, in order of path. Raises `KeyError` on a route that leads to no function."""
    functions = resources(template, "AWS::Lambda::Function")
    integrations = resources(template, "AWS::ApiGatewayV2::Integration")
    found: list[Route] = []
    for made in resources(template, "AWS::ApiGatewayV2::Route").values():
        method, path = made["Properties"]["RouteKey"].split(" ", 1)
        integration = integrations[_target(made["Properties"]["Target"])]["Properties"]
        function = _behind(integration["IntegrationUri"], template)
        found.append(Route(method=method, path=path, **_called(function, functions)))
    return sorted(found, key=lambda route: (route.path, route.method))


def functions(template: Template) -> list[Called]:
    """Every function of ours, whatever calls it, in order of handler."""
    made = resources(template, "AWS::Lambda::Function")
    ours = (name for name, one in made.items() if str(one["Properties"]["Handler"]).startswith("functions."))
    return sorted((Called(**_called(name, made)) for name in ours), key=lambda one: one.handler)


def timers(template: Template) -> list[Timer]:
    """Every schedule, in order of handler. Raises `KeyError` on one that calls no function or is no rate."""
    functions = resources(template, "AWS::Lambda::Function")
    found: list[Timer] = []
    for made in resources(template, "AWS::Scheduler::Schedule").values():
        function = made["Properties"]["Target"]["Arn"]["Fn::GetAtt"][0]
        every_s = _seconds(made["Properties"]["ScheduleExpression"])
        found.append(Timer(every_s=every_s, **_called(function, functions)))
    return sorted(found, key=lambda timer: timer.handler)


def user_pool_triggers(template: Template) -> dict[str, Called]:
    """What the user pool calls, by Cognito's name of the moment: `PostConfirmation`, `PreTokenGeneration`."""
    functions = resources(template, "AWS::Lambda::Function")
    found: dict[str, Called] = {}
    for made in resources(template, "AWS::Cognito::UserPool").values():
        for moment, target in made["Properties"].get("LambdaConfig", {}).items():
            # One with a version is an object beside the others' plain ARN.
            function = target.get("LambdaArn", target)["Fn::GetAtt"][0]
            found[moment.removesuffix("Config")] = Called(**_called(function, functions))
    return found


def sources(template: Template) -> list[Source]:
    """Every event source mapping, in order of handler. Raises `KeyError` on one that is not of a queue."""
    functions = resources(template, "AWS::Lambda::Function")
    found: list[Source] = []
    for made in resources(template, "AWS::Lambda::EventSourceMapping").values():
        properties = made["Properties"]
        source = Source(
            queue=properties["EventSourceArn"]["Fn::GetAtt"][0],
            batch_size=properties["BatchSize"],
            max_concurrency=properties["ScalingConfig"]["MaximumConcurrency"],
            reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
            **_called(properties["FunctionName"]["Ref"], functions),
        )
        found.append(source)
    return sorted(found, key=lambda source: source.handler)


def invoked(template: Template) -> list[Called]:
    """Every function that another's variables name, or an output tells, in order of handler."""
    functions = resources(template, "AWS::Lambda::Function")
    told = [
        value
        for made in functions.values()
        for value in made["Properties"].get("Environment", {}).get("Variables", {}).values()
    ]
    # What one stack exports to another is told nobody.
    told += [made["Value"] for made in template.get("Outputs", {}).values() if "Export" not in made]
    named = {name for value in told for name in functions if _is_of(value, name)}
    return sorted((Called(**_called(name, functions)) for name in named), key=lambda one: one.handler)


def with_references(template: Template, known: Mapping[str, str]) -> Template:
    """The template with what is known of a logical id wherever a function's variable refers to it."""
    made = dict(template["Resources"])
    for name, function in resources(template, "AWS::Lambda::Function").items():
        properties = dict(function["Properties"])
        variables: Mapping[str, Any] = properties.get("Environment", {}).get("Variables", {})
        properties["Environment"] = {"Variables": told(variables, known)}
        made[name] = {**function, "Properties": properties}
    return {**template, "Resources": made}


def told(part: Any, known: Mapping[str, str]) -> Any:
    """Some part of a template with what is known of a logical id wherever it refers to it."""
    match part:
        case {"Ref": str(name)} if name in known:
            return known[name]
        case dict():
            return {key: told(value, known) for key, value in cast("dict[str, Any]", part).items()}
        case list():
            return [told(each, known) for each in cast("list[Any]", part)]
        case _:
            return part


def _called(function: str, functions: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `Called`."""
    properties = functions[function]["Properties"]
    variables: Mapping[str, Any] = properties.get("Environment", {}).get("Variables", {})
    return {
        "function": function,
        "handler": properties["Handler"],
        "environment": {name: _known(value, functions) for name, value in variables.items()},
        "timeout_s": properties["Timeout"],
        "memory_mb": properties["MemorySize"],
    }


def _known(value: Any, functions: Mapping[str, Any]) -> str | None:
    """What a variable says. A function is called by its logical id, where a template is only read."""
    named = next((name for name in functions if _is_of(value, name)), None)
    return value if isinstance(value, str) else named


def _is_of(value: Any, function: str) -> bool:
    return value == {"Ref": function}


def _seconds(rate: str) -> int:
    """Of `rate(1 minute)`, `rate(12 hours)`."""
    count, unit = rate.removeprefix("rate(").removesuffix(")").split(" ")
    return int(count) * _SECONDS[unit.removesuffix("s")]


def _behind(integration_uri: Mapping[str, Any], template: Template) -> str:
    """The logical id of the function of an integration, which leads to it or to an alias of it."""
    match integration_uri:
        case {"Ref": str(alias)}:
            return template["Resources"][alias]["Properties"]["FunctionName"]["Ref"]
        case _:
            return integration_uri["Fn::GetAtt"][0]


def _target(target: Mapping[str, Any]) -> str:
    """The logical id of the integration in `{"Fn::Join": ["", ["integrations/", {"Ref": ID}]]}`."""
    return target["Fn::Join"][1][1]["Ref"]
