"""The night's reset: the application's schemas are emptied, so that migrations and the restore fill them anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from nightly.step import Night, Outcome
from restorer.reset import Emptied, look, require_ours, reset


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetSettings:
    """Section [reset] of snap.toml. Without `schemas` nothing is reset.

    `allow_cascade` are names or patterns of what may go with the schemas although it stands outside of them.
    """

    schemas: tuple[str, ...] = ()
    allow_cascade: tuple[str, ...] = ()
    lock_timeout: timedelta = timedelta(seconds=10)

    def require_possible(self) -> None:
        """Refuse schemas that are never reset. Errors: UsageError."""
        require_ours(self.schemas)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetStep:
    """Step "reset": one transaction over the server's own address."""

    settings: ResetSettings

    @property
    def name(self) -> str:
        return "reset"

    def plan(self, night: Night) -> tuple[str, ...]:
        """Say what would be dropped."""
        found = look(night.direct, self.settings.schemas, allow=self.settings.allow_cascade)
        lines = [f"drop all of schema {schema}: {_told(found, schema)}" for schema in found.objects]
        return (*lines, *(f"drop {name}, which depends on them" for name in found.outside))

    def run(self, night: Night) -> Outcome:
        """Drop it."""
        settings = self.settings
        done = reset(
            night.direct,
            settings.schemas,
            allow=settings.allow_cascade,
            lock_timeout_s=settings.lock_timeout.total_seconds(),
        )
        return Outcome(
            detail="; ".join(f"{schema}: {_told(done, schema)}" for schema in done.objects),
            facts={
                "dropped": {schema: dict(kinds) for schema, kinds in done.objects.items()},
                "outside": list(done.outside),
            },
        )


def _told(found: Emptied, schema: str) -> str:
    counts = sorted(found.objects[schema].items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {kind}{'' if count == 1 else 's'}" for kind, count in counts) or "nothing is there"
