"""MATCH: whose diary this is. Linking decides; here the tie is made, or the reason written down as far as it may be told."""

from __future__ import annotations

import logging
from dataclasses import replace

from flask import Response

from broker.audit.catalogue import LoginRefused
from broker.audit.event import SYSTEM, Actor
from broker.connectors.identity import UpstreamIdentity
from broker.limits.limits import Limit
from broker.linking.evidence import Evidence
from broker.linking.link import DiaryTaken, UpstreamTaken
from broker.linking.outcome import Certain, Doubt, Grounds, Match, Nobody, Prove, Proven, as_event
from broker.login.attempt import Attempt, Refusal
from broker.login.causes_shown import page_of, refusal_of
from broker.login.neighbours import Neighbours
from broker.login.proving import asking_confirm, doubting, own_link, without_proof
from broker.login.refusals import Happened, refusal_with_case
from broker.login.visit import Visit, back_to_dispatcher
from broker.login.vouched import note_vouched
from broker.login.ways import title_of
from broker.screens.view import Language

_LOG = logging.getLogger(__name__)
_NOT_FOUND, _OTHER_REGION, _TOO_MANY, _AT_WORK = 3101, 3112, 1011, 1004


def match(rooms: Neighbours, visit: Visit) -> Response:
    """Decide and tie. Doing it twice gives the same: a tie that is there already is found, not made again.

    A proof is used once: by one request at a time, and never again after it has served.
    """
    attempt, identity = visit.attempt, visit.attempt.identity
    if identity is None:
        return back_to_dispatcher(attempt)
    if attempt.proof is not None and not rooms.proofs.may_use(attempt):
        return page_of(rooms, attempt, refusal_of(rooms, _AT_WORK), visit.view)
    if not rooms.attempts.is_still(attempt):
        # Another request has gone on with this attempt: with another proof, or without one.
        return back_to_dispatcher(attempt)
    if attempt.proof is not None and rooms.proofs.has_served(attempt):
        attempt = own_link(attempt)
    if attempt.is_untold:
        note_vouched(rooms, identity)
        attempt = replace(attempt, is_untold=False)
        rooms.attempts.save(attempt)
    rooms.changes.seen(identity, visit.view.language)
    found = _found(rooms, attempt, identity)
    if isinstance(found, Doubt) and attempt.proof is not None and not attempt.proof.is_confirmed:
        attempt = asking_confirm(attempt)
    elif isinstance(found, Certain | Doubt):
        attempt = _tied(rooms, replace(visit, attempt=attempt), identity, _certain(found))
    else:
        attempt = _not_found(rooms, attempt, identity, found)
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def _found(rooms: Neighbours, attempt: Attempt, identity: UpstreamIdentity) -> Match | Proven:
    if attempt.proof is None:
        return rooms.matcher.match(identity, attempt.region)
    person = rooms.directory.find_person(attempt.proof.person_id)
    if person is None:
        return Nobody(Grounds(causes=(_NOT_FOUND,)))
    return rooms.matcher.prove(identity, person, attempt.region)


def _certain(found: Certain | Doubt) -> Certain:
    """A doubt that the person has settled: what differs is nothing the rule compares."""
    return found if isinstance(found, Certain) else Certain(found.person, Evidence.DIARY_PASSWORD, None, found.grounds)


def _tell_linked(rooms: Neighbours, person_id: str, connector: str, language: Language) -> None:
    title = title_of(rooms, connector)
    if title is None:
        rooms.notices.tell(person_id, "linked", language)
    else:
        rooms.notices.tell(person_id, "linked_other", language, upstream=title.in_language(language))


def _tied(rooms: Neighbours, visit: Visit, identity: UpstreamIdentity, found: Certain) -> Attempt:
    """One unit of work: the tie, what the journal says of it, and the letter about it. Then the proof is gone."""
    attempt, person_id, language = visit.attempt, found.person.id, visit.view.language
    try:
        with rooms.database.work():
            rooms.journal.append(as_event(found), SYSTEM)
            if found.link is None:
                actor = Actor("person", person_id)
                link = rooms.links.tie(identity, person_id, found.evidence, found.grounds.policy_version, actor)
                if attempt.proof is not None:
                    _tell_linked(rooms, person_id, identity.connector, language)
            else:
                link = found.link
                rooms.links.touch(link.id, identity.level, identity.snils is not None, identity.child_of_parent)
            if rooms.keepsakes is not None and identity.keepsake is not None:
                rooms.keepsakes.keep(link.id, identity.keepsake)
    except (DiaryTaken, UpstreamTaken) as taken:
        # Somebody was faster between our look and our tie; the unit of work is undone, so the refusal is written by itself.
        grounds = replace(found.grounds, causes=(taken.cause,), hidden_causes=(), fields=(), person_id=person_id)
        with rooms.database.work():
            rooms.journal.append(_refused(attempt, grounds), SYSTEM)
        return without_proof(attempt).refused(_told(rooms, attempt, grounds))
    if attempt.proof is None:
        return attempt.matched(person_id, link.linked_at)
    rooms.proofs.note_served(attempt)
    rooms.limits.forget(_refusals(rooms), identity.connector, identity.subject)
    # Told by a page of its own even if the tie was there before: an answer to a form must not end at another host.
    by_hand = attempt.proof.invitation_id is None
    settled = replace(without_proof(attempt), region=found.grounds.region or attempt.region, shows_linked=by_hand, doubt=None)
    return settled.matched(person_id, link.linked_at)


def _not_found(rooms: Neighbours, attempt: Attempt, identity: UpstreamIdentity, found: Match | Proven) -> Attempt:
    with rooms.database.work():
        rooms.journal.append(as_event(found), SYSTEM)
        rooms.journal.append(_refused(attempt, found.grounds), SYSTEM)
    refusal = _told(rooms, attempt, found.grounds)
    if attempt.proof is not None:
        return without_proof(attempt).refused(refusal)
    counted = rooms.limits.spend(_refusals(rooms), identity.connector, identity.subject)
    if not counted.is_allowed:
        # After the same work as always, and whatever the reason: the count says nothing about any card.
        return attempt.refused(replace(refusal_of(rooms, _TOO_MANY), until_at=counted.opens_at))
    if isinstance(found, Prove | Nobody):
        return doubting(attempt, refusal, rooms.outside.now() + rooms.settings.attempt_ttl)
    return attempt.refused(refusal)


def _refusals(rooms: Neighbours) -> Limit:
    return Limit("refused", rooms.tries.refusals_per_account, rooms.tries.refusals_within)


def _refused(attempt: Attempt, grounds: Grounds) -> LoginRefused:
    """The journal keeps the real cause, also where the page says less."""
    return LoginRefused(
        client_id=attempt.client_id,
        cause=_real_cause(grounds),
        region=attempt.region,
        person_id=grounds.person_id,
        rule=grounds.rule,
        policy_version=grounds.policy_version,
        shown=next(iter(grounds.causes), _NOT_FOUND),
    )


def _real_cause(grounds: Grounds) -> int:
    return next(iter(grounds.hidden_causes or grounds.causes), _NOT_FOUND)


def _told(rooms: Neighbours, attempt: Attempt, grounds: Grounds) -> Refusal:
    """What the page may say. The region is told only where it is the point: a time zone alone could give a school away."""
    cause = next(iter(grounds.causes), _NOT_FOUND)
    compared = tuple((field, gave.value) for field, gave in grounds.compared)
    happened = Happened(cause, _real_cause(grounds), grounds.person_id, compared)
    refusal = replace(
        refusal_with_case(rooms, attempt, happened),
        fields=grounds.fields,
        region=grounds.region if cause == _OTHER_REGION else "",
        school_id=grounds.school_id,
    )
    _LOG.info("nobody let in by match", extra={"cause": cause, "case_number": refusal.case_number})
    return refusal
