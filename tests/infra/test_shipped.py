"""What is deployed: how large it is, for which machine it is made, and whose work is in it."""

import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from infra.discovery import folders
from infra.packaging import PYTHON, Bundle, bundle_code, install_layer, interpreter, outside_layers
from supply.bill import DOCUMENT, Package, bill, document, packages
from supply.sizes import MB, Size, sizes

pytestmark = pytest.mark.slow

ELF_64, AARCH64 = 2, 183
"""Of a native file's header: its class, and the machine it is for."""
UNCHECKED_HASH = 0b01


def test_nothing_is_larger_than_its_budget(for_lambda: Bundle) -> None:
    found = list(sizes(for_lambda))

    assert [one.what for one in found if one.too_large] == []
    assert {one.what for one in found} == {f"layer {name}" for name in ("core", *outside_layers())} | {
        *folders()
    }
    of = {one.what: one for one in found}
    tool, layers = of["tools/cancel_appointment"], of["layer core"].bytes + of["layer dependencies"].bytes
    assert layers < tool.bytes < layers + MB
    assert tool.budget == 60 * MB
    assert max(one.budget for one in found) <= 160 * MB, "Lambda takes 250"


def test_a_byte_more_than_the_budget_is_too_large() -> None:
    within = Size("tools/ring_the_bell", 60 * MB, 60 * MB)

    assert not within.too_large
    assert replace(within, bytes=60 * MB + 1).too_large


def test_what_is_native_is_for_lambdas_machine_and_python(for_lambda: Bundle) -> None:
    native = [path for path in for_lambda.root.rglob("*.so*") if path.is_file()]

    assert len(native) > 40
    for path in native:
        header = path.read_bytes()[:20]
        assert (header[:4], header[4]) == (b"\x7fELF", ELF_64), path.name
        assert int.from_bytes(header[18:20], "little") == AARCH64, path.name
        # A module, or what came with it into its wheel, which no Python imports.
        tag = f"cpython-{PYTHON.replace('.', '')}-aarch64-linux-gnu"
        ours = re.search(rf"\.({tag}|abi3)\.so$", path.name)
        assert ours or path.parent.name.endswith(".libs"), path.name


def test_what_is_compiled_is_for_lambdas_python_and_nobody_checks_it(for_lambda: Bundle) -> None:
    ask = "import importlib.util, sys; sys.stdout.buffer.write(importlib.util.MAGIC_NUMBER)"
    magic = subprocess.run([interpreter(PYTHON), "-c", ask], check=True, capture_output=True).stdout
    compiled = list(for_lambda.root.rglob("*.pyc"))

    assert len(compiled) > 500
    assert {path.read_bytes()[:8] for path in compiled} == {magic + UNCHECKED_HASH.to_bytes(4, "little")}


def test_the_same_code_and_lock_make_the_same_bytes_in_another_folder(
    for_lambda: Bundle, tmp_path: Path
) -> None:
    """Our code, and of the packages a small layer with native modules; `make audit` makes all again."""
    again = Bundle(tmp_path / "some" / "where else")
    python = interpreter(PYTHON)

    install_layer(again, "members", "lambda", python)
    bundle_code(again, python)

    made = _bytes_of(again)
    assert len(made) > 500
    assert made == {name: held for name, held in _bytes_of(for_lambda).items() if name in made}
    assert {name for name in _bytes_of(for_lambda) if not name.startswith("layers")} <= made.keys()


def _bytes_of(built: Bundle) -> dict[str, tuple[bool, bytes]]:
    return {
        path.relative_to(built.root).as_posix(): (os.access(path, os.X_OK), path.read_bytes())
        for path in built.root.rglob("*")
        if path.is_file()
    }


def test_every_package_may_be_shipped_and_the_document_names_it(for_lambda: Bundle) -> None:
    shipped = [one for layer in outside_layers() for one in packages(for_lambda, layer)]

    assert len(shipped) > 40
    assert [one for one in shipped if one.not_allowed] == []
    assert DOCUMENT.read_text("utf-8") == document(for_lambda), "make audit writes it anew"


@pytest.mark.parametrize("licence", ["AGPL-3.0-only", "MIT AND GPL-2.0-only", "unknown"])
def test_a_licence_that_nobody_allowed_is_told(licence: str) -> None:
    assert Package("bell", "1.0", licence).not_allowed


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT\nLicense: something else", "MIT"),
        ("License: Apache 2.0", "Apache-2.0"),
        ("License: Dual\nClassifier: License :: OSI Approved :: BSD License", "BSD License"),
        ("License: Ask me", "Ask me"),
        ("Summary: Says nothing", "unknown"),
    ],
)
def test_a_licence_is_what_the_package_says(tmp_path: Path, metadata: str, licence: str) -> None:
    info = tmp_path / "layers" / "bells" / "python" / "ship_bell-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: Ship_Bell\nVersion: 1.0\n{metadata}\n")

    assert packages(Bundle(tmp_path), "bells") == [Package("ship-bell", "1.0", licence)]


def test_the_bill_of_a_layer_names_what_is_in_it_with_hashes_and_licences(for_lambda: Bundle) -> None:
    made = bill(for_lambda, "dependencies")

    of_lock = {one["name"]: one for one in made["components"] if "purl" in one}
    assert {name: one["version"] for name, one in of_lock.items()} == {
        one.name: one.version for one in packages(for_lambda, "dependencies")
    }
    assert of_lock["psycopg"]["licenses"] == [{"expression": "LGPL-3.0-only"}]
    assert all(one["externalReferences"][0]["hashes"] for one in of_lock.values())
    native = {one["name"]: one["properties"][0]["value"] for one in made["components"] if "purl" not in one}
    assert {"libpq", "libcrypto"} <= native.keys()
    assert set(native.values()) == {"psycopg_binary.libs"}
    refs = {one["bom-ref"] for one in made["components"]}
    assert {ref for one in made["dependencies"] for ref in one["dependsOn"]} <= refs
    assert json.dumps(made) == json.dumps(bill(for_lambda, "dependencies")), "nothing of the moment is in it"
