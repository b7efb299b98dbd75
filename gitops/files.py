"""Where the repository is, and files that are whole or not there: written beside, then put in place."""

import os
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
"""The repository."""


def replace(file: Path, text: str) -> None:
    """Puts the text where the file is, making folders as needed; a crash leaves the old one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=file.parent, prefix=f".{file.name}.", delete=False, encoding="utf-8", newline=""
    ) as beside:
        written = Path(beside.name)
        try:
            beside.write(text)
            beside.close()
            written.chmod(0o644)
            os.replace(written, file)  # noqa: PTH105 - says what it is
        except BaseException:
            written.unlink(missing_ok=True)
            raise
