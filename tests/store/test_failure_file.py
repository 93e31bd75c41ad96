# SPDX-License-Identifier: Apache-2.0
import pytest

from perfcompare.model.errors import StoreError
from perfcompare.model.failure import Failure
from perfcompare.store.reader import open_run
from perfcompare.store.run_file import RunState
from perfcompare.store.writer import RunWriter
from perfcompare.testing.failed import failed_run
from perfcompare.testing.plans import make_plan


def ended(path, state, *, message="", failure=None):
    """Return a run without rounds that ended so."""
    with RunWriter.create(path, make_plan(rounds=3), created_at=5.0) as writer:
        if failure:
            writer.write_failure(failure)
        writer.end(state, at=9.0, message=message)
    return open_run(path)


def test_a_failure_is_read_as_it_was_written(tmp_path):
    failure = failed_run().failure

    run = ended(tmp_path / "run", RunState.FAILED, failure=failure)

    assert run.failure == failure


@pytest.mark.parametrize(
    "state", [RunState.INTERRUPTED, RunState.FINISHED, RunState.PARTIAL]
)
def test_a_record_counts_only_where_the_run_says_that_it_failed(tmp_path, state):
    run = ended(tmp_path / "run", state, failure=failed_run().failure)

    assert run.failure is None


def test_of_a_run_that_kept_no_record_the_message_is_left(tmp_path):
    run = ended(tmp_path / "run", RunState.FAILED, message="upgrade: died\n  a\n  b")

    assert run.failure == Failure(
        at=9.0,
        activity="",
        round=0,
        rounds=3,
        variant="",
        service="",
        message="upgrade: died",
        hint="",
        log_lines=("  a", "  b"),
        log="",
    )


def test_a_run_that_says_nothing_of_its_failure_has_one_all_the_same(tmp_path):
    run = ended(tmp_path / "run", RunState.FAILED)

    assert run.failure
    assert run.failure.message == "nobody took down why"


def test_a_record_that_was_cut_short_is_named(tmp_path):
    run = ended(tmp_path / "run", RunState.FAILED, failure=failed_run().failure)
    (tmp_path / "run" / "failure.json").write_text('{"at": 1')

    with pytest.raises(StoreError, match=r"failure\.json is broken or was cut short"):
        _ = run.failure


def test_a_resume_removes_the_record_before_it_measures(tmp_path):
    ended(tmp_path / "run", RunState.FAILED, failure=failed_run().failure)

    with RunWriter.resume(tmp_path / "run", make_plan(rounds=3)):
        assert not (tmp_path / "run" / "failure.json").exists()
