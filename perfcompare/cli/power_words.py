# SPDX-License-Identifier: Apache-2.0
"""What ``perfcompare power`` says, in a sentence, a table, and as JSON."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from perfcompare.analysis.compare import MIN_ROUNDS
from perfcompare.analysis.planning import (
    SHOWN_ROUNDS,
    Answer,
    MetricPower,
    Need,
    Spread,
    detectable_by,
    together,
)
from perfcompare.analysis.power import MOST_ROUNDS, Demand
from perfcompare.model.comparison import Scale
from perfcompare.model.metric import MetricKey
from perfcompare.model.visit import Visit
from perfcompare.report.scale import ruler_for, significant
from perfcompare.report.words import is_latency, span, where_label

_NO_BREAK = "\N{NO-BREAK SPACE}"
_TWO_THIRDS = 2 / 3
"""Of the change that must not be missed: where its threshold belongs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What further rounds would bring."""

    metrics: tuple[MetricPower, ...]
    effect: float
    """The relative change that is to be found."""
    demand: Demand
    rounds_planned: int
    rounds_seen: int
    """In all runs together."""
    runs: tuple[str, ...]
    one_way: bool
    """Base was always measured first: parity is never claimed."""
    round_seconds: float | None
    """What a round took; None where nobody timed it."""

    @property
    def latencies(self) -> tuple[MetricPower, ...]:
        """The latencies among the metrics; all of them where there is none."""
        found = tuple(one for one in self.metrics if is_latency(one.spread.key))
        return found or self.metrics

    @property
    def find(self) -> Answer | None:
        """What it takes to find the effect in every latency that counts."""
        return together(self.latencies, lambda one: one.find)

    @property
    def parity(self) -> Answer | None:
        """What it takes to show parity in every metric that counts."""
        if self.one_way:
            return None
        return together(self.metrics, lambda one: one.parity)


def round_seconds(runs: Iterable[Sequence[Visit]]) -> float | None:
    """Return how long a round took, the median over all rounds of *runs*.

    The variants of a round may have stood side by side.  None where no time was
    recorded (imported results).
    """
    found = []
    for visits in runs:
        spans = defaultdict(list)
        for visit in visits:
            spans[visit.round].append((visit.started_at, visit.ended_at))
        found += [covered(each) for each in spans.values()]
    return statistics.median(found) if any(found) else None


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Return the length of the union of *spans*."""
    total, reached = 0.0, -math.inf
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def lines(outlook: Outlook) -> Iterator[str]:
    """Yield the answer, what it costs, and a line for each metric."""
    yield _find_line(outlook)
    yield _parity_line(outlook)
    yield from _time_line(outlook)
    yield from _threshold_line(outlook)
    yield (
        f"ranges are what the spread of {outlook.rounds_seen} rounds leaves open (80 %)"
    )
    yield ""
    yield from _table(outlook)


def _find_line(outlook: Outlook) -> str:
    latencies = all(is_latency(one.spread.key) for one in outlook.latencies)
    return (
        f"to find ±{_percent(outlook.effect)} in every"
        f" {'latency' if latencies else 'metric'} that counts:"
        f" {_answer(outlook.find)}{_as_planned(outlook)}"
    )


def _as_planned(outlook: Outlook) -> str:
    """Say what the plan's own number of rounds finds."""
    rounds = max(outlook.rounds_planned, MIN_ROUNDS)
    found = [
        detectable_by(one.spread, rounds, outlook.demand).change
        for one in outlook.latencies
        if one.spread.scale is Scale.RATIO and one.spread.counts_from <= rounds
    ]
    if not found:
        return ""
    return f"; at {rounds} rounds this host finds {_percent(max(found))}"


def _parity_line(outlook: Outlook) -> str:
    if outlook.one_way:
        return (
            "to show that nothing changed: no number of rounds will do, base was always"
            " measured before target"
        )
    return (
        "to show that nothing changed, in every metric that counts:"
        f" {_answer(outlook.parity)}"
    )


def _answer(answer: Answer | None) -> str:
    if answer is None:
        return "nothing counts"
    return (
        f"{_need(answer.need, unit=' rounds')}, decided by {name_of(answer.decided_by)}"
    )


def _time_line(outlook: Outlook) -> Iterator[str]:
    seconds = outlook.round_seconds
    if seconds is None:
        return
    wanted = [
        answer.need.rounds
        for answer in (outlook.find, outlook.parity)
        if answer and answer.need.rounds
    ]
    told = [
        f"{rounds} rounds take about {_span(rounds * seconds)}" for rounds in wanted
    ]
    yield ", ".join((*dict.fromkeys(told), f"one took {_span(seconds)}"))


def _threshold_line(outlook: Outlook) -> Iterator[str]:
    """Say so where what is to be found does not matter to the judge."""
    for one in outlook.latencies:
        spread, answer = one.spread, outlook.find
        decides = answer is not None and answer.decided_by == spread.key
        if not decides or spread.scale is Scale.DIFFERENCE:
            continue
        if math.expm1(spread.margin) > outlook.effect * (1 + 1e-9):
            lower = significant(outlook.effect * _TWO_THIRDS * 100, digits=2)
            yield (
                f"the verdict forgives {_margin(spread)} there: to judge"
                f" {_percent(outlook.effect)}, compare with --threshold"
                f" {spread.key.metric.name}={lower}%,0"
            )


def _table(outlook: Outlook) -> Iterator[str]:
    shown = [str(rounds) for rounds in SHOWN_ROUNDS]
    head = ("metric", "spread", *shown, "to find", "to show parity")
    metrics = sorted(outlook.metrics, key=_most_first)
    rows = [head, *(_row(one, parity=not outlook.one_way) for one in metrics)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    start = widths[0] + widths[1] + 4
    yield f"{'':<{start}}finds, at so many rounds"
    for row in rows:
        cells = [
            cell.rjust(width) if 2 <= place < 2 + len(shown) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
    if later := max(one.spread.counts_from for one in outlook.metrics):
        yield f"* counts from {later} rounds on"


def _row(one: MetricPower, *, parity: bool) -> tuple[str, ...]:
    spread = one.spread
    sds = [_size(spread, sd) for sd in (spread.sd, one.sd_low, one.sd_high)]
    star = " *" if spread.counts_from else ""
    return (
        f"{name_of(spread.key)}{star}",
        f"{sds[0]} ({sds[1]} to {sds[2]})" if spread.sd else sds[0],
        *(_size(spread, each.change) for each in one.detectable),
        f"{_size(spread, one.effect)}: {_need(one.find)}",
        f"{_margin(spread)}: {_need(one.parity) if parity else 'never'}",
    )


def _most_first(one: MetricPower) -> tuple[float, str]:
    return -(one.find.rounds or math.inf), str(one.spread.key)


def name_of(key: MetricKey) -> str:
    """Name a metric within a sentence: "'list shares' p90"."""
    where = where_label(key, limit=60)
    return f"'{where}' {key.metric.name}" if where else key.metric.name


def _need(need: Need, *, unit: str = "") -> str:
    if need.rounds is None:
        least = "" if need.fewest is None else f" (at least {need.fewest})"
        return f"more than {MOST_ROUNDS}{unit}{least}"
    if need.fewest == need.most:
        return f"{need.rounds}{unit}"
    most = f"more than {MOST_ROUNDS}" if need.most is None else need.most
    return f"{need.rounds}{unit} ({need.fewest} to {most})"


def _size(spread: Spread, size: float) -> str:
    if spread.scale is Scale.RATIO:
        return _percent(size)
    ruler = ruler_for(spread.key.metric.unit, [size])
    return f"{ruler.number(size, digits=2)} {ruler.points}".strip()


def _margin(spread: Spread) -> str:
    ratio = spread.scale is Scale.RATIO
    return _size(spread, math.expm1(spread.margin) if ratio else spread.margin)


def _percent(share: float) -> str:
    shown = significant(share * 100, digits=2)
    return f"{shown.removesuffix('.0')} %"


def _span(seconds: float) -> str:
    return span(seconds).replace(_NO_BREAK, " ")


def as_json(outlook: Outlook) -> dict[str, object]:
    """Return all numbers, in base units and full precision."""
    return {
        "effect": outlook.effect,
        "power": outlook.demand.power,
        "level": outlook.demand.levels.change,
        "runs": list(outlook.runs),
        "rounds_planned": outlook.rounds_planned,
        "rounds_seen": outlook.rounds_seen,
        "round_seconds": outlook.round_seconds,
        "find": _answer_json(outlook.find),
        "parity": _answer_json(outlook.parity),
        "metrics": [
            _metric_json(one, parity=not outlook.one_way) for one in outlook.metrics
        ],
    }


def _answer_json(answer: Answer | None) -> dict[str, object] | None:
    if answer is None:
        return None
    return {**_need_json(answer.need), "decided_by": str(answer.decided_by)}


def _need_json(need: Need) -> dict[str, object]:
    return {"rounds": need.rounds, "low": need.fewest, "high": need.most}


def _metric_json(one: MetricPower, *, parity: bool) -> dict[str, object]:
    spread, key = one.spread, one.spread.key
    return {
        "workload": key.workload,
        "action": key.action,
        "service": key.service,
        "metric": key.metric.name,
        "unit": key.metric.unit.value,
        "scale": spread.scale.value,
        "counts_from_rounds": spread.counts_from,
        "spread": {
            "sd": spread.sd,
            "degrees": spread.degrees,
            "low": one.sd_low,
            "high": one.sd_high,
        },
        "detectable": [asdict(each) for each in one.detectable],
        "effect": one.effect,
        "find": _need_json(one.find),
        "parity": _need_json(one.parity) if parity else None,
    }
