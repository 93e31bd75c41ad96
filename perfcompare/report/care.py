# SPDX-License-Identifier: Apache-2.0
"""What is to be read with care about the run as a whole, each thing once."""

from collections.abc import Iterable, Sequence

from perfcompare.model.caveat import Killed
from perfcompare.model.judgement import Judgement
from perfcompare.report.words import listed, plural, printable

_LONGEST = 500


def care_words(judgement: Judgement) -> tuple[str, ...]:
    """Say each caveat of the run; a service that was killed often is one of them."""
    killed = [one for one in judgement.caveats if isinstance(one, Killed)]
    others = [one for one in judgement.caveats if not isinstance(one, Killed)]
    services = dict.fromkeys(one.service for one in killed)
    told = (
        *(str(caveat) for caveat in others),
        *(
            _killed([one for one in killed if one.service == service], judgement)
            for service in services
        ),
    )
    return tuple(printable(text, limit=_LONGEST) for text in told)


def _killed(ours: Sequence[Killed], judgement: Judgement) -> str:
    """Say of one service where it did not stop by itself."""
    places: dict[str, list[str]] = {}
    for one in ours:
        places.setdefault(_rounds(one.rounds, judgement), []).append(one.variant)
    grace_seconds = max(one.grace_seconds for one in ours)
    where = "; ".join(f"{listed(names)} in {when}" for when, names in places.items())
    return (
        f"{ours[0].service} ignored SIGTERM for {grace_seconds:.0f} s and was killed:"
        f" {where}"
    )


def _rounds(numbers: Iterable[int], judgement: Judgement) -> str:
    rounds = sorted(set(numbers))
    if len(rounds) == judgement.facts.rounds_done > 1:
        return f"all {plural(len(rounds), 'round')}"
    kind = "round" if len(rounds) == 1 else "rounds"
    return f"{kind} {listed([str(number) for number in rounds])}"
