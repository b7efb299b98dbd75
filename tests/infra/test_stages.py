"""The settings file that an operator edits: what it refuses, and what the documents say of it."""

import re
from pathlib import Path

import pytest

from infra import stages

DOCUMENT = stages.FILE.parent / "docs" / "deploying.md"
TEXT = stages.FILE.read_text(encoding="utf-8")


def with_line(folder: Path, key: str, line: str) -> Path:
    """The settings as they are, with one key's line replaced; or added, if there is none such."""
    text, replaced = re.subn(rf"^{key} = .*$", line, TEXT, flags=re.MULTILINE)
    file = folder / "stages.toml"
    file.write_text(text if replaced else f"{text}\n{line}\n", encoding="utf-8")
    return file


def test_what_is_committed_is_read() -> None:
    dev, prod = stages.read().values()

    assert (dev.name, prod.name) == ("dev", "prod")
    assert prod.readers >= 1, "somebody takes over when the writer's zone is gone"
    assert prod.backup_days == 35
    assert prod.mail_from is None


@pytest.mark.parametrize(
    ("key", "line", "message"),
    [
        ("readers", "", r"stages.toml: readers: is missing"),
        ("raeders", "raeders = { dev = 0, prod = 1 }", r"stages.toml: raeders: there is no such key"),
        ("readers", "readers = { prod = 1 }", r"stages.toml: readers: wants a value for each stage"),
        ("readers", "readers = 1", r"stages.toml: readers: wants a value for each stage"),
        ("readers", 'readers = { dev = 0, prod = "one" }', r"readers: .*integer.* \(prod\)"),
        ("backup_days", "backup_days = { dev = 0, prod = 35 }", r"backup_days: .*\(dev\)"),
        ("backup_days", "backup_days = { dev = 7, prod = 36 }", r"backup_days: .*35 \(prod\)"),
        ("log_retention_days", "log_retention_days = { dev = 31, prod = 7 }", r"log_retention_days: .*2192"),
        ("issuers", 'issuers = { dev = [{ issuer = "x" }], prod = [] }', r"issuers.0.audience: is missing"),
        ("phi_debug", "phi_debug = { dev = true, prod = true }", r"can't be on in prod"),
        ("name", 'name = { dev = "prod", prod = "dev" }', r"stages.toml: name: there is no such key"),
        ("readers", "readers = {", r"stages.toml: .*line \d+"),
    ],
)
def test_a_mistake_is_refused_by_the_name_of_its_key(
    tmp_path: Path, key: str, line: str, message: str
) -> None:
    with pytest.raises(stages.StagesWrong, match=message):
        stages.read(with_line(tmp_path, key, line))


def test_callers_words_may_be_printed_in_dev_alone(tmp_path: Path) -> None:
    there = stages.read(with_line(tmp_path, "phi_debug", "phi_debug = { dev = true, prod = false }"))

    assert (there["dev"].phi_debug, there["prod"].phi_debug) == (True, False)


def test_the_document_has_a_row_for_each_key_with_what_is_set() -> None:
    rows = [
        f"| `{key}` | {dev} | {prod} |"
        for key, dev, prod in re.findall(r"^(\w+) = \{ dev = (.+), prod = (.+) \}$", TEXT, re.MULTILINE)
    ]
    told = re.findall(r"^(\| `\w+` \| [^|]+ \| [^|]+ \|)", DOCUMENT.read_text("utf-8"), re.MULTILINE)

    assert len(rows) == len(stages.Stage.model_fields) - 1, "one line a key"
    assert told == rows
