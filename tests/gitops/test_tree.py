"""A folder of files as resources, in the public engine's layout."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gitops import tree as trees
from gitops.tree import NothingNamed, Tree
from tests.gitops.engine import TREE


def tree(root: Path, files: Mapping[str, str | bytes]) -> Tree:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return trees.load(root)


def names(found: Tree) -> list[str]:
    return [each.name for each in found]


def faults(root: Path, files: Mapping[str, str | bytes]) -> list[str]:
    return [str(problem) for problem in trees.faults(tree(root, files))]


def test_a_path_without_its_ending_is_the_id(tmp_path: Path) -> None:
    found = tree(
        tmp_path,
        {
            "assistants/sales/inbound/greeter.md": "---\nname: greeter\n---\n\nHi\n",
            "assistants/v1.5.yaml": "name: old\n",
            "tools/look_up.yml": "type: endCall\n",
            "simulations/tests/books.yml": "name: books\n",
            "structuredOutputs/outcome.yml": "name: outcome\n",
        },
    )
    # In the order of writing.
    assert names(found) == [
        "tools/look_up",
        "structuredOutputs/outcome",
        "assistants/sales/inbound/greeter",
        "assistants/v1.5",
        "simulations/tests/books",
    ]
    assert found.problems == []


def test_what_lies_beside_resources_is_not_seen(tmp_path: Path) -> None:
    found = tree(
        tmp_path,
        {
            "assistants/a.md": "---\nname: a\n---\n",
            "assistants/a.2026-06-08T09-00-00.bkp.md": "---\nname: a\n---\n",
            "tools/b.20260608.bkp.yml": "type: endCall\n",
            "assistants/.a.md.swp": "",
            "assistants/.trash/old.yml": "name: old\n",
            "assistants/README.txt": "Read me.",
            "squads/notes.json": "{}",
            "README.md": "# Files",
        },
    )
    assert names(found) == ["assistants/a"]
    assert found.problems == []


def test_evals_are_left_alone_and_that_is_said(tmp_path: Path) -> None:
    found = tree(
        tmp_path, {"evals/a.yml": "name: a\n", "evals/deep/b.yml": "x: [", "tools/c.yml": "type: endCall\n"}
    )
    assert names(found) == ["tools/c"]
    assert found.notes == ["evals/ is left alone (files: 2); rehearsed calls are simulations/ here"]
    assert trees.faults(found) == []


def test_a_script_is_refused_rather_than_overlooked(tmp_path: Path) -> None:
    assert faults(tmp_path, {"tools/a.ts": "export default {}"}) == [
        "tools/a.ts:1: is a script, and none is run here; write YAML"
    ]


def test_what_cant_be_read_is_told_with_file_and_line_and_the_rest_is_read(tmp_path: Path) -> None:
    found = tree(
        tmp_path,
        {
            "assistants/a.md": "---\nname: a\nmodel: 1\nname: b\n---\n",
            "tools/b.yml": b"\xff\xfe",
            "tools/c.yml": "type: endCall\n",
        },
    )
    assert [str(problem) for problem in found.problems] == [
        "tools/b.yml:1: is not UTF-8",
        "assistants/a.md:4: has the key `name` twice, on line 1 too",
    ]
    assert names(found) == ["tools/c"]


def test_two_files_of_one_id_are_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, {"tools/a.yml": "type: endCall\n", "tools/a.yaml": "type: endCall\n"}) == [
        "tools/a.yml:1: has the same id as a.yaml"
    ]


def test_the_public_engines_own_ways_are_understood(tmp_path: Path) -> None:
    found = tree(
        tmp_path,
        {
            **TREE,
            "structuredOutputs/mood.yml": 'name: mood\nassistant_ids: ["greeter ## who answers", booker]\n',
        },
    )
    assert found.resources["structuredOutputs", "mood"].document == {
        "name": "mood",
        "assistantIds": ["greeter", "booker"],
    }
    assert trees.faults(found) == []


def test_an_unknown_reference_is_told_where_it_stands(tmp_path: Path) -> None:
    more = {
        "assistants/a.md": "---\nname: a\nmodel:\n  toolIds:\n    - lookup\n    - look_up\n---\n\nHi\n",
        "squads/b.yml": "name: b\nmembers:\n  - assistantId: nobody\n  - assistantId: assistants/a\n",
    }
    assert faults(tmp_path, {**TREE, **more}) == [
        "assistants/a.md:6: refers to tools/look_up, and there is no such file",
        "squads/b.yml:3: refers to assistants/nobody, and there is no such file",
        "squads/b.yml:4: refers to assistants/assistants/a, and there is no such file",
    ]


def test_names_in_schemas_and_own_values_are_no_references(tmp_path: Path) -> None:
    text = """\
type: function
function:
  name: f
  parameters: {type: object, properties: {toolId: {type: string}}, required: [toolId]}
parameters: [{key: assistantId, value: x}]
"""
    assert faults(tmp_path, {"tools/f.yml": text}) == []


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    more = {
        "tools/again.yml": "type: function\nfunction:\n  name: lookup\n",
        "assistants/a.yml": "name: Booker\n",
    }
    assert faults(tmp_path, {**TREE, **more}) == [
        "tools/lookup.yml:3: has the same name as tools/again: lookup",
        "assistants/booker.md:2: has the same name as assistants/a: Booker",
    ]


def test_an_assistant_needs_a_name(tmp_path: Path) -> None:
    assert faults(tmp_path, {"assistants/b.yml": "voice: {}\n"}) == ["assistants/b.yml:1: has no name"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("tools/team-x-*", ["tools/own", "tools/deep/team-x-b"]),
        ("tools/**", []),
        ("tools/*", ["tools/deep/team-x-b"]),
        ("**/team-x-?", ["tools/own"]),
        ("tools/own", ["tools/deep/team-x-b", "tools/team-x-a"]),
        ("# tools/own", ["tools/deep/team-x-b", "tools/own", "tools/team-x-a"]),
        ("own", ["tools/deep/team-x-b", "tools/own", "tools/team-x-a"]),
        ("tools/o.n", ["tools/deep/team-x-b", "tools/own", "tools/team-x-a"]),
    ],
)
def test_what_the_ignore_file_names_is_left_out(tmp_path: Path, pattern: str, left: list[str]) -> None:
    tool = "type: endCall\n"
    files = {"tools/own.yml": tool, "tools/team-x-a.yml": tool, "tools/deep/team-x-b.yml": tool}
    found = tree(tmp_path, {**files, ".vapi-ignore": f"# ours\n\n  {pattern}  \r\n"})
    assert sorted(names(found)) == sorted(left)


def test_ignoring_a_broken_file_makes_it_harmless_and_referring_to_it_is_an_error(tmp_path: Path) -> None:
    more = {".vapi-ignore": "tools/lookup\n", "tools/lookup.yml": "a: [\n"}
    assert faults(tmp_path, {**TREE, **more}) == [
        "assistants/booker.md:7: refers to tools/lookup, which .vapi-ignore leaves out",
        "assistants/greeter.md:8: refers to tools/lookup, which .vapi-ignore leaves out",
    ]


@pytest.mark.parametrize(
    ("word", "chosen"),
    [
        ("tools", ["tools/hang_up", "tools/lookup"]),
        ("tools/", ["tools/hang_up", "tools/lookup"]),
        ("tools/lookup", ["tools/lookup"]),
        ("tools/lookup.yml", ["tools/lookup"]),
        ("resources/tools/lookup.yml", ["tools/lookup"]),
        ("{root}/tools/lookup.yml", ["tools/lookup"]),
        ("./resources/assistants/greeter.md", ["assistants/greeter"]),
        ("booker.md", ["assistants/booker"]),
        ("assistants/gone", ["assistants/gone"]),
        ("simulations/tests", []),
        ("simulations", ["simulations/tests/a"]),
    ],
)
def test_words_name_kinds_folders_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, chosen: list[str]
) -> None:
    root = tmp_path / "resources"
    (root / "assistants").mkdir(parents=True)
    monkeypatch.chdir(root / "assistants" if word.startswith("booker") else tmp_path)
    more = {"simulations/tests/a.yml": "name: a\n"} if word == "simulations" else {}
    found = tree(root, {**TREE, **more})
    picked = trees.chosen(found, [word.format(root=root)], [("assistants", "gone")])
    by_key = {each.key: each.name for each in found}
    assert sorted(by_key.get(key, "/".join(key)) for key in picked) == chosen


@pytest.mark.parametrize("word", ["tool", "tools/look", "look*", "", "nobody", "tools/../tools/lookup"])
def test_a_word_that_names_nothing_is_refused(tmp_path: Path, word: str) -> None:
    with pytest.raises(NothingNamed, match="names no kind and no resource"):
        trees.chosen(tree(tmp_path, TREE), [word])
