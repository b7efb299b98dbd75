"""What is shipped: exactly the locked packages, our code, and bytecode that Lambda won't throw away."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from frontdesk.tool import Need
from infra.discovery import consoles, endpoints, folders, invoked, layers, pages, queues, tools
from infra.packaging import Bundle, NoInterpreter, bundle, interpreter

pytestmark = pytest.mark.slow

STARTS = """
import json, sys
from importlib import import_module

layers, starts = json.loads(sys.argv[1])
packages, started = [*sys.path], []
for module, task in starts:
    sys.path[:] = [task, *layers, *packages]
    for name in [name for name in sys.modules if name.partition(".")[0] == "functions"]:
        del sys.modules[name]  # each has a package of that name
    made = import_module(module)
    assert made.__file__.startswith(task) and callable(made.handler)
    started.append(module)
print(json.dumps([started, [*sys.modules]]))
"""
"""Every tool in turn, in one process; what one has imported of the layers, stays."""
UNCHECKED_HASH = 0b01
"""PEP 552: by its hash, which nobody compares."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundle(tmp_path_factory.mktemp("bundle"), "host")


def test_only_what_functions_need_is_shipped(built: Bundle) -> None:
    shipped = {path.name for path in (built.dependencies / "python").iterdir()}

    assert {"psycopg", "pydantic", "aws_lambda_powertools", "tzdata"} <= shipped
    assert not shipped & {
        "boto3",
        "botocore",
        "aws_xray_sdk",
        "aws_cdk",
        "pytest",
        "frontdesk",
        "bin",
        ".lock",
    }


def test_every_module_has_bytecode_that_nobody_checks(built: Bundle) -> None:
    sources = [path for path in built.root.rglob("*.py") if "__pycache__" not in path.parts]
    compiled = list(built.root.rglob("*.pyc"))

    assert len(compiled) == len(sources) > 500
    assert {int.from_bytes(path.read_bytes()[4:8], "little") for path in compiled} == {UNCHECKED_HASH}


def test_sql_travels_with_the_code(built: Bundle) -> None:
    assert list((built.core / "python" / "frontdesk" / "db" / "migrations").glob("*.sql"))


def test_a_heavy_group_lies_in_its_own_layer_with_what_it_needs(built: Bundle) -> None:
    shipped = {path.name for path in (built.layer("holidays") / "python").iterdir()}

    assert {"holidays", "dateutil"} <= shipped
    assert not shipped & {"psycopg", "pydantic"}
    assert not {"holidays", "dateutil"} & {path.name for path in (built.dependencies / "python").iterdir()}


_ASKED = {
    folder for folder, several in endpoints().items() if any(one.raises or one.connects for one in several)
}
OF_AWS = _ASKED | {
    *(folder for folder, one in consoles().items() if _ASKED & {*one.uses}),
    *queues(),
    *(folder for folder, one in invoked().items() if one.asks_emrs),
    *(folder for folder, one in pages().items() if one.shows_keys),
}
"""They import boto3, which is in Lambda's own runtime."""


@pytest.mark.parametrize(
    "folder", [folder for folder in (*folders()[-1:], *layers()) if folder not in OF_AWS]
)
def test_a_packed_function_has_the_name_lambda_calls(built: Bundle, folder: str) -> None:
    names = ["core", "dependencies", layers().get(folder)]
    paths = os.pathsep.join(str(built.layer(name) / "python") for name in names if name)
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONTZPATH": ""}
    module = f"functions.{folder.replace('/', '.')}.handler"
    # -S: nothing from this virtual environment.
    command = [sys.executable, "-S", "-c", f"import {module} as m; print(m.__file__, callable(m.handler))"]

    done = subprocess.run(command, cwd=built.task(folder), env=environment, capture_output=True, text=True)

    assert done.stdout.split() == [str(built.task(folder) / f"{module.replace('.', '/')}.py"), "True"], (
        done.stderr
    )


def test_packed_tools_start_without_any_of_awss_libraries(built: Bundle) -> None:
    """In a Python that has only what is shipped: what a tool would look for elsewhere, it wouldn't find."""
    # Who has a question embedded asks AWS in every call, by what is in Lambda's own runtime.
    names = [tool.name for tool in tools() if Need.EMBEDDER not in tool.needs]
    layers_ = [str(built.layer(name) / "python") for name in ("core", "dependencies")]
    starts = [(f"functions.tools.{name}.handler", str(built.task(f"tools/{name}"))) for name in names]

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", STARTS, json.dumps([layers_, starts])],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    started, imported = json.loads(done.stdout)
    assert started == [module for module, _ in starts]
    assert "psycopg" in imported
    assert not {"boto3", "botocore.session", "aws_xray_sdk", "svix"} & set(imported)


def test_without_the_right_python_nothing_is_compiled_for_lambda() -> None:
    with pytest.raises(NoInterpreter, match=r"Lambda runs Python 2\.6"):
        interpreter("2.6")


def test_the_python_at_hand_is_found() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"

    assert Path(interpreter(version)).samefile(sys.executable)
