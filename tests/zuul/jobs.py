# SPDX-License-Identifier: Apache-2.0
"""What zuul.d says, merged as Zuul merges it, without a Zuul."""

from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parents[2]


def jobs() -> dict[str, dict[str, object]]:
    """Return every job of zuul.d by its name."""
    stanzas = [
        stanza
        for path in sorted((REPOSITORY / "zuul.d").glob("*.yaml"))
        for stanza in yaml.safe_load(path.read_text())
    ]
    return {each["job"]["name"]: each["job"] for each in stanzas if "job" in each}


def variables_of(name: str) -> dict[str, object]:
    """Merge a job's variables with its forebears', as Zuul does; ours alone."""
    job = jobs().get(name)
    if job is None:
        return {}
    parent = variables_of(str(job.get("parent", "base")))
    return _merge(parent, job.get("vars", {}))


def _merge(below: object, above: object) -> dict[str, object]:
    assert isinstance(below, dict)
    assert isinstance(above, dict)
    both = {
        key: _merge(below[key], above[key])
        for key in below.keys() & above.keys()
        if isinstance(above[key], dict)
    }
    return {**below, **above, **both}
