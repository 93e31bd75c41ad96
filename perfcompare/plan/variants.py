# SPDX-License-Identifier: Apache-2.0
"""The variants of a plan: its words against what the project really has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from perfcompare.model.project import Project, Release
from perfcompare.model.variant import Backend, Variant, VariantName
from perfcompare.plan.document import (
    NEWEST,
    Config,
    CrossoverDocument,
    PlanDocument,
    VariantDocument,
)
from perfcompare.plan.packages import assemble, has_package, repeated, replaced
from perfcompare.plan.positions import UNREADABLE, Keys
from perfcompare.plan.report import Problems
from perfcompare.plan.sources import CodeSource, SourceError, resolve_source
from perfcompare.plan.wording import suggest


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """The variants that could be resolved; all of them when nothing was reported."""

    variants: tuple[Variant, ...]
    fingerprints: tuple[str, ...]
    """Of the sources in the plan, in order of the variants that have one."""


def resolve_variants(
    document: PlanDocument, project: Project | None, folder: Path, problems: Problems
) -> Variants:
    """Resolve base, target and what else the plan asks for.

    Args:
        document: The plan as written.
        project: None when the plan names none that exists: then only what can be
            told without it is.
        folder: What paths in the plan are relative to.
        problems: Where everything that is wrong goes.
    """
    sections = {
        VariantName.BASE: document.base,
        VariantName.TARGET: document.target,
    }
    sources = {
        name: _source(section, (name.value,), folder, problems)
        for name, section in sections.items()
    }
    _check_packages(document, problems)
    variants: list[Variant] = []
    if project is not None:
        resolver = _Resolver(document, project, problems)
        found = {
            name: resolver.side(name, section, sources[name])
            for name, section in sections.items()
        }
        variants += (variant for variant in found.values() if variant)
        base, target = found[VariantName.BASE], found[VariantName.TARGET]
        if base and target:
            resolver.check_pair(base, target)
            variants += resolver.crossover(base, target)
        if base and document.sham:
            variants.append(replace(base, name=VariantName.SHAM))
    return Variants(
        variants=tuple(variants),
        fingerprints=tuple(each.fingerprint for each in sources.values() if each),
    )


def _source(
    section: VariantDocument, keys: Keys, folder: Path, problems: Problems
) -> CodeSource | None:
    if section.source is None:
        return None
    try:
        return resolve_source(section.source, folder)
    except SourceError as error:
        problems.add((*keys, "source"), str(error))
        return None


def _check_packages(document: PlanDocument, problems: Problems) -> None:
    sections: Mapping[str, CrossoverDocument | None] = {
        "base": document.base,
        "target": document.target,
        "crossover": document.crossover,
    }
    for name, section in sections.items():
        if section and (twice := repeated(section.packages)):
            problems.add(
                (name, "packages"), f"'{twice}' stands twice; keep one of them"
            )
    if document.crossover and not document.attribution:
        problems.add(
            ("crossover",),
            "crossover is given, but attribution is false; write attribution: true,"
            " or leave crossover out",
        )


class _Resolver:
    """What needs the project to be known."""

    def __init__(
        self, document: PlanDocument, project: Project, problems: Problems
    ) -> None:
        self._document = document
        self._project = project
        self._problems = problems
        self._check_files(("config",), document.config)

    def side(
        self, name: VariantName, section: VariantDocument, source: CodeSource | None
    ) -> Variant | None:
        keys = (name.value,)
        self._check_files((*keys, "config"), section.config)
        release = self._release((*keys, "release"), section.release)
        if release is None:
            return None
        if section.source and not has_package(release.packages, self._project.name):
            self._problems.add(
                (*keys, "source"),
                f"{self._project.name} {release.name} has no package that a source"
                " could replace; leave source out",
            )
        backend = self._backend((*keys, "backend"), section.backend, release)
        if backend is None:
            return None
        self._check_uwsgi((*keys, "uwsgi"), section, backend)
        if section.source and source is None:
            return None
        return Variant(
            name=name,
            release=release.name,
            backend=backend,
            packages=assemble(
                release.packages, section, project=self._project.name, source=source
            ),
            environment={**self._document.environment, **section.environment},
            config=_merged(self._document.config, section.config),
            uwsgi={**self._document.uwsgi, **section.uwsgi},
        )

    def check_pair(self, base: Variant, target: Variant) -> None:
        """Refuse what cannot be upgraded, and what has nothing to compare."""
        names = [release.name for release in self._project.releases]
        if names.index(base.release) > names.index(target.release):
            self._problems.add(
                ("target", "release"),
                f"target {target.release} is older than base {base.release};"
                " databases migrate forward only: swap",
            )
        if replace(base, name=target.name) == target:
            self._problems.add(
                ("target",),
                "base and target are equal: there is nothing to compare; give one of"
                " them another release, backend, source, packages, environment or"
                " config (sham: true measures a copy of base)",
            )

    def crossover(self, base: Variant, target: Variant) -> Iterator[Variant]:
        """Yield target's release on base's backend, where attribution asks for it."""
        if not self._document.attribution:
            return
        section = self._document.crossover or CrossoverDocument()
        self._check_files(("crossover", "config"), section.config)
        self._check_uwsgi(("crossover", "uwsgi"), section, base.backend)
        if not self._can_cross(base, target):
            return
        crossover = Variant(
            name=VariantName.CROSSOVER,
            release=target.release,
            backend=base.backend,
            packages=replace(
                target.packages,
                requirements=replaced(target.packages.requirements, section.packages),
            ),
            environment={**target.environment, **section.environment},
            config=_merged(target.config, section.config),
            uwsgi={**target.uwsgi, **section.uwsgi},
        )
        for other in (base, target):
            if replace(other, name=crossover.name) == crossover:
                self._problems.add(
                    ("attribution",),
                    f"crossover would equal {other.name}: attribution needs variants"
                    " that differ in release and in backend; leave it out",
                )
        yield crossover

    def _can_cross(self, base: Variant, target: Variant) -> bool:
        release = self._project.release(target.release)
        if base.backend in release.environments:
            return True
        self._problems.add(
            ("attribution",),
            f"crossover would be {target.release} on {base.backend}, and"
            f" {self._has(release)}; leave attribution out",
        )
        return False

    def _release(self, keys: Keys, name: str) -> Release | None:
        if name == UNREADABLE:
            return None
        if name == NEWEST:
            return self._project.releases[-1]
        releases = {release.name: release for release in self._project.releases}
        if name not in releases:
            self._problems.add(
                keys,
                f"unknown release '{name}' of {self._project.name};"
                f" {suggest(name, releases)}",
            )
        return releases.get(name)

    def _backend(
        self, keys: Keys, name: str | None, release: Release
    ) -> Backend | None:
        if name is None:
            return release.default_backend
        if name not in set(Backend):
            self._problems.add(
                keys, f"unknown backend '{name}'; {suggest(name, Backend)}"
            )
            return None
        if Backend(name) not in release.environments:
            self._problems.add(
                keys, f"no {name} here: {self._has(release)}; choose one that it has"
            )
            return None
        return Backend(name)

    def _has(self, release: Release) -> str:
        backends = " and ".join(release.environments)
        return f"{self._project.name} {release.name} has {backends} only"

    def _check_files(self, keys: Keys, config: Config) -> None:
        known = self._project.config
        for name in config:
            if name not in known:
                hint = suggest(name, known)
                self._problems.add((*keys, name), f"unknown file '{name}'; {hint}")

    def _check_uwsgi(
        self, keys: Keys, section: CrossoverDocument, backend: Backend
    ) -> None:
        services = self._project.services.get(backend, ())
        if section.uwsgi and not any(service.wsgi for service in services):
            self._problems.add(
                keys, f"uWSGI serves nothing here on {backend}; leave uwsgi out"
            )


def _merged(
    below: Mapping[str, Mapping[str, Mapping[str, str]]], above: Config
) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return *below* with the options of *above* in their place."""
    result: Config = {
        file: {k: dict(v) for k, v in sections.items()}
        for file, sections in below.items()
    }
    for file, sections in above.items():
        merged = result.setdefault(file, {})
        for section, options in sections.items():
            merged[section] = {**merged.get(section, {}), **options}
    return result
