"""How far it goes: what so many clinics need, which limit they meet first, and what they cost.

    python -m infra.scale            # prints the tables
    python -m infra.scale --write    # puts them into docs/scale.md, and draws docs/scale.svg

All that goes in stands in `scale.toml`, each number with where it is from; prices are of `infra.costs`.
"""

import sys
from collections.abc import Mapping
from functools import cache
from html import escape
from math import ceil, log10
from typing import Final, NamedTuple

from infra import costs
from infra.packaging import ROOT
from infra.template import template
from infra.usage import DAYS, inputs, uses

CLINICS: Final = (100, 10_000, 1_000_000)
A_CELL: Final = 2_000
"""Clinics: the most that one stage should serve, before any limit that money doesn't move."""
PAGE, PICTURE = ROOT / "docs" / "scale.md", ROOT / "docs" / "scale.svg"
_END: Final = "<!-- end -->"
_YEARS: Final = 6
_CORES_A_UNIT: Final = 0.25
"""About, of an Aurora capacity unit: 2 GB of memory and its share of a processor."""


class Limit(NamedTuple):
    """Something there is no more of."""

    name: str
    what: str
    of: str
    """Which of `needs` it is about."""
    value: float
    source: str
    do: str


def limits() -> list[Limit]:
    """All that are known."""
    return [
        Limit(name, one["what"], one["of"], float(one["value"]), one["from"], one["do"])
        for name, one in inputs()["limit"].items()
    ]


def needs(clinics: float, use: Mapping[str, float]) -> dict[str, float]:
    """What so many clinics need in their busiest hour, and keep after six years; all grow alike."""
    calls_a_second = clinics * use["calls_a_day"] * use["busiest_hour"] / 3600
    requests = calls_a_second * (use["tools_a_call"] + use["messages_a_call"])
    invoked = requests + calls_a_second * use["afterwards_a_call"]
    at_once = invoked * use["invocation_s"]
    syncs_a_minute = clinics * use["calendars"] / 10
    emr_at_once = clinics * use["emr_share"] * use["emr_reading_s"] / 60
    return {
        "calls_at_once": calls_a_second * use["call_s"],
        "requests_a_second": requests,
        # Of some twenty tools three are asked in nearly every call.
        "one_tool_at_once": calls_a_second * use["tools_a_call"] / 3 * use["invocation_s"],
        "functions_at_once": at_once + emr_at_once + syncs_a_minute * use["calendar_sync_s"] / 60,
        "connections": at_once * use["environments_for_one"] + emr_at_once,
        "units": invoked * use["database_core_ms"] / 1000 / _CORES_A_UNIT,
        "stored_gb": clinics * use["calls_a_day"] * 365 * _YEARS * use["stored_kb_a_call"] / 1e6,
        "texts_a_minute": calls_a_second * 60 * use["questions_a_call"],
        "calendar_questions_a_minute": 2 * syncs_a_minute,
        "calendar_syncs_at_once": syncs_a_minute * use["calendar_sync_s"] / 60,
        "emr_readings_at_once": emr_at_once,
        "vectors_gb": clinics * use["passages"] * 2_056 / 1e9,
    }


def reached(limit: Limit, use: Mapping[str, float]) -> int:
    """How many clinics it takes to meet it."""
    return int(limit.value / needs(1, use)[limit.of])


def cells(clinics: int) -> int:
    """How many stages they are spread over."""
    return ceil(clinics / A_CELL)


@cache
def _prices() -> tuple[float, float]:
    """USD of a stage without a call, a month; and of one call."""
    lines = costs.bill(template("prod"))
    idle, _, busy = (sum(line.usd[place] for line in lines) for place in range(len(costs.CALLS_A_DAY)))
    return idle, (busy - idle) / (costs.CALLS_A_DAY[-1] * DAYS)


def usd_a_month(clinics: int, use: Mapping[str, float]) -> tuple[float, float]:
    """What stands there whoever calls, in all cells, and what the calls add."""
    idle, a_call = _prices()
    return idle * cells(clinics), a_call * clinics * use["calls_a_day"] * DAYS


_NAMED: Final = {
    "calls_at_once": "calls at once",
    "requests_a_second": "requests a second",
    "functions_at_once": "functions at once",
    "connections": "connections to Postgres",
    "units": "capacity units",
    "stored_gb": "GB in Postgres after six years",
    "vectors_gb": "GB of vectors",
    "texts_a_minute": "texts a minute to have vectors made of",
    "calendar_questions_a_minute": "questions a minute to calendars",
    "emr_readings_at_once": "readings of EMRs at once",
}


def tables() -> dict[str, str]:
    """Those of `docs/scale.md`, in Markdown, by the name that stands in front of each there."""
    use = uses()
    rows = {clinics: needs(clinics, use) for clinics in CLINICS}
    money = {clinics: usd_a_month(clinics, use) for clinics in CLINICS}

    def row(head: str, *cells: str) -> str:
        return f"| {head} | {' | '.join(cells)} |"

    return {
        "needs": "\n".join(
            [
                row("in the busiest hour", *(f"{clinics:,} clinics" for clinics in CLINICS)),
                row("---", *("---:" for _ in CLINICS)),
                *(
                    row(named, *(_number(rows[clinics][key]) for clinics in CLINICS))
                    for key, named in _NAMED.items()
                ),
                row(f"cells of {A_CELL:,} clinics", *(f"{cells(clinics):,}" for clinics in CLINICS)),
                row("USD a month, whoever calls", *(f"{money[one][0]:,.0f}" for one in CLINICS)),
                row("USD a month, for their calls", *(f"{money[one][1]:,.0f}" for one in CLINICS)),
                row("USD a clinic and month", *(f"{sum(money[one]) / one:,.2f}" for one in CLINICS)),
            ]
        ),
        "limits": "\n".join(
            [
                row("at", "the limit", "do"),
                row("---:", "---", "---"),
                *(
                    row(
                        f"{reached(one, use):,} clinics",
                        f"{one.value:,.0f} {one.what} ({one.source})",
                        one.do,
                    )
                    for one in sorted(limits(), key=lambda one: reached(one, use))
                ),
            ]
        ),
        "inputs": "\n".join(
            [
                row("input", "value", "from"),
                row("---", "---:", "---"),
                *(
                    row(f"`{name}`", f"{one['value']:g}", one["from"])
                    for name, one in inputs()["use"].items()
                ),
            ]
        ),
    }


def filled(page: str) -> str:
    """The page with its tables as they are now."""
    for name, table in tables().items():
        begins = f"<!-- {name}: made by `python -m infra.scale --write` -->"
        before, _, rest = page.partition(begins)
        page = f"{before}{begins}\n\n{table}\n\n{_END}{rest.partition(_END)[2]}"
    return page


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


_LEFT, _WIDTH, _ROW, _TOP = 370, 940, 30, 60


def picture() -> str:
    """`docs/scale.svg`: at how many clinics each limit is met, on a scale of powers of ten."""
    use = uses()
    met = sorted(limits(), key=lambda one: reached(one, use))
    height = _TOP + _ROW * len(met) + 40
    span = _WIDTH - _LEFT - 90

    def x(clinics: float) -> float:
        return _LEFT + span * log10(max(clinics, 1)) / 6

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"',
        'aria-label="Clinics at which each limit is met" font-family="system-ui, sans-serif" font-size="13">',
        "<style>text{fill:#1f2328}.faint{fill:#59636e}.line{stroke:#d1d9e0}.bar{fill:#2a6fb0}",
        "@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.faint{fill:#9198a1}.line{stroke:#3d444d}",
        ".bar{fill:#6ea8dc}}</style>",
        '<text x="12" y="24" font-weight="600">Clinics at which each limit is met</text>',
    ]
    for power in range(7):
        at = x(10**power)
        parts.append(f'<line class="line" x1="{at:.0f}" y1="44" x2="{at:.0f}" y2="{height - 24}"/>')
        parts.append(
            f'<text class="faint" x="{at:.0f}" y="{height - 8}" text-anchor="middle">{10**power:,}</text>'
        )
    for number, one in enumerate(met):
        y = _TOP + _ROW * number
        clinics = reached(one, use)
        words = escape(one.what.partition(" (")[0])
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 13}" text-anchor="end">{words}</text>')
        width = max(2.0, x(clinics) - _LEFT)
        parts.append(
            f'<rect class="bar" x="{_LEFT}" y="{y}" width="{width:.0f}" height="18" rx="3"/>'
            f'<text class="faint" x="{_LEFT + width + 6:.0f}" y="{y + 13}">{clinics:,}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    """Prints the tables, or writes them and the picture."""
    if "--write" not in sys.argv:
        sys.stdout.write("\n\n".join([*tables().values(), ""]))
        return
    PAGE.write_text(filled(PAGE.read_text("utf-8")), encoding="utf-8")
    PICTURE.write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
