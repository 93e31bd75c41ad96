# SPDX-License-Identifier: Apache-2.0
import io
import os
from dataclasses import replace
from typing import Any

import pytest

from perfcompare.report.files import WRITERS, write_report
from perfcompare.testing.judgements import (
    parity_run,
    samples_of,
)

NAMES = {"index.html", "results.csv", "samples.csv", "summary.md", "junit.xml"}


def write_to(run, judgement):
    judgement = replace(judgement, curves=judgement.curves[:1], distributions=())
    write_report(
        judgement,
        samples_of(judgement),
        directory=run / "report",
        comparison=run / "comparison.json",
    )
    return {path.name: path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_a_report_is_five_files_and_what_was_decided(tmp_path):
    assert set(write_to(tmp_path / "run", parity_run())) == {*NAMES, "comparison.json"}


def test_the_same_judgement_is_the_same_bytes(tmp_path):
    first = write_to(tmp_path / "a", parity_run())

    assert write_to(tmp_path / "b", parity_run()) == first


def test_line_ends_are_the_same_on_every_system_and_inside_a_name(tmp_path):
    row = parity_run().comparisons[0]
    row = replace(row, key=replace(row.key, workload="one\r\ntwo\nthree"))
    judgement = replace(parity_run(), comparisons=(row,))
    files = write_to(tmp_path, judgement)

    assert b'total,"one\r\ntwo\nthree",,' in files["results.csv"]
    assert files["results.csv"].count(b"\r") == 1


def test_a_second_report_replaces_the_first(tmp_path):
    write_to(tmp_path, parity_run())
    facts = replace(parity_run().facts, title="again")
    files = write_to(tmp_path, replace(parity_run(), facts=facts))

    assert b"again" in files["index.html"]
    assert set(files) == {*NAMES, "comparison.json"}


def test_a_report_may_be_read_by_whom_the_umask_lets(tmp_path):
    mask = os.umask(0o027)
    try:
        write_to(tmp_path, parity_run())
    finally:
        os.umask(mask)

    assert (tmp_path / "report" / "index.html").stat().st_mode & 0o777 == 0o640


def test_a_report_that_fails_leaves_the_last_one_whole(tmp_path):
    before = write_to(tmp_path, parity_run())
    broken_caveat: Any = object()
    row = replace(parity_run().comparisons[0], caveats=(broken_caveat,))
    broken = replace(parity_run(), comparisons=(row,))

    with pytest.raises(TypeError):
        write_to(tmp_path, broken)

    left = {path.name: path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert left["comparison.json"] == before["comparison.json"]
    assert set(left) == set(before)


def test_every_format_that_compare_offers_writes_something():
    for write in WRITERS.values():
        out = io.StringIO()
        write(parity_run(), out)

        assert out.getvalue().endswith("\n")
