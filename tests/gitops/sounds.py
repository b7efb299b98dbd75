"""Sounds for tests: WAV files of a tone, and a machine's devices as PortAudio's Python package shows them."""

import math
import wave
from array import array
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from gitops.sound import RATE


def wav(path: Path, seconds: float, *, rate: int = RATE, channels: int = 1, width: int = 2) -> Path:
    """A tone of 400 Hz at half of full scale, the same on all channels."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        for number in range(round(seconds * rate)):
            sample = round(16_000 * math.sin(math.tau * 400 * number / rate)) << 16
            full = (
                (sample + 2**31).to_bytes(4, "little")
                if width == 1
                else sample.to_bytes(4, "little", signed=True)
            )
            file.writeframesraw(full[4 - width :] * channels)
    return path


def samples(pcm: bytes) -> "array[int]":
    return array("h", pcm)


class PortAudioError(Exception):
    pass


class FakeStream:
    """One device: calls back with what it records, and with room for what it plays."""

    def __init__(self, callback: Callable[..., None]) -> None:
        self.callback, self.is_open = callback, True

    def start(self) -> None:
        pass

    def close(self) -> None:
        self.is_open = False


class Devices(ModuleType):
    """In place of the module `sounddevice`; `opened` are the streams, by `in` and `out`."""

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.opened: dict[str, FakeStream] = {}
        self.RawInputStream = partial(self._open, "in")
        self.RawOutputStream = partial(self._open, "out")

    def record(self, pcm: bytes) -> None:
        self.opened["in"].callback(pcm, len(pcm) // 2, None, None)

    def played(self, size: int) -> bytes:
        room = bytearray(size)
        self.opened["out"].callback(room, size // 2, None, None)
        return bytes(room)

    def _open(self, name: str, *, callback: Callable[..., None], **_: Any) -> FakeStream:
        self.opened[name] = FakeStream(callback)
        return self.opened[name]
