"""The machine's own Chromium, which shows the console in tests and makes its pictures.

Playwright's own browsers can't be fetched everywhere; a distribution's package can.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL: Final = (
    ("apt-get", "update", "-qq"),
    ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"),
)
_PATIENCE_S: Final = 300


def found() -> str | None:
    """Its path: what `FRONTDESK_CHROMIUM` says, or what lies on the PATH; None when there is none."""
    told = os.environ.get("FRONTDESK_CHROMIUM")
    return told or next((path for name in NAMES if (path := shutil.which(name))), None)


def ready() -> str | None:
    """Its path, after installing Debian's where that is possible; None where it isn't."""
    if there := found():
        return there
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    # One of several processes installs; the others wait for it.
    with (Path(tempfile.gettempdir()) / "frontdesk-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if found() is None:
            for command in _INSTALL:
                try:
                    subprocess.run(
                        command,
                        check=True,
                        capture_output=True,
                        timeout=_PATIENCE_S,
                        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                    )
                except (OSError, subprocess.SubprocessError):
                    return None
    return found()
