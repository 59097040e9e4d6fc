"""What a policy file means, what is refused in it, and with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.policy_file import load_policies
from gateway.core.policy import Action, ActionKind, Exemption
from gateway.errors import PolicyErrors
from tests.gateway.config.specs import NOW, SPECS, load, mistakes

HEAD = "policy: p\nrules:\n  - id: a\n    guard: words\n"


def test_a_whole_policy_is_read(tmp_path: Path) -> None:
    found = load(tmp_path, p="""\
        policy: p
        applies_to: {models: ["hand-*"], keys: app}
        mode: monitor
        on_error: flag
        on_unscannable: {image: flag}
        release: complete
        refusal: No.
        rules:
          - id: a
            guard: words
            on: {input: [user, tool], output: all}
            sensitivity: high
            entities: {WORD: {replace: "***"}, X: tokenize}
            words: [one, two]
            limit: 5
          - {id: b, guard: digits, mode: shadow, on_error: block, action: {respond: Hello}, sensitivity: 0.25}
        exceptions:
          - {rule: a, match: one, owner: me, reason: fine, until: 2027-01-31}
        tests:
          - {name: t, system: s, user: u, assistant: x, expect: block, by: a, not_by: b}
          - {name: m, messages: [{role: user, content: x}, {role: assistant, content: y}], tool: z, expect: allow}
        """)
    (policy,) = found.policies
    assert (policy.models, policy.keys, policy.mode, policy.release, policy.refusal) == (
        ("hand-*",), ("app",), "monitor", "complete", "No.")
    assert policy.on_unscannable == (("image", ActionKind.FLAG),)
    a, b = policy.rules
    assert (a.input_roles, a.output, a.threshold) == (("user", "tool"), True, 0.3)
    assert (a.mode, a.on_error) == ("monitor", "flag")
    assert a.entities == (("WORD", Action(ActionKind.REPLACE, "***")), ("X", Action(ActionKind.TOKENIZE)))
    assert a.action == Action(ActionKind.ALLOW), "what a list of entities does not name passes"
    assert (a.params.words, a.params.limit) == (("one", "two"), 5)
    assert (b.mode, b.on_error, b.action, b.threshold) == (
        "shadow", "block", Action(ActionKind.RESPOND, "Hello"), 0.25)
    assert len(b.input_roles) == 6, "a rule without `on` looks everywhere"
    assert b.output
    assert policy.exceptions == (Exemption("a", "one", "me", "fine", 1_801_440_000.0),), "the day itself is included"
    first, second = policy.tests
    assert (first.channels, first.output) == ((("system", "s"), ("user", "u")), "x")
    assert (first.by, first.not_by) == ("a", ("b",))
    assert second.channels == (("user", "x"), ("assistant", "y"), ("tool", "z"))
    assert [rule.line for rule in policy.rules] == [9, 16]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("policy: p\nruls: []\n", "p.yaml:2: unknown key 'ruls' (did you mean 'rules'?)"),
        (HEAD + "    acton: block\n", "p.yaml:5: rules[0].acton: unknown key 'acton' in a rule of guard 'words' (did "),
        (HEAD + "    acton: block\n", "(did you mean 'action'?)"),
        (HEAD + "    wrods: [a]\n", "(did you mean 'words'?)"),
        (HEAD + "    on: {inptu: all}\n", "p.yaml:5: rules[0].on.inptu: unknown key 'inptu' in on"),
        (HEAD + "    on: {input: [usr]}\n", "names a role that does not exist (did you mean 'user'?)"),
        (HEAD + "    on: {output: some}\n", "p.yaml:5: rules[0].on.output: must be 'all' or 'none'"),
        (HEAD + "    on: {}\n", "p.yaml:5: rules[0].on: the rule runs nowhere"),
        (HEAD + "    action: blok\n", "p.yaml:5: rules[0].action: is not an action (did you mean 'block'?)"),
        (HEAD + "    action: respond\n", "'respond' needs its text (write {respond: \"…\"})"),
        (HEAD + "    action: {mask: x}\n", "'mask' takes no text"),
        (HEAD + "    action: rephrase\n", "'rephrase' cannot be honoured"),
        (HEAD + "    entities: {X: route}\n", "p.yaml:5: rules[0].entities.X: 'route' cannot be honoured"),
        (HEAD + "    on: {output: all}\n    action: tokenize\n", "p.yaml:6: rules[0].action: 'tokenize' on an answer"),
        (HEAD + "    action: retry\n", "p.yaml:5: rules[0].action: 'retry' cannot be honoured"),
        (HEAD + "    on: {output: all}\n    entities: {WORD: tokenize}\n",
         "p.yaml:6: rules[0].entities.WORD: 'tokenize' on an answer"),
        ("policy: p\nrules:\n - {id: a, guard: digits, entities: {EVEN: mask, OD: mask}}\n",
         "p.yaml:3: rules[0].entities.OD: guard 'digits' knows no entity 'OD' (did you mean 'ODD'?)"),
        (HEAD + "    sensitivity: 1.5\n", "a threshold lies between 0 and 1"),
        (HEAD + "    sensitivity: hi\n", "must be low, balanced, high or a threshold"),
        (HEAD + "    limit: three\n", "p.yaml:5: rules[0].limit: must be a whole number, not text"),
        (HEAD + "    limit:\n", "p.yaml:5: rules[0].limit: has no value"),
        (HEAD + "    words: one\n", "p.yaml:5: rules[0].words: must be a list, not text"),
        (HEAD + "    deny: [{name: x, phrase: [y]}]\n", "p.yaml:5: rules[0].deny[0].phrase: unknown key 'phrase'"),
        (HEAD + "    regex: '(a)(?=b)'\n", "p.yaml:5: rules[0].regex: the pattern uses look-ahead"),
        (HEAD + "    regex: '(?:x{1000}){1000}'\n", "p.yaml:5: rules[0].regex: the pattern can match"),
        (HEAD + "    regex: '(a'\n", "is not a valid regular expression"),
        (HEAD + "    documents: [no/*.md]\n", "p.yaml:5: rules[0].documents: no file matches 'no/*.md'"),
        ("policy: p\nrules: [{id: a, guard: wods}]\n", "p.yaml:2: rules[0].guard: there is no guard 'wods' (did you"),
        ("policy: p\nrules: [{guard: words}]\n", "p.yaml:2: rules[0].id: 'id' is missing"),
        ("policy: p\nrules: [{id: a}]\n", "p.yaml:2: rules[0].guard: 'guard' is missing"),
        ("policy: p\nrules: [{id: A b, guard: words}]\n", "must be lower-case letters"),
        ("policy: p\nrules:\n - {id: a, guard: words}\n - {id: a, guard: digits}\n", "p.yaml:4: rules[1].id: rule id"),
        ("policy: p\nmode: enforced\n", "must be one of enforce, monitor, shadow (did you mean 'enforce'?)"),
        ("policy: p\nrelease: complet\n", "p.yaml:2: release: must be stream, complete or {tail: 200} (did you mean 'complete'?)"),
        ("policy: p\nrelease: {tail: 0}\n", "p.yaml:2: release: must be stream, complete or {tail: 200} (a tail is 1 to 100000"),
        ("policy: p\nrelease: {tail: 100001}\n", "a tail is 1 to 100000 characters"),
        ("policy: p\nrelease: {tail: 9, head: 9}\n", "a tail is 1 to 100000 characters"),
        ("policy: p\nrelease: {tail: yes}\n", "a tail is 1 to 100000 characters"),
        ("policy: p\nrelease: 200\n", "a tail is 1 to 100000 characters"),
        ("policy: p\non_unscannable: {imag: block}\n", "(did you mean 'image'?)"),
        ("policy: p\nextends: [q]\n", "p.yaml:2: extends[0]: there is no policy 'q'"),
        ("policy: p\nextends: [p]\n", "extends itself: p → p"),
        ("rules: []\n", "p.yaml:1: policy: 'policy' is missing"),
        ("- policy: p\n", "p.yaml:1: is not a policy"),
        ("", "p.yaml:1: is not a policy"),
        ("policy: p\nrules: {a: b}\n", "p.yaml:2: rules: must be a list, not a mapping"),
        ("policy: p\nrules:\n", "p.yaml:2: rules: has no value"),
        (HEAD + "exceptions: [{rule: b, match: xyz, owner: o, reason: r, until: 2027-02-01}]\n",
         "p.yaml:5: exceptions[0].rule: there is no rule 'b'"),
        (HEAD + "exceptions: [{rule: a, match: xyz, owner: o, reason: r, until: soon}]\n", "must be a date"),
        (HEAD + "exceptions: [{rule: a, match: xyz, reason: r, until: 2027-02-01}]\n", "'owner' is missing"),
        (HEAD + "tests: [{name: t, user: x, expect: blocked}]\n", "(did you mean 'block'?)"),
        (HEAD + "tests: [{name: t, user: x, expect: block, by: aa}]\n", "tests[0].by: there is no rule 'aa'"),
        (HEAD + "tests: [{name: t, user: x, times: 100001, expect: allow}]\n", "tests[0].times: "),
        (HEAD + "tests: [{name: t, user: '01234567890', times: 99999, expect: allow}]\n", "more than 1000000 characters"),
        (HEAD + "tests: [{name: t, expect: block}]\n", "p.yaml:5: tests[0]: says nothing"),
        (HEAD + "tests: [{name: t, user: x, expect: block, text: y}]\n", "tests[0].text: is compared for edits only"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_line_key_and_cure(tmp_path: Path, text: str, words: str) -> None:
    found = mistakes(tmp_path, p=text)
    assert len(found) == 1, found
    assert words in found[0]


@pytest.mark.parametrize(("action", "entities"), [("", ("EVEN",)), (", action: flag", ("EVEN", "ODD"))])
def test_only_listed_entities_are_looked_for_unless_the_others_have_an_action(
    tmp_path: Path, action: str, entities: tuple[str, ...]
) -> None:
    found = load(tmp_path, p=f"policy: p\nrules: [{{id: a, guard: digits, entities: {{EVEN: mask}}{action}}}]\n")
    assert found.policies[0].rules[0].params.entities == entities


def test_all_mistakes_of_all_files_come_at_once_in_order(tmp_path: Path) -> None:
    found = mistakes(tmp_path, a=HEAD + "    acton: x\nmode: no\n", b="policy: q\nrules: [{id: x, guard: y}]\nz: 1\n",
                     c="policy: [\n")
    assert [each.split(" ")[0] for each in found] == ["a.yaml:5:", "a.yaml:6:", "b.yaml:2:", "b.yaml:3:", "c.yaml:2:"]


def test_two_policies_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "policy 'p' exists already" in mistakes(tmp_path, a=HEAD, b=HEAD)[0]


def test_a_document_is_read_from_beside_the_policy_and_listed(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("one", "two"):
        (tmp_path / "docs" / f"{name}.md").write_text(f"text of {name}", "utf-8")
    found = load(tmp_path, p=HEAD + "    documents: [docs/*.md, docs/one.md]\n")
    sources = found.policies[0].rules[0].params.documents
    assert [(each.name, each.text) for each in sources] == [("one.md", "text of one"), ("two.md", "text of two")]
    assert {Path(name).name for name in found.files} == {"p.yaml", "one.md", "two.md"}
    before = found.revision
    (tmp_path / "docs" / "two.md").write_text("changed", "utf-8")
    assert load(tmp_path).revision != before


def test_an_expired_exception_is_a_warning(tmp_path: Path) -> None:
    found = load(tmp_path, p=HEAD + "exceptions: [{rule: a, match: xyz, owner: o, reason: r, until: 2027-01-14}]\n")
    assert "p.yaml:5: exceptions[0].until: ended on 2027-01-14: it never applies" in found.warnings[0]


def test_an_exception_that_ended_before_there_were_years_is_a_warning_too(tmp_path: Path) -> None:
    text = "exceptions: [{rule: a, match: xyz, owner: o, reason: r, until: '0001-01-01T00:00:00+14:00'}]\n"
    assert "ended on 0001-01-01T00:00:00+14:00" in load(tmp_path, p=HEAD + text).warnings[0]


def test_a_policy_that_could_never_apply_is_refused(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, p=HEAD + "applies_to:\n  models: []\n")
    assert said == ("p.yaml:6: applies_to.models: names nothing, so the policy would never apply "
                    "(write [\"*\"] for all, or remove the key)")


def test_what_a_guard_says_of_its_parameters_is_reported_at_the_one_it_means(tmp_path: Path) -> None:
    rules = "policy: p\nrules:\n"
    written = {
        "  - id: a\n    guard: limits\n    about: x\n    max_characters: -1\n": "max_characters",
        "  - id: a\n    guard: pii\n    about: x\n    regions: [US, XX]\n": "regions",
        "  - id: a\n    guard: custom\n    about: x\n    rule: ''\n    url: http://h/v1\n    model: m\n": "rule",
        "  - id: a\n    guard: language\n    about: x\n    allow: [x]\n": "allow",
        "  - id: a\n    guard: injection\n    about: x\n    families: [overide]\n": "families",
        "  - id: a\n    guard: pattern\n    about: x\n    patterns: []\n": "patterns",
    }
    for rule, field in written.items():
        (tmp_path / "p.yaml").write_text(rules + rule, "utf-8")
        with pytest.raises(PolicyErrors) as caught:
            load_policies(tmp_path)
        (error,) = caught.value.errors
        assert (error.line, error.field) == (6, f"rules[0].{field}")
        assert error.cure


def test_a_key_that_only_looks_right_is_told_apart(tmp_path: Path) -> None:
    (_, said) = mistakes(tmp_path, p=HEAD.replace("guard:", "gu\u0430rd:"))
    assert "did you mean 'guard', in plain letters and nothing invisible?" in said
    (said,) = mistakes(tmp_path, p=HEAD + '"\\e[2J\u200bx": 1\n')
    assert "unknown key '\\x1b[2J\\u200bx'" in said


def test_documents_that_are_not_there_are_one_mistake_with_its_field(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("policy: p\nrules:\n  - id: a\n    guard: leakage\n    documents: [no/*.md]\n", "utf-8")
    with pytest.raises(PolicyErrors) as caught:
        load_policies(tmp_path)
    (error,) = caught.value.errors
    assert (error.line, error.field, error.message) == (5, "rules[0].documents", "no file matches 'no/*.md'")


def test_the_revision_follows_what_the_set_does(tmp_path: Path) -> None:
    before = load(tmp_path, p=HEAD).revision
    same = "# a comment\n" + HEAD.replace("guard: words", "guard:   words\n    action: block")
    assert load(tmp_path, p=same + "tests: [{name: t, user: x, expect: allow}]\n").revision == before
    assert load(tmp_path, p=HEAD + "    sensitivity: low\n").revision != before
    assert load(tmp_path, p=HEAD + "    words: [other]\n").revision != before


def test_hidden_files_and_directories_are_left_out(tmp_path: Path) -> None:
    (tmp_path / ".x.yaml").write_text("not: [valid", "utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "y.yaml").write_text("policy: y", "utf-8")
    assert [each.name for each in load(tmp_path, p=HEAD).policies] == ["p"]


def test_an_empty_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyErrors, match="holds no policy file"):
        load_policies(tmp_path, specs=SPECS)


def test_one_file_finds_its_parents_beside_it(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("policy: [", "utf-8")
    (tmp_path / "base.yaml").write_text("policy: base\nrules: [{id: b, guard: digits}]\n", "utf-8")
    child = tmp_path / "child.yaml"
    child.write_text("policy: child\nextends: base\n", "utf-8")
    found = load_policies(child, now=NOW, specs=SPECS)
    assert {each.name: [rule.id for rule in each.rules] for each in found.policies} == {"base": ["b"], "child": ["b"]}
