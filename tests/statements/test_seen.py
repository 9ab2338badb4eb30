"""What the proofs saw in this run is what the evidence says of this Django."""

import difflib
import json

from clients import ROOT


def test_the_proofs_saw_what_the_evidence_says(seen):
    now, left_out, django = seen
    recorded = json.loads((ROOT / f"evidence/{django}.json").read_text(encoding="utf-8"))["seen"]
    expected = {
        page: {mark: lines for mark, lines in marks.items() if (page, mark) not in left_out}
        for page, marks in recorded.items()
    }
    before, after = (
        json.dumps(what, indent=1, sort_keys=True, ensure_ascii=False).splitlines()
        for what in ({page: marks for page, marks in expected.items() if marks}, now)
    )
    assert before == after, "\n".join(
        [
            f"evidence/{django}.json (-) is not what the proofs of this run saw (+); one that failed is missing.",
            *difflib.unified_diff(before, after, lineterm=""),
            "Where the new is right, run scripts/record (step 4 of docs/contribute.md).",
        ]
    )
