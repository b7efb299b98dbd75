"""How `frontdesk tools status` and `migrate` show what they found: for eyes, and as JSON."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from frontdesk.agents.migrating import Account, Clinic, Ended
from frontdesk.agents.status import PlatformStatus
from frontdesk.agents.wire import ToolsStatus

console: Final = Console(highlight=False, soft_wrap=True)

_COLOURS: Final = {
    "current": "green",
    "outdated": "yellow",
    "missing": "red",
    "synced": "green",
    "pending": "yellow",
    "degraded": "red",
    Ended.MIGRATED: "yellow",
    Ended.RIGHT: "green",
    Ended.SKIPPED: "dim",
    Ended.FAILED: "red",
}


def show_platform(platform: PlatformStatus) -> None:
    """What all clinics share, in a line and what it needs of others."""
    line = f"[bold]platform[/]  {platform.registered} tools registered"
    if platform.to_register:
        line += f", [yellow]{len(platform.to_register)} to register[/]: {', '.join(platform.to_register)}"
    line += f", {len(platform.superseded)} superseded, {platform.agents_behind} agents behind"
    console.print(line)
    for old in platform.superseded:
        since = f", unlinked {_age(old.unlinked_at)}" if old.unlinked_at else ""
        console.print(f"          [dim]{old.tool_name} {old.vapi_tool_id}{since}: {old.why}[/]")


def show_clinic(clinic: ToolsStatus) -> None:
    """Its agents and, where it is or should be linked to any, its tools."""
    console.print(f"\n[bold]{escape(clinic.organization)}[/]  [dim]{clinic.organization_id}[/]")
    if not clinic.agents:
        console.print("  no agents")
    for agent in clinic.agents:
        console.print(
            f"  {_coloured(agent.sync)}  {escape(agent.name)}  [dim]{agent.id}, {agent.template},"
            f" version {agent.synced_version} of {agent.version}[/]"
        )
        if agent.sync_error:
            console.print(f"            {escape(agent.sync_error)}")
    if all(tool.linked_at is None for tool in clinic.tools) and not clinic.agents:
        return
    # Not rich's table: in a narrow window it would cut ids short, which are there to be copied.
    widest = max(len(tool.tool_name) for tool in clinic.tools)
    for tool in clinic.tools:
        line = f"  {tool.tool_name:<{widest}}  [{_COLOURS[tool.state]}]{tool.state:<8}[/]"
        if tool.linked_at:
            line += f"  {tool.definition_hash}  {tool.vapi_tool_id}  [dim]linked {_age(tool.linked_at)}[/]"
        console.print(line)


def show_begin(account: Account, *, apply: bool) -> None:
    """What the platform's tools needed."""
    names = ", ".join(each.tool_name for each in account.to_register)
    verb = "registered" if apply else "would register"
    console.print(
        f"{verb} {len(account.to_register)} tools: {names}" if names else "all tools are registered"
    )


def show_migrated(clinics: Iterable[Clinic], *, apply: bool) -> None:
    """A line an assistant that is not simply right, and each clinic that failed."""
    for clinic in clinics:
        lines = [each for each in clinic.assistants if each.ended is not Ended.RIGHT or each.note]
        if not (lines or clinic.note):
            continue
        console.print(f"[bold]{escape(clinic.organization.name)}[/]  [dim]{clinic.organization.id}[/]")
        if clinic.note:
            console.print(f"  [red]failed[/]  {escape(clinic.note)}")
        for each in lines:
            ended = "to migrate" if each.ended is Ended.MIGRATED and not apply else each.ended.value
            note = f"  {escape(each.note)}" if each.note else ""
            console.print(f"  [{_COLOURS[each.ended]}]{ended}[/]  {each.vapi_id}{note}")


def show_report(report: dict[str, Any], *, apply: bool) -> None:
    """The counts, and what to do next."""
    words = {
        "scanned": "scanned",
        "withAssistants": "with assistants",
        "migrated": "migrated" if apply else "to migrate",
        "alreadyRight": "already right",
        "failed": "failed",
    }
    console.print(", ".join(f"{report[key]} {text}" for key, text in words.items()) + " (clinics)")
    console.print(f"[dim]{report['requests']} requests to Vapi, {report['writes']} of them writes[/]")
    if not apply:
        console.print("Nothing was written. `--apply` does it.")
    elif report["failed"]:
        console.print("Run it again once that is put right: what is done is not done again.")


def report(
    account: Account, clinics: list[Clinic], *, requests: int, writes: int, apply: bool
) -> dict[str, Any]:
    """A migration for programs; clinics are counted, each once among migrated, right and failed."""
    ends = [clinic.ended for clinic in clinics]
    return {
        "applied": apply,
        "registered": [each.tool_name for each in account.to_register],
        "scanned": len(clinics),
        "withAssistants": sum(end is not Ended.SKIPPED for end in ends),
        "migrated": ends.count(Ended.MIGRATED),
        "alreadyRight": ends.count(Ended.RIGHT),
        "failed": ends.count(Ended.FAILED),
        "requests": requests,
        "writes": writes,
        "organizations": [
            {
                "id": str(clinic.organization.id),
                "name": clinic.organization.name,
                "ended": clinic.ended.value,
                **({"reason": clinic.note} if clinic.note else {}),
                "assistants": [
                    {
                        "id": each.vapi_id,
                        "ended": each.ended.value,
                        **({"note": each.note} if each.note else {}),
                    }
                    for each in clinic.assistants
                ],
            }
            for clinic in clinics
        ],
    }


def _coloured(word: str) -> str:
    return f"[{_COLOURS[word]}]{word}[/]"


def _age(at: str) -> str:
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds())
    for size, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {name} ago"
    return f"{max(0, seconds)} s ago"
