"""What is shipped: a folder with the code as Lambda sees it, and bytecode that Lambda accepts.

    OUT/layers/dependencies/python/     /opt: the packages of uv.lock that functions need
    OUT/layers/holidays/python/         /opt: a group of heavy ones, for the functions that ask for it
    OUT/layers/core/python/frontdesk/   /opt: the code they share
    OUT/tasks/tools/cancel_appointment/functions/tools/cancel_appointment/
                                        /var/task: one function, under its import path

Lambda's code is read-only and every file in a CDK asset is dated 1980, so bytecode checked by time
is stale there and all is compiled again at each cold start: imports take 900 ms instead of 375.
Hence `unchecked-hash`, compiled by the very minor version of Python that will run it.

    python -m infra.packaging --out build/bundle --platform host
"""

import argparse
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import frontdesk
from infra.discovery import FUNCTIONS, carried, folders, layers

Platform = Literal["host", "lambda"]
"""`host` runs here, under this very Python; `lambda` is arm64 and `PYTHON`."""

PYTHON: Final = "3.13"
"""The minor version of the functions' runtime."""
REGION: Final = "ca-central-1"
"""Patients' data stay in Canada."""
ROOT: Final = Path(__file__).parents[1]
_LAMBDA_WHEELS: Final = (
    f"--python-platform=aarch64-manylinux_2_28 --python-version={PYTHON} --only-binary=:all:".split()
)


class NoInterpreter(RuntimeError):
    """No Python of the runtime's minor version is on this machine."""


@dataclass(frozen=True)
class Bundle:
    """Where the shipped code lies; with a `stub`, everything is that one folder and nothing is built."""

    root: Path
    stub: Path | None = None

    @property
    def dependencies(self) -> Path:
        """The layer of outside packages."""
        return self.layer("dependencies")

    @property
    def core(self) -> Path:
        """The layer of the shared code."""
        return self.layer("core")

    def layer(self, name: str) -> Path:
        """The layer of that name; one that some functions ask for has the name of its dependency group."""
        return self.stub or self.root / "layers" / name

    def task(self, folder: str) -> Path:
        """The function in a folder such as `tools/cancel_appointment`."""
        return self.stub or self.root / "tasks" / folder


def bundle(out: Path, platform: Platform) -> Bundle:
    """Builds everything under `out`, in place of what was there; the same input makes the same bytes.

    Raises `NoInterpreter` when Lambda's bytecode can't be compiled here.
    """
    built = Bundle(out.resolve())
    python = sys.executable if platform == "host" else interpreter(PYTHON)
    for stale in ("layers", "tasks"):
        shutil.rmtree(built.root / stale, ignore_errors=True)
    install_dependencies(built, platform, python)
    bundle_code(built, python)
    return built


def bundle_code(built: Bundle, python: str) -> None:
    """Builds what is ours, all but the dependencies, where nothing is yet.

    Raises `CalledProcessError`, whose `stdout` says where, when the code doesn't compile.
    """
    _copy(Path(frontdesk.__path__[0]), built.core / "python" / "frontdesk")
    others = carried()
    for folder in folders():
        for shipped in (folder, *others.get(folder, ())):
            _copy_function(shipped, built.task(folder))
    _compile({built.core: "/opt"} | {built.task(folder): "/var/task" for folder in folders()}, python)


def stub(out: Path) -> Bundle:
    """A bundle of nothing, for a synth whose assets nobody will upload."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "stub.txt").write_text("The code is left out of a template that is only read.\n")
    return Bundle(out, stub=out)


def add_authorities(built: Bundle) -> None:
    """Fetches the authorities that sign Aurora's certificates into the core layer, as `/opt/rds-ca.pem`.

    No system's store has them. AWS, "Using SSL/TLS to encrypt a connection", read 2026-11-22.
    """
    address = f"https://truststore.pki.rds.amazonaws.com/{REGION}/{REGION}-bundle.pem"
    with urllib.request.urlopen(address, timeout=30) as answer:
        (built.core / "rds-ca.pem").write_bytes(answer.read())


def outside_layers() -> dict[str, str]:
    """The layers of outside packages by name, and how uv is told what of its lock is in each."""
    # Not `--no-dev`: that leaves out one group, and the others would come along.
    groups = {group: f"--only-group={group}" for group in sorted(set(layers().values()))}
    return {"dependencies": "--no-default-groups"} | groups


def install_dependencies(built: Bundle, platform: Platform, python: str) -> None:
    """Builds every layer of outside packages, where nothing is yet."""
    for name in outside_layers():
        install_layer(built, name, platform, python)


def install_layer(built: Bundle, name: str, platform: Platform, python: str) -> None:
    """Builds one layer of outside packages: exactly what uv.lock has for it, compiled."""
    requirements = exported(name)
    wheels = ["--python", python] if platform == "host" else _LAMBDA_WHEELS
    target = built.layer(name) / "python"
    target.mkdir(parents=True)
    _run(
        *(uv(), "pip", "install", "--quiet", *wheels, f"--target={target}", "--requirement=-"),
        stdin=requirements,
    )
    shutil.rmtree(target / "bin", ignore_errors=True)
    (target / ".lock").unlink(missing_ok=True)
    _compile({built.layer(name): "/opt"}, python, workers=0)


def exported(layer: str, *options: str) -> str:
    """What uv.lock has for a layer of outside packages: as requirements, if no option says else."""
    # Never in colour, which the CDK's command line asks of all that it starts.
    shipped = (outside_layers()[layer], "--frozen", "--no-emit-project", "--quiet", "--color=never")
    return _run(uv(), "export", *shipped, *options, f"--project={ROOT}")


def interpreter(version: str) -> str:
    """The path of a Python of this minor version. Raises `NoInterpreter`; nothing is downloaded."""
    for candidate in _candidates(version):
        command = [candidate, "-c", "import sys; print(*sys.version_info[:2], sep='.')"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - asks a Python
        if answer.stdout.strip() == version:
            return candidate
    raise NoInterpreter(
        f"Lambda runs Python {version}, and bytecode must be compiled by it: install it first"
    )


def _candidates(version: str) -> Iterator[str]:
    yield sys.executable
    if named := shutil.which(f"python{version}"):
        yield named
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))  # its shims may be there and refuse
    yield from sorted(str(path) for path in pyenv.glob(f"versions/{version}*/bin/python"))


def _copy_function(folder: str, task: Path) -> None:
    _copy(FUNCTIONS / folder, task / "functions" / folder)
    subject = folder.split("/")[0]
    for package in ("__init__.py", f"{subject}/__init__.py"):
        if (FUNCTIONS / package).exists():
            shutil.copy(FUNCTIONS / package, task / "functions" / package)


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))


_COMPILE: Final = """
import sys
from compileall import compile_dir
from py_compile import PycInvalidationMode

workers, *folders = sys.argv[1:]
done = [
    compile_dir(
        folder,
        quiet=1,
        workers=int(workers),
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        stripdir=folder,
        prependdir=mounted_at,
    )
    for folder, mounted_at in zip(folders[::2], folders[1::2])
]
sys.exit(not all(done))
"""


def _compile(folders: Mapping[Path, str], python: str, *, workers: int = 1) -> None:
    """Compiles each folder under the path it will have, so that tracebacks and hashes are the same anywhere.

    All by one Python, for its start takes longer than a function; 0 `workers` are as many as there are CPUs.
    """
    _run(python, "-c", _COMPILE, str(workers), *(str(each) for pair in folders.items() for each in pair))


def uv() -> str:
    """The command `uv`, this environment's own if it has one."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("uv", path=os.pathsep.join([beside, os.environ.get("PATH", "")])) or "uv"


def _run(*command: str, stdin: str | None = None) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, input=stdin).stdout  # noqa: S603 - ours


def main() -> None:
    """The command above."""
    parser = argparse.ArgumentParser(prog="python -m infra.packaging", description=bundle.__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--platform", choices=("host", "lambda"), required=True)
    chosen = parser.parse_args()
    bundle(chosen.out, chosen.platform)


if __name__ == "__main__":
    main()
