"""A judge that cannot judge, behind the embedded engine's real API: all that it says is counted, nothing is averaged."""

from __future__ import annotations

import json
from pathlib import Path

from model_server.embedded import DEFAULT_MODEL, start
from tests.evals.cli.test_commands import wardgate
from tests.evals.judges.test_judgements import JUDGED_QA
from tests.evals.make import write


async def test_a_model_that_cannot_judge(tmp_path: Path) -> None:
    write(tmp_path, 6, JUDGED_QA)
    runner = await start("127.0.0.1", 0, DEFAULT_MODEL, name="handbook")
    try:
        host, port = runner.addresses[0][:2]
        url = f"http://{host}:{port}/v1"
        code, out, errors = await wardgate(tmp_path, "run", "small-qa", "--suites-dir", ".", "--json", "--target",
                                           f"direct={url}", "--judge", url)
    finally:
        await runner.cleanup()
    assert code == 0, errors
    report = json.loads(out)
    for judged in report["judged"]:
        assert {name: judged[name] for name in ("asked", "malformed", "judged", "refused", "failed", "missing")} == {
            "asked": 6, "malformed": 6, "judged": 0, "refused": 0, "failed": 0, "missing": 0}, judged
    assert [each["kind"] for each in report["judged"]] == ["claims", "fluency"]
    values = {each["metric"]: (each["estimate"]["value"], each["estimate"]["n"]) for each in report["scores"]}
    assert values["judged_claim_precision"] == values["judged_fluency"] == (None, 0)
    assert values["f1"][1] == 6  # what needs no judge has its value
    assert "small-qa claims on direct: 6 of 6 judgements have no value (6 malformed)" in report["warnings"]
    exported = (tmp_path / ".wardgate" / "evals" / "wardgate_eval.prom").read_text()
    assert 'kind="fluency",model="handbook",outcome="malformed",suite="small-qa",target="direct"} 6.0' in exported
    assert 'metric="judged_' not in "".join(line for line in exported.splitlines() if line.startswith("wardgate_eval_score{"))
