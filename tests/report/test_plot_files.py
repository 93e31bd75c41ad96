# SPDX-License-Identifier: Apache-2.0
import re
from dataclasses import replace

import pytest
from lxml import etree

from perfcompare.report.plots.curves import numbered
from perfcompare.report.plots.export import FORMS, file_name, write_plots
from perfcompare.testing.judgements import imported_run, regression_run
from perfcompare.testing.run_facts import distributions_of

HOSTILE = (
    "../../etc/passwd",
    "..",
    "a/b\\c:d*e?f",
    "-rf --no",
    "create share",
    "Create  Share",
    "create_share",
    "\N{SNOWMAN}",
    "\N{COMET}",
    "x" * 10_000,
    "$x^2$ <script>",
    "\x1b[31mred\x00",
    "\ud800",
)
NAMESPACE = "{http://www.w3.org/2000/svg}"


def run_of(*workloads):
    run = regression_run()
    found = distributions_of(workloads, ("base", "target"))
    return replace(run, distributions=found, curves=(), marks=())


def texts(path):
    return [element.text for element in etree.parse(path).iter(f"{NAMESPACE}text")]


@pytest.mark.parametrize("form", FORMS)
def test_the_same_run_gives_the_same_bytes(tmp_path, form):
    run = run_of("list")
    for place in ("one", "two"):
        write_plots(run, directory=tmp_path / place, form=form)
    one, two = ((tmp_path / place).iterdir() for place in ("one", "two"))
    contents = [
        {path.name: path.read_bytes() for path in paths} for paths in (one, two)
    ]

    assert len(contents[0]) == 2
    assert contents[0] == contents[1]


def test_hostile_names_become_names_of_files_and_none_is_lost(tmp_path):
    names = write_plots(run_of(*HOSTILE), directory=tmp_path, form="svg")

    assert len(names) == len(HOSTILE) + 1 == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,99}\.svg", name) for name in names)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_what_has_no_letter_of_a_file_name_still_has_a_stable_one():
    one, other = (file_name("durations", text) for text in ("\u2603", "\u2604"))

    assert one != other
    assert one == file_name("durations", "\u2603")


def test_a_plot_stands_alone(tmp_path):
    write_plots(run_of("list shares"), directory=tmp_path, form="svg")
    path = tmp_path / "durations-list-shares.svg"
    content = path.read_text()

    assert "var(" not in content
    assert "currentColor" not in content
    assert "url(" not in content
    told = " ".join(texts(path))
    assert "durations of list shares: target's p50" in told
    assert "target: 2026.2, threading" in told
    assert "crossover: 2026.2, eventlet" not in told


def test_a_plot_of_a_service_says_which_workload_is_which_number(tmp_path):
    run = replace(regression_run(), distributions=(), comparisons=())
    names = write_plots(run, directory=tmp_path, form="svg")
    told = " ".join(texts(tmp_path / names[0]))

    assert all(name.startswith("service-manila-") for name in names)
    assert f"1 {numbered(run.marks)[0]}, 2 {numbered(run.marks)[1]}" in told
    assert "crossover: 2026.2, eventlet" in told


def test_the_effects_of_all_metrics_that_count_are_one_plot(tmp_path):
    run = run_of("list")
    write_plots(run, directory=tmp_path, form="svg")
    told = texts(tmp_path / "effects.svg")

    assert "memory peak (PSS), manila-scheduler" in told
    assert "+69.5\N{NO-BREAK SPACE}%" in told
    assert told.count("✗ regression") == 1
    assert "threads peak, manila-scheduler" not in told


def test_more_effects_than_a_slide_can_hold_are_the_worst_of_them(tmp_path):
    run = run_of("list")
    rows = [replace(row, primary=True) for row in run.comparisons] * 9
    write_plots(replace(run, comparisons=tuple(rows)), directory=tmp_path, form="svg")
    told = texts(tmp_path / "effects.svg")

    assert "60 of" in " ".join(told)
    assert len([text for text in told if "latency" in text or "memory" in text]) <= 60


def test_a_run_of_numbers_alone_has_no_plot_but_that_of_effects(tmp_path):
    run = replace(imported_run(), distributions=())

    assert write_plots(run, directory=tmp_path, form="svg") == ("effects.svg",)


def test_a_run_without_any_effect_has_no_plot_at_all(tmp_path):
    run = replace(imported_run(), comparisons=(), distributions=())

    assert write_plots(run, directory=tmp_path, form="png") == ()


def test_plots_of_an_earlier_call_go_and_other_files_stay(tmp_path):
    write_plots(run_of("list", "gone"), directory=tmp_path, form="svg")
    (tmp_path / "notes.txt").write_text("mine")
    write_plots(run_of("list"), directory=tmp_path, form="png")

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "durations-list.png",
        "effects.png",
        "notes.txt",
    ]


def test_a_picture_of_dots_is_twice_as_wide_as_a_page_shows_it(tmp_path):
    write_plots(
        run_of("list \N{SNOWMAN} \N{WATERMELON}"), directory=tmp_path, form="png"
    )
    (path,) = tmp_path.glob("durations-*.png")
    content = path.read_bytes()

    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20]) == 768
    assert b"Software" not in content
    assert b"tIME" not in content
