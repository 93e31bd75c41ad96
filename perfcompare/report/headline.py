# SPDX-License-Identifier: Apache-2.0
"""The answer in one sentence, and the verdicts counted: the same in every format."""

from collections import Counter
from collections.abc import Mapping, Sequence

from perfcompare.model.caveat import OneWay
from perfcompare.model.comparison import Comparison, Contrast, Verdict
from perfcompare.model.judgement import Judgement, RunFacts, VariantFacts
from perfcompare.report.counters import latent_words
from perfcompare.report.failure import failure_words, what_counts
from perfcompare.report.round_conditions import voided
from perfcompare.report.rows import row_ruler
from perfcompare.report.scale import centres, effect_text
from perfcompare.report.shapes import redistribution_clauses
from perfcompare.report.shown import UNDECIDED, Shown, shown
from perfcompare.report.standing import uncorrected
from perfcompare.report.undecided import undecided_clauses
from perfcompare.report.words import (
    is_latency,
    is_memory,
    metric_label,
    plural,
    printable,
)

_NAMED = 3
"""So many regressions are named; a sentence that names more is not read."""
_NOUNS = frozenset(
    {Shown.REGRESSION, Shown.KNOWN, Shown.IMPROVEMENT, Shown.REDISTRIBUTION}
)
_LOOKS = {
    Verdict.REGRESSION: ("worse", "slower"),
    Verdict.IMPROVEMENT: ("better", "faster"),
}
"""What a change looks like: of anything, of latencies."""


def of_contrast(judgement: Judgement, contrast: Contrast) -> tuple[Comparison, ...]:
    """Return the comparisons of one contrast: primary first, else as judged."""
    rows = (row for row in judgement.comparisons if row.contrast is contrast)
    return tuple(sorted(rows, key=lambda row: not row.primary))


def primary_total(judgement: Judgement) -> tuple[Comparison, ...]:
    """Return what the answer rests on."""
    return tuple(row for row in of_contrast(judgement, Contrast.TOTAL) if row.primary)


def verdict_counts(comparisons: Sequence[Comparison]) -> Mapping[Shown, int]:
    """Count each verdict, those that do not occur included, worst first."""
    counts = Counter(shown(row) for row in comparisons)
    return {verdict: counts[verdict] for verdict in Shown}


def count_words(comparisons: Sequence[Comparison]) -> str:
    """Write the counts: "1 regression, 2 improvements, 11 parity"."""
    return ", ".join(
        count_word(verdict, count)
        for verdict, count in verdict_counts(comparisons).items()
        if count
    )


def count_word(verdict: Shown, count: int) -> str:
    """Write one count; adjectives have no plural."""
    if verdict in _NOUNS:
        return plural(count, verdict.value)
    return f"{count} {verdict}"


def subject(facts: RunFacts) -> str:
    """Name what was compared: "manila 2026.1 eventlet → 2026.2 threading"."""
    variants = {variant.name: variant for variant in facts.variants}
    base, target = Contrast.TOTAL.variants
    passage = f"{_made_of(variants, base)} → {_made_of(variants, target)}"
    return " ".join(
        part for part in (printable(facts.project, limit=60), passage) if part
    )


def headline(judgement: Judgement) -> str:
    """Say in one sentence what the run came to."""
    return f"{subject(judgement.facts)}: {answer(judgement)}"


def answer(judgement: Judgement) -> str:
    """Say what the run came to, without what was compared."""
    return "; ".join(answer_clauses(judgement))


def answer_clauses(judgement: Judgement) -> tuple[str, ...]:
    """Say what the run came to, clause by clause, the one that matters most first."""
    rows = primary_total(judgement)
    failed = tuple(
        clause
        for clause in (failure_words(judgement), what_counts(judgement))
        if clause
    )
    if not rows:
        return failed or ("nothing was compared that counts for the verdict",)
    clauses = (
        _latency(rows),
        *_other_regressions(rows, of_contrast(judgement, Contrast.TOTAL)),
        _taken_back(rows, Verdict.REGRESSION),
        *redistribution_clauses(judgement),
        _other_improvements(rows),
        _taken_back(rows, Verdict.IMPROVEMENT),
        # One way, parity cannot be claimed, so that none was shown says nothing.
        "" if _is_one_way(judgement) else _parity(rows),
        *undecided_clauses(judgement, rows),
        _not_comparable(rows),
        _known(rows),
        _latent(judgement),
        _backend(judgement),
        voided(judgement),
    )
    return (*failed, *(clause for clause in clauses if clause))


def _made_of(variants: Mapping[str, VariantFacts], name: str) -> str:
    """Name a variant by what it is made of, or by its role where nobody knows."""
    if name not in variants:
        return name
    variant = variants[name]
    parts = [part for part in (variant.release, variant.backend) if part]
    return printable(" ".join(parts), limit=60) or name


def _having(rows: Sequence[Comparison], verdict: Shown) -> list[Comparison]:
    return [row for row in rows if shown(row) is verdict]


def _latency(rows: Sequence[Comparison]) -> str:
    ours = [row for row in rows if is_latency(row.key)]
    worse = _having(ours, Shown.REGRESSION)
    better = _having(ours, Shown.IMPROVEMENT)
    open_ones = [row for row in ours if shown(row) in UNDECIDED]
    if not ours:
        return ""
    if worse:
        name = printable(worse[0].key.workload or worse[0].key.action, limit=50)
        label = f"{name} {worse[0].key.metric.name}".strip()
        return (
            f"latency regressed in {len(worse)} of {len(ours)}"
            f", worst {label} {_moved(worse[0])}"
        )
    if len(open_ones) == len(ours):
        return "nothing shown about latency"
    new = "new " if _having(ours, Shown.KNOWN) else ""
    said = f"no {new}latency regression{' shown so far' if open_ones else ''}"
    return f"{said}, {len(better)} of {len(ours)} faster" if better else said


def _other_regressions(
    rows: Sequence[Comparison], everything: Sequence[Comparison]
) -> list[str]:
    worse = [row for row in _having(rows, Shown.REGRESSION) if not is_latency(row.key)]
    told: dict[str, Comparison] = {}
    for row in worse:
        # One line a service and kind: the worst stands first.
        told.setdefault(_short_label(row), row)
    named = list(told.items())[:_NAMED]
    clauses = [
        f"{label} {_moved(row)}{_threads(row, everything)}" for label, row in named
    ]
    rest = len(told) - len(named)
    return [*clauses, f"{plural(rest, 'more regression')}"] if rest else clauses


def _short_label(row: Comparison) -> str:
    owner = row.key.service or row.key.workload or row.key.action
    what = "memory" if is_memory(row.key) else metric_label(row.key)
    return f"{printable(owner, limit=50)} {what}".strip()


def _moved(row: Comparison) -> str:
    """Write the effect and what it is between: "+69 % (105 → 178 MiB)"."""
    base, target = centres(row)
    ruler = row_ruler(row)
    if base is None or target is None:
        return effect_text(row, ruler)
    values = f"{ruler.number(base, digits=3)} → {ruler.number(target, digits=3)}"
    return f"{effect_text(row, ruler)} ({ruler.join(values)})"


def _threads(row: Comparison, everything: Sequence[Comparison]) -> str:
    """Add what explains memory on the way to threads: how many there are now."""
    if not is_memory(row.key):
        return ""
    for other in everything:
        about_threads = other.key.metric.name.startswith("threads")
        base, target = centres(other)
        if about_threads and other.key.service == row.key.service and base and target:
            return f", threads {base:.0f} → {target:.0f}"
    return ""


def _taken_back(rows: Sequence[Comparison], verdict: Verdict) -> str:
    """Tell what looks changed, but is undecided after the correction."""
    ours = [row for row in rows if row.verdict is verdict and uncorrected(row)]
    if not ours:
        return ""
    first = ours[0]
    why = uncorrected(first)
    rest = f"survive the correction for {why.metrics} metrics" if why else ""
    name = _short_label(first)
    if is_latency(first.key):
        place = printable(first.key.workload or first.key.action, limit=50)
        name = f"{first.key.metric.name} of {place}"
    effect = effect_text(first, row_ruler(first))
    looks = _LOOKS[verdict][is_latency(first.key)]
    if len(ours) == 1:
        return f"{name} looks {looks} ({effect}), but does not {rest}: undecided"
    looks = _LOOKS[verdict][all(is_latency(row.key) for row in ours)]
    return (
        f"{len(ours)} metrics look {looks} (first: {name} {effect}), but do not {rest}:"
        " undecided"
    )


def _other_improvements(rows: Sequence[Comparison]) -> str:
    better = [
        row for row in _having(rows, Shown.IMPROVEMENT) if not is_latency(row.key)
    ]
    if not better:
        return ""
    first = f"{_short_label(better[0])} {_moved(better[0])}"
    rest = len(better) - 1
    return f"better: {first}" + (f" and {rest} more" if rest else "")


def _parity(rows: Sequence[Comparison]) -> str:
    count = len(_having(rows, Shown.PARITY))
    if count == len(rows):
        return f"parity shown for all {count}" if count > 1 else "parity shown"
    return f"parity shown for {count or 'none'} of {len(rows)}"


def _known(rows: Sequence[Comparison]) -> str:
    known = _having(rows, Shown.KNOWN)
    if not known:
        return ""
    first = f"{_short_label(known[0])} {effect_text(known[0], row_ruler(known[0]))}"
    rest = f" and {len(known) - 1} more" if len(known) > 1 else ""
    return f"{count_word(Shown.KNOWN, len(known))}: {first}{rest}"


def _latent(judgement: Judgement) -> str:
    first, *rest = latent_words(judgement) or [""]
    several = f"{len(rest) + 1} workloads show latency parity, but cost more (latent)"
    return several if rest else first


def _is_one_way(judgement: Judgement) -> bool:
    """Tell whether parity cannot be claimed: no sham was taken off."""
    told = any(isinstance(caveat, OneWay) for caveat in judgement.caveats)
    return judgement.facts.one_way and told


def _backend(judgement: Judgement) -> str:
    """Tell what a one-way run can still show in full: the backend, in rounds."""
    rows = of_contrast(judgement, Contrast.BACKEND)
    counting = [row for row in rows if row.primary]
    if not _is_one_way(judgement) or not counting:
        return ""
    return f"the backend alone, compared in rounds: {count_words(counting)}"


def _not_comparable(rows: Sequence[Comparison]) -> str:
    count = len(_having(rows, Shown.NOT_COMPARABLE))
    return f"{count} not comparable" if count else ""
