# SPDX-License-Identifier: Apache-2.0
"""Take JSON answers apart: what an API owes is checked where it is read."""

from perfcompare.model.errors import DeploymentError


def member(answer: object, *path: str) -> object:
    """Return what stands in *answer* under the keys of *path*, one below another.

    Raises:
        DeploymentError: It is not there.
    """
    found = answer
    for key in path:
        if not isinstance(found, dict) or key not in found:
            raise DeploymentError(
                f"the API's answer has no {'.'.join(path)}: {str(answer)[:200]}"
            )
        found = found[key]
    return found


def text(answer: object, *path: str) -> str:
    """Return what stands in *answer* under *path*, as text."""
    return str(member(answer, *path))


def rows(answer: object, *path: str) -> list[object]:
    """Return the list that stands in *answer* under *path*.

    Raises:
        DeploymentError: There is no list.
    """
    found = member(answer, *path)
    if not isinstance(found, list):
        raise DeploymentError(
            f"the API's answer has no list {'.'.join(path)}: {str(answer)[:200]}"
        )
    return found
