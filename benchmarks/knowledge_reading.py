"""A document of 500 pages becomes passages: pages a second, and the most memory that both processes take.

The document is made here: prose, a table and a list on each page, every fifth page in Chinese. Memory is what
the system counts as resident, sampled while it is read; the process that reads holds most of it.
"""

import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

import psutil

from frontdesk.knowledge import reading
from tests.knowledge import files

PAGES: Final = 500
MOST_MB: Final = 300
_EVERY_S: Final = 0.02
_ENGLISH: Final = (
    "Parking is behind the building and free for two hours; show your ticket at the front desk",
    "when you leave, and we stamp it. After that it is four dollars an hour, until six o'clock.",
)
_CHINESE: Final = (
    "停车场位于大楼后面，前两个小时免费，离开时请在前台出示停车票，我们会为您盖章。",
    "初诊时请携带健康卡、身份证件以及目前正在服用的所有药物清单，并提前十五分钟到达。",
)


def document(pages: int = PAGES) -> bytes:
    """A PDF of so many pages, of which no two say the same."""
    return files.pdf(*(_page(number) for number in range(1, pages + 1)))


def measure() -> list[dict[str, Any]]:
    """One row: what was read, how fast, and with how much memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "handbook.pdf"
        path.write_bytes(document())
        before = psutil.Process().memory_info().rss
        with _Peak() as peak:
            began = time.perf_counter()
            read = reading.read(path, path.name, ends=time.monotonic() + 600)
            took_s = time.perf_counter() - began
        size = path.stat().st_size
    return [
        {
            "what": "reading a PDF",
            "pages": read.pages,
            "kb": size // 1000,
            "passages": len(read.passages),
            "pages_per_s": round(PAGES / took_s, 1),
            "peak_mb": round(peak.rss / 1e6),
            "grown_mb": round((peak.rss - before) / 1e6),
        }
    ]


def _page(number: int) -> list[str]:
    prose = _ENGLISH if number % 5 else _CHINESE
    return [
        "Maple Clinic Handbook",
        "",
        f"{number}.1 Section of the handbook",
        "",
        *(line for _ in range(4) for line in (*prose, f"This is said on sheet {number}.", "")),
        "Service\tFee\tNote",
        *(
            f"Form {letter}{number}\t${number}.{cents}\tpaid at the visit"
            for letter, cents in zip("ABCD", (10, 20, 30, 40), strict=True)
        ),
        "",
        "Please bring:",
        f"- form {number}",
        "- your health card",
        "",
        f"Page {number} of {PAGES}",
    ]


class _Peak:
    """The most memory this process and its children had at once, in bytes, since it was entered."""

    def __init__(self) -> None:
        self.rss = 0
        self._is_over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "_Peak":
        self._watch.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._watch.join()

    def _look(self) -> None:
        own = psutil.Process(os.getpid())
        while not self._is_over.wait(_EVERY_S):
            rss = own.memory_info().rss
            for child in own.children():
                try:
                    rss += child.memory_info().rss
                except psutil.Error:
                    continue
            self.rss = max(self.rss, rss)


if __name__ == "__main__":
    print(*measure(), sep="\n")
