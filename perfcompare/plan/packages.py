# SPDX-License-Identifier: Apache-2.0
"""What is installed: a release's requirements, as the plan changes them."""

from collections.abc import Sequence

from perfcompare.model.variant import Packages
from perfcompare.plan.document import VariantDocument, package_name
from perfcompare.plan.sources import CodeSource


def normalized(name: str) -> str:
    """Return *name* as package indexes compare it."""
    return package_name(name) or name


def has_package(packages: Packages, name: str) -> bool:
    """Tell whether a requirement of *packages* is for *name*."""
    return normalized(name) in {package_name(each) for each in packages.requirements}


def repeated(requirements: Sequence[str]) -> str | None:
    """Return the first name that stands twice."""
    names = [package_name(each) for each in requirements]
    return next((name for name in names if names.count(name) > 1), None)


def assemble(
    packages: Packages,
    section: VariantDocument,
    *,
    project: str,
    source: CodeSource | None,
) -> Packages:
    """Return *packages* of a release as *section* of the plan changes them."""
    requirements = replaced(packages.requirements, section.packages)
    if source is not None:
        requirements = replaced(requirements, (f"{project} @ {source.url}",), project)
    return Packages(
        requirements=requirements,
        uploaded_before=section.uploaded_before or packages.uploaded_before,
        uploaded_before_each=packages.uploaded_before_each,
        python=section.python or packages.python,
    )


def replaced(
    requirements: Sequence[str], by: Sequence[str], name: str = ""
) -> tuple[str, ...]:
    """Put each of *by* in the place of what has its name, or at the end."""
    result = list(requirements)
    for new in by:
        wanted = normalized(name) if name else package_name(new)
        names = [package_name(each) for each in result]
        if wanted in names:
            result[names.index(wanted)] = new
        else:
            result.append(new)
    return tuple(result)
