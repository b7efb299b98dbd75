"""The linter: a good tree has no finding, and each rule finds the one thing that is wrong, where it is."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdesk.vapi import kinds
from gitops import tree
from gitops.lint import check
from gitops.lint.registry import rules
from gitops.lint.rules.places import DEMO_NAMES
from local import demo
from tests.gitops.good_tree import GoodTree
from tests.gitops.lint_slips import EN, END, FIND, ROUTER, SLIPS, SQUAD, WHOLE_FILES, ZH, ZH_MEMBER, Slip


@pytest.fixture
def good(tmp_path: Path) -> GoodTree:
    return GoodTree(tmp_path / "resources")


def test_a_good_tree_has_no_finding(good: GoodTree) -> None:
    assert good.findings() == []


@pytest.mark.parametrize("slip", SLIPS, ids=str)
def test_one_mistake_is_one_finding(good: GoodTree, slip: Slip) -> None:
    good.edit(*slip.edit, times=slip.times)
    for edit in slip.also:
        good.edit(*edit)

    findings = good.findings()

    file = slip.file or slip.edit[0]
    assert [(each.file, each.rule) for each in findings] == [(file, slip.rule)]
    assert slip.what in findings[0].what
    assert findings[0].line == good.line(file, slip.at)
    assert findings[0].do, "it says what to do"


@pytest.mark.parametrize(("rule", "file", "text", "at", "what"), WHOLE_FILES)
def test_one_file_too_many_is_one_finding(
    good: GoodTree, rule: str, file: str, text: str, at: str, what: str
) -> None:
    good.write(file, text)

    [finding] = good.findings()

    assert (finding.file, finding.rule) == (file, rule)
    assert what in finding.what
    assert finding.line == good.line(file, at)


def test_every_rule_is_broken_by_a_test_here() -> None:
    broken = {slip.rule for slip in SLIPS} | {rule for rule, *_ in WHOLE_FILES}
    assert broken | {"switch", "idle-switch"} == set(rules())


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (EN, "visits.", "visits. Call 911 or 9-8-8; `phone: 0000000000`, 2026-03-02T14:00:00, 9:00-17:00."),
        (EN, "visits.", "visits. Our Clinic, the Clinic, Your Hospital. Robin Field, Dr. Wei Chen."),
        (EN, "Say nothing, and call", 'Never say "one moment", just call'),
        (EN, "Say nothing, and call", "Call"),
        (EN, "Say nothing, and call", 'If they say "later", call'),
        (EN, "Say nothing, and call", 'Say "It was found." It ends here. Call'),
        (EN, "Say nothing, and call `find_times`.", "调用 `find_times`，不要先说“请稍等”。"),
        (EN, "temperature: 0.3", "temperature: 2"),
        (EN, "waitSeconds: 0.6", "waitSeconds: 0"),
        (EN, "visits.", "visits on `day`, in `language`, by `some_other_word`."),
        (EN, "visits.", '{% if transport.conversationType == "chat" %}x{% endif %}{{ customer.name }}'),
        (EN, "visits.", "visits. {% assign who = customer.name %}{{ who | upcase }}"),
        (EN, "name: booking-en", "name: booking-en\nbackgroundSound: off\nvoicemailMessage: hello"),
        (EN, "hipaaEnabled: true", "hipaaEnabled: false\nanalysisPlan: {summaryPlan: {timeoutSeconds: 5}}"),
        (FIND, "type: function", "type: function\nasync: false"),
    ],
)
def test_what_is_well_meant_is_let_pass(good: GoodTree, file: str, old: str, new: str) -> None:
    good.edit(file, old, new)
    assert good.findings() == []


def test_a_variable_that_the_tree_sets_is_known(good: GoodTree) -> None:
    good.edit(EN, "visits.", "visits. {{ branch }} {{ visitKind }} {{ wish }}")
    good.edit(
        SQUAD,
        "name: desk\n",
        "name: desk\nmembersOverrides: {variableValues: {branch: x}}\n",
    )
    good.edit(
        FIND,
        "server:",
        'variableExtractionPlan:\n  aliases: [{key: visitKind, value: "{{$.kind}}"}]\n'
        "  schema: {type: object, properties: {wish: {type: string}}}\nserver:",
    )
    assert good.findings() == []


@pytest.mark.parametrize(
    ("one", "other", "is_double"),
    [
        ("", "", True),
        ("language eq zh", "", True),
        ("language eq zh", "language eq en", False),
        ("language eq zh", "language neq zh", False),
        ("language neq zh", "language neq en", True),
        ("visits lt 3", "visits gte 4", False),
        ("visits lt 4", "visits gt 3", True),
        ("visits eq 2", "visits gt 3", False),
        ("visits eq 5", "visits gt 3", True),
        ("visits lt many", "visits gt 3", True),
        ("visits eq 5", "language eq zh", True),
        ("visits eq 5, language eq en", "language eq zh", False),
    ],
)
def test_two_starts_are_one_too_many_when_a_call_can_satisfy_both(
    good: GoodTree, one: str, other: str, is_double: bool
) -> None:
    starts = [
        {
            "type": "request-start",
            "content": "",
            "conditions": [
                dict(zip(("param", "operator", "value"), each.split(), strict=True))
                for each in filter(None, conditions.split(", "))
            ],
        }
        for conditions in (one, other)
    ]
    good.write(
        "tools/look.yml", json.dumps({"type": "function", "function": {"name": "look"}, "messages": starts})
    )
    assert ("double-start" in {each.rule for each in good.findings()}) is is_double


def test_destinations_of_a_member_are_handoffs_by_the_names_that_vapi_gives_them(good: GoodTree) -> None:
    destinations = "\n".join(
        f"      - {{type: assistant, assistantName: {name}}}" for name in ("router", "booking-en")
    )
    good.edit(SQUAD, ZH_MEMBER, f"    assistantDestinations:\n{destinations}\n")
    good.edit(ZH, "handoff_to_router", "handoff_to_router` or `handoff_to_desk")
    good.edit(ZH, "handoff_to_booking_en", "handoff_to_booking-en")

    found = {(each.file, each.rule, each.what.split(",")[0]) for each in good.findings()}

    assert (ZH, "unlinked-tool", "names handoff_to_desk") in found
    assert not {each for each in found if each[1] in ("dead-end", "unmentioned-tool", "handoff-to-nobody")}


@pytest.mark.parametrize("destination", ["{type: dynamic}", "{type: squad, squadId: desk}"])
def test_who_hands_over_out_of_the_squad_is_not_stuck(good: GoodTree, destination: str) -> None:
    tool = f"[{{type: handoff, function: {{name: x_y}}, messages: [], destinations: [{destination}]}}]"
    good.edit(SQUAD, ZH_MEMBER, f"    assistantOverrides:\n      tools:append: {tool}\n")
    assert "dead-end" not in {each.rule for each in good.findings()}


def test_a_start_on_another_condition_may_be_heard(good: GoodTree) -> None:
    good.edit(FIND, "{param: language, operator: eq, value: zh}", "{param: day, operator: eq, value: today}")
    good.edit(FIND, 'content: ""', "content: 我看看。")
    assert (ZH, "double-filler") in {(each.file, each.rule) for each in good.findings()}


def test_hipaa_switched_on_by_the_squad_holds_for_its_members(good: GoodTree) -> None:
    for name in (ROUTER, EN, ZH):
        good.edit(name, "hipaaEnabled: true", "hipaaEnabled: false")
    overrides = "{compliancePlan: {hipaaEnabled: true}, voice: {provider: hume}}"
    good.edit(SQUAD, "name: desk\n", f"name: desk\nmembersOverrides: {overrides}\n")
    assert [(each.file, each.rule) for each in good.findings()] == [(SQUAD, "hipaa-provider")]


def test_fallbacks_are_held_to_the_same_list(good: GoodTree) -> None:
    good.edit(
        EN,
        "model: nova-2}",
        "model: nova-2, fallbackPlan: {transcribers: [{provider: gladia}]}}",
    )
    [finding] = good.findings()
    assert (finding.rule, finding.what.split()[0]) == ("hipaa-provider", "gladia")


def test_the_messages_of_a_call_are_known_only_where_a_tool_may_refuse(good: GoodTree) -> None:
    plan = 'rejectionPlan: {conditions: [{type: liquid, liquid: "{{ messages | size }}"}]}'
    good.edit(END, "function:", f"{plan}\nfunction:")
    assert good.findings() == []

    good.edit(EN, "visits.", "visits. {{ messages | size }}")
    assert [each.what for each in good.findings()] == ["nobody fills in messages"]


def test_a_tool_is_named_as_the_model_knows_it(good: GoodTree) -> None:
    good.write("tools/finder.yml", "type: function\nasync: true\nfunction: {name: find_days}\n")
    good.edit(EN, "ask when.", "call `finder`.")

    [finding] = good.findings()

    assert (finding.rule, finding.what) == ("unlinked-tool", "names finder; the model knows it as find_days")


def test_an_assistant_that_only_vapi_has_is_not_judged(good: GoodTree) -> None:
    theirs = "00000000-0000-4000-8000-000000000001"
    good.edit(SQUAD, ZH_MEMBER, f"{ZH_MEMBER}  - assistantId: {theirs}\n")
    good.edit(SQUAD, "assistantName: booking-zh", "assistantName: theirs")
    assert good.findings() == []


def test_a_tree_without_liquid_loads_no_liquid(good: GoodTree) -> None:
    good.edit("assistants/router.md", '{{ clinicName | default: "the clinic" }}', "the clinic")
    script = (
        "import sys; from pathlib import Path; from gitops import tree; from gitops.lint import check;"
        f"print(check(tree.load(Path({str(good.root)!r}))), 'liquid' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[] False\n"


def test_a_prompt_in_yaml_is_read_like_one_in_markdown(good: GoodTree) -> None:
    good.write(
        "assistants/clerk.yml",
        "name: clerk\nmodel:\n  messages:\n    - role: system\n      content: |\n        One.\n\n"
        "        We are in Toronto.\n",
    )
    found = {(each.rule, each.line) for each in good.findings()}
    assert found == {("city", 8), ("emergency-section", 6)}


class TestSwitchingOff:
    @pytest.mark.parametrize(("file", "before"), [(EN, "name: booking-en"), (FIND, "function:")])
    def test_one_rule_is_silent_in_one_file(self, good: GoodTree, file: str, before: str) -> None:
        for each in (EN, ZH):
            good.edit(each, "## ", "In Toronto.\n\n## ")
        good.edit(FIND, "Finds", "In Toronto finds")
        good.write(FIND, f"# Comments may come first.\n---\n{good.read(FIND)}")
        good.edit(file, before, f"# lint: off city because it is the only one\n{before}")

        assert {each.file for each in good.findings()} == {EN, ZH, FIND} - {file}

    @pytest.mark.parametrize(
        "comment", ["off city", "off city because", "off town because of x", "of city because x", "city"]
    )
    def test_without_a_reason_or_a_known_name_nothing_is_off(self, good: GoodTree, comment: str) -> None:
        good.edit(EN, "visits.", "visits in Toronto.")
        good.edit(EN, "name: booking-en", f"name: booking-en\n# lint: {comment}")

        findings = [(each.rule, each.line) for each in good.findings()]

        assert findings == [("switch", 3), ("city", good.line(EN, "Toronto"))]

    def test_what_finds_nothing_should_go(self, good: GoodTree) -> None:
        good.edit(EN, "name: booking-en", "name: booking-en\n# lint: off city because of old times")

        [finding] = good.findings()

        assert (finding.file, finding.line, finding.rule, finding.severity) == (
            EN,
            3,
            "idle-switch",
            "warning",
        )
        assert "city is switched off" in finding.what

    def test_a_heading_of_a_prompt_switches_nothing_off(self, good: GoodTree) -> None:
        good.edit(EN, "visits.", "visits in Toronto.\n# lint: off city because it is spoken\n")
        assert [each.rule for each in good.findings()] == ["city"]


def test_no_demo_clinic_can_be_named_in_a_prompt() -> None:
    organizations = demo._ORGANIZATIONS  # pyright: ignore[reportPrivateUsage]
    names = {each[key] for each in organizations for key in ("name", "name_zh") if each[key]}
    assert names == set(DEMO_NAMES)


def test_the_resources_that_come_with_us_have_no_finding() -> None:
    from gitops.tools import ROOT

    assert check(tree.load(ROOT / "resources")) == []


_WORDS = """
name type model toolIds tools messages content role members assistantId assistantOverrides tools:append
destinations assistantName conditions param operator value function parameters properties schema evaluations
structuredOutputId serverMessages compliancePlan transcriber provider fallbackPlan
"""
_KEYS = st.sampled_from(_WORDS.split())
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "system", "handoff", "router", "`a_b`"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)


@given(document=st.dictionaries(_KEYS, _JSON, max_size=6), kind=st.sampled_from(kinds.KINDS))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_document_however_odd_stops_it(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any], kind: kinds.Kind
) -> None:
    good = GoodTree(tmp_path_factory.mktemp("odd"))
    good.write(f"{kind.folder}/odd.yml", json.dumps(document))
    assert isinstance(good.findings(), list)
