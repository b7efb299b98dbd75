"""Whose work is shipped: the packages of each layer, their licences, and bills of material.

    python -m supply.bill build/lambda --out build/sbom

Of a bundle made by `python -m infra.packaging`, writes CycloneDX 1.5, a file for each layer: what uv.lock
has of every package that is in it, what the package says of its licence, and the native libraries that come
inside wheels, which no package's metadata name. Writes `docs/licences.md` too.
1 when a licence is not allowed.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from infra.packaging import ROOT, Bundle, exported, outside_layers

DOCUMENT: Final = ROOT / "docs" / "licences.md"
_NOTICE: Final = "asks that its notice goes along, and it does"
ALLOWED: Final = {
    "0BSD": "asks nothing",
    "Apache Software License": _NOTICE,
    "Apache-2.0": _NOTICE,
    "BSD License": _NOTICE,
    "BSD-2-Clause": _NOTICE,
    "BSD-3-Clause": _NOTICE,
    "CC0-1.0": "asks nothing",
    "LGPL-3.0-only": "psycopg: imported as it is published, and another can be put in its place in the layer",
    "MIT": _NOTICE,
    "MIT License": _NOTICE,
    "MIT-0": "asks nothing",
    "MPL-2.0": "certifi: its file of authorities is shipped as it is published",
    "PSF-2.0": _NOTICE,
    "Zlib": _NOTICE,
}
"""What may be shipped, by the name that packages use, and why."""
_SPELLED: Final = {"Apache 2.0": "Apache-2.0"}
_CLASSIFIER: Final = "License :: OSI Approved :: "
_NATIVE: Final = re.compile(r"(?P<name>lib[\w+.-]+?)-[0-9a-f]{8}\.so(?P<version>[\d.]*)")
"""As auditwheel names what it puts into a wheel."""


@dataclass(frozen=True)
class Package:
    """One that is shipped."""

    name: str
    version: str
    licence: str
    """As an expression of SPDX, or the classifiers, when the package says no other."""

    @property
    def not_allowed(self) -> list[str]:
        """The licences it names that may not be shipped; of several to choose from, too."""
        return [one for one in re.split(r" AND | OR ", self.licence) if one not in ALLOWED]


def packages(built: Bundle, layer: str) -> list[Package]:
    """Those of one layer, by name."""
    found = distributions(path=[str(built.layer(layer) / "python")])
    return sorted(
        (Package(_name(one.name), one.version, _licence(one)) for one in found), key=lambda one: one.name
    )


def _name(written: str) -> str:
    return re.sub(r"[-_.]+", "-", written).lower()


def _licence(one: Distribution) -> str:
    if expression := one.metadata.get_all("License-Expression"):
        return str(expression[0])
    [said] = one.metadata.get_all("License") or [""]
    said = _SPELLED.get(said, said)
    if said in ALLOWED:
        return said
    # Some write there a copyright line, or "Dual License".
    classifiers = one.metadata.get_all("Classifier") or []
    named = [name.removeprefix(_CLASSIFIER) for name in classifiers if name.startswith(_CLASSIFIER)]
    return " OR ".join(named) or said or "unknown"


def bill(built: Bundle, layer: str) -> dict[str, Any]:
    """What is in one layer of outside packages, as CycloneDX 1.5; the same for the same layer."""
    made: dict[str, Any] = json.loads(exported(layer, "--format=cyclonedx1.5"))
    # uv's are of the moment.
    del made["serialNumber"], made["metadata"]["timestamp"]
    shipped = {one.name: one for one in packages(built, layer)}
    # The lock has also what other platforms and Pythons would get.
    made["components"] = [
        one | {"licenses": [_as_choice(shipped[one["name"]].licence)]}
        for one in made["components"]
        if one["name"] in shipped and one["version"] == shipped[one["name"]].version
    ]
    kept = {one["bom-ref"] for one in made["components"]} | {made["metadata"]["component"]["bom-ref"]}
    made["dependencies"] = [
        one | {"dependsOn": [ref for ref in one.get("dependsOn", []) if ref in kept]}
        for one in made["dependencies"]
        if one["ref"] in kept
    ]
    made["components"] += _native(built.layer(layer))
    return made


def _as_choice(licence: str) -> dict[str, Any]:
    if {"Apache Software License", "BSD License", "MIT License"} & set(licence.split(" OR ")):
        return {"license": {"name": licence}}  # a classifier, which SPDX doesn't know
    return {"expression": licence}


def _native(layer: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(layer.rglob("*.so*")):
        if named := _NATIVE.fullmatch(path.name):
            inside = path.relative_to(layer / "python")
            yield {
                "type": "library",
                "bom-ref": inside.as_posix(),
                "name": named["name"],
                # Of the file's name: the version of its interface, not always that of its release.
                "version": named["version"].strip("."),
                "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}],
                "properties": [{"name": "frontdesk:comes-in", "value": inside.parts[0]}],
            }


def document(built: Bundle) -> str:
    """`docs/licences.md`: each package once, with the layers it is in, and why its licence may be shipped."""
    layers_of: dict[tuple[str, str], list[str]] = {}
    for layer in outside_layers():
        for one in packages(built, layer):
            layers_of.setdefault((one.name, one.licence), []).append(layer)
    used = {name for _, licence in layers_of for name in re.split(r" AND | OR ", licence)}
    return "\n".join(
        [
            "# Licences of what is shipped",
            "",
            "Written by `make audit` from what the packages in Lambda's layers say of themselves; a test",
            "holds it against them. Any other licence needs a line in `supply/bill.py` that says why.",
            "",
            "| package | licence | layers |",
            "| --- | --- | --- |",
            *(
                f"| {name} | {licence} | {', '.join(several)} |"
                for (name, licence), several in sorted(layers_of.items())
            ),
            "",
            "| licence | why it may be shipped |",
            "| --- | --- |",
            *(f"| {name} | {why} |" for name, why in ALLOWED.items() if name in used),
            "",
        ]
    )


def main() -> None:
    """The command above."""
    parser = argparse.ArgumentParser(prog="python -m supply.bill")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    built = Bundle(chosen.bundle.resolve())
    chosen.out.mkdir(parents=True, exist_ok=True)
    console = Console()
    refused = False
    for layer in outside_layers():
        file = chosen.out / f"{layer}.cdx.json"
        made = bill(built, layer)
        file.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
        console.print(f"{file}: {len(made['components'])} components", highlight=False)
        for one in packages(built, layer):
            if one.not_allowed:
                refused = True
                console.print(f"[red]not allowed[/] {layer}: {one.name}: {one.licence}", highlight=False)
    DOCUMENT.write_text(document(built), encoding="utf-8")
    sys.exit(refused)


if __name__ == "__main__":
    main()
