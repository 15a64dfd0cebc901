"""UPSTREAM: the trip to an upstream and back. The answer is asked for once, however often the browser brings it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from flask import Response

from broker.audit.catalogue import LoginRefused, UpstreamRefused
from broker.audit.event import SYSTEM
from broker.connectors.identity import UpstreamIdentity
from broker.connectors.port import NOT_ASKED, Connector, KnowsChildren, Leg, UpstreamFailed
from broker.linking.changes import WITHDRAWN
from broker.login.attempt import Attempt
from broker.login.kin_noted import compares_children, without_needless
from broker.login.neighbours import Neighbours
from broker.login.refusals import Happened, refusal_with_case
from broker.login.upstream_health import NO_ANSWER
from broker.login.visit import Visit, address_of, back_to_dispatcher, see_other
from broker.login.vouched import note_vouched
from broker.login.ways import counts, title_of
from broker.screens.pages import LeavingPage
from broker.sessions.session import Session
from broker.storage.silence import DatabaseSilent

_LOG = logging.getLogger(__name__)
# Our own doing or somebody's attack: worth waking people for.
_ALARMING = frozenset({2104, 2105, 2106})
_DENIED, _WITHDRAWN = 2103, 2108
_NOT_HERE = 2116


def press(rooms: Neighbours, visit: Visit, connector: str) -> Response:
    """The button of an upstream was pressed. Without a region nobody could say whose rules hold."""
    if not visit.attempt.region:
        return see_other(address_of(visit.attempt, "/regions"))
    attempt = visit.attempt.wanting(connector)
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def leave(rooms: Neighbours, visit: Visit) -> Response:
    """Begin a trip with a state of its own and send the browser off. Coming back by "Back" shows the page with the button."""
    name = visit.attempt.wanted
    connector = rooms.connectors.get(name)
    attempt = visit.attempt.left(rooms.outside.now())
    if connector is None:
        rooms.attempts.save(attempt)
        return back_to_dispatcher(attempt)
    try:
        if not counts(rooms, attempt.region, name):
            raise UpstreamFailed(_NOT_HERE, "not in this region")
        if not rooms.health.circuit.lets_leave(name):
            raise UpstreamFailed(NO_ANSWER, NOT_ASKED)
        leg = _begun(rooms, attempt.region, connector)
    except UpstreamFailed as failed:
        # Our own signer is broken, or the upstream is silent: said here, for there is nobody to be sent to.
        if failed.is_outage:
            rooms.health.circuit.silent(name)
        rooms.attempts.save(_refused(rooms, replace(visit, attempt=attempt), name, failed))
        return back_to_dispatcher(attempt)
    rooms.attempts.keep_leg(attempt, name, leg)
    rooms.attempts.save(attempt)
    return rooms.screens.render(LeavingPage(leg.url, urlsplit(leg.url).netloc, title_of(rooms, name)), visit.view, status=303)


def _begun(rooms: Neighbours, region: str, connector: Connector) -> Leg:
    """A trip; children are asked for only where the rules of the region compare them."""
    return_url = rooms.return_url(connector.name)
    if isinstance(connector, KnowsChildren) and compares_children(rooms, region):
        return connector.begin_with_children(return_url)
    return connector.begin(return_url)


def come_back(rooms: Neighbours, visit: Visit, connector: Connector, parameters: Mapping[str, str]) -> Response:
    """The browser is back with the state of one of this attempt's trips.

    Whoever takes the trip asks the upstream; a reload, a double delivery or a second tab finds it taken and sees the dispatcher.
    What another tab has learnt while the upstream was slow is not written over.
    """
    attempt = visit.attempt
    if attempt.is_over or attempt.identity is not None:
        return back_to_dispatcher(attempt)
    leg = rooms.attempts.take_leg(parameters["state"], connector.name)
    if leg is None:
        return back_to_dispatcher(attempt)
    attempt = attempt.returning(rooms.outside.now())
    rooms.attempts.save(attempt)
    answered = _answered(rooms, replace(visit, attempt=attempt), connector, (parameters, leg))
    if rooms.attempts.is_still(attempt):
        rooms.attempts.save(answered)
    return back_to_dispatcher(attempt)


def _answered(rooms: Neighbours, visit: Visit, connector: Connector, brought: tuple[Mapping[str, str], Leg]) -> Attempt:
    try:
        identity = _asked(rooms, connector, brought)
    except UpstreamFailed as failed:
        if failed.detail != NOT_ASKED:
            rooms.health.failed(connector.name, failed.cause)
        return _refused(rooms, visit, connector.name, failed)
    rooms.health.vouched(identity.connector)
    identity = without_needless(rooms, visit.attempt.region, identity)
    known = visit.attempt.identified(identity, rooms.outside.now())
    try:
        note_vouched(rooms, identity)
    except DatabaseSilent:
        # The upstream is asked once. What it said is kept, and goes into the journal before anything comes of it.
        return replace(known, is_untold=True)
    return known


def _asked(rooms: Neighbours, connector: Connector, brought: tuple[Mapping[str, str], Leg]) -> UpstreamIdentity:
    """What the upstream says, unless it is known to be silent. Where the browser brings an error or no code, it is not asked."""

    def question() -> UpstreamIdentity:
        return connector.complete(brought[0], brought[1], rooms.return_url(connector.name))

    is_asked = bool(brought[0].get("code")) and "error" not in brought[0]
    return rooms.health.asked(connector.name, question) if is_asked else question()


def _refused(rooms: Neighbours, visit: Visit, connector: str, failed: UpstreamFailed) -> Attempt:
    attempt, cause = visit.attempt, failed.cause
    known = _known_by(rooms, visit.brought.session, connector) if cause in (_DENIED, _WITHDRAWN) else None
    if known is not None:
        cause = _WITHDRAWN
        _end_withdrawn(rooms, known)
    waited = rooms.outside.now() - (attempt.returned_at or rooms.outside.now())
    refusal = replace(
        refusal_with_case(rooms, attempt, Happened(cause, cause)),
        fields=failed.fields,
        waited_seconds=int(waited.total_seconds()),
    )
    with rooms.database.work():
        rooms.journal.append(UpstreamRefused(connector, cause, failed.detail), SYSTEM)
        rooms.journal.append(LoginRefused(attempt.client_id, cause, attempt.region), SYSTEM)
    level = logging.ERROR if cause in _ALARMING else logging.WARNING
    said = {"cause": cause, "detail": failed.detail, "case_number": refusal.case_number}
    _LOG.log(level, "upstream did not vouch", extra=said)
    return attempt.refused(refusal)


def _known_by(rooms: Neighbours, unverified_session: str | None, connector: str) -> Session | None:
    """The session of somebody who has signed in through this upstream in this browser: then a refusal takes something back."""
    session = rooms.sessions.current(unverified_session)
    return session if session is not None and session.connector == connector else None


def _end_withdrawn(rooms: Neighbours, known: Session) -> None:
    """What a browser says ends what hangs on this browser and no more: nobody at the upstream has said whose refusal it was, and
    at a shared computer it may be another person's."""

    def end() -> None:
        rooms.end_session(known.id, WITHDRAWN, SYSTEM)

    rooms.changes.withdrawn(known.person_id, known.connector, "sign_in", end)
