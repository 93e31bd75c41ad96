# SPDX-License-Identifier: Apache-2.0
"""Thresholds of a plan on top of the defaults: each key that is absent is inherited."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from perfcompare.model.metric import Threshold
from perfcompare.plan.document import ThresholdDocument
from perfcompare.plan.wording import suggest

ANY = "*"
"""The default for somebody's own metrics; it makes no name a known one."""


def metric_part(glob: str) -> str:
    """Return what *glob* says about the metric: all after the last slash."""
    return glob.rpartition("/")[2]


def complaint(glob: str, defaults: Iterable[Threshold], names: Iterable[str]) -> str:
    """Return what is wrong with *glob*, or "".

    Args:
        glob: ``metric`` or ``workload/action/service/metric``, parts left out.
        defaults: Their metrics are the known ones.
        names: Workloads and services; () when they are not known.
    """
    known = [metric_part(default.metric) for default in defaults]
    known = [name for name in known if name != ANY]
    metric = metric_part(glob)
    if not any(_overlap(metric, name) for name in known):
        return (
            f"no metric is called '{metric}'; {suggest(metric, known)} (the last part"
            " of workload/action/service/metric is the metric)"
        )
    first, slash, _ = glob.partition("/")
    # A workload may have a slash in its own title.
    firsts = [name.partition("/")[0] for name in names]
    if slash and firsts and not any(fnmatchcase(name, first) for name in firsts):
        return f"no workload or service is called '{first}'; {suggest(first, firsts)}"
    return ""


def inherit(
    wanted: Mapping[str, ThresholdDocument], in_force: tuple[Threshold, ...]
) -> Iterator[Threshold]:
    """Yield one threshold for each one *in_force* that a glob of *wanted* is about.

    ``p9*`` with a ratio alone keeps the floors of p90, p95 and p99 apart, and so it
    does where another floor is in force for one workload.
    """
    for glob, document in wanted.items():
        metric = metric_part(glob)
        prefix = glob.removesuffix(metric)
        for default in in_force:
            name = metric_part(default.metric)
            place = _both(prefix, default.metric.removesuffix(name))
            # The default for anybody's own metrics says nothing about ours.
            own = name == ANY != metric
            if own or place is None or not _overlap(metric, name):
                continue
            given = document.model_fields_set
            yield Threshold(
                metric=place + (name if fnmatchcase(name, metric) else metric),
                ratio=document.ratio if "ratio" in given else default.ratio,
                floor=document.floor if "floor" in given else default.floor,
                primary=document.primary if "primary" in given else default.primary,
            )


def _both(wanted: str, in_force: str) -> str | None:
    """Return what two globs of workloads and services both name; "" names all.

    None where they have nothing in common, or where no glob can say what.
    """
    if not in_force or fnmatchcase(wanted, in_force):
        return wanted
    return in_force if not wanted or fnmatchcase(in_force, wanted) else None


def _overlap(metric: str, name: str) -> bool:
    """Tell whether two names, either of them perhaps a glob, mean the same."""
    return fnmatchcase(name, metric) or fnmatchcase(metric, name)
