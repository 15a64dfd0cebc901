"""Upstreams, furnished from the house: those in use, how it stands with them, and what is told of it; beside doors.py."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from broker.connectors.esia.client import open_esia
from broker.connectors.oidc.client import open_oidc
from broker.connectors.port import Connector, LooksAgain
from broker.foundation.outside import Outside
from broker.house import House
from broker.linking.changes import Changes
from broker.linking.keepsake_store import Keepsakes
from broker.linking.look_again import LookAgain
from broker.login.upstream_circuit import Circuit, CircuitState
from broker.login.upstream_health import UpstreamHealth
from broker.metrics.upstream import counted
from broker.screens.values import RegionName
from config.settings import Settings

_log = logging.getLogger(__name__)

# Upstreams that have a connector of their own, by the name that login.connectors uses. Every other name there is one of
# `[upstreams]`, an OpenID Provider.
CONNECTORS: Mapping[str, Callable[[House], Connector]] = {
    # A signing service that is slow must not look like a slow ESIA.
    "esia": lambda house: open_esia(
        house.settings.esia, _counted(house, "esia"), house.settings.esia_signing, _counted(house, "esia_signing")
    ),
}
# What the meter `broker_upstream_state` says.
_FIGURES: Final[Mapping[CircuitState, int]] = {CircuitState.CLOSED: 0, CircuitState.HALF_OPEN: 1, CircuitState.OPEN: 2}


def connectors_of(house: House) -> Mapping[str, Connector]:
    """The upstreams in use, by name; each question of theirs is counted."""
    _warn_of_dead_ends(house)
    return {name: _connector(name, house) for name in house.settings.login.connectors}


def _warn_of_dead_ends(house: House) -> None:
    """A region that trusts none of the upstreams in use has a button that only leads to a page saying so (2116)."""
    names = set(house.settings.login.connectors)
    for policy in house.policies.all():
        period = policy.period_on(policy.local_day(house.outside.now()))
        if period is not None and not names & set(period.upstreams):
            _log.warning("a region trusts no upstream in use", extra={"region": policy.code})


def changes_of(house: House) -> Changes:
    """What is done when an upstream takes something back."""
    return Changes(
        database=house.database,
        directory=house.directory,
        links=house.links,
        policies=house.policies,
        journal=house.journal,
        now=house.outside.now,
        end_resting=house.sign_out.end_resting,
        tell=house.notices.tell,
    )


def keepsakes_of(house: House) -> Keepsakes | None:
    """What lets us ask an upstream again; None where the settings do not want it."""
    esia = house.settings.esia
    if not esia.look_again or "esia" not in house.settings.login.connectors:
        return None
    return Keepsakes(house.database, house.vault.sealer, (house.outside.now, house.journal), esia.look_again_every)


def hearing_keepsakes_of(house: House) -> Keepsakes | None:
    """The same, and every refresh of a service makes a question due."""
    keepsakes = keepsakes_of(house)
    if keepsakes is not None:
        house.journal.listen(keepsakes.hear)
    return keepsakes


def looking_of(house: House) -> tuple[LookAgain, ...]:
    """Who asks again, beside the letters of a worker; nobody where it is not wanted."""
    keepsakes = keepsakes_of(house)
    if keepsakes is None:
        return ()
    found = {name: _connector(name, house) for name in house.settings.login.connectors}
    upstreams = {name: one for name, one in found.items() if isinstance(one, LooksAgain)}
    return (LookAgain(keepsakes, changes_of(house), upstreams, health_of(house).asked),)


def titles_of(settings: Settings) -> Mapping[str, RegionName]:
    """What people call them, without Gosuslugi and what it stands behind: the texts know it by name."""
    found = ((name, settings.upstreams[name]) for name in settings.login.connectors if name in settings.upstreams)
    return {name: RegionName(one.title_ru, one.title_en) for name, one in found if not one.is_esia_gateway}


def health_of(house: House) -> UpstreamHealth:
    """How it stands with them, shown by the meters too."""

    def show(connector: str, state: CircuitState) -> None:
        house.meters.set_upstream(connector, _FIGURES[state])

    now = house.outside.now
    return UpstreamHealth(house.shelf, now, Circuit(house.shelf, now, house.settings.login, show))


def told_of(health: UpstreamHealth, connectors: Iterable[str]) -> Callable[[], object]:
    """What `/readyz` tells besides: how it stands with every upstream."""

    def told() -> object:
        return {name: health.told(name) for name in connectors}

    return told


def _connector(name: str, house: House) -> Connector:
    own = CONNECTORS.get(name)
    return own(house) if own is not None else open_oidc(name, house.settings.upstreams[name], _counted(house, name))


def _counted(house: House, upstream: str) -> Outside:
    return counted(house.outside, upstream, house.meters)
