"""Each function alone in AWS's own Runtime Interface Emulator, from the bundle that ships. Linux only.

The emulator speaks Lambda's runtime API on the loopback address. It starts Lambda's Python client at
the first invocation, ends it at the function's timeout, and starts it anew for the next. Memory and
the network's walls are not emulated.
"""

import hashlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx

from infra import discovery, packaging
from infra.packaging import REGION, ROOT, Bundle
from local.child import HOST, free_port
from local.errors import EmulatorFailed

START_S = 10
SPARE_S = 15
"""Given to the emulator itself to answer, on top of the function's timeout."""

_INVOCATIONS = "/2015-03-31/functions/function/invocations"


class InvocationFailed(Exception):
    """The function raised, died or was ended at its timeout; to API Gateway all is one."""


def fetched(cache: Path = ROOT / "build") -> Path:
    """A folder with the emulator and Lambda's Python client as uv.lock has them; fetched at the first asking.

    Raises `EmulatorFailed` when that is not possible.
    """
    if sys.platform != "linux" or not shutil.which("setpriv"):
        raise EmulatorFailed("AWS's emulator runs on Linux, with `setpriv` (util-linux); leave --runtime out")
    requirements = _uv("export", "--frozen", "--only-group=rie", "--no-emit-project", f"--project={ROOT}")
    home = cache / f"rie-{_key(requirements)}"
    if not home.exists():
        cache.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as draft:
            wheels = ("--only-binary=:all:", "--no-deps", "--require-hashes", f"--python={sys.executable}")
            _uv("pip", "install", *wheels, f"--target={draft}/rie", "--requirement=-", stdin=requirements)
            with suppress(OSError):  # another process was faster
                Path(draft, "rie").rename(home)
    return home


def bundled(root: Path) -> Bundle:
    """The bundle for this machine, in place of the one that was in `root`; unchanged dependencies stay.

    Raises `EmulatorFailed` when the code doesn't compile; the old code is left alone then.
    """
    built, draft = Bundle(root), Bundle(root / "draft")
    groups = sorted(set(discovery.layers().values()))
    kept, key = root / "key", _key((ROOT / "uv.lock").read_text(encoding="utf-8") + " ".join(groups))
    shutil.rmtree(draft.root, ignore_errors=True)
    try:
        if not kept.exists() or kept.read_text() != key:
            kept.unlink(missing_ok=True)
            for layer in ("dependencies", *groups):
                shutil.rmtree(built.layer(layer), ignore_errors=True)
            packaging.install_dependencies(built, "host", sys.executable)
            kept.write_text(key)
        packaging.bundle_code(draft, sys.executable)
    except subprocess.CalledProcessError as error:
        raise EmulatorFailed(f"the bundle could not be built: {error.stdout or error}") from error
    for old, new in ((built.core, draft.core), (built.task("."), draft.task("."))):
        shutil.rmtree(old, ignore_errors=True)
        new.rename(old)
    return built


@dataclass(frozen=True)
class Runtime:
    """What is run, and with what."""

    fetched: Path
    bundle: Path

    def start(self, route: Mapping[str, Any], environment: Mapping[str, str]) -> "Emulator":
        """One environment of the function behind `route`; it starts at its first invocation."""
        machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
        binary = self.fetched / "samcli" / "local" / "rapid" / f"aws-lambda-rie-{machine}"
        return Emulator(binary, self.client(route, environment), timeout_s=route["timeout_s"])

    def client(self, route: Mapping[str, Any], environment: Mapping[str, str]) -> "Client":
        """How Lambda's Python client is started for the function behind `route`, emulator or none."""
        module, _, _ = str(route["handler"]).rpartition(".")
        built = Bundle(self.bundle)
        folder = "/".join(module.split(".")[1:-1])
        asked_for = discovery.layers().get(folder)
        own = (built.layer(asked_for) / "python",) if asked_for else ()
        layers = (built.dependencies / "python", built.core / "python", *own, self.fetched)
        task = built.task(folder)
        reserved = {
            "AWS_LAMBDA_FUNCTION_NAME": str(route["function"]),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(route["memory_mb"]),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(route["timeout_s"]),
            "AWS_REGION": REGION,
            "LAMBDA_TASK_ROOT": str(task),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": ":".join(map(str, layers)),
        }
        # -S: nothing from this virtual environment.
        command = (sys.executable, "-S", "-m", "awslambdaric", str(route["handler"]))
        return Client(command, task, {**environment, **reserved})


@dataclass(frozen=True)
class Client:
    """Lambda's Python client for one function: what is run, where, with which variables."""

    command: tuple[str, ...]
    task: Path
    environment: dict[str, str]


class Emulator:
    """One function's emulator: one environment, and one invocation at a time.

    It dies with the thread that first invoked it, however that ends; it takes the function along.
    """

    def __init__(self, binary: Path, client: Client, *, timeout_s: float) -> None:
        self._binary, self._client = binary, client
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(timeout=timeout_s + SPARE_S, trust_env=False)

    def __call__(self, event: Mapping[str, Any], _: object = None) -> object:
        """The function's answer. Raises `InvocationFailed`, or `EmulatorFailed` when it does not start."""
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._start()
        try:
            answer = self._http.post(_INVOCATIONS, json=event)
        except httpx.HTTPError as error:
            self._end()
            raise InvocationFailed(f"the emulator gave no answer: {error!r}") from error
        try:
            made = answer.json()
        except ValueError:
            raise InvocationFailed(answer.text) from None  # "Task timed out after 3.00 seconds"
        # An error comes with status 200 too, and nothing else tells it from an answer.
        if not answer.is_success or (isinstance(made, dict) and "errorType" in made):
            raise InvocationFailed(answer.text)
        return cast("object", made)

    def _start(self) -> None:
        invocations, runtime_api = free_port(), free_port()
        self._process = subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", "TERM", "--", str(self._binary), "--log-level", "warn"),
                # Without both it listens on every address of the machine.
                *("--runtime-interface-emulator-address", f"{HOST}:{invocations}"),
                *("--runtime-api-address", f"{HOST}:{runtime_api}"),
                *self._client.command,
            ],
            cwd=self._client.task,
            env=self._client.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # so that a group is the emulator and its function, no more
        )
        self._http.base_url = f"http://{HOST}:{invocations}"
        deadline = time.monotonic() + START_S
        while not _is_listening(invocations):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._end()
                raise EmulatorFailed("AWS's emulator did not start; the lines above say why")
            time.sleep(0.005)

    def _end(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _key(text: str) -> str:
    return hashlib.sha256(f"{sys.version}\n{text}".encode()).hexdigest()[:16]


def _uv(*arguments: str, stdin: str | None = None) -> str:
    command = [packaging.uv(), *arguments, "--quiet", "--color=never"]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().partition("\n")[0]
        raise EmulatorFailed(f"AWS's emulator could not be fetched; is there a network? {reason}")
    return done.stdout
