# SPDX-License-Identifier: Apache-2.0
import csv
import io
import json
import os
import re
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from lxml import etree, html
from rich.cells import cell_len

from perfcompare.model.caveat import Uncorrected
from perfcompare.model.comparison import Interval, Verdict
from perfcompare.model.exit_status import ExitStatus
from perfcompare.report.side_by_side.answer import headline
from perfcompare.report.side_by_side.csv_format import COLUMNS, write_csv
from perfcompare.report.side_by_side.files import WRITERS
from perfcompare.report.side_by_side.forest import WIDTH, forest_of
from perfcompare.report.side_by_side.html import write_html
from perfcompare.report.side_by_side.json_format import schema, write_json
from perfcompare.report.side_by_side.junit import write_junit
from perfcompare.report.side_by_side.lines import lines_of
from perfcompare.report.side_by_side.markdown import write_markdown
from perfcompare.report.side_by_side.text import write_text
from perfcompare.testing.comparisons import comparison_of, informational, key_of
from perfcompare.testing.failed import failed_early, failed_run
from perfcompare.testing.hostile import HOSTILE_NAMES, SCRIPT, spoiled_run
from perfcompare.testing.judgements import (
    imported_run,
    judgement_of,
    parity_run,
    regression_run,
)
from perfcompare.testing.large import large_run
from perfcompare.testing.side_by_side import (
    a_week_of_runs,
    of_two_projects,
    side_by_side_of,
    undecided_twice,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "side_by_side"
DOCS = Path(__file__).parents[2] / "docs" / "side-by-side.md"
SUFFIXES = {"text": "txt", "markdown": "md", "csv": "csv", "junit": "xml"}
REVIEWED = {made.__name__: made for made in (a_week_of_runs, of_two_projects)}


def a_failed_run_among_others():
    return side_by_side_of(parity_run(), failed_early(), failed_run())


def six_large_runs():
    return side_by_side_of(*[large_run(metrics=60)] * 6)


def of_what_nobody_knows():
    return side_by_side_of(imported_run(), imported_run())


def hostile(name):
    run = spoiled_run(HOSTILE_NAMES[name])
    found = side_by_side_of(run, regression_run())
    columns = tuple(replace(one, path=HOSTILE_NAMES[name]) for one in found.columns)
    return replace(found, columns=columns)


ALL = {
    **REVIEWED,
    **{
        made.__name__: made
        for made in (
            undecided_twice,
            a_failed_run_among_others,
            six_large_runs,
            of_what_nobody_knows,
        )
    },
    **{f"hostile {name}": partial(hostile, name) for name in HOSTILE_NAMES},
}


@cache
def made_by(name):
    return ALL[name]()


def written(write, found):
    out = io.StringIO()
    write(found, out)
    return out.getvalue()


def page_of(found):
    return html.document_fromstring(written(write_html, found))


@pytest.mark.parametrize("made", REVIEWED)
@pytest.mark.parametrize("name", SUFFIXES)
def test_a_format_looks_as_reviewed(name, made):
    path = GOLDEN / f"{made}.{SUFFIXES[name]}"
    actual = written(WRITERS[name], REVIEWED[made]())
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(actual, "utf-8")

    assert actual == path.read_text("utf-8")


@pytest.mark.parametrize("made", [*REVIEWED, "hostile script"])
@pytest.mark.parametrize("name", WRITERS)
def test_the_same_runs_give_the_same_bytes(name, made):
    again = written(WRITERS[name], ALL[made]())

    assert written(WRITERS[name], ALL[made]()) == again


def run_of(*rows, status=ExitStatus.OK):
    return judgement_of(rows, status)


P50 = key_of("p50", workload="list_shares")
P90 = key_of("p90", workload="list_shares")
PEAK = key_of("pss_peak", service="manila-scheduler")
REGRESSED = comparison_of(P50, 0.10, 0.15, Verdict.REGRESSION)
AT_PARITY = comparison_of(P50, 0.10, 0.10, Verdict.PARITY)
UNDECIDED = comparison_of(P50, 0.10, 0.11, Verdict.INCONCLUSIVE, spread=0.2)
GROWN = comparison_of(PEAK, 105.0, 178.0, Verdict.REGRESSION)


def answer(*runs):
    return headline(side_by_side_of(*(run_of(*rows) for rows in runs))).partition(": ")[
        2
    ]


FAILING = comparison_of(
    key_of("error_rate", workload="list_shares"), 0.0, 0.2, Verdict.REGRESSION
)
IN_P50 = "regression in p50 of list_shares"
IN_PEAK = "regression in manila-scheduler memory peak"
APART = "0 of 1 metrics agree; p50 of list_shares differs"
ALONE = "1 of 1 metrics agree; 1 cannot be compared between the runs"
NOTHING_SHARED = "no metric that counts can be compared between the runs"
OPEN = "no run shows a regression, but not every metric is decided"


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (
            [[REGRESSED, GROWN], [REGRESSED, GROWN]],
            f"both say {IN_PEAK} and p50 of list_shares; 2 of 2 metrics agree",
        ),
        ([[REGRESSED]] * 3, f"all say {IN_P50}; 1 of 1 metrics agree"),
        ([[AT_PARITY], [REGRESSED], [AT_PARITY]], f"only B says {IN_P50}; {APART}"),
        (
            [[AT_PARITY], [REGRESSED], [REGRESSED]],
            f"only B and C say {IN_P50}; {APART}",
        ),
        ([[AT_PARITY], [AT_PARITY, GROWN]], f"B says {IN_PEAK}; {ALONE}"),
        ([[AT_PARITY], [GROWN]], f"B says {IN_PEAK}; {NOTHING_SHARED}"),
        (
            [[AT_PARITY], [AT_PARITY]],
            "no run shows a regression; 1 of 1 metrics agree",
        ),
        (
            [[FAILING], [FAILING]],
            "both say regression in list_shares error rate; 1 of 1 metrics agree",
        ),
        ([[UNDECIDED], [AT_PARITY]], f"{OPEN}; 1 of 1 metrics agree"),
        (
            [[informational(AT_PARITY)], [informational(AT_PARITY)]],
            "nothing was compared that counts for the verdict",
        ),
    ],
)
def test_the_answer_says_what_all_say_and_what_some_do(runs, said):
    assert answer(*runs) == said


def test_a_regression_that_does_not_survive_the_correction_is_told_by_nobody():
    chance = replace(REGRESSED, caveats=(Uncorrected(metrics=20, p_adjusted=0.3),))

    assert answer([chance], [chance]) == f"{OPEN}; 1 of 1 metrics agree"


def test_what_many_sets_of_runs_say_is_counted():
    rows = [
        comparison_of(key_of("p50", workload=f"w{at}"), 0.1, 0.2, Verdict.REGRESSION)
        for at in range(5)
    ]
    said = answer(rows[:1], rows[1:2], rows[2:3], rows[3:4], rows[4:])

    assert said.count("says regression in") == 3
    assert "2 more regressions in some" in said


def test_many_metrics_are_counted_and_two_of_them_named():
    rows = [
        comparison_of(key_of("p50", workload=f"w{at}"), 0.1, 0.2, Verdict.REGRESSION)
        for at in range(5)
    ]

    assert "regression in p50 of w0, p50 of w1 and 3 more" in answer(rows, rows)


def test_a_little_difference_is_counted_apart():
    near = comparison_of(P50, 0.10, 0.105, Verdict.PARITY, spread=0.001)
    nearer = comparison_of(P50, 0.10, 0.101, Verdict.PARITY, spread=0.001)
    p90s = [replace(row, key=P90) for row in (near, nearer)]

    assert "1 differs by less than is tolerated" in answer([near], [nearer])
    assert "2 differ by less than is tolerated" in answer(
        [near, p90s[0]], [nearer, p90s[1]]
    )


def test_a_failed_experiment_comes_first():
    said = headline(side_by_side_of(parity_run(), failed_run()))
    both = headline(side_by_side_of(failed_early(), failed_run()))

    assert ": the experiment of B failed; " in said
    assert ": the experiments of A and B failed; nothing" not in both
    assert ": the experiments of A and B failed; " in both
    assert ": the experiments of A and B failed; nothing was compared" in headline(
        side_by_side_of(failed_early(), failed_early())
    )


def test_runs_of_one_passage_are_named_by_it_and_others_by_their_projects():
    assert headline(a_week_of_runs()).startswith(
        "3 runs of manila 2026.1 eventlet → 2026.2 threading: all say "
    )
    assert headline(of_two_projects()).startswith("2 runs of manila and glance: ")
    assert headline(of_what_nobody_knows()).startswith("2 runs of base → target: ")


def test_runs_of_unknown_projects_are_only_counted():
    run = parity_run()
    nameless = replace(run, facts=replace(run.facts, project=""))

    assert headline(side_by_side_of(nameless, imported_run())).startswith("2 runs: ")


@pytest.mark.parametrize("made", ALL)
def test_text_fits_a_terminal_of_100_columns(made):
    lines = written(write_text, made_by(made)).splitlines()

    assert max(cell_len(line) for line in lines) <= 100


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_does_without_columns(width):
    text = written(partial(write_text, width=width), a_week_of_runs())
    told = " ".join(text.split())

    assert max(map(cell_len, text.splitlines())) <= width
    assert "C ✗ regression +55.3 %" in told
    assert "base → target" not in told
    assert ("95 % interval" in told) is (width > 40)


def test_colour_is_written_only_when_asked_for():
    plain = written(write_text, a_week_of_runs())
    coloured = written(partial(write_text, colour=True), a_week_of_runs())

    assert "\x1b" not in plain
    assert "\x1b[1;31m✗ regression" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_runs_that_lack_a_metric_share_a_line_in_text():
    run = parity_run()
    few = replace(run, comparisons=run.comparisons[:1])
    text = written(write_text, side_by_side_of(run, few, few))

    assert text.count("\n  B, C: not measured\n") == len(run.comparisons) - 1


def test_text_marks_what_counts_elsewhere_only():
    text = written(write_text, undecided_twice())

    assert "B  = parity *" in text
    assert "* does not count in that run" in " ".join(text.split())
    assert "A  = parity *" not in text
    assert "does not count" not in written(write_text, a_week_of_runs())


def test_text_without_metrics_has_no_table():
    text = written(write_text, side_by_side_of(failed_early(), failed_early()))

    assert "base → target, and" not in text
    assert "experiment failed (exit status 4)" in text


@pytest.mark.parametrize("made", ALL)
def test_a_summary_is_at_most_40_lines(made):
    assert len(written(write_markdown, made_by(made)).splitlines()) <= 40


def test_a_summary_of_many_runs_and_doubts_says_what_it_leaves_out():
    run = regression_run()
    packages = tuple(f"package{at}==1" for at in range(9))
    other = replace(
        run,
        facts=replace(
            run.facts,
            variants=tuple(
                replace(one, packages=packages) for one in run.facts.variants
            ),
        ),
    )
    doubts = replace(run, caveats=run.caveats + spoiled_run("doubt").caveats)
    found = side_by_side_of(*(run for _ in range(8)), other, doubts)
    text = written(write_markdown, found)

    assert len(text.splitlines()) <= 40
    assert text.count(" more in the report") == 3
    assert "- J: runs/j" not in text
    assert "| A | B | C | D | E | F | G | H | I | J |" in text


def test_a_summary_without_metrics_has_no_table():
    found = side_by_side_of(failed_early(), failed_early())

    assert "|" not in written(write_markdown, found)


def test_results_have_one_line_a_metric_and_run():
    found = a_week_of_runs()
    lines = list(csv.DictReader(io.StringIO(written(write_csv, found))))

    assert tuple(lines[0]) == COLUMNS
    assert len(lines) == 3 * len(found.lines)
    assert [line["run"] for line in lines[:3]] == ["A", "B", "C"]
    first, last = found.lines[0].cells[0], found.lines[0].changes[2]
    assert first is not None
    assert last is not None
    assert lines[0]["effect"] == repr(first.effect)
    assert lines[0]["change"] == ""
    assert lines[2]["change"] == repr(last.effect)
    assert lines[2]["path"] == "runs/c"


def test_what_a_run_lacks_is_empty_in_results():
    lines = list(csv.DictReader(io.StringIO(written(write_csv, of_two_projects()))))
    missing = [line for line in lines if line["measured"] == "false"]

    assert len(missing) == len(lines) / 2
    between = COLUMNS[COLUMNS.index("measured") + 1 : COLUMNS.index("agreement")]
    assert {line[name] for line in missing for name in between} == {""}
    assert {line["agreement"] for line in missing} == {"cannot tell"}


def test_every_column_of_results_is_explained():
    table = DOCS.read_text("utf-8").partition("**results.csv**")[2]
    table = table.partition("**comparison.json**")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]

    assert re.findall(r"`(\w+)`", "".join(rows)) == list(COLUMNS)


def test_every_key_of_comparison_json_is_explained():
    told = DOCS.read_text("utf-8").partition("**comparison.json**")[2]

    assert json.loads(schema())["properties"].keys() <= set(
        re.findall(r"`(\w+)`", told)
    )


@pytest.mark.parametrize("made", ALL)
def test_json_is_as_the_published_schema_says(made):
    document = json.loads(written(write_json, made_by(made)))
    validator = jsonschema.Draft202012Validator(json.loads(schema()))

    assert [error.message for error in validator.iter_errors(document)] == []


def test_the_schema_refuses_what_is_not_described():
    document = json.loads(written(write_json, a_week_of_runs()))
    document["metrics"][0]["surprise"] = 1

    assert not jsonschema.Draft202012Validator(json.loads(schema())).is_valid(document)


def test_json_says_of_a_metric_what_every_run_says():
    document = json.loads(written(write_json, a_week_of_runs()))
    line = document["metrics"][0]

    assert document["kind"] == "side by side"
    assert [run["label"] for run in document["runs"]] == ["A", "B", "C"]
    assert [one["verdict"] for one in line["comparisons"]] == ["regression"] * 3
    assert line["changes"][0] is None
    assert document["differences"] == [
        {
            "what": "host: kernel",
            "values": ["Linux 6.1.0", "Linux 6.1.0", "Linux 6.12.0"],
            "measuring": True,
        }
    ]
    assert document["exit_status"] == {"code": 1, "name": "regression"}


@pytest.mark.parametrize("made", ALL)
def test_junit_is_as_its_schema_says(made):
    document = etree.fromstring(written(write_junit, made_by(made)).encode())
    xsd = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))

    xsd.assertValid(document)


def test_junit_has_a_suite_a_run():
    found = a_week_of_runs()
    suites = etree.fromstring(written(write_junit, found).encode())

    assert [suite.get("name") for suite in suites] == [
        f"{label}: perfcompare manila" for label in "ABC"
    ]
    told = [suite.findtext("system-out") for suite in suites]
    assert told[0].startswith(headline(found))
    assert headline(found) not in told[1]


def test_the_page_shows_each_run_and_every_metric():
    found = a_week_of_runs()
    page = page_of(found)
    rows = page.xpath("//section[@aria-labelledby='metrics']//tbody/tr")

    assert page.xpath("//h1")[0].text_content().startswith("3 runs of manila")
    assert len(rows) == len(found.lines)
    assert [cell.get("data-label") for cell in rows[0].xpath("td[@data-label]")] == [
        "A",
        "B",
        "C",
        "change since A",
    ]
    assert "exit status 1" in page.text_content()


def test_the_page_asks_for_nothing_and_runs_nothing():
    page = page_of(hostile("script"))

    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy[0].startswith("default-src 'none'")
    assert "script" not in policy[0]
    assert page.xpath("//script | //link | //img | //@src | //@onload") == []
    assert SCRIPT in page.text_content()


@pytest.mark.parametrize("made", ALL)
def test_the_page_is_sound(made):
    page = page_of(made_by(made))
    ids = page.xpath("//@id")

    assert len(ids) == len(set(ids))
    assert set(page.xpath("//@aria-labelledby")) <= set(ids)
    assert page.xpath("//@style") == []
    assert page.xpath("//svg[not(@role='img') or not(title)]") == []
    assert page.xpath("//h2")


def test_the_page_says_not_measured_where_a_run_lacks_a_metric():
    page = page_of(of_two_projects())
    lines = of_two_projects().lines

    assert len(page.xpath("//td//*[@class='missing']")) == len(lines)


def test_the_page_folds_what_differs_beyond_the_first():
    run = parity_run()
    packages = tuple(f"package{at}==1" for at in range(12))
    base, target = run.facts.variants
    target = replace(target, packages=packages)
    other = replace(target, packages=tuple(f"{one}.1" for one in packages))
    runs = [
        replace(run, facts=replace(run.facts, variants=(base, each)))
        for each in (target, other)
    ]
    page = page_of(side_by_side_of(*runs))

    assert "4 more differences" in page.text_content()
    assert len(page.xpath("//section[@aria-labelledby='differs']//tbody/tr")) == 12


def test_alike_runs_say_so_and_others_what_differs():
    alike = page_of(side_by_side_of(parity_run(), parity_run())).text_content()
    other = page_of(a_week_of_runs()).text_content()

    assert "measured alike as far as they tell" in alike
    assert "Nothing that the runs tell of." in alike
    assert "not measured alike (host: kernel): where they differ" in other


def test_many_differences_of_measuring_are_counted():
    run = parity_run()
    host = tuple((f"label{at}", "1") for at in range(6))
    other = tuple((label, "2") for label, _ in host)
    runs = (replace(run, facts=replace(run.facts, host=one)) for one in (host, other))
    text = written(write_text, side_by_side_of(*runs))

    assert "host: label3 and 2 more): where they" in " ".join(text.split())


def test_a_large_page_stays_below_its_limit():
    found = side_by_side_of(*[large_run()] * 3)

    assert len(written(write_html, found).encode()) < 1_500_000


def lanes(*rows):
    found = side_by_side_of(*(run_of(*([row] if row else [])) for row in rows))
    line = lines_of(found, primary=True)[0]
    return forest_of(line, [column.label for column in found.columns])


def test_all_runs_are_drawn_on_one_scale():
    small, large = lanes(
        comparison_of(P50, 0.10, 0.11, Verdict.PARITY),
        comparison_of(P50, 0.10, 0.121, Verdict.REGRESSION),
    ).lanes
    zero = lanes(AT_PARITY, REGRESSED).zero

    assert small.effect - zero == pytest.approx((large.effect - zero) / 2, abs=0.2)
    assert small.band_width == large.band_width
    assert (small.top, large.top) == (0.0, 18.0)
    assert all(
        0 < lane.low < lane.effect < lane.high < WIDTH for lane in (small, large)
    )


def test_a_run_without_an_interval_has_an_empty_lane():
    forest = lanes(AT_PARITY, None, replace(AT_PARITY, ci95=None))

    assert [lane.verdict is None for lane in forest.lanes] == [False, True, True]
    assert forest.height == 54.0
    assert forest.description.startswith("A parity 0.0")
    assert "; B not measured; C parity 0.0" in forest.description


def test_where_nothing_can_be_drawn_there_is_no_picture():
    undrawn = replace(AT_PARITY, effect=None, ci95=None)
    difference = comparison_of(
        key_of("error_rate", workload="list_shares"), 0.0, 0.01, Verdict.PARITY
    )

    assert lanes(undrawn, None) is None
    assert lanes(AT_PARITY, replace(difference, key=P50)) is None


def test_what_goes_on_beyond_a_factor_of_a_thousand_ends_in_an_arrow():
    wide = replace(AT_PARITY, ci95=Interval(low=1e-5, high=1e5))
    lane = lanes(wide, AT_PARITY).lanes[0]

    assert (lane.beyond_low, lane.beyond_high) == (True, True)
    assert 0 < lane.low < lane.high < WIDTH
    assert (
        page_of(side_by_side_of(run_of(wide), run_of(wide))).xpath(
            "count(//*[@class='tip'])"
        )
        == 4
    )


def test_a_difference_is_drawn_whatever_its_size():
    key = key_of("error_rate", workload="list_shares")
    rows = [
        comparison_of(key, 0.0, target, Verdict.REGRESSION) for target in (20.0, 40.0)
    ]
    small, large = lanes(*rows).lanes

    assert not large.beyond_high
    assert small.effect < large.effect


def test_what_tolerates_nothing_has_no_band():
    bare = replace(AT_PARITY, threshold=None, floor=0.0, margin=0.0)
    still = replace(bare, ci95=Interval(low=1.0, high=1.0))

    assert [lane.band_low for lane in lanes(bare, still).lanes] == [None, None]
    assert lanes(still, still).lanes[0].effect == lanes(still, still).zero


def test_a_change_of_a_difference_has_its_unit():
    key = key_of("error_rate", workload="list_shares")
    rows = [
        replace(row, target=replace(row.target, values=(value,) * 6))
        for value in (0.002, 0.004)
        for row in [comparison_of(key, 0.0, value, Verdict.PARITY)]
    ]
    line = lines_of(side_by_side_of(*map(run_of, rows)), primary=True)[0]

    assert line.last_change == "+0.2 (+0.2..+0.2) pp"
