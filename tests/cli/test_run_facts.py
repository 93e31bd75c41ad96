# SPDX-License-Identifier: Apache-2.0
"""What a report says about a run as a whole."""

import json
import shutil

from perfcompare.cli.run_facts import run_facts
from perfcompare.store import layout
from perfcompare.store.reader import open_run


def test_the_plan_is_told_as_it_was_resolved(equal_run):
    facts = run_facts(open_run(equal_run), one_way=False)

    assert (
        json.loads(facts.plan)
        == json.loads((equal_run / layout.RUN_FILE).read_text())["plan"]
    )


def test_a_run_that_others_measured_has_no_plan_of_ours(equal_run, tmp_path):
    run = shutil.copytree(equal_run, tmp_path / "run")
    (run / layout.PROVENANCE_FILE).unlink()

    assert run_facts(open_run(run), one_way=False).plan == ""
