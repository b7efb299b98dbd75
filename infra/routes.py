"""Reads a synthesised template: which request goes to which function, and what that function is given.

No CDK here: the local stack reads, it does not build.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Template = Mapping[str, Any]


@dataclass(frozen=True)
class Route:
    """One line of the front door."""

    method: str
    path: str
    function: str
    """The function's logical id in the template."""
    handler: str
    """`functions.tools.cancel_appointment.handler.handler`"""
    environment: dict[str, str | None]
    """None where only the deployed stack knows: a host name, an ARN."""
    timeout_s: int
    memory_mb: int


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
        function = integration["IntegrationUri"]["Fn::GetAtt"][0]
        found.append(_route(method, path, function, functions[function]["Properties"]))
    return sorted(found, key=lambda route: (route.path, route.method))


def _route(method: str, path: str, function: str, properties: Mapping[str, Any]) -> Route:
    variables: Mapping[str, Any] = properties.get("Environment", {}).get("Variables", {})
    return Route(
        method=method,
        path=path,
        function=function,
        handler=properties["Handler"],
        environment={name: value if isinstance(value, str) else None for name, value in variables.items()},
        timeout_s=properties["Timeout"],
        memory_mb=properties["MemorySize"],
    )


def _target(target: Mapping[str, Any]) -> str:
    """The logical id of the integration in `{"Fn::Join": ["", ["integrations/", {"Ref": ID}]]}`."""
    return target["Fn::Join"][1][1]["Ref"]
