"""What is sent to a phone or an e-mail that somebody says is theirs: a code, or a link. Limited, and silently so."""

from __future__ import annotations

from broker.directory.contacts import Contact, Kind
from broker.limits.guesses import sms_limit
from broker.limits.limits import Limit
from broker.login.neighbours import Neighbours
from broker.messages.outbox import Channel, Letter
from broker.screens.view import Language


def send_confirmation(rooms: Neighbours, person_id: str, contact: Contact, language: Language) -> bool:
    """Put a letter in the outbox; False when this person has asked for too many. Call it outside a unit of work."""
    limit = Limit(f"confirm.{contact.kind.value}", rooms.tries.codes_per_name, rooms.tries.codes_within)
    if not rooms.limits.spend(limit, person_id).is_allowed:
        return False
    if contact.kind is Kind.PHONE and not rooms.limits.spend(sms_limit(rooms.tries), contact.value).is_allowed:
        return False
    letter = _letter(rooms, person_id, contact, language)
    with rooms.database.work():
        rooms.outbox.put(letter)
    return True


def _letter(rooms: Neighbours, person_id: str, contact: Contact, language: Language) -> Letter:
    if contact.kind is Kind.PHONE:
        variables = {"code": rooms.phone_codes.begin(person_id, contact.value)}
        return Letter("phone_confirm", Channel.SMS, contact.value, language, person_id, variables)
    link = f"{rooms.issuer}/email/{rooms.contacts.email_token(person_id, contact.value)}"
    return Letter("email_confirm", Channel.MAIL, contact.value, language, person_id, {"link": link})
