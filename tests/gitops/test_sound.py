import math
import sys
import wave
from pathlib import Path
from typing import Any

import pytest

from gitops.sound import FRAME_BYTES, RATE, SILENCE, Microphone, Recording, SoundUnusable, frames, read_wav
from tests.gitops.sounds import Devices, PortAudioError, samples, wav


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> Devices:
    found = Devices()
    monkeypatch.setitem(sys.modules, "sounddevice", found)
    return found


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 1), (44_100, 2), (48_000, 2)])
def test_a_wav_of_any_kind_is_heard_as_it_is(tmp_path: Path, width: int, rate: int, channels: int) -> None:
    heard = samples(read_wav(wav(tmp_path / "in.wav", 0.25, rate=rate, channels=channels, width=width)))

    # Each sample stands for the stretch that begins with it, so the middles are what must agree.
    times = ((number + 0.5) / RATE - 0.5 / rate for number in range(RATE // 4))
    wanted = [16_000 * math.sin(math.tau * 400 * at_s) for at_s in times]
    assert len(heard) == RATE // 4
    error = math.sqrt(sum((one - other) ** 2 for one, other in zip(heard, wanted, strict=True)) / len(heard))
    assert error < 300


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a sound at all, though it is long enough to be one"])
def test_a_file_that_is_no_wav_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.wav").write_bytes(content)
    with pytest.raises(SoundUnusable, match=r"in\.wav can't be read"):
        read_wav(tmp_path / "in.wav")
    with pytest.raises(SoundUnusable, match="there is no file"):
        read_wav(tmp_path / "other.wav")


def test_a_recording_keeps_pauses_and_forgives_jitter(tmp_path: Path) -> None:
    loud = b"\x10\x27" * (FRAME_BYTES // 2)
    recording = Recording()
    recording.heard(loud)
    for _ in range(50):
        recording.said(SILENCE)
    recording.heard(loud)  # a second later
    for _ in range(3):
        recording.said(SILENCE)
    recording.heard(loud)  # 40 ms late
    recording.write(tmp_path / "out.wav")

    with wave.open(str(tmp_path / "out.wav"), "rb") as file:
        heard = samples(file.readframes(file.getnframes()))[1::2]
    began = [each // 320 for each in range(0, len(heard), 320) if heard[each]]
    assert began == [0, 50, 51]


def test_the_last_frame_is_filled_up() -> None:
    assert [len(each) for each in frames(b"\1" * 1_000)] == [FRAME_BYTES, FRAME_BYTES]
    assert list(frames(b"")) == []


def test_a_microphone_is_heard_frame_by_frame_and_never_falls_behind(devices: Devices) -> None:
    with Microphone() as microphone:
        assert microphone.frame() == SILENCE
        devices.record(b"\1\2" * 320)
        assert microphone.frame() == b"\1\2" * 320
        for number in range(100):
            devices.record(bytes([number]) * FRAME_BYTES)
        assert microphone.frame() == bytes([75]) * FRAME_BYTES  # half a second ago

        microphone.play(b"\3" * 700)
        assert devices.played(FRAME_BYTES) == b"\3" * FRAME_BYTES
        microphone.stop_playing()
        assert devices.played(FRAME_BYTES) == SILENCE
    assert not any(stream.is_open for stream in devices.opened.values())


def test_a_machine_with_a_loudspeaker_only_cannot_be_spoken_to(devices: Any) -> None:
    def refuse(**_: Any) -> None:
        raise PortAudioError("no default input device")

    devices.RawInputStream = refuse
    with pytest.raises(SoundUnusable, match=r"no microphone \(no default input device\)"):
        Microphone()


def test_without_the_package_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(SoundUnusable, match="install the package `sounddevice`"):
        Microphone()
