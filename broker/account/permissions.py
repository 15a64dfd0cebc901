"""What somebody, and each child of theirs, has allowed which service, as a page and as a receipt."""

from __future__ import annotations

from datetime import datetime

from broker.account.pages import PERMISSIONS_URL
from broker.account.room import AccountRoom
from broker.account.said import Said
from broker.account.visitor import Visitor
from broker.clients.client import Client
from broker.clients.initiation import initiation_of
from broker.consent.asked_store import Asked
from broker.consent.items import name_key_of
from broker.consent.record import Consent
from broker.directory.person import Child
from broker.screens.profile_pages import ChildAsks, ChildPermissions, Permission, PermissionsPage, RevokeForm
from broker.screens.values import Value, Word

REVOKED = "revoked"


def revoke_purpose(consent_id: str) -> str:
    """What a form that takes one permission back is for."""
    return f"account.revoke:{consent_id}"


def decide_purpose(asked_id: str) -> str:
    """What a form that decides one request of a child is for."""
    return f"account.decide:{asked_id}"


def permissions_page(room: AccountRoom, visitor: Visitor, said: Said | None) -> PermissionsPage:
    """Who may learn what of this person and of their children, and what the children wait for."""
    children = room.belongings.directory.children_of(visitor.person.id)
    of_children = tuple(
        ChildPermissions(child.full_name, found) for child in children if (found := _permissions(room, visitor, child.person_id))
    )
    decided = said.word if said is not None and said.word != REVOKED else None
    return PermissionsPage(
        items=_permissions(room, visitor, visitor.person.id),
        revoked_service=_service(room, visitor, said.about) if said is not None and said.word == REVOKED else None,
        decided=decided,
        asks=_asks(room, visitor, children),
        children=of_children,
    )


def receipt_of(room: AccountRoom, visitor: Visitor, consent: Consent) -> str:
    """A permission as plain text, to keep or to print."""
    language, zone = visitor.view.language, visitor.reader.zone
    client = room.belongings.clients.find(consent.client_id)
    items: tuple[Word, ...] = tuple(Word(f"consent.item.{key}") for key in _name_keys(consent.items))
    person = visitor.person
    lines: tuple[tuple[str, dict[str, Value]], ...] = (
        ("title", {}),
        ("service", {"service": _service(room, visitor, consent.client_id)}),
        ("org", {"org": client.organisation if client else "—"}),
        ("person", {"who": " ".join(part for part in (person.surname, person.name, person.patronymic) if part)}),
        ("items", {"items": items}),
        ("since", {"date": consent.given_at.astimezone(zone).date()}),
        ("until", {"date": consent.ends_at.astimezone(zone).date()}),
        ("revoke", {"url": f"{room.issuer}{PERMISSIONS_URL}"}),
    )
    return "".join(f"{room.screens.texts.say(language, f'receipt.{key}', said, zone.key)}\n" for key, said in lines)


def _permissions(room: AccountRoom, visitor: Visitor, person_id: str) -> tuple[Permission, ...]:
    consents = room.belongings.consents.of_person(person_id)
    used = _last_use(room, person_id) if consents else {}
    return tuple(_permission(room, visitor, consent, used.get(consent.client_id)) for consent in consents)


def _permission(room: AccountRoom, visitor: Visitor, consent: Consent, used_at: datetime | None) -> Permission:
    zone = visitor.reader.zone
    client = room.belongings.clients.find(consent.client_id)
    form_key = room.form_keys.issue(visitor.session.id, revoke_purpose(consent.id))
    is_own = consent.person_id == visitor.person.id
    return Permission(
        service=_service(room, visitor, consent.client_id),
        name_keys=_name_keys(consent.items),
        since_on=consent.given_at.astimezone(zone).date(),
        until_on=consent.ends_at.astimezone(zone).date(),
        revoke=RevokeForm(PERMISSIONS_URL, form_key, consent.id),
        used_on=used_at.astimezone(zone).date() if used_at else None,
        receipt_url=f"{PERMISSIONS_URL}/{consent.id}/receipt" if is_own else None,
        is_over=not consent.is_alive(room.outside.now()),
        is_closed=client is None or not client.is_enabled,
        open_url=initiation_of(client, room.issuer) if client is not None and client.is_enabled and is_own else None,
    )


def _asks(room: AccountRoom, visitor: Visitor, children: tuple[Child, ...]) -> tuple[ChildAsks, ...]:
    names = {child.person_id: child.full_name for child in children}
    found = []
    for asked in room.belongings.askings.of_people(tuple(names)):
        client = room.belongings.clients.find(asked.client_id)
        # A service that is paused or gone cannot be allowed anything.
        if client is not None and client.is_enabled:
            found.append(_ask(room, visitor, asked, (names[asked.person_id], client)))
    return tuple(found)


def _ask(room: AccountRoom, visitor: Visitor, asked: Asked, whom: tuple[str, Client]) -> ChildAsks:
    child, client = whom
    return ChildAsks(
        child=child,
        service=_service(room, visitor, asked.client_id),
        organisation=client.organisation,
        name_keys=_name_keys(asked.items),
        until_on=asked.ends_at.astimezone(visitor.reader.zone).date(),
        action_url=PERMISSIONS_URL,
        form_key=room.form_keys.issue(visitor.session.id, decide_purpose(asked.id)),
        asked_id=asked.id,
    )


def _name_keys(items: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name_key_of(item) for item in items if item != "openid"))


def _last_use(room: AccountRoom, person_id: str) -> dict[str, datetime]:
    """By client: the last sign-in, or the last renewal of a token, which needs no browser."""
    used = room.sessions.last_use_of_clients(person_id)
    for grant in room.belongings.grants.of_person(person_id):
        client_id = grant.authorization.client_id
        used[client_id] = max(used.get(client_id, grant.refreshed_at), grant.refreshed_at)
    return used


def _service(room: AccountRoom, visitor: Visitor, client_id: str) -> str:
    client = room.belongings.clients.find(client_id)
    if client is None:
        # A service that is gone keeps its identifier, so that its permission can still be taken back.
        return client_id
    return client.client_name if visitor.view.language == "ru" else client.client_name_en or client.client_name
