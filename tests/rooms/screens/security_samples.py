"""Examples of the pages of security staff, for the samples of this room."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from broker.registration.approvals import REASONS
from broker.screens.field_errors import FieldError
from broker.screens.pages import Page
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import (
    NAVIGATION,
    ClientLine,
    ClientPage,
    ClientsPage,
    ConfirmPage,
    NoPasskeyPage,
    OverviewPage,
    PasskeyLine,
    PasskeysPage,
    ScopeChange,
    SecurityFrame,
    ShowPasskeyPage,
    StaffLine,
    StaffLinkPage,
    StaffPage,
    StaffRequest,
    StartPage,
)
from tests.rooms.screens.audit_samples import audit_samples
from tests.rooms.screens.calendar_samples import calendar_samples
from tests.rooms.screens.key_samples import key_samples
from tests.rooms.screens.policy_samples import policy_samples
from tests.rooms.screens.secret_samples import secret_samples

AT = datetime(2026, 9, 1, 6, 5, tzinfo=UTC)
FORM = PostForm("/admin/form", "key")
ALL = tuple(key for key, _ in NAVIGATION)
FRAME = SecurityFrame("overview", "Europe/Moscow", ALL)
OUTSIDE = SecurityFrame("", "Europe/Moscow")
OPTIONS = '{"challenge":"AAAA","rpId":"school.example"}'
ATTENTION = (
    ("upstream", "/admin/upstream"), ("failures", "/admin/audit"), ("unusual", ""), ("keys_overdue", "/admin/keys"),
    ("waiting", "/admin/clients"), ("keys", "/admin/keys"), ("stale", ""), ("expired", "/admin/calendar"),
    ("upstream_slow", "/admin/upstream"), ("expiry", "/admin/calendar"),
)  # fmt: skip
PULSES = ("answers", "slow", "trouble", "silent")
UNUSUAL = (
    "passkey.rejected", "staff.refused", "refresh.reused", "code.reused", "staff_role.given", "staff_link.used", "key.revoked",
    "key.overridden", "two_people.glass_broken",
)  # fmt: skip
ACTS = (
    "passkeys.change", "clients.approve", "clients.pause", "keys.override", "keys.revoke", "keys.break_glass", "requests.confirm",
    "audit.export", "audit.reveal_name", "person.end_sessions", "person.block", "staff.change", "house.restore",
    "upstream.plan_work", "policy.plan",
)  # fmt: skip


def security_samples() -> dict[str, Page]:
    """Every page of the way in, of the overview, of services, of staff and of signing keys."""
    more = {**key_samples(FRAME, FORM, AT), **audit_samples(FRAME, FORM, AT), **calendar_samples(FRAME, AT)}
    more |= policy_samples(FRAME, FORM, AT) | secret_samples(FRAME, FORM, AT)
    return {**_way_in(), **_overview(), **_services(), **_staff(), **more}


def _way_in() -> dict[str, Page]:
    passkeys = (PasskeyLine("ноутбук", AT, AT, False, FORM), PasskeyLine("телефон", AT, None, True, FORM))
    own = PasskeysPage(replace(FRAME, current="passkeys", done="passkey"), passkeys, FORM, "")
    new = PasskeysPage(OUTSIDE, (), FORM, OPTIONS, is_first=True)
    acts = {f"security, confirm {act}": ConfirmPage(FRAME, act, FORM, (("decision", "pause"),), OPTIONS) for act in ACTS}
    confirm = acts["security, confirm keys.revoke"]
    return {
        **acts,
        "security, confirm refused": replace(confirm, refused=True, path="/api/admin/clients/olymp/enable"),
        "security, show passkey": ShowPasskeyPage(OUTSIDE, FORM, OPTIONS),
        "security, passkey refused": ShowPasskeyPage(OUTSIDE, FORM, OPTIONS, True),
        "security, no passkey": NoPasskeyPage(OUTSIDE),
        "security, passkeys": own,
        "security, only passkey": replace(own, passkeys=(replace(passkeys[0], remove=None),)),
        "security, first passkey": new,
        "security, new passkey": replace(new, frame=FRAME, is_first=False, refused=True),
        "security, new passkey wrong": replace(new, frame=FRAME, errors=(FieldError("name", "passkey_name"),)),
        "security, start": StartPage(OUTSIDE, "", FORM),
        "security, start role": StartPage(OUTSIDE, "security_officer", FORM),
        "security, start refused": StartPage(OUTSIDE, "", FORM, True),
    }


def _overview() -> dict[str, Page]:
    failures = tuple((group, group + 1) for group in range(10))
    quiet = OverviewPage(FRAME, AT, False, (), 1204, (), (), 0, None, 21)
    busy = replace(
        quiet, attention=ATTENTION, failures=failures, unusual=tuple((name, 1) for name in UNUSUAL), waiting=2, trouble_since=AT,
        key_days=None,
    )  # fmt: skip
    return {
        "security, all quiet": quiet,
        "security, attention": busy,
        **{f"security, Gosuslugi {state}": replace(quiet, upstream_key=state, p95=740, dates=(2, 1)) for state in PULSES},
        "security, old data": replace(busy, is_stale=True),
        **{f"security, done {word}": replace(quiet, frame=replace(FRAME, done=word)) for word in ("confirmed", "staff_removed")},
    }


def _services() -> dict[str, Page]:
    frame = replace(FRAME, current="clients")
    line = ClientLine("olymp", "Олимпиады", "ООО «Пример»", "waiting")
    others = tuple(replace(line, state=state) for state in ("active", "paused", "sandbox"))
    changes = (
        ScopeChange("snils", "not_held", "held", "сверить участника"),
        ScopeChange("name", "name_waits", "name_free"),
        ScopeChange("openid", "held", "held"),
    )
    one = ClientPage(
        frame=frame,
        client_id="olymp",
        name="Олимпиады",
        organisation="ООО «Пример»",
        addresses=("https://olymp.example/back",),
        state="active",
        changes=changes,
        grounds=(REASONS[True], REASONS[False]),
        decide=FORM,
        pause=FORM,
    )
    return {
        "security, services": ClientsPage(frame, (line,), others),
        "security, no services": ClientsPage(frame, (), ()),
        "security, service": one,
        "security, own service": replace(one, decide=None, is_own=True, state="paused"),
        "security, service wrong": replace(one, errors=(FieldError("grounds", "security.grounds"),)),
        "security, service seen": replace(one, decide=None, pause=None, changes=()),
    }


def _staff() -> dict[str, Page]:
    frame, roles = replace(FRAME, current="staff"), ("security_officer", "registrar", "support", "auditor")
    lines = (StaffLine("demo-dorofeev", roles[:2], 2), StaffLine("demo-chernov", roles[2:], 0, FORM, FORM))
    asked = StaffRequest("demo-ilina", "joins", "demo-dorofeev", AT, FORM)
    waiting = (asked, StaffRequest("demo-orlova", "leaves", "demo-yakovlev", AT, FORM), replace(asked, agree=None))
    page = StaffPage(frame, lines, roles, waiting, FORM)
    return {
        "security, staff": page,
        "security, staff seen": replace(page, add=None, staff=lines[:1], waiting=()),
        "security, staff wrong": replace(page, person_id="x", errors=(FieldError("person_id", "security.person"),)),
        "security, staff not removed": replace(page, errors=(FieldError("person_id", "security.not_removed"),)),
        "security, staff link": StaffLinkPage(frame, "https://signin.example/admin/start#AAAA"),
    }
