"""The one assistant of an agent made from the template `assistant`, as Vapi is to hold it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from frontdesk.agents.agent import Agent
from frontdesk.agents.choices import MODELS, VOICES

_PROMPT: Final = Path(__file__).with_name("prompt.md")
_SENT_AGAIN: Final[Mapping[str, Any]] = {
    "type": "exponential",
    "maxRetries": 3,
    "baseDelaySeconds": 1,
    "excludedStatusCodes": [400, 401, 403, 404, 413, 422],
}
"""A message that we could not keep comes again; Vapi by itself sends each once."""
_IN_ENGLISH: Final = "Thank you for calling {{ clinicName | default: 'the clinic' }}. How can I help you?"
_IN_CHINESE: Final = "您好，这里是{{ clinicNameZh | default: '诊所' }}。请问有什么可以帮您？"
_LANGUAGES: Final = {
    "en": "You speak English.",
    "zh": "你说普通话。Everything you say is in Mandarin Chinese, in simplified characters.",
}
_BOTH: Final = "You speak English and Mandarin Chinese: answer in the language that the caller speaks."


def owner_of(item: Mapping[str, Any]) -> str | None:
    """The id of the agent whose assistant it is; None for an assistant that isn't ours."""
    metadata: dict[str, Any] = item.get("metadata") or {}
    return metadata.get("agentId")


def body(
    agent: Agent, model: Mapping[str, Any], tool_ids: Sequence[str], *, server_url: str, credential_id: str
) -> dict[str, Any]:
    """The whole of it.

    Args:
        agent: as saved.
        model: what it is linked to now, of which foreign tools are kept; empty for a new one.
        tool_ids: all tools that it is to be linked to.
        server_url: where Vapi sends what happens in a call.
        credential_id: of the credential that signs it.
    """
    kept = {key: model[key] for key in ("tools", "functions") if key in model}
    return {
        "name": agent.name,
        "firstMessage": _first_message(agent),
        "model": {
            **MODELS[agent.model].wire,
            "temperature": float(agent.temperature),
            "maxTokens": 400,
            "messages": [{"role": "system", "content": prompt(agent)}],
            "toolIds": list(tool_ids),
            **kept,
        },
        "voice": dict(VOICES[agent.voice].wire),
        "transcriber": _transcriber(agent),
        "silenceTimeoutSeconds": 300,
        "maxDurationSeconds": 1800,
        "backgroundSound": "off",
        "server": {
            "url": f"{server_url}/vapi/messages",
            "credentialId": credential_id,
            "timeoutSeconds": 20,
            "backoffPlan": dict(_SENT_AGAIN),
        },
        "serverMessages": [
            "tool-calls",
            "end-of-call-report",
            'transcript[transcriptType="final"]',
            "status-update",
            "hang",
        ],
        "compliancePlan": {"hipaaEnabled": True},
        # Whose it is, for whoever made it may die before writing that down.
        "metadata": {"orgId": str(agent.org_id), "agentId": str(agent.id)},
    }


def prompt(agent: Agent) -> str:
    """The system message: ours, then what the clinic adds, which can't take back what stands before it."""
    reasons = agent.transfer_reasons
    handed_over_for = "any reason" if reasons is None else ", ".join(reasons) or "nothing"
    text = _PROMPT.read_text(encoding="utf-8")
    text = text.replace("LANGUAGES", _BOTH if len(agent.languages) > 1 else _LANGUAGES[agent.languages[0]])
    text = text.replace("REASONS", handed_over_for)
    if agent.instructions:
        text += f"\n## From this clinic\n\n{agent.instructions}\n"
    return text


def _first_message(agent: Agent) -> str:
    greetings = {"en": agent.greeting or _IN_ENGLISH, "zh": agent.greeting_zh or _IN_CHINESE}
    return " ".join(greetings[each] for each in agent.languages)


def _transcriber(agent: Agent) -> dict[str, Any]:
    if agent.languages == ["zh"]:
        return {"provider": "deepgram", "model": "nova-2", "language": "zh"}
    if agent.languages == ["en"]:
        return {"provider": "deepgram", "model": "nova-2", "language": "en"}
    return {"provider": "soniox", "model": "stt-rt-v4", "languages": list(agent.languages)}
