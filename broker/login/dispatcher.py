"""One address for a login: look around, decide, do the one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from flask import Response

from broker.audit.catalogue import LoginRefused
from broker.audit.event import SYSTEM
from broker.login.attempt import Attempt
from broker.login.causes_shown import page_of
from broker.login.facts import gather
from broker.login.neighbours import Neighbours
from broker.login.next_step import Step, next_step
from broker.login.refusals import Happened, refusal_with_case
from broker.login.steps import choose, consent, finish, first, match, offer, prove, upstream, welcome
from broker.login.visit import Brought, Visit
from broker.screens.view import View

Doing = Callable[[Neighbours, Visit], Response]


def dispatch(rooms: Neighbours, visit: Visit) -> Response:
    """Do what comes next. Asking twice is harmless: everything a step learns is written down before its redirect."""
    return STEPS[next_step(visit.attempt, visit.facts)](rooms, visit)


def visit_of(rooms: Neighbours, attempt: Attempt, brought: Brought, view: View) -> Visit:
    """The visit of a browser that has been checked against the attempt."""
    session = rooms.sessions.current(brought.session)
    return Visit(attempt, gather(rooms, attempt, session), view, brought)


def show_cause(rooms: Neighbours, visit: Visit) -> Response:
    """CAUSE: the page of a refusal. One that follows from the facts is written down first, so that its number stays the same."""
    attempt, facts = visit.attempt, visit.facts
    if attempt.refusal is not None:
        return page_of(rooms, attempt, attempt.refusal, visit.view)
    cause = facts.cause or 8001
    refusal = refusal_with_case(rooms, attempt, Happened(cause, cause, attempt.person_id))
    if facts.person is not None:
        policy = rooms.policies.of_region(attempt.region)
        roles = tuple(role.value for role in facts.person.roles_on(policy.local_day(rooms.outside.now())))
        refusal = replace(refusal, roles=roles)
    decision = facts.stand.decision if facts.stand is not None else None
    event = LoginRefused(
        client_id=attempt.client_id,
        cause=refusal.cause,
        region=attempt.region,
        person_id=attempt.person_id,
        rule=decision.rule if decision else "",
        policy_version=decision.policy_version if decision else "",
    )
    with rooms.database.work():
        rooms.journal.append(event, SYSTEM)
    rooms.attempts.save(attempt.refused(refusal))
    return page_of(rooms, attempt, refusal, visit.view)


STEPS: Mapping[Step, Doing] = MappingProxyType(
    {
        Step.CHOOSE: choose.choose,
        Step.ADOPT: choose.adopt,
        Step.UPSTREAM: upstream.leave,
        Step.WAIT: finish.wait,
        Step.FIRST: first.first,
        Step.WELCOME: welcome.welcome,
        Step.MATCH: match.match,
        Step.PROVE: prove.prove,
        Step.CONFIRM: prove.confirm,
        Step.LINKED: prove.linked,
        Step.OFFER: offer.offer,
        Step.CONSENT: consent.ask,
        Step.FINISH: finish.finish,
        Step.CAUSE: show_cause,
        Step.ANSWER: finish.answer,
    }
)
