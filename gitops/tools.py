"""The tools as Vapi holds them, made from `functions/tools/*/tool.py`: one definition, every copy fresh."""

import importlib
import json
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, Final, cast

from ruamel.yaml import YAML

from frontdesk.tool import VAPI_TIMEOUT_S, Messages, Tool
from frontdesk.vapi.kinds import ASSISTANTS, CREDENTIAL, TOOLS
from gitops import dashboard_picture, day_picture, openapi, pictures, squad_picture, tree
from gitops.files import ROOT
from gitops.lint.page import page
from gitops.tree import Tree
from infra import discovery

_DELAYED_AFTER_MS: Final = 2000

AnyTool = Tool[Any]

_VAPI: Final = Path("resources/tools")
_SAMPLES: Final = Path("events/tools")
_RELEASED: Final = Path("layers/core/frontdesk/agents/definitions.json")
_MADE_FROM: Final = "# Made from functions/tools/"
_HEADER: Final = _MADE_FROM + "{name}/tool.py by `frontdesk tools render`; edit that file instead.\n"


def catalogue() -> list[AnyTool]:
    """Every tool there is, by name; the folders under `functions/tools/` are the list."""
    found = sorted((ROOT / "functions" / "tools").glob("*/tool.py"))
    return [importlib.import_module(f"functions.tools.{path.parent.name}.tool").TOOL for path in found]


def definition(tool: AnyTool) -> dict[str, Any]:
    """The tool as Vapi's `CreateFunctionToolDTO`, with the server's address left to the environment."""
    return {
        "type": "function",
        "async": False,
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": parameters(tool),
        },
        "server": {
            "url": f"${{BACKEND_URL}}/vapi/tools/{tool.name}",
            "timeoutSeconds": VAPI_TIMEOUT_S,
            "credentialId": CREDENTIAL,
        },
        "messages": [*_spoken(tool.messages)],
    }


def parameters(tool: AnyTool) -> dict[str, Any]:
    """The JSON Schema of the arguments that the model sees: flat, without null, defaults or titles."""
    schema = tool.arguments.model_json_schema(by_alias=True)
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    required = schema.get("required", [])
    return {
        "type": "object",
        "properties": {name: _plain(prop) for name, prop in properties.items()},
        "required": [name for name, prop in properties.items() if name in required or "asked_for" in prop],
    }


def sample_call(tool: AnyTool) -> dict[str, Any]:
    """The `tool-calls` message by which Vapi would ask for the tool's own example."""
    asked = {
        "id": f"call_{tool.name}",
        "type": "function",
        "function": {"name": tool.name, "arguments": dict(tool.example)},
    }
    caller = {"number": "+16045550123"}
    return {
        "message": {
            "type": "tool-calls",
            "timestamp": 1772463600000,
            "toolCallList": [asked],
            "toolCalls": [asked],
            "call": {
                "id": "00000000-0000-4000-8000-000000000001",
                "type": "inboundPhoneCall",
                "customer": caller,
            },
            "phoneNumber": {"number": "+16045550100"},
            "customer": caller,
        }
    }


def render() -> dict[Path, str]:
    """What every generated file must hold, by its path under the repository."""
    tools = catalogue()
    files = tree.load(ROOT / "resources")
    return {
        **{_VAPI / f"{tool.name}.yml": _yaml(tool) for tool in tools},
        **{_SAMPLES / f"{tool.name}.json": _json(sample_call(tool)) for tool in tools},
        _RELEASED: _json(_all(tools, files)),
        Path("docs/tools.md"): _table(tools, used_by(files)),
        Path("docs/lint.md"): page(),
        Path("docs/openapi.json"): _json(openapi.document()),
        Path("docs/tool-call.svg"): pictures.tool_call(),
        Path("docs/tool-sync.svg"): pictures.tool_sync(),
        Path("docs/calendars.svg"): pictures.calendars(),
        Path("docs/emr.svg"): pictures.emr(),
        Path("docs/ladder.svg"): pictures.ladder(),
        Path("docs/booking.svg"): day_picture.draw(),
        Path("docs/dashboard.svg"): dashboard_picture.draw(
            [tool.name for tool in tools], [*discovery.queues()]
        ),
        Path("docs/squad.svg"): squad_picture.draw(files),
    }


def _all(tools: list[AnyTool], files: Tree) -> dict[str, Any]:
    """Every tool that the platform has, ours and those of Vapi's own that are written by hand, by name."""
    ours = {tool.name: definition(tool) for tool in tools}
    return {each.id: each.document for each in files.of(TOOLS)} | ours


def used_by(files: Tree) -> dict[str, list[str]]:
    """The assistants linked to each tool that has any, both by their ids in the tree."""
    users: dict[str, list[str]] = {}
    for assistant in files.of(ASSISTANTS):
        for kind, tool in sorted(assistant.depends_on):
            if kind == TOOLS.name:
                users.setdefault(tool, []).append(assistant.id)
    return users


def stale() -> Iterator[Path]:
    """The generated files that are missing, outdated, or left over from a tool that is gone."""
    fresh = render()
    for path, text in fresh.items():
        if not (ROOT / path).exists() or (ROOT / path).read_text(encoding="utf-8") != text:
            yield path
    # Tools of Vapi's own, such as `endCall`, are written by hand and lie beside ours.
    ours = (file for file in (ROOT / _VAPI).glob("*.yml") if file.read_text("utf-8").startswith(_MADE_FROM))
    for path in sorted([*ours, *(ROOT / _SAMPLES).glob("*.json")]):
        if path.relative_to(ROOT) not in fresh:
            yield path.relative_to(ROOT)


def write() -> list[Path]:
    """Brings the generated files up to date; returns those that changed."""
    fresh, changed = render(), list(stale())
    for path in changed:
        if path in fresh:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(fresh[path], encoding="utf-8")
        else:
            (ROOT / path).unlink()
    return changed


def _spoken(said: Messages) -> Iterator[dict[str, Any]]:
    """Vapi's messages around the call; of those of one type, each language has one whose condition holds."""
    yield from _in_each("request-start", said.start, said.start_zh, blocking=False)
    yield from _in_each(
        "request-response-delayed", said.delayed, said.delayed_zh, timingMilliseconds=_DELAYED_AFTER_MS
    )
    yield from _in_each("request-failed", said.failed, said.failed_zh)


def _in_each(kind: str, english: str, chinese: str, **fields: Any) -> Iterator[dict[str, Any]]:
    # Empty is silence; where no message of a type fits, Vapi says a stock line.
    if english == chinese == "":
        yield {"type": kind, "content": "", **fields}
        return
    # Judged by the arguments of the very call: `contents`, with a text a language, keeps to the language in
    # which the call began.
    for operator, content in (("neq", english), ("eq", chinese)):
        when = {"param": "language", "operator": operator, "value": "zh"}
        yield {"type": kind, "content": content, **fields, "conditions": [when]}


def _yaml(tool: AnyTool) -> str:
    yaml = YAML()
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = StringIO()
    yaml.dump(definition(tool), text)  # pyright: ignore[reportUnknownMemberType]
    return _HEADER.format(name=tool.name) + text.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _table(tools: list[AnyTool], users: Mapping[str, list[str]]) -> str:
    lines = [
        "# The tools",
        "",
        "What a voice agent can call. Made from `functions/tools/*/tool.py` by `frontdesk tools render`.",
        "An argument with a question mark may be left out; a tool that keeps its answer gives it",
        "again when Vapi repeats the call. What is said while working is Vapi's: the second of two where",
        "`language` is `zh`, what follows the dots after two seconds. After the timeout Vapi waits no",
        "longer.",
        "",
        "| tool | what it does | arguments | keeps its answer | said while working | timeout | used by |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for tool in tools:
        shown = parameters(tool)
        arguments = ", ".join(
            f"`{name}`" + ("" if name in shown["required"] else "?") for name in shown["properties"]
        )
        words = tool.messages
        lines_said = ((words.start, words.start_zh), (words.delayed, words.delayed_zh))
        said = " … ".join(" / ".join(each) for each in lines_said if any(each)) or "nothing"
        writes = "yes" if tool.writes else "no"
        linked = ", ".join(f"`{assistant}`" for assistant in users.get(tool.name, [])) or "none"
        cells = (f"`{tool.name}`", tool.description, arguments, writes, said, f"{VAPI_TIMEOUT_S} s", linked)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _plain(prop: dict[str, Any]) -> dict[str, Any]:
    """A property without what confuses models: an absent argument is left out, not null."""
    choices = [
        one for one in cast("list[dict[str, Any]]", prop.get("anyOf", [])) if one.get("type") != "null"
    ]
    merged = {**prop, **choices[0]} if choices else prop
    keep = {key: merged[key] for key in ("type", "enum", "items", "description") if key in merged}
    if "description" in keep:
        keep["description"] = " ".join(keep["description"].split())
    return keep
