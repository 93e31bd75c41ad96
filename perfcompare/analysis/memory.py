# SPDX-License-Identifier: Apache-2.0
"""The memory of a service, process by process of its tree."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import pandas as pd

from perfcompare.analysis.intervals import Floats
from perfcompare.analysis.resources import (
    Looks,
    of_owner,
    span,
    summed,
    windows_of,
)
from perfcompare.model.judgement import ProcessMemory
from perfcompare.model.metric import ALL_SERVICES
from perfcompare.model.visit import Phase, Visit

MOST_ALIKE = 4
"""Children of one parent that are told apart; more that call themselves alike are one
role."""

_INTERPRETER = re.compile(r"python[\d.]*$")
_NUMBERS = re.compile(r"\d+")

Place = tuple[int, ...]
"""Where a process stands in its tree: (1,) the root, (1, 2) its second child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the processes of one place held in one round."""

    service: str
    variant: str
    place: Place
    role: str
    title: str
    processes: int
    pss_idle_bytes: float | None
    pss_peak_bytes: float | None
    threads_peak: float | None


def held(visit: Visit, readings: pd.DataFrame) -> tuple[Held, ...]:
    """Take the trees of the visit's services apart.

    The looks are those at which a tree's PSS was at its median of idle (of the two in
    the middle the smaller) and at its peak from idle to settle.
    """
    if not visit.windows:
        return ()
    return tuple(
        one
        for service, part in of_owner(readings, visit.variant).items()
        if service != ALL_SERVICES
        for one in _of_service(visit, service, part)
    )


def by_process(found: Sequence[Held]) -> tuple[ProcessMemory, ...]:
    """Return the medians over rounds, variants of one place side by side."""
    variants = list(dict.fromkeys(one.variant for one in found))
    groups: dict[tuple[str, Place, str, int], list[Held]] = defaultdict(list)
    for one in found:
        at = variants.index(one.variant)
        groups[one.service, one.place, one.role, at].append(one)
    return tuple(_over_rounds(groups[key]) for key in sorted(groups))


def program(title: str) -> str:
    """Return what a process calls itself, without interpreter, paths and options.

    Example:
        >>> program("/venv/bin/python3 /venv/bin/nova-api --config-file nova.conf")
        'nova-api'
        >>> program("nova-scheduler: worker 2 [/venv/bin/nova-scheduler]")
        'nova-scheduler: worker 2'
    """
    words = title.split()
    if words and "/" in words[0]:
        names = [word.rpartition("/")[2] for word in words if not word.startswith("-")]
        if len(names) > 1 and _INTERPRETER.match(names[0]):
            names = names[1:]
        return names[0] if names else ""
    kept = []
    for word in words:
        if "/" in word or word.startswith("--"):
            break
        kept.append(word)
    return " ".join(kept)


def _of_service(visit: Visit, service: str, part: pd.DataFrame) -> Iterator[Held]:
    looks = summed(part, "pss_bytes")
    idle = windows_of(visit, Phase.IDLE)
    before = _at(part, _median_look(looks, *span(idle))) if idle else {}
    then = _at(part, _peak_look(looks, *span(visit.windows)))
    titles = {
        one.pid: program(one.title) for one in visit.evidence if one.service == service
    }
    parents = {pid: parent for pid, (parent, _, _) in {**before, **then}.items()}
    for place, pids in _places(parents, titles).items():
        yield Held(
            service=service,
            variant=visit.variant,
            place=place,
            role=_role(place, alike=len(pids) > 1),
            title=_most_common(titles.get(pid, "") for pid in pids),
            processes=len(pids),
            pss_idle_bytes=_sum(before[pid][1] for pid in pids if pid in before),
            pss_peak_bytes=_sum(then[pid][1] for pid in pids if pid in then),
            threads_peak=_sum(then[pid][2] for pid in pids if pid in then),
        )


def _median_look(looks: Looks, start: float, end: float) -> float | None:
    times, totals = _cut(looks, start, end)
    if not len(times):
        return None
    return float(times[np.argsort(totals, kind="stable")[(len(times) - 1) // 2]])


def _peak_look(looks: Looks, start: float, end: float) -> float | None:
    times, totals = _cut(looks, start, end)
    return float(times[totals.argmax()]) if len(times) else None


def _cut(looks: Looks, start: float, end: float) -> tuple[Floats, Floats]:
    inside = (looks.times >= start) & (looks.times <= end)
    return looks.times[inside], looks.totals[inside]


def _at(part: pd.DataFrame, time: float | None) -> dict[int, tuple[int, float, float]]:
    """Return parent, PSS and threads of each process at a look."""
    if time is None:
        return {}
    found = part[part["at"] == time]
    columns = ("pid", "parent_pid", "pss_bytes", "threads")
    return {
        int(pid): (int(parent), float(pss), float(threads))
        for pid, parent, pss, threads in zip(
            *(found[column].tolist() for column in columns), strict=True
        )
    }


def _places(
    parents: Mapping[int, int], titles: Mapping[int, str]
) -> dict[Place, list[int]]:
    """Number the processes of a tree, those of one parent in the order of their pids.

    Many of one parent that call themselves alike, but for numbers, share a place.
    """
    found: dict[Place, list[int]] = {}
    waiting: list[tuple[Place, list[int]]] = [
        ((), sorted(pid for pid, parent in parents.items() if parent not in parents))
    ]
    while waiting:
        above, siblings = waiting.pop(0)
        alike: dict[str, list[int]] = defaultdict(list)
        for pid in siblings:
            alike[_NUMBERS.sub("", titles.get(pid, ""))].append(pid)
        for number, pid in enumerate(siblings, start=1):
            same = alike[_NUMBERS.sub("", titles.get(pid, ""))]
            many = bool(above) and len(same) > MOST_ALIKE
            place = (*above, siblings.index(same[0]) + 1 if many else number)
            found.setdefault(place, []).append(pid)
        for place in [place for place in found if place[:-1] == above]:
            below = [
                pid for pid in sorted(parents) if parents[pid] in set(found[place])
            ]
            if below:
                waiting.append((place, below))
    return found


def _role(place: Place, *, alike: bool) -> str:
    root, *below = place
    if not below:
        return "main process" if root == 1 else f"main process {root}"
    name = "children" if alike else f"child {'.'.join(map(str, below))}"
    return name if root == 1 else f"{name} of main process {root}"


def _over_rounds(rounds: Sequence[Held]) -> ProcessMemory:
    first = rounds[0]
    return ProcessMemory(
        service=first.service,
        variant=first.variant,
        role=first.role,
        title=_most_common(one.title for one in rounds),
        processes=round(median(one.processes for one in rounds)),
        rounds=len(rounds),
        pss_idle_bytes=_median(one.pss_idle_bytes for one in rounds),
        pss_peak_bytes=_median(one.pss_peak_bytes for one in rounds),
        threads_peak=_median(one.threads_peak for one in rounds),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _sum(values: Iterable[float]) -> float | None:
    known = list(values)
    return sum(known) if known else None


def _most_common(words: Iterable[str]) -> str:
    ((word, _),) = Counter(words).most_common(1)
    return word
