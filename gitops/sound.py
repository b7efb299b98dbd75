"""Sound as a web-socket call carries it: PCM, 16 bits, little-endian, one channel, 16,000 samples a second.

WAV files are read and written with the standard library. A microphone needs the package `sounddevice`,
which is not among our dependencies: it is imported only when somebody wants to speak.
"""

import wave
from array import array
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import Any, Final, Self

RATE: Final = 16_000
FRAME_S: Final = 0.02
FRAME_BYTES: Final = 640
"""20 ms: what Vapi wants in one message."""
SILENCE: Final = bytes(FRAME_BYTES)

_LATE_BYTES: Final = 10 * FRAME_BYTES
"""How far the assistant's sound may lag behind the call before it counts as a pause and not as jitter."""
_WAITING_BYTES: Final = 25 * FRAME_BYTES
"""The longest tail of the microphone kept for later: half a second."""


class SoundUnusable(Exception):
    """A file or a device that can't be heard or written; the message says what to do."""


def frames(pcm: bytes) -> Iterator[bytes]:
    """The sound in frames of `FRAME_BYTES`, the last one filled up with silence."""
    for start in range(0, len(pcm), FRAME_BYTES):
        yield pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")


def read_wav(path: Path) -> bytes:
    """The sound of a WAV file of any rate and any number of channels; raises `SoundUnusable`."""
    try:
        with path.open("rb") as kept, wave.open(kept, "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            content = file.readframes(file.getnframes())
    except FileNotFoundError:
        raise SoundUnusable(f"there is no file {path}") from None
    except (OSError, EOFError, wave.Error) as error:
        raise SoundUnusable(f"{path} can't be read as an uncompressed WAV file ({error})") from error
    samples = _samples(content, width)
    parts = [samples[each::channels] for each in range(channels)]
    mixed = array("h", (sum(heard) // channels for heard in zip(*parts, strict=False)))
    return _resampled(mixed, rate).tobytes()


class Recording:
    """Both sides of a call, for a stereo WAV file: the caller left, the assistant right."""

    def __init__(self) -> None:
        self._caller = bytearray()
        self._assistant = bytearray()

    def said(self, pcm: bytes) -> None:
        """Adds the caller's next frame; these never pause, so they are the recording's clock."""
        self._caller += pcm

    def heard(self, pcm: bytes) -> None:
        """Adds what the assistant says now."""
        if len(self._caller) - len(self._assistant) > _LATE_BYTES:
            self._assistant = self._assistant.ljust(len(self._caller), b"\0")
        self._assistant += pcm

    def write(self, path: Path) -> None:
        """Writes the file; raises `SoundUnusable`."""
        length = max(len(self._caller), len(self._assistant))
        both = array("h", bytes(2 * length))
        both[0::2] = array("h", bytes(self._caller.ljust(length, b"\0")))
        both[1::2] = array("h", bytes(self._assistant.ljust(length, b"\0")))
        try:
            with path.open("wb") as kept, wave.open(kept, "wb") as file:
                file.setnchannels(2)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes(both.tobytes())
        except OSError as error:
            raise SoundUnusable(f"the recording can't be written to {path} ({error.strerror})") from error


class Microphone:
    """This machine's microphone and, where there is one, its loudspeaker; open within a `with` block."""

    def __init__(self) -> None:
        """Opens the devices; raises `SoundUnusable` where there is no microphone."""
        self._lock = Lock()  # the devices call us from threads of their own
        self._spoken = bytearray()
        self._to_play = bytearray()
        self._streams: list[Any] = []
        try:
            devices: Any = import_module("sounddevice")
        except (ImportError, OSError) as error:  # the second where PortAudio is missing
            raise SoundUnusable(
                "to speak, install the package `sounddevice` and PortAudio (on Debian: libportaudio2); "
                "without them give --say TEXT or --wav FILE"
            ) from error
        form = {"samplerate": RATE, "channels": 1, "dtype": "int16", "blocksize": FRAME_BYTES // 2}
        try:
            self._streams.append(devices.RawInputStream(callback=self._take, **form))
            with suppress(devices.PortAudioError):  # one can speak without a loudspeaker, and read along
                self._streams.append(devices.RawOutputStream(callback=self._give, **form))
            for stream in self._streams:
                stream.start()
        except devices.PortAudioError as error:
            self.close()
            raise SoundUnusable(f"no microphone ({error}); give --say TEXT or --wav FILE") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the devices."""
        for stream in self._streams:
            stream.close()

    def frame(self) -> bytes:
        """The next 20 ms; silence when the microphone is behind."""
        with self._lock:
            if len(self._spoken) < FRAME_BYTES:
                return SILENCE
            taken = bytes(self._spoken[:FRAME_BYTES])
            del self._spoken[:FRAME_BYTES]
            return taken

    def play(self, pcm: bytes) -> None:
        """Plays it after what is still being played."""
        with self._lock:
            self._to_play += pcm

    def stop_playing(self) -> None:
        """Forgets what is not yet played: the caller has interrupted."""
        with self._lock:
            self._to_play.clear()

    def _take(self, recorded: Any, *_: object) -> None:
        with self._lock:
            self._spoken += bytes(recorded)
            # Two clocks never run alike; what piles up would be heard ever later.
            del self._spoken[: max(0, len(self._spoken) - _WAITING_BYTES)]

    def _give(self, wanted: Any, *_: object) -> None:
        with self._lock:
            size = len(wanted)
            wanted[:] = bytes(self._to_play[:size]).ljust(size, b"\0")
            del self._to_play[:size]


def _samples(content: bytes, width: int) -> "array[int]":
    """Samples of 16 bits from those of 1 to 4 bytes: of longer ones the upper two."""
    if width == 1:  # the only ones without a sign
        return array("h", [(each - 128) << 8 for each in content])
    high = bytearray(len(content) // width * 2)
    high[0::2] = content[width - 2 :: width]
    high[1::2] = content[width - 1 :: width]
    return array("h", bytes(high))


def _resampled(samples: "array[int]", rate: int) -> "array[int]":
    """The sound at `RATE`: each sample is the mean of the stretch it stands for.

    The stretch is at least one old sample long, which between two of them is linear interpolation.
    """
    if rate == RATE or not samples:
        return samples
    step = rate / RATE
    half = max(step, 1.0) / 2
    end = len(samples)
    before = list(accumulate(samples, initial=0))

    def area(until: float) -> float:
        whole = min(int(until), end - 1)
        return before[whole] + (until - whole) * samples[whole]

    def mean(centre: float) -> int:
        low, high = max(centre - half, 0.0), min(centre + half, float(end))
        return round((area(high) - area(low)) / (high - low))

    return array("h", (mean((each + 0.5) * step) for each in range(round(end / step))))
