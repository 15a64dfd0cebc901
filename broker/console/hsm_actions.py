"""What officers do with the hardware module that signing keys live in: see it, bring keys in, take one over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from broker.audit.catalogue_keys import KeyAnnounced
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.console.refused import Refused
from broker.foundation.jose import SignerSilent
from broker.storage.database import Database
from keys.backends.port import NotAdopted
from keys.signing.ceremony import NoModule, Prepared
from keys.signing.key import KeyUse
from keys.store import MovedTooLate
from keys.vault import Vault


def status(vault: Vault) -> Mapping[str, Any]:
    """What the module offers and holds, ours or not, and which keys of ours it has lost.

    Raises:
        Refused: there is no module, or it does not answer.
    """
    with _said():
        view = vault.ceremony.view()
    held = [
        {
            "id": key.id.hex(),
            "label": key.label,
            "family": key.family.value if key.family is not None else None,
            "is_guarded": key.is_guarded,
            "kid": row.kid if row is not None else None,
            "state": row.state.value if row is not None else None,
        }
        for key, row in view.held
    ]
    return {
        "offers": sorted(family.value for family in view.families),
        "keys": held,
        "missing": [{"kid": row.kid, "state": row.state.value} for row in view.missing],
    }


def bring_in(vault: Vault, books: tuple[Database, Journal], actor: Actor) -> Mapping[str, Any]:
    """Announce a key in the module for every family that has none there; each signs when it is promoted.

    Raises:
        Refused: there is no module, or it does not answer.
    """
    with _said():
        prepared = vault.ceremony.prepare()
    return {"announced": _announced(vault, books, actor, prepared)}


def adopt(vault: Vault, books: tuple[Database, Journal], actor: Actor, named: tuple[str, str]) -> Mapping[str, Any]:
    """Announce a key that was made in the module by other means. `named`: its label, and the use it is for.

    Raises:
        Refused: it is not fit to sign for us, there is no module, or it does not answer.
    """
    label, use = named
    with _said():
        prepared = vault.ceremony.adopt(label, KeyUse(use))
    return {"announced": _announced(vault, books, actor, (prepared,))}


def _announced(
    vault: Vault, books: tuple[Database, Journal], actor: Actor, prepared: tuple[Prepared, ...]
) -> list[Mapping[str, str]]:
    database, journal = books
    with _said(), database.work():
        made = vault.ceremony.announce(prepared)
        for key in made:
            journal.append(KeyAnnounced(key.kid, key.family.value, key.use.value, key.where), actor)
    return [{"kid": key.kid, "family": key.family.value, "use": key.use.value} for key in made]


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except NoModule:
        raise Refused("There is no hardware module: keys.pkcs11_module is empty.") from None
    except SignerSilent as silent:
        raise Refused(f"The hardware module did not do it: {silent.reason}.") from None
    except MovedTooLate:
        raise Refused("The database was too slow for it, so nothing was announced: try again.") from None
    except NotAdopted as refused:
        raise Refused(refused.reason) from None
