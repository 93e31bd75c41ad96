# SPDX-License-Identifier: Apache-2.0
"""The digest of a plan: equal digests mean that the same thing is measured."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date

from perfcompare.model.plan import Plan
from perfcompare.model.project import Project
from perfcompare.model.workload import Workload

# Words, judging, place and patience: they change nothing that is measured.  Rounds
# neither: an undecided run may be resumed with more of them.
_LEFT_OUT = frozenset(
    (
        *("title", "path", "thresholds", "void_marked_rounds", "digest"),
        *("rounds", "looks", "ready_timeout_seconds"),
    )
)


def digest_of(plan: Plan, project: Project, fingerprints: Sequence[str]) -> str:
    """Return the SHA-256 over all that decides what *plan* measures.

    Args:
        plan: Resolved; its own digest is ignored.
        project: What of it is data: services, configuration, migrations.
        fingerprints: Of the user's own code.
    """
    content = {
        "plan": {k: v for k, v in _plain(plan).items() if k not in _LEFT_OUT},
        "fingerprints": list(fingerprints),
        "services": project.services,
        "config": project.config,
        "migrate": project.migrate,
    }
    text = json.dumps(content, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> dict[str, object]:
    """Turn what JSON does not know into a mapping; `json` goes on inside it."""
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value):
        # A workload's name and load say all that is measured; runs from before there
        # were levels have no title, and are resumed all the same.
        words = ("title",) if isinstance(value, Workload) else ()
        names = [field.name for field in fields(value) if field.name not in words]
        return {name: getattr(value, name) for name in names}
    raise TypeError(f"a plan holds no {type(value).__name__}")
