"""A function that doesn't start is said to, not timed; one that does is timed in Lambda's own client."""

from pathlib import Path

import pytest

from benchmarks import inits
from infra.routes import Called
from local import rie
from local.errors import EmulatorFailed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fetched() -> Path:
    """Without a network, or off Linux, and only there, this module is skipped."""
    try:
        return rie.fetched()
    except EmulatorFailed as failed:
        if "Request failed" in str(failed) or "runs on Linux" in str(failed):
            pytest.skip(str(failed))
        raise


def started(fetched: Path, root: Path, code: str) -> tuple[float, float]:
    handler = root / "tasks" / "tools" / "echo" / "functions" / "tools" / "echo" / "handler.py"
    handler.parent.mkdir(parents=True)
    handler.write_text(code)
    called = Called(
        function="Echo",
        handler="functions.tools.echo.handler.handler",
        environment={"FRONTDESK_ELSEWHERE": None},
        timeout_s=5,
        memory_mb=512,
    )
    return inits.start(rie.Runtime(fetched, root), called)


def test_a_start_takes_what_its_imports_take(fetched: Path, tmp_path: Path) -> None:
    code = "import time\ntime.sleep(0.5)\ndef handler(event, context): ...\n"

    took_ms, cpu_ms = started(fetched, tmp_path, code)

    assert took_ms >= 500
    assert 0 < cpu_ms < took_ms


def test_a_function_that_fails_at_import_is_no_start(fetched: Path, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="nothing_of_that_name"):
        started(fetched, tmp_path, "import nothing_of_that_name\n")
