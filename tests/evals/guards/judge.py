"""A judge of JSON Lines for tests: scores by words, in the protocol of ``wardgate scan --guard``."""

import json
import sys

said = [json.loads(line) for line in sys.stdin]
for row in said[: -1 if "short" in sys.argv else None]:
    score = 0.9 if "bad" in row["text"] else 0.6 if "odd" in row["text"] else 0.2 if "hm" in row["text"] else 0.0
    row_id = row["id"] + 1 if "shifted" in sys.argv else row["id"]
    out = {"id": row_id, "score": score, "decision": "block" if score >= 0.5 else "allow"}
    if "mute" in sys.argv:
        del out["score"]
    if "unjudged" in sys.argv:
        out["unjudged"] = [{"rule": "injection", "state": "error"}]
    if "foreign" in sys.argv and "schlecht" in row["text"]:
        out |= {"decision": "flag", "findings": [], "unjudged": [{"rule": "injection", "state": "unscannable"}]}
    print(json.dumps(out))
if "broken" in sys.argv:
    print("no such guard", file=sys.stderr)
    raise SystemExit(2)
