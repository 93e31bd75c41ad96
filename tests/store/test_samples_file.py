# SPDX-License-Identifier: Apache-2.0
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from perfcompare.model.errors import PlanError
from perfcompare.model.metric import Better, Metric, MetricKey, Sample, Unit
from perfcompare.report.csv_format import write_samples
from perfcompare.store.samples_file import SHOWN, read_samples

HEADER = "workload,metric,unit,better,variant,round,value"
CsvFile = Callable[..., Path]
LINE = "list,p50,s,lower,base,1,0.125"


def key(
    workload: str = "list",
    action: str = "",
    service: str = "",
    name: str = "p50",
    unit: Unit = Unit.SECONDS,
) -> MetricKey:
    metric = Metric(name=name, unit=unit, better=Better.LOWER)
    return MetricKey(workload=workload, action=action, service=service, metric=metric)


def problems(path: Path) -> list[str]:
    with pytest.raises(PlanError) as caught:
        read_samples(path)
    return [str(problem).removeprefix(str(path)) for problem in caught.value.problems]


@pytest.fixture
def csv_file(tmp_path: Path) -> CsvFile:
    def write(*lines: str, header: str = HEADER) -> Path:
        path = tmp_path / "samples.csv"
        path.write_text("\n".join((header, *lines)) + "\n")
        return path

    return write


def test_values_of_one_metric_and_variant_become_one_sample_in_order_of_rounds(
    csv_file: CsvFile,
) -> None:
    path = csv_file(
        "list,p50,s,lower,base,2,0.2",
        "list,p50,s,lower,target,1,3e-1",
        "list,p50,s,lower,base,1,0.1",
    )

    assert read_samples(path) == (
        Sample(key=key(), variant="base", rounds=(1, 2), values=(0.1, 0.2)),
        Sample(key=key(), variant="target", rounds=(1,), values=(0.3,)),
    )


def test_action_and_service_may_stand_in_columns_of_their_own(
    csv_file: CsvFile,
) -> None:
    path = csv_file(
        "pss_idle,B,lower,base,1,1048576,,glance-api,",
        header="metric,unit,better,variant,round,value,workload,service,action",
    )

    (sample,) = read_samples(path)

    assert sample.key == key("", service="glance-api", name="pss_idle", unit=Unit.BYTES)


def test_what_a_report_writes_is_read_back_unchanged(tmp_path: Path) -> None:
    samples = (
        Sample(
            key=key("list, quickly", "a.b"), variant="base", rounds=(1,), values=(0.1,)
        ),
        Sample(
            key=key("", service="api", name="pss", unit=Unit.BYTES),
            variant="target",
            rounds=(1, 3),
            values=(1.0, 2.0**40),
        ),
    )
    out = io.StringIO(newline="")
    write_samples(samples, out)
    path = tmp_path / "samples.csv"
    path.write_text(out.getvalue(), newline="")

    assert read_samples(path) == samples


def test_blank_lines_spaces_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    path.write_bytes(
        b"\xef\xbb\xbf\r\n" + HEADER.encode() + b"\r\n\r\n list ,p50,s,lower,base,1, 1 "
    )

    assert [sample.values for sample in read_samples(path)] == [(1.0,)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("list,p50,s,lower,base,1,nan", "value is 'nan'; write a finite number"),
        ("list,p50,s,lower,base,1,inf", "value is 'inf'; write a finite number"),
        ("list,p50,s,lower,base,1,1e999", "value is '1e999'; write a finite number"),
        ("list,p50,s,lower,base,1,1_000", "value is '1_000'; write a finite number"),
        ("list,p50,s,lower,base,1,", "value is ''; write a finite number"),
        ("list,p50,s,lower,base,1,-0.1", "value is -0.1; durations, sizes, counts"),
        ("list,p50,ms,lower,base,1,1", "unknown unit 'ms'; write one of s, B, count,"),
        ("list,p50,s,less,base,1,1", "unknown better 'less'; write one of lower, hi"),
        ("list,p50,s,lower,bse,1,1", "unknown variant 'bse'; write one of base, t"),
        ("list,p50,s,lower,base,0,1", "round is '0'; write a whole number from 1"),
        ("list,p50,s,lower,base,1.5,1", "round is '1.5'; write a whole number"),
        ("list,p50,s,lower,base,x,1", "round is 'x'; write a whole number"),
        (",p50,s,lower,base,1,1", "workload is empty; name it"),
        ("list,,s,lower,base,1,1", "metric is empty; name it"),
        ("list,p50,s,lower", "4 columns, and the header has 7; is the line cut off"),
        ("list,p50,s,lower,base,1,0,5", "8 columns, and the header has 7"),
        ('list,"p50,s,lower,base,1,1', "not CSV: unexpected end of data; check the"),
        ("list,p50,s,lower,base,2,1", "a second value for 'list/p50' in base, round 2"),
        ("list,p50,B,lower,base,1,1", "'list/p50' is in B, lower is better; on l"),
        ("list,p50,s,higher,base,1,1", "'list/p50' is in s, higher is better; on"),
    ],
)
def test_a_bad_line_is_a_problem_with_its_number(
    csv_file: CsvFile, line: str, message: str
) -> None:
    path = csv_file("list,p50,s,lower,base,2,1", line)

    (found,) = problems(path)

    assert found.startswith(f":3: {message}")


def test_every_bad_line_is_reported_at_once_in_order(csv_file: CsvFile) -> None:
    path = csv_file("list,p50,s,lower", LINE, "list,p50,s,lower,base,2,nan", '"')

    assert [found.split(":")[1] for found in problems(path)] == ["2", "4", "5"]


def test_after_twenty_bad_lines_the_others_are_counted(csv_file: CsvFile) -> None:
    path = csv_file(*["list,p50,s,lower,base,1,nan"] * (SHOWN + 3))

    found = problems(path)

    assert len(found) == SHOWN + 1
    assert found[-1] == ": and 3 more problems"


def test_twenty_bad_lines_are_all_shown(csv_file: CsvFile) -> None:
    path = csv_file(*["list,p50,s,lower,base,1,nan"] * SHOWN)

    assert len(problems(path)) == SHOWN


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("workload,metric,unit,better,variant,value", "no column 'round'; the header"),
        (f"{HEADER},servce", "unknown column 'servce'; did you mean 'service'?"),
        (f"{HEADER},colour", "unknown column 'colour'; the header is workload,"),
        (f"{HEADER},value", "column 'value' stands twice"),
    ],
)
def test_a_wrong_header_says_which_column_and_what_the_header_is(
    csv_file: CsvFile, header: str, message: str
) -> None:
    (found,) = problems(csv_file(LINE, header=header))

    assert found.startswith(f":1: {message}")
    assert found.endswith(f"{HEADER}, and if need be action,service")


@pytest.mark.parametrize("content", ["", "\n\n", HEADER])
def test_a_file_without_values_is_a_problem(tmp_path: Path, content: str) -> None:
    path = tmp_path / "samples.csv"
    path.write_text(content)

    assert problems(path) == [":1: holds no values below a header; add lines"]


def test_bytes_that_are_not_utf8_are_found_by_line(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    path.write_bytes(f"{HEADER}\nlist\xe9,p50".encode("latin-1"))

    assert problems(path) == [":2: byte 0xe9 is not UTF-8; save the file as UTF-8"]


def test_a_missing_file_and_a_directory_are_problems(tmp_path: Path) -> None:
    assert problems(tmp_path / "no.csv") == [
        ": cannot be read: no such file or directory"
    ]
    assert problems(tmp_path) == [": cannot be read: is a directory"]


def test_an_endless_file_is_not_read_to_its_end(
    tmp_path: Path, csv_file: CsvFile
) -> None:
    endless = tmp_path / "endless.csv"
    endless.symlink_to("/dev/zero")

    assert problems(endless) == [": is larger than 268435456 bytes; split it"]
