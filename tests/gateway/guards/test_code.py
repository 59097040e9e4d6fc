"""Programs by language, SQL by what it does; and prose with the same words."""

from __future__ import annotations

import pytest

from gateway.core.guard import guards
from gateway.guards.code import CodeParams
from gateway.guards.code_sql import read, statements
from tests.gateway.guards.table import asked, guard_table, plan_for

_DENY = CodeParams(deny=("python", "sh", "js"))
test_denied = guard_table("code", [
    ("```python\nx = 1\n``` ok", [("```python\nx = 1\n```", "PYTHON")]),
    ("```\nx=1\n``` ```text\nhi\n```", []),
    ("~~~PY\nx = 1\n~~~", [("~~~PY\nx = 1\n~~~", "PYTHON")]),
    ("```ruby\nputs 1\n```", []),
    ("run:\ndef go(x):\n", [("def go(x):", "PYTHON")]),
    ("then rm -rf / now", [("rm -rf / now", "SHELL")]),
    ("use `ls -la /tmp` there", [("`ls -la /tmp`", "SHELL")]),
    ("use `main.py` there", []),
    ("a\nconst x = require('fs');", [("const x = require('fs');", "JAVASCRIPT")]),
    ("How do I kill -9 a process?", []),
    ("import duties fall; the class of 2020", []),
    ("define a function for me, let it be", []),
], params=_DENY, known_gaps=("combining mark",))

_ALLOW = CodeParams(allow=("sql", "python"), whole=False)
test_allowed = guard_table("code", [
    ("```sql\nSELECT 1\n```", []),
    ("```py\nimport os\n```", []),
    ("```rust\nfn x\n```", [("```rust", "RUST")]),
    ("```brainf\n+++\n```", [("```brainf", "OTHER")]),
    ("```json\n{}\n```", []),
], params=_ALLOW)

_SQL = CodeParams(sql_deny=("drop", "delete", "exec", "injection"), tables_deny=("salaries", "hr.*"))
test_sql = guard_table("code", [
    ("DROP TABLE users;", [("DROP TABLE users;", "SQL_STATEMENT")]),
    ("dRoP/**/TaBlE/**/users", [("dRoP/**/TaBlE/**/users", "SQL_STATEMENT")]),
    ("drop -- x\ntable users;", [("drop -- x\ntable users;", "SQL_STATEMENT")]),
    ("delete from users where id = 3", [("delete from users where id = 3", "SQL_STATEMENT")]),
    ("SELECT name FROM Salaries", [("SELECT name FROM Salaries", "SQL_TABLE")]),
    ("select a, b from x join hr.pay on y=z;", [("select a, b from x join hr.pay on y=z;", "SQL_TABLE")]),
    ("SELECT name FROM staff WHERE x=1", []),
    ("' OR 1=1", [("OR 1=1", "SQL_STATEMENT")]),
    ("Delete from your list what you like", []),
    ("select one from the menu of salaries", []),
    ("Drop the table reservation, please", []),
    ("We update the salaries set by law", []),
], params=_SQL)

_ONLY = CodeParams(sql_allow=("select",), tables_allow=("staff",))
test_only_some_sql = guard_table("code", [
    ("SELECT a FROM staff", []),
    ("`SELECT a FROM other`", [("SELECT a FROM other", "SQL_TABLE")]),
    ("INSERT INTO staff (a) VALUES (1)", [("INSERT INTO staff (a) VALUES (1)", "SQL_STATEMENT")]),
    ("GRANT ALL ON staff TO bob;", [("GRANT ALL ON staff TO bob;", "SQL_STATEMENT")]),
], params=_ONLY)


@pytest.mark.parametrize(("text", "kind", "tables"), [
    ("SELECT * FROM a, b AS c, \"D\".e WHERE x IN (SELECT y FROM f)", "select", ("a", "b", "d.e", "f")),
    ("INSERT INTO `s`.`t` (a) VALUES (1)", "insert", ("s.t",)),
    ("UPDATE t SET a = 1 FROM u", "update", ("t", "u")),
    ("DROP TABLE IF EXISTS a, b CASCADE", "drop", ("a", "b")),
    ("GRANT SELECT, INSERT ON hr.pay TO bob", "grant", ("hr.pay",)),
    ("CREATE TABLE x (id int)", "create", ("x",)),
    ("TRUNCATE TABLE logs", "truncate", ("logs",)),
    ("EXEC xp_cmdshell 'dir'", "exec", ()),
    ("union all select password from users", "select", ("users",)),
])
def test_what_a_statement_does_and_touches(text: str, kind: str, tables: tuple[str, ...]) -> None:
    assert any(each.search(text) for each in statements())
    statement = read(text, code=True)
    assert statement is not None
    assert (statement.kind, statement.tables) == (kind, tables)


PROSE = (
    "Please select a seat from the list and update your profile.", "Insert the key into the lock, then turn it.",
    "Create a table of contents and drop index cards on the desk.", "Call me (or text) when you grant them access on Monday.",
    "I want to delete from my phone the photos I took.", "Merge into the left lane.", "Select two from each group.",
    "Replace the battery into the slot where it was.", "Alter the view from the window.", "Truncate the branches of the tree.",
    "They execute orders; copy that from the board to your notes.", "Update set designs for the play.",
    "SELECT YOUR FAVOURITE FROM THE MENU", "We revoke all rights on the land from them.", "Select items from stock",
)


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_no_sql(text: str) -> None:
    found = asked(plan_for("code", CodeParams(deny=("sql",), sql_allow=("select",))), text)
    assert [each for each in found if each.score >= 0.5] == []


@pytest.mark.parametrize("params", [
    {"deny": ("klingon",)}, {"sql_deny": ("explode",)}, {"allow": ("sql",), "deny": ("python",)}])
def test_settings_that_cannot_be_meant_are_refused(params: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match=r"unknown language|unknown kind|to allow and to deny"):
        CodeParams(**params)  # type: ignore[arg-type]


def test_a_rule_that_denies_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="denies nothing"):
        guards()["code"].patterns(CodeParams())


def test_a_wrong_label_does_not_hide_what_is_denied() -> None:
    found = asked(plan_for("code", CodeParams(deny=("shell",))), "```text\nsudo rm -rf /\n```")
    assert {each.entity for each in found} == {"SHELL"}


def test_a_table_that_an_operator_names_needs_no_other_sign_of_sql() -> None:
    """Without it a statement in small letters could be a sentence."""
    for params, score in ((CodeParams(tables_deny=("salaries",)), 0.6), (CodeParams(tables_allow=("staff",)), 0.4)):
        found = asked(plan_for("code", params), "select amount from salaries")
        assert [(each.entity, each.score) for each in found] == [("SQL_TABLE", score)]
