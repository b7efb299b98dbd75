"""What a function prints, as CloudWatch would keep it."""

import sys
from logging import StreamHandler
from typing import Any, cast

import pytest

from frontdesk.logs import logger


class _Stdout:
    """Wherever stdout goes at the moment; pytest puts another in its place for each phase of a test."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@pytest.fixture
def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> pytest.CaptureFixture[str]:
    """Log lines and metrics; the logger keeps the stdout of the moment it was imported."""
    monkeypatch.setattr(cast("StreamHandler[Any]", logger.registered_handler), "stream", _Stdout())
    return capsys
