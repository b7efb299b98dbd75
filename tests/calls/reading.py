"""How much a pattern reads: that work is bounded is seen by counting, not by the clock."""

import re
from types import ModuleType

import pytest


class Read:
    """Takes the place of a module's pattern, and counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> None:
        self._pattern: re.Pattern[str] = getattr(module, name)
        self.characters = 0
        monkeypatch.setattr(module, name, self)

    def search(self, text: str) -> re.Match[str] | None:
        self.characters += len(text)
        return self._pattern.search(text)

    def split(self, text: str) -> list[str]:
        self.characters += len(text)
        return self._pattern.split(text)

    def finditer(self, text: str) -> list[re.Match[str]]:
        self.characters += len(text)
        return list(self._pattern.finditer(text))
