"""What an admin may choose from: voices and models that were tried with our tools, each with its limits."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from frontdesk.speech.language import Language

Template = Literal["squad", "assistant"]
"""`squad`: the one that all share, with this clinic's own at call time. `assistant`: one of its own."""
Sync = Literal["pending", "synced", "degraded"]
"""How far a save has come: `degraded` until the next save or the next try that works."""


class Voice(NamedTuple):
    """How an agent sounds."""

    id: str
    name: str
    languages: tuple[Language, ...]
    sample: Mapping[Language, str]
    """A sentence to hear it by, in each of its languages."""
    wire: Mapping[str, Any]
    """Vapi's `voice`."""


class Model(NamedTuple):
    """What an agent thinks with."""

    id: str
    wire: Mapping[str, Any]
    """Fields of Vapi's `model`."""


_SAMPLE: Final[Mapping[Language, str]] = {
    "en": "Thank you for calling. I can offer you Tuesday, March 3rd, at 9:30 AM. Would that suit you?",
    "zh": "感谢您的来电。三月三号星期二上午九点半可以吗?".replace("?", "？"),
}
_ELEVENLABS: Final = {
    "provider": "11labs",
    "model": "eleven_multilingual_v2",
    "stability": 0.5,
    "similarityBoost": 0.75,
}


def _voice(id_: str, name: str, languages: tuple[Language, ...], **wire: Any) -> Voice:
    return Voice(id_, name, languages, {each: _SAMPLE[each] for each in languages}, wire)


VOICES: Final = {
    voice.id: voice
    for voice in (
        _voice("sarah", "Sarah, warm", ("en", "zh"), **_ELEVENLABS, voiceId="sarah"),
        _voice("paul", "Paul, calm", ("en", "zh"), **_ELEVENLABS, voiceId="paul"),
        _voice("xiaoxiao", "晓晓", ("zh",), provider="azure", voiceId="zh-CN-XiaoxiaoNeural"),
        _voice("yunxi", "云希", ("zh",), provider="azure", voiceId="zh-CN-YunxiNeural"),
        _voice("jenny", "Jenny", ("en",), provider="azure", voiceId="en-US-JennyNeural"),
    )
}
MODELS: Final = {
    model.id: model
    for model in (
        Model("gpt-4o", {"provider": "openai", "model": "gpt-4o"}),
        Model("gpt-4.1", {"provider": "openai", "model": "gpt-4.1"}),
        Model("gpt-4.1-mini", {"provider": "openai", "model": "gpt-4.1-mini"}),
    )
}
DEFAULT_MODEL: Final = "gpt-4o"
HOTTEST: Final = 0.7
"""The highest temperature: above it models begin to invent times."""
LONGEST_INSTRUCTIONS: Final = 8_000
"""Characters. What every turn of a call must read again costs the caller time."""
LONGEST_GREETING: Final = 400
