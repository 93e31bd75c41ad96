# SPDX-License-Identifier: Apache-2.0
"""Levels: the same workload at several concurrencies, without writing it twice.

A client who is alone sees the time in service; several at once see how it queues.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from perfcompare.model.workload import Workload
from perfcompare.plan.concurrencies import OWN_LEVEL, Level, Levels
from perfcompare.plan.pace import MAX_TIMES, Pace
from perfcompare.plan.positions import Keys
from perfcompare.plan.report import Problems
from perfcompare.plan.wording import show, suggest

FEWEST_TIMES = 100
"""Iterations of a level at least, unless the task itself has fewer: of a client's
share alone a p90 would be a guess."""

_LONGEST_NAME = 128
"""Rally takes no longer title of a subtask."""


def at_levels(
    workloads: Iterable[Workload], *, wanted: Levels, pace: Pace
) -> tuple[Workload, ...]:
    """Return each of *workloads* at the levels that *wanted* names for it.

    The levels of one title follow each other, the lowest first.  The one at the
    task's own concurrency is the task's own workload, whose name stays as it is.
    """
    return tuple(
        _at(workload, level, pace)
        for workload in workloads
        for level in _levels(workload, wanted)
    )


def check_levels(
    workloads: Sequence[Workload], *, wanted: Levels, pace: Pace, problems: Problems
) -> None:
    """Note globs that name no workload, and names that the levels cannot have.

    Args:
        workloads: As the task has them.
        wanted: What the plan says about their levels.
        pace: What it says about all of them.
        problems: Where they are noted.
    """
    titles = [workload.title for workload in workloads]
    globs = wanted if isinstance(wanted, Mapping) else ()
    for glob in globs:
        if not any(fnmatchcase(title, glob) for title in titles):
            message = f"no workload is called '{glob}'; {suggest(glob, titles)}"
            problems.add(("concurrencies", glob), message)
    levels = at_levels(workloads, wanted=wanted, pace=pace)
    taken = Counter(level.name for level in levels)
    for level in levels:
        if level.name != level.title:
            for wrong in _wrong_name(level, taken):
                problems.add(_place(level.title, wanted), wrong)


def _wrong_name(level: Workload, taken: Mapping[str, int]) -> Iterator[str]:
    what = f"{show(level.title)} at {level.concurrency} would be called"
    if taken[level.name] > 1:
        yield (
            f"{what} {show(level.name)}, and so is another workload; give that one"
            " another title in the task"
        )
    if len(level.name) > _LONGEST_NAME:
        yield (
            f"{what} {show(level.name)}, which has {len(level.name)} characters;"
            f" shorten its title in the task until it has at most {_LONGEST_NAME}"
        )


def _place(title: str, wanted: Levels) -> Keys:
    """Return where the plan says at which levels *title* is measured."""
    glob = _last_match(title, wanted) if isinstance(wanted, Mapping) else None
    return ("concurrencies",) if glob is None else ("concurrencies", glob)


def _levels(workload: Workload, wanted: Levels) -> list[int]:
    """Return the concurrencies of *workload*, ascending, each once."""
    asked: Sequence[Level] | None
    if isinstance(wanted, Mapping):
        glob = _last_match(workload.title, wanted)
        asked = None if glob is None else wanted[glob]
    else:
        asked = wanted
    own = workload.concurrency
    if asked is None:
        return [own]
    return sorted({own if each == OWN_LEVEL else int(each) for each in asked})


def _last_match(title: str, globs: Iterable[str]) -> str | None:
    return next((glob for glob in reversed([*globs]) if fnmatchcase(title, glob)), None)


def _at(workload: Workload, level: int, pace: Pace) -> Workload:
    if level == workload.concurrency:
        return workload
    times = _times(workload, level)
    clients = "1 client" if level == 1 else f"{level} clients"
    return replace(
        workload,
        name=f"{workload.title} ({clients})",
        times=times,
        concurrency=level,
        warm_up=pace.warm_up(times=times, concurrency=level),
        blocks=pace.turns(times=times, concurrency=level),
    )


def _times(workload: Workload, level: int) -> int:
    """Return how many iterations *level* is judged by.

    ``max(ceil(times x level / own), min(times, 100))``: each client has as many as in
    the task's own load.  So a level takes as long as that where nothing queues, and
    ``level / own`` of it where the service is saturated at both.  As a task has no
    fewer times than clients, each client of a level has at least one.
    """
    share = math.ceil(workload.times * level / workload.concurrency)
    return min(max(share, min(workload.times, FEWEST_TIMES)), MAX_TIMES)
