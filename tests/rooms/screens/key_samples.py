"""Examples of the pages about signing keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from broker.custody.two_people import GROUNDS
from broker.screens.field_errors import FieldError
from broker.screens.key_pages import (
    KeyLine,
    KeysPage,
    Lasting,
    NextDate,
    Revocation,
    RevokePage,
    RotatePage,
    WaitingRequest,
    timeline,
)
from broker.screens.pages import Page
from broker.screens.report_pages import ReportPage, ReportStep
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import SecurityFrame

KID = "Wk3nJq0d7T1m" + "x" * 31
OTHER = "aB4_-zz0Qe9c" + "y" * 31
DAY = timedelta(days=1)


def key_samples(outer: SecurityFrame, form: PostForm, at: datetime) -> dict[str, Page]:
    """The list with its picture, planned changes, and the emergency."""
    frame = replace(outer, current="keys")
    lines = tuple(
        KeyLine(KID, "RS256, PS256", use, state, where, at - 90 * DAY, at - DAY, following, at + 14 * DAY if following else None)
        for use, state, where, following in (
            ("tokens", "announced", "pkcs11", "signing"), ("tokens", "signing", "software", ""),
            ("tokens", "verifying", "software", "retired"), ("audit", "retired", "software", "destroyed"),
            ("tokens", "revoked", "software", ""),
        )
    )  # fmt: skip
    first = replace(lines[0], fetched=(2, 3), missing=("olymp",), can_be_revoked=True)
    lasting = (
        Lasting("RS256 Wk3nJq0d", (("announced", at - 20 * DAY, at, False), ("signing", at, at + 90 * DAY, True))),
        Lasting("RS256 aB4_-zz0", (("earlier", at - 99 * DAY, at - DAY, False), ("signing", at - DAY, at, False))),
        Lasting("ES256 +", (
            ("announced", at + 70 * DAY, at + 84 * DAY, True),
            ("verifying", at + 84 * DAY, at + 99 * DAY, True),
        )),
    )
    page = KeysPage(
        frame=frame,
        keys=(first, *lines[1:]),
        picture=timeline(lasting, at, 30 * DAY, 120 * DAY),
        following=tuple(NextDate(to, "RS256", "Wk3nJq0d", at + DAY) for to in ("announced", "signing", "retired", "destroyed")),
        waiting=(WaitingRequest(KID, "demo-dorofeev", at, form, form), WaitingRequest(OTHER, "demo-ilina", at, None, None)),
        revocations=(
            Revocation(KID, at, 1204, False, (("olymp", 12), ("diary", 3))),
            Revocation(OTHER, at, 3, True, ()),
        ),
        failing=("olymp",),
        algorithms=("RS256", "ES256"),
        reports=((KID, "Wk3nJq0d"),),
    )
    steps = (ReportStep(7, at, "key.promoted", "key.promoted"), ReportStep(8, at, "gone.forgotten", ""))
    report = ReportPage(
        frame, KID, OTHER, "ES256", at, "destroyed", ("diary",), ("olymp",), "Учения", steps, at, "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
    )
    rotate = RotatePage(frame, "RS256", "promote", KID, OTHER, at, (), form, None)
    revoke = RevokePage(frame, KID, 1204, 1500, ("diary", "olymp"), GROUNDS, form, form)
    wrong = (FieldError("kid", "security.kid"), FieldError("grounds", "security.grounds"))
    done = ("key_announced", "key_promoted", "key_asked", "key_revoked", "key_kept")
    bare = replace(page, keys=lines[1:2], following=(), waiting=(), revocations=(), failing=(), algorithms=())
    return {
        "security, keys": page,
        "security, key report": report,
        "security, key report plain": replace(report, seen=(), unseen=(), why="", ended_key="revoked"),
        "security, keys seen": bare,
        **{f"security, done {word}": replace(bare, frame=replace(frame, done=word)) for word in done},
        "security, rotate now": rotate,
        "security, rotate announce": replace(rotate, step="announce", kid="", ready_at=None),
        "security, rotate wait": replace(rotate, step="wait", form=None),
        "security, rotate not ready": replace(rotate, missing=("olymp", "diary"), form=None, override=form),
        "security, rotate without reason": replace(
            rotate, missing=("olymp",), form=None, override=form, errors=(FieldError("why", "security.why"),)
        ),
        "security, revoke": revoke,
        "security, revoke alone not": replace(revoke, alone=None, services=(), people=0),
        "security, revoke wrong": replace(revoke, errors=wrong),
    }
