# SPDX-License-Identifier: Apache-2.0
import shutil


def test_plots_are_written_beside_the_report(perfcompare, equal_run, tmp_path):
    run = shutil.copytree(equal_run, tmp_path / "run")
    status, _, err = perfcompare("compare", run, "--plots", "svg")
    plots = run / "report" / "plots"
    found = sorted(path.name for path in plots.iterdir())

    assert (status, err) == (0, f"perfcompare: {len(found)} plots are in {plots}\n")
    assert found[-1].startswith("service-")
    assert "effects.svg" in found
    assert found[0].startswith("durations-")


def test_plots_go_where_the_report_goes(perfcompare, equal_run, tmp_path):
    out = tmp_path / "out"
    perfcompare("compare", equal_run, "--plots", "svg", "--out", out)

    assert (out / "index.html").exists()
    assert (out / "plots" / "effects.svg").exists()
    assert not (equal_run / "report" / "plots").exists()


def test_without_being_asked_nothing_is_drawn_into_files(perfcompare, equal_run):
    perfcompare("compare", equal_run)

    assert not (equal_run / "report" / "plots").exists()


def test_plots_of_several_runs_have_no_one_place(perfcompare, equal_run, tmp_path):
    other = shutil.copytree(equal_run, tmp_path / "other")
    status, _, err = perfcompare("compare", equal_run, other, "--plots", "png")

    assert status == 2
    assert "--plots goes with one RUN" in err


def test_plots_of_samples_need_a_place(perfcompare, equal_run, tmp_path):
    perfcompare("compare", equal_run, "--out", tmp_path)
    samples = tmp_path / "samples.csv"
    status, _, err = perfcompare("compare", "--samples", samples, "--plots", "svg")

    assert status == 2
    assert "--plots of --samples needs --out" in err
    perfcompare(
        "compare", "--samples", samples, "--plots", "svg", "--out", tmp_path / "again"
    )
    assert (tmp_path / "again" / "plots" / "effects.svg").exists()


def test_plots_that_cannot_be_written_are_said_so(perfcompare, equal_run, tmp_path):
    (tmp_path / "plots").write_text("in the way")
    status, _, err = perfcompare(
        "compare", equal_run, "--plots", "svg", "--out", tmp_path
    )

    assert status == 2
    assert "the plots cannot be written" in err
    assert "name another place with --out" in err
