"""Which files and which account a verb of `frontdesk vapi` is about."""

import os
from collections.abc import Mapping
from pathlib import Path

from cli.explained import Misnamed

RESOURCES = "resources"
_VAPI = "https://api.vapi.ai"
_KEY = "VAPI_PRIVATE_KEY"
_URL = "VAPI_BASE_URL"


def tree_root(tree: Path | None) -> Path:
    """The folder of resources: as told, else here, else the repository's own."""
    from gitops.files import ROOT

    here = Path(RESOURCES)
    root = tree or (here if here.is_dir() else ROOT / RESOURCES)
    if not root.is_dir():
        raise Misnamed(f"{root} is not a folder; name the tree with --tree")
    return root.resolve()


def place(env: str, data: Path | None) -> tuple[tuple[str, str], Mapping[str, str]]:
    """Vapi's address and key, and the variables of an environment; raises `Misnamed`."""
    variables = {name: value for name, value in os.environ.items() if value}
    if env == "local" and _KEY not in variables:
        from local import addresses
        from local.errors import NotRunning

        try:
            running = addresses.read(data or addresses.DEFAULT_DIRECTORY)
        except NotRunning as error:
            raise Misnamed(f"{error}, or set {_KEY} (and VAPI_BASE_URL) for an account elsewhere") from error
        own = {_KEY: running.vapi_private_key, _URL: running.vapi_url, "BACKEND_URL": running.api_url}
        variables = own | variables
    if _KEY not in variables:
        raise Misnamed(f"set {_KEY} to the private key of the {env} account")
    url = variables.get(_URL, _VAPI)
    if not url.startswith(("http://", "https://")):
        raise Misnamed(f"{_URL} must begin with https://, but is {url}")
    return (url, variables[_KEY]), variables
