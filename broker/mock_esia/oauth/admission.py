"""Which person a client's request admits, once somebody has signed in."""

from __future__ import annotations

from broker.mock_esia.accounts.people import Level, Person
from broker.mock_esia.oauth.authorization import AuthorizationRequest
from broker.mock_esia.oauth.refusals import EsiaRefusal
from broker.mock_esia.oauth.scopes import org_of


def require_admitted(asked: AuthorizationRequest, person: Person, employers: frozenset[int]) -> None:
    """Refuse a person whom the request does not admit, and a client whose wrong v1 signature is told late.

    Raises EsiaRefusal 007055 for an account that is not confirmed, 007062 for another kind of person, 007194 for a person
    who works in none of the asked organisations, and the late refusal.
    """
    if asked.late_refusal:
        raise EsiaRefusal(asked.late_refusal.code, words=asked.late_refusal.words + " (told after sign-in, as ordered)")
    child = person.level is Level.CHILD
    if asked.person_filter == "conf_acc" and not person.confirmed:
        raise EsiaRefusal("007055", words="person_filter=conf_acc, and this account is not confirmed")
    if (asked.person_filter == "acc_kid" and not child) or (asked.person_filter == "acc_not_kid" and child):
        raise EsiaRefusal("007062", words="person_filter does not admit this account")
    if asked.object_type != "P" and not employers:
        raise EsiaRefusal("007062", words="obj_type asks for an organisation, and this person has none")
    wanted = {found[1] for found in map(org_of, asked.scopes) if found}
    if not wanted <= employers or (asked.org_scopes and not employers):
        raise EsiaRefusal("007194", words="organisation scopes, and this person works in none of those organisations")
