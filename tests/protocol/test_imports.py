"""A tool's cold start: what a fresh process may not have imported when the handler is ready."""

import json
import os
import subprocess
import sys
from pathlib import Path

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

    # A tool that is told a number reads one in nearly every call, and the one in its example at import.
    for name, modules in imported.items():
        assert modules & HEAVY <= ({"phonenumbers"} if "phone" in fields(definition(name)) else set[str]()), (
            name
        )
    assert all(f"functions.tools.{name}.handler" in modules for name, modules in imported.items())
