"""/me/unlink: Gosuslugi disconnected by the person, never as the last way in."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response, request

from broker.account.answers import SIGN_IN_URL, see_other
from broker.account.pages import PASSWORD_URL, PROFILE_URL, UNLINK_URL
from broker.account.posted import Done, Outcome, answer_of, post_once
from broker.account.room import AccountRoom
from broker.account.said import Said, say
from broker.account.visitor import UNLINKED_URL, Visitor, find_visitor, password_lets_in, with_fresh
from broker.linking.standing import DIARY
from broker.screens.profile_pages import UnlinkedPage, UnlinkPage
from broker.screens.view import view_of
from broker.signout.untie import UntieCause

_PURPOSE = "account.unlink"
_BACK = "unlink"


def unlink_routes(blueprint: Blueprint, room: AccountRoom) -> None:
    """Add the addresses to the room's blueprint."""

    @blueprint.get(UNLINK_URL)
    def ask_unlink() -> Response:
        return with_fresh(room, _BACK, lambda visitor: _ask(room, visitor))

    @blueprint.post(UNLINK_URL)
    def unlink() -> Response:
        return with_fresh(room, _BACK, lambda visitor: _post(room, visitor))

    # Whoever came through Gosuslugi is signed out by now, so the page is for everybody and tells of nobody.
    @blueprint.get(UNLINKED_URL)
    def unlinked() -> Response:
        answer = room.screens.render(UnlinkedPage(sign_in_url=SIGN_IN_URL), view_of(request))
        if find_visitor(room) is None:
            answer.delete_cookie(room.cookies.name_of("session"), **room.cookies.flags())
        return answer


def _why_not(room: AccountRoom, visitor: Visitor) -> Literal["last", "only"] | None:
    """Why the link must stay: nobody may lock themselves out by a press of a button."""
    if not password_lets_in(room, visitor.person):
        return "only"
    credential = room.belongings.credentials.of(visitor.person.id)
    has_way = credential is not None and credential.has_password and visitor.person.login and visitor.person.activated_at
    return None if has_way else "last"


def _ask(room: AccountRoom, visitor: Visitor) -> Response:
    link = room.belongings.links.of_person(visitor.person.id)
    if link is None:
        return see_other(PROFILE_URL)
    why_not = _why_not(room, visitor)
    page = UnlinkPage(
        action_url=UNLINK_URL,
        form_key=room.form_keys.issue(visitor.session.id, _PURPOSE),
        why_not=why_not,
        password_url=PASSWORD_URL if why_not == "last" and visitor.person.login else None,
        upstream=room.titles.get(link.connector),
    )
    return room.screens.render(page, visitor.view)


def _post(room: AccountRoom, visitor: Visitor) -> Response:
    if _why_not(room, visitor) is not None:
        return see_other(UNLINK_URL)
    outcome = post_once(room, visitor.session.id, _PURPOSE, lambda: _unlinked(room, visitor))
    return answer_of(room, visitor.view, outcome, lambda _errors: _ask(room, visitor))


def _unlinked(room: AccountRoom, visitor: Visitor) -> Outcome:
    """A second post finds the session gone, or no link: then there is nothing to do."""
    with room.database.work():
        link = room.belongings.links.of_person(visitor.person.id)
        title = room.titles.get(link.connector) if link is not None else None
        untied = room.changing.untying.untie(visitor.person.id, UntieCause.PERSON, visitor.actor)
        language, notices = visitor.view.language, room.changing.notices
        if untied is not None and title is not None:
            notices.tell(visitor.person.id, "unlinked_other", language, upstream=title.in_language(language))
        elif untied is not None:
            notices.tell(visitor.person.id, "unlinked", language)
    if visitor.session.connector != DIARY:
        return Done(UNLINKED_URL)
    say(room.shelf, visitor.session.id, Said("unlinked"))
    return Done(PROFILE_URL)
