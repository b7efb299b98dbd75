"""A stand-in of the function that embeds, at the wire of Lambda's Invoke API: cheap vectors, and faults.

Two texts are near each other as far as they share words, or pairs of Chinese characters; it knows no meaning.
"""

import base64
import json
import math
import re
import struct
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any
from zlib import crc32

from frontdesk.knowledge.embedding import DIMENSIONS, ENCODER, Vector

NAME = "embed-for-tests"
_WORD = re.compile(r"[\u4e00-\u9fff]+|\w+")


class StandIn:
    """What was asked, and how it is to answer from now on."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        """The texts of each call that was answered, failed ones left out."""
        self.fails_after: int | None = None
        """How many more calls are answered before every one fails as a function that raised; None: all."""
        self.refusals: list[int] = []
        """Statuses of refusals for the next calls, such as 429, before any is answered."""
        self.answer: bytes | None = None
        """What it says instead of vectors."""
        self.stalls = False
        """While true, calls get no answer."""
        self.url = ""

    @property
    def texts(self) -> list[str]:
        """Every text that a vector was made of, in order."""
        return [text for batch in self.batches for text in batch]

    def reply(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of an invocation's answer."""
        while self.stalls:
            time.sleep(0.01)
        if self.refusals:
            return self.refusals.pop(0), {"x-amzn-errortype": "TooManyRequestsException"}, b"{}"
        if self.fails_after == 0:
            failed = {"errorType": "MemoryError", "errorMessage": "no more"}
            return 200, {"X-Amz-Function-Error": "Unhandled"}, json.dumps(failed).encode()
        if self.fails_after:
            self.fails_after -= 1
        texts: list[str] = json.loads(body)["texts"]
        self.batches.append(texts)
        packed = b"".join(struct.pack(f"<{DIMENSIONS}f", *vector(text)) for text in texts)
        answer = {"model": ENCODER, "vectors": base64.b64encode(packed).decode()}
        return 200, {}, self.answer or json.dumps(answer).encode()


def vector(text: str) -> Vector:
    """The vector that the stand-in makes of a text."""
    numbers = [0.0] * DIMENSIONS
    for word in _WORD.findall(text.lower()):
        is_chinese = "\u4e00" <= word[0] <= "\u9fff"
        for part in [a + b for a, b in pairwise(word)] or [word] if is_chinese else [word]:
            place = crc32(part.encode())
            numbers[place % DIMENSIONS] += 1 if place >> 16 & 1 else -1
    if not any(numbers):
        numbers[0] = 1.0
    length = math.hypot(*numbers)
    return tuple(number / length for number in numbers)


@contextmanager
def running() -> Generator[StandIn]:
    """The stand-in, answering at its `url` until the block ends."""
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == f"/2015-03-31/functions/{NAME}/invocations"
            status, headers, answer = stand_in.reply(body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Writes nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        try:
            yield stand_in
        finally:
            stand_in.stalls = False
            server.shutdown()
            thread.join()
