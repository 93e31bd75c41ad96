# SPDX-License-Identifier: Apache-2.0
"""Words and marks that every format shares, and text that is safe to show."""

import math
import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from perfcompare.model.comparison import Corroboration
from perfcompare.model.metric import ALL_SERVICES, MetricKey
from perfcompare.report.shown import Shown

MARKS = {
    Shown.REGRESSION: "✗",
    Shown.KNOWN: "†",
    Shown.IMPROVEMENT: "✓",
    Shown.REDISTRIBUTION: "⇄",
    Shown.PARITY: "=",
    Shown.INCONCLUSIVE: "?",
    Shown.NOT_COMPARABLE: "∅",
}
"""A shape for each verdict, so that none is told by its colour alone."""

CORROBORATION = {
    Corroboration.STRONG: "strong",
    Corroboration.LATENT: "latent",
    Corroboration.CONTRADICTED: "contradicted",
    Corroboration.ALONE: "waiting",
}
"""What a page calls it: "alone" says little, and it is time that is waited."""

UNKNOWN = "unknown"

_LATENCY = re.compile(r"p\d+(\.\d+)?|mean")
_MEMORY = re.compile(r"(pss|uss|rss)(?:_(.+))?")
LABELS = {
    "max": "slowest",
    "fds_peak": "file descriptors peak",
    "cpu_seconds_per_iteration": "CPU per iteration",
    "sql_statements_per_iteration": "SQL statements per iteration",
    "rpc_messages_per_iteration": "RPC messages per iteration",
    "ready_seconds": "time to ready",
    "stop_seconds": "time to stop",
}
"""Metrics whose own name is not what people call them."""

# What acts instead of showing: controls, lone surrogates, line ends, no characters, and
# marks that reorder what follows them, and so can make a name say something else.
_ACTING = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u2028\u2029"
    "\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)


def printable(text: str, *, limit: int | None = None) -> str:
    r"""Return *text* on one line, with nothing in it that acts instead of showing.

    Control characters, lone surrogates and marks that reorder become escapes
    (``\x1b``); beyond *limit* characters the middle is left out.
    """
    if limit is not None and len(text) > 2 * limit:
        # No escape makes a text shorter: what is left out anyway need not be read.
        text = text[:limit] + text[-limit:]
    shown = _ACTING.sub(_escape, text)
    if limit is None or len(shown) <= limit:
        return shown
    head = (limit - 1) * 2 // 3
    return f"{shown[:head]}…{shown[len(shown) - (limit - 1 - head) :]}"


def printable_lines(text: str) -> str:
    """Return *text* as `printable` does, its line ends kept."""
    return "\n".join(printable(line) for line in text.splitlines())


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def is_latency(key: MetricKey) -> bool:
    """Tell quantiles and the mean of durations from everything else in seconds."""
    return bool(_LATENCY.fullmatch(key.metric.name))


def is_memory(key: MetricKey) -> bool:
    """Tell PSS, USS and RSS from everything else."""
    return bool(_MEMORY.fullmatch(key.metric.name))


def metric_label(key: MetricKey) -> str:
    """Name the metric for people: "p50 latency", "peak memory (PSS)"."""
    name = key.metric.name
    if is_latency(key):
        return f"{name} latency"
    if memory := _MEMORY.fullmatch(name):
        when = (memory[2] or "").replace("_", " ")
        return printable(f"memory {when}".strip() + f" ({memory[1].upper()})", limit=80)
    return printable(LABELS.get(name, name.replace("_", " ")), limit=80)


def name_of(key: MetricKey) -> str:
    """Name a metric in a sentence: "p90 of list shares", "manila-api memory peak"."""
    owner = printable(key.workload or key.service or key.action, limit=50)
    if is_latency(key):
        return f"{key.metric.name} of {owner}"
    if is_memory(key):
        when = key.metric.name.partition("_")[2].replace("_", " ")
        return " ".join(part for part in (owner, "memory", when) if part)
    return f"{owner} {metric_label(key)}".strip()


def where_label(
    key: MetricKey, *, limit: int = 120, controls: Collection[str] = ()
) -> str:
    """Name what the metric is of: workload, action, service, as far as they apply."""
    service = "all services together" if key.service == ALL_SERVICES else key.service
    if key.service in controls:
        service += " (control)"
    parts = [part for part in (key.workload, key.action, service) if part]
    return printable(" · ".join(parts), limit=limit)


def moment(seconds: float | None) -> str:
    """Write epoch seconds as a date and minute in UTC; "" for None."""
    if seconds is None:
        return ""
    date = date_of(seconds)
    return f"{date:%Y-%m-%d %H:%M} UTC" if date else UNKNOWN


def date_of(seconds: float | None) -> datetime | None:
    """Return epoch seconds as a date; None for what no calendar holds."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return None


def span(seconds: float) -> str:
    """Write a duration in hours and minutes, or in seconds below two minutes."""
    if not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 120:
        return f"{seconds:.1f}\N{NO-BREAK SPACE}s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours < 2:
        return f"{hours * 60 + minutes}\N{NO-BREAK SPACE}min"
    return f"{hours}\N{NO-BREAK SPACE}h {minutes}\N{NO-BREAK SPACE}min"


def plural(count: int, word: str, more: str = "") -> str:
    """Count things: "1 round", "2 rounds"."""
    return f"{count} {word if count == 1 else more or word + 's'}"


def listed(items: Sequence[str]) -> str:
    """Join things as prose does: "4", "4 and 6", "4, 6 and 8"."""
    *first, last = items or [""]
    return f"{', '.join(first)} and {last}" if first else last
