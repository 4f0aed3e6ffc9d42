"""What a workspace works by: the seeds' definitions, and over them its own; and what is wrong with those."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.capabilities import Capability, load_capabilities
from jobs.definitions import OwnFiles
from jobs.pricing.rates import load_pricing
from jobs.workspace import SEEDS
from store.contracts import Contracts
from store.errors import WrongInput

if TYPE_CHECKING:
    from jobs.policy import Policy
    from jobs.pricing.rates import Pricing
    from store.actors import Actors


@dataclass(frozen=True)
class Definitions:
    """What a workspace works by: the seeds', and over them its own, as they were approved."""

    own: OwnFiles
    effectiveness_after_days: float | None = None
    """When a validated deployment is asked about again; None leaves it to the contracts."""

    @cached_property
    def contracts(self) -> Contracts:
        found = Contracts.load(SEEDS / "contracts.yaml", self.own.get("contracts"))
        if self.effectiveness_after_days is None:
            return found
        return found.asked_after("avaliar_efetividade", self.effectiveness_after_days * 86_400)

    @cached_property
    def capabilities(self) -> dict[str, Capability]:
        return load_capabilities(self.own.get("capabilities"))

    @cached_property
    def actors(self) -> Actors:
        # Imported where it is needed: most commands are there before it would be.
        from store.actors import Actors

        return Actors.load(SEEDS / "actors.yaml", self.contracts, self.own.get("actors"))

    @cached_property
    def pricing(self) -> Pricing:
        own = self.own.get("pricing")
        return load_pricing(own) if own is not None else load_pricing()

    def policy(self, instead: Path | None = None) -> Policy | None:
        """The rules that decide here, or those of a file `instead`; None where there are none."""
        from jobs.policy_file import load_policies

        files = [instead] if instead is not None else self.own.politicas
        return load_policies(files, self.contracts) if files else None

    def problems(self, root: Path) -> list[str]:
        """The first thing that is wrong with each file of the workspace at `root`, one line each.

        Reading them runs nothing, so also those that nobody has approved can be asked about.
        """
        found: list[str] = []
        for read in self._readers():
            try:
                read()
            except WrongInput as error:
                found.append(str(error).replace(f"{root}/", ""))
        # Two that need a third one fail for what is wrong with it.
        return list(dict.fromkeys(found))

    def _readers(self) -> Iterator[Callable[[], object]]:
        from jobs.policy_file import load_policies

        for name in ("contracts", "capabilities", "actors", "pricing"):
            yield partial(getattr, self, name)
        unused = self.own.get("policy")
        if unused is not None and unused.path not in [file.path for file in self.own.politicas]:
            yield lambda: load_policies([unused], self.contracts)
        yield self.policy
