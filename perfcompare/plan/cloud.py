# SPDX-License-Identifier: Apache-2.0
"""The variants of a cloud that somebody else deploys: a branch on a backend.

What DevStack installs is DevStack's business, so a plan says nothing of packages or
configuration here; one cloud is one variant at a time, so whole visits alternate.
"""

from collections.abc import Iterator

from perfcompare.model.project import Project
from perfcompare.model.variant import Backend, Packages, Variant, VariantName
from perfcompare.plan.document import CrossoverDocument, PlanDocument, VariantDocument
from perfcompare.plan.positions import UNREADABLE, Keys
from perfcompare.plan.report import Problems
from perfcompare.plan.variants import Variants
from perfcompare.plan.wording import suggest

_NOTHING = Packages(
    requirements=(), uploaded_before=None, uploaded_before_each={}, python=""
)
_OF_THE_PLAN = ("blocks", "sham", "config", "uwsgi")
_OF_A_VARIANT = ("packages", "source", "uploaded_before", "python", "config", "uwsgi")


def resolve_cloud_variants(
    document: PlanDocument, project: Project | None, problems: Problems
) -> Variants:
    """Resolve base, target and crossover; releases are the names of branches."""
    _check_keys(document, problems)
    if project is None:
        return Variants(variants=(), fingerprints=())
    if project.cloud is None:
        problems.add(
            ("deployment",),
            f"nobody has told where a DevStack has {project.name}; leave deployment"
            " out, or see docs/projects.md",
        )
    resolver = _Resolver(document, project, problems)
    base = resolver.side(VariantName.BASE, document.base)
    target = resolver.side(VariantName.TARGET, document.target)
    sides = tuple(each for each in (base, target) if each)
    crossover = resolver.crossover(base, target) if base and target else ()
    return Variants(variants=(*sides, *crossover), fingerprints=())


def _check_keys(document: PlanDocument, problems: Problems) -> None:
    for name in _OF_THE_PLAN:
        if name in document.model_fields_set:
            _refuse((name,), problems)
    if document.interleave and "interleave" in document.model_fields_set:
        _refuse(("interleave",), problems)
    sections: dict[str, CrossoverDocument | None] = {
        "base": document.base,
        "target": document.target,
        "crossover": document.crossover,
    }
    for section, content in sections.items():
        for name in _OF_A_VARIANT:
            if content and name in content.model_fields_set:
                _refuse((section, name), problems)


def _refuse(keys: Keys, problems: Problems) -> None:
    problems.add(
        keys,
        f"{keys[-1]} has no meaning with deployment: devstack, which somebody else"
        " installs and which is one variant at a time; leave it out",
    )


class _Resolver:
    """What needs the project to be known."""

    def __init__(
        self, document: PlanDocument, project: Project, problems: Problems
    ) -> None:
        self._document = document
        self._project = project
        self._problems = problems

    def side(self, name: VariantName, section: VariantDocument) -> Variant | None:
        """Resolve base or target; None when its backend does not exist."""
        if UNREADABLE in {section.release, section.backend}:
            return None
        release = self._project.release(section.release)
        backend = section.backend or release.default_backend.value
        if backend not in release.environments:
            there = suggest(backend, release.environments)
            self._problems.add(
                (name.value, "backend"),
                f"no {backend} in {self._project.name} {section.release}; {there}",
            )
            return None
        return self._variant(name, section.release, Backend(backend), section)

    def crossover(self, base: Variant, target: Variant) -> Iterator[Variant]:
        """Yield target's release on base's backend, where attribution asks for it."""
        if (base.release, base.backend) == (target.release, target.backend):
            self._problems.add(
                ("target",),
                "base and target are equal: there is nothing to compare; give one of"
                " them another release or backend",
            )
        if not self._document.attribution:
            return
        release = self._project.release(target.release)
        if base.backend not in release.environments:
            self._problems.add(
                ("attribution",),
                f"crossover would be {target.release} on {base.backend}, which it has"
                " not; leave attribution out",
            )
        if base.release == target.release or base.backend == target.backend:
            self._problems.add(
                ("attribution",),
                "attribution needs variants that differ in release and in backend;"
                " leave it out",
            )
        section = self._document.crossover or CrossoverDocument()
        yield self._variant(
            VariantName.CROSSOVER, target.release, base.backend, section
        )

    def _variant(
        self,
        name: VariantName,
        release: str,
        backend: Backend,
        section: CrossoverDocument,
    ) -> Variant:
        return Variant(
            name=name,
            release=release,
            backend=backend,
            packages=_NOTHING,
            environment={**self._document.environment, **section.environment},
            config={},
            uwsgi={},
        )
