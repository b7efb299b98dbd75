"""moto's server in a process of its own: AWS at the wire, and nothing kept when it ends."""

import hashlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any

from moto.kms.models import kms_backends  # pyright: ignore[reportMissingTypeStubs]
from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]
    DomainDispatcherApplication,
    create_backend_app,
)
from moto.ses.models import ses_backends  # pyright: ignore[reportMissingTypeStubs]
from werkzeug.serving import WSGIRequestHandler, make_server

from local import child


class OneReceiver:
    """Lets one request at a time receive from a queue: moto would give two the same message."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._turns: defaultdict[str, Lock] = defaultdict(Lock)

    def __call__(self, environ: Mapping[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Passes a request on, in its turn."""
        if environ.get("HTTP_X_AMZ_TARGET") != "AmazonSQS.ReceiveMessage":
            return self._app(environ, start)
        with self._turns[environ["PATH_INFO"]]:
            return self._app(environ, start)


class Silent(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Writes nothing."""


def serve(known: Mapping[str, Any]) -> None:
    """Serves the inherited socket without end, with an address that SES lets send from the start."""
    backend: Any = ses_backends[known["account"]][known["region"]]
    backend.verify_email_identity(known["mail_from"])
    keys: Any = kms_backends[known["account"]][known["region"]]
    key = keys.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "calendars", None)
    # Made of what is kept, for the tokens that lie under it outlive this server.
    key.id = known["calendars_key_id"]
    key.key_material = hashlib.sha256(known["calendars_key"].encode()).digest()
    keys.keys[key.id] = key
    app = OneReceiver(DomainDispatcherApplication(create_backend_app))
    fd = int(sys.argv[2])
    make_server(child.HOST, 0, app, threaded=True, request_handler=Silent, fd=fd).serve_forever()


if __name__ == "__main__":
    sys.exit(child.work(serve))
