"""The estimate of what a stage costs: made of its template, and the same in the documents."""

import re
from copy import deepcopy

import pytest

from infra import costs
from infra.costs import CALLS_A_DAY, bill
from infra.template import template


def total(lines: list[costs.Line], calls: int) -> float:
    return sum(line.usd[CALLS_A_DAY.index(calls)] for line in lines)


def test_each_gateway_and_reader_more_is_on_the_bill() -> None:
    dev = template("dev")
    more = deepcopy(dev)
    for kind in ("AWS::EC2::NatGateway", "AWS::RDS::DBInstance"):
        [(name, made)] = costs.resources(dev, kind).items()
        more["Resources"][f"{name}2"] = made

    added = {
        line.what: line.usd[0] - before.usd[0] for line, before in zip(bill(more), bill(dev), strict=True)
    }

    assert added["NAT gateways"] == pytest.approx(0.045 * 730 * 1.1)
    assert added["database: capacity"] > 0
    assert added["keys and secrets"] == 0


def test_what_is_kept_warm_is_on_the_bill() -> None:
    kept = {"Properties": {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2}}}
    dev = template("dev")
    warm = {**dev, "Resources": {**dev["Resources"], "OneMore": {"Type": "AWS::Lambda::Version", **kept}}}

    assert total(bill(warm), 0) - total(bill(dev), 0) == pytest.approx(2 * 730 * 3600 * 0.0000033334 * 1.1)


def test_calls_cost_something_and_prod_costs_more_than_dev() -> None:
    dev, prod = bill(template("dev")), bill(template("prod"))

    assert total(dev, 0) < total(dev, 1_000) < total(dev, 10_000)
    assert total(dev, 0) < total(prod, 0)


@pytest.mark.parametrize(
    ("rate", "a_month"), [("rate(1 minute)", 43_776), ("rate(2 hours)", 364.8), ("rate(1 day)", 30.4)]
)
def test_a_clock_is_counted_by_the_month(rate: str, a_month: float) -> None:
    assert costs.a_month(rate) == pytest.approx(a_month)


def test_the_documents_table_is_of_these_templates() -> None:
    """To a twentieth: `python -m infra.costs --write` makes it anew."""

    def figures(table: str) -> list[float]:
        return [float(each.replace(",", "")) for each in re.findall(r"[\d,]+(?=\*\* \|)", table)]

    told = costs.written(costs.DOCUMENT.read_text(encoding="utf-8"))

    assert len(figures(told)) == 2 * len(CALLS_A_DAY)
    assert figures(told) == pytest.approx(figures(costs.current()), rel=0.05)
