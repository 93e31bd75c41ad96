# SPDX-License-Identifier: Apache-2.0
"""The Deployment protocol: what an experiment asks of whatever deploys."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, Self

from perfcompare.model.caveat import Caveat
from perfcompare.model.target import LoadTarget, Tree
from perfcompare.model.upgrade import Upgrade
from perfcompare.model.variant import Variant
from perfcompare.model.visit import Counter, ProcessEvidence, Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantProvenance:
    """What a variant is made of."""

    packages: tuple[str, ...]
    """``name==version``, sorted."""
    config: Mapping[str, str]
    """File name → text, secrets redacted."""
    environment: Mapping[str, str]
    """Variables set for the services, secrets redacted."""
    python: str


class Running(Protocol):
    """A variant that is up and ready, until `stop`."""

    ready_seconds: float
    trees: tuple[Tree, ...]
    load_target: LoadTarget
    caveats: tuple[Caveat, ...]
    """What about it disturbs a measurement."""

    def verify_backend(self) -> tuple[ProcessEvidence, ...]:
        """Prove which backend each process runs.

        Raises:
            DeploymentError: A process runs another backend than the plan says;
                names process, expected, found and the evidence.
        """
        ...

    def check_alive(self) -> None:
        """Raise DeploymentError, with the last log lines, if a service has died."""
        ...

    def counters(self) -> tuple[Counter, ...]:
        """Return what servers have counted for this variant, up to now.

        Only the difference between two of these means a thing; () where no server
        counts for one variant alone.  Asking may take a server some 0.1 s.
        """
        ...

    def stop(self) -> tuple[Stop, ...]:
        """Stop every service; afterwards nothing of it is left."""
        ...

    def logs(self) -> Mapping[str, bytes]:
        """File name → content (the last 256 KiB, secrets redacted) of each log."""
        ...


class Deployment(Protocol):
    """A project in its variants, on one cloud; a context manager."""

    def __enter__(self) -> Self:
        """Install every variant and start the servers; idempotent caches."""
        ...

    def __exit__(self, *exc_info: object) -> None:
        """Stop every server and remove the scratch directory."""
        ...

    def upgrade(self) -> Upgrade | None:
        """Take base to target once, as Grenade does, and keep both states.

        None where somebody else does that, between one experiment and the next.

        base is deployed and its resources created; it is stopped; target's
        migrations run on a copy of its data; target starts on the copy and the
        resources must still be there.  Every later `up` starts from its
        variant's state as it was here.
        """
        ...

    def controls(self) -> tuple[Tree, ...]:
        """Return the servers (owner "control") that are worth watching."""
        ...

    def up(self, variant: Variant) -> AbstractContextManager[Running]:
        """Start *variant* afresh from its state and wait until it is ready.

        Leaving the context stops whatever `Running.stop` has not stopped yet.
        """
        ...

    def last_logs(self, variant: Variant) -> Mapping[str, bytes]:
        """Return what the last instance of *variant* wrote that is gone.

        Of `upgrade`, and of an `up` that failed, nothing else is left; {} when there
        was none.  File name → content, as `Running.logs`.
        """
        ...

    def provenance(self, variant: Variant) -> VariantProvenance:
        """Say what *variant* is made of."""
        ...
