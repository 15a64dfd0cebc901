"""Where the console has another host than the sign-in (a demonstration: passkeys need a name, 127.0.0.1 is none), a session that
was opened at the one is carried to the other by a word that serves once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.security.room import SecurityRoom
from broker.foundation.encoding import digest
from broker.sessions.session import Session

COME: Final = "/admin/come"
AGAIN: Final = "/admin/again"
_KIND: Final = "security.carried"
_TTL: Final = timedelta(seconds=60)
_LONGEST: Final = 128


def sign_in_url(room: SecurityRoom, *, again: bool = False) -> str:
    """Where people sign in; `again` although they are signed in, and then on with what they were about to do."""
    before = "" if room.origin == room.issuer else room.issuer
    return f"{before}/login?next={'security_again' if again else 'security'}{'&fresh=1' if again else ''}"


def hand_over(room: SecurityRoom, session: Session) -> AnyResponse | None:
    """The way to the console's own host for a browser that stands at the issuer's; None for one that is where it belongs."""
    if room.origin == room.issuer or request.host == urlsplit(room.origin).netloc:
        return None
    secret = request.cookies.get(room.cookies.name_of("session"), "")
    word = room.outside.token()
    sealed = room.sealer.seal(secret.encode("utf-8"), f"{_KIND}:{session.id}")
    room.shelf.put(_KIND, digest(word), session.id.encode("ascii") + b"|" + sealed, _TTL)
    after = "&again=1" if request.path == AGAIN else ""
    return redirect(f"{room.origin}{COME}?word={word}{after}", 303)


def come_in(room: SecurityRoom) -> AnyResponse:
    """Takes the word, once, and sets the cookie at this host."""
    word = request.args.get("word", "")
    kept = room.shelf.take(_KIND, digest(word)) if room.origin != room.issuer and len(word) <= _LONGEST else None
    if kept is None:
        return redirect(sign_in_url(room), 303)
    session_id, _, sealed = kept.partition(b"|")
    secret = room.sealer.unseal(sealed, f"{_KIND}:{session_id.decode('ascii')}").decode("utf-8")
    response = redirect(AGAIN if request.args.get("again") == "1" else "/admin", 303)
    response.set_cookie(room.cookies.name_of("session"), secret, **room.cookies.flags())
    return response
