"""Vapi's library of voices, as far as frontdesk's choices go; what there is to hear is three notes a voice.

Nobody here can speak, and who tries "Listen" on one machine wants to know that it works.
"""

import io
import math
import re
import struct
import wave
from typing import Any, Final
from zlib import crc32

from frontdesk.agents.choices import VOICES

LIBRARY: Final = re.compile(r"/voice-library/([\w-]+)")
RECORDING: Final = re.compile(r"/voice-recordings/(\w+)\.wav")
_RATE: Final = 8_000
_NOTE_S: Final = 0.35


def listed(provider: str, host: str) -> list[dict[str, Any]]:
    """A provider's voices, as `VoiceLibrary`; `host` of the request, e.g. `127.0.0.1:4010`."""
    made = "2026-01-01T00:00:00.000Z"
    return [
        {
            "id": f"voice-{id_}",
            "orgId": "vapi",
            "provider": provider,
            "providerId": voice.wire["voiceId"],
            "slug": id_,
            "name": voice.name,
            "isPublic": True,
            "isDeleted": False,
            "createdAt": made,
            "updatedAt": made,
            "previewUrl": f"http://{host}/voice-recordings/{id_}.wav",
        }
        for id_, voice in VOICES.items()
        if voice.wire["provider"] == provider
    ]


def recording(name: str) -> bytes:
    """Three notes up, on a root of the voice's own: a WAV of a second."""
    root = 180 + crc32(name.encode()) % 160
    samples = [
        int(9_000 * math.sin(2 * math.pi * root * ratio * n / _RATE) * (1 - n / (_RATE * _NOTE_S)))
        for ratio in (1, 5 / 4, 3 / 2)
        for n in range(int(_RATE * _NOTE_S))
    ]
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(_RATE)
        made.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()
