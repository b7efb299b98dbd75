"""Templates into HTML. Everything that is filled in is escaped; nothing here or there says otherwise."""

import hashlib
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from frontdesk.console import refusals, words
from frontdesk.speech.language import Language

ASSETS: Final = Path(__file__).parent / "assets"
_TEMPLATES: Final = Path(__file__).parent / "templates"


def render(template: str, language: Language, values: Mapping[str, Any]) -> str:
    """The template, filled, in that language."""
    return environment(language).get_template(template).render(values)


@cache
def environment(language: Language) -> Environment:
    """Jinja's, which raises for a name that a template has and nobody filled in."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = words.catalogue(language)
    # Not Jinja's "new style", by which all that goes through `_` counts as safe HTML: a notice's title too.
    cast("Any", made).install_gettext_translations(catalogue, newstyle=False)
    refused: dict[str, Any] = {
        "told": partial(refusals.told, language),
        "why": partial(refusals.why, language),
    }
    made.filters.update(words.filters(language) | refused)

    def translated(text: str, **fields: Any) -> str:
        """The text in the reader's language, with its `%(fields)s`; escaped where it is shown."""
        return catalogue.gettext(text) % fields if fields else catalogue.gettext(text)

    cast("dict[str, Any]", made.globals).update(asset=asset, language=language, _=translated)
    return made


@cache
def asset(name: str) -> str:
    """Where a browser finds a file of ours for as long as it stays what it is."""
    tag = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]
    return f"/console/assets/{name}?v={tag}"
