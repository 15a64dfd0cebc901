"""MATCH: whose diary this is. Linking decides; here the tie is made, or the reason written down as far as it may be told."""

from __future__ import annotations

import logging
from dataclasses import replace

from flask import Response

from broker.audit.catalogue import LoginRefused
from broker.audit.event import SYSTEM, Actor
from broker.connectors.identity import UpstreamIdentity
from broker.linking.link import DiaryTaken, UpstreamTaken
from broker.linking.outcome import Certain, Grounds, as_event
from broker.login.attempt import Attempt
from broker.login.causes_shown import refusal_of
from broker.login.neighbours import Neighbours
from broker.login.visit import Visit, back_to_dispatcher

_LOG = logging.getLogger(__name__)
_NOT_FOUND, _OTHER_REGION = 3101, 3112


def match(rooms: Neighbours, visit: Visit) -> Response:
    """Decide and tie. Doing it twice gives the same: a tie that is there already is found, not made again."""
    attempt, identity = visit.attempt, visit.attempt.identity
    if identity is None:
        return back_to_dispatcher(attempt)
    found = rooms.matcher.match(identity, attempt.region)
    if isinstance(found, Certain):
        attempt = _tied(rooms, attempt, identity, found)
    else:
        with rooms.database.work():
            rooms.journal.append(as_event(found), SYSTEM)
            rooms.journal.append(_refused(attempt, found.grounds), SYSTEM)
        attempt = _told(rooms, attempt, found.grounds)
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def _tied(rooms: Neighbours, attempt: Attempt, identity: UpstreamIdentity, found: Certain) -> Attempt:
    person_id = found.person.id
    try:
        with rooms.database.work():
            rooms.journal.append(as_event(found), SYSTEM)
            if found.link is None:
                actor = Actor("person", person_id)
                link = rooms.links.tie(identity, person_id, found.evidence, found.grounds.policy_version, actor)
            else:
                link = found.link
                rooms.links.touch(link.id, identity.level, identity.snils is not None)
    except (DiaryTaken, UpstreamTaken) as taken:
        # Somebody was faster between our look and our tie; the unit of work is undone, so the refusal is written by itself.
        grounds = replace(found.grounds, causes=(taken.cause,), hidden_causes=(), fields=(), person_id=person_id)
        with rooms.database.work():
            rooms.journal.append(_refused(attempt, grounds), SYSTEM)
        return _told(rooms, attempt, grounds)
    return attempt.matched(person_id, link.linked_at)


def _refused(attempt: Attempt, grounds: Grounds) -> LoginRefused:
    """The journal keeps the real cause, also where the page says less."""
    return LoginRefused(
        client_id=attempt.client_id,
        cause=next(iter(grounds.hidden_causes or grounds.causes), _NOT_FOUND),
        region=attempt.region,
        person_id=grounds.person_id,
        rule=grounds.rule,
        policy_version=grounds.policy_version,
    )


def _told(rooms: Neighbours, attempt: Attempt, grounds: Grounds) -> Attempt:
    """What the page may say. The region is told only where it is the point: a time zone alone could give a school away."""
    cause = next(iter(grounds.causes), _NOT_FOUND)
    refusal = replace(
        refusal_of(rooms, cause),
        fields=grounds.fields,
        region=grounds.region if cause == _OTHER_REGION else "",
        school_id=grounds.school_id,
    )
    _LOG.info("nobody let in by match", extra={"cause": cause, "case_number": refusal.case_number})
    return attempt.refused(refusal)
