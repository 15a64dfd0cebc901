"""Every cause that can stop a person, as data: code, name, true HTTP status, who can put it right.

A code is public and stable: it is read aloud over the telephone and printed in manuals, so it is never given a new meaning.
Texts live in translations/ under `cause.<code>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause.

    `who_fixes` is who can put it right. `leads_to` is where its button goes when the caller names no address: our own path, or
    "" for the start page. `topic` is the page of the help that shows it in pictures, or "".
    """

    code: int
    id: str
    http_status: int
    who_fixes: str
    leads_to: str = ""
    topic: str = ""

    @property
    def has_page(self) -> bool:
        """False for a cause that is only ever told to the relying party, by a redirect."""
        return self.http_status not in {302, 303}

    @property
    def school_helps(self) -> bool:
        """Whether the page sends the person to their school."""
        return "school" in self.who_fixes

    @property
    def service_helps(self) -> bool:
        """Whether the people of the service that sent the person can put it right."""
        return "developer" in self.who_fixes


_ROWS = (
    # 1xxx: browser, page, session
    Cause(1001, "browser.cookies_off", 400, "person", topic="cookies"),
    Cause(1002, "session.login_expired", 410, "person"),
    Cause(1003, "session.page_used", 409, "person", leads_to="/"),
    Cause(1004, "session.double_submit", 202, "nobody"),
    Cause(1005, "session.other_window", 400, "person"),
    Cause(1006, "session.idle_over", 401, "person"),
    Cause(1007, "session.window_closed", 200, "person"),
    Cause(1008, "browser.clock_wrong", 400, "person", topic="clock"),
    Cause(1009, "session.form_stale", 403, "person"),
    Cause(1010, "page.not_found", 404, "person"),
    Cause(1011, "limit.too_many", 429, "time"),
    Cause(1012, "browser.too_old", 400, "person", "/help/browser"),
    # 2xxx: the Gosuslugi side
    Cause(2101, "upstream.no_answer", 504, "Gosuslugi"),
    Cause(2102, "upstream.busy", 503, "Gosuslugi"),
    Cause(2103, "upstream.consent_denied", 403, "person"),
    Cause(2104, "upstream.our_setup", 502, "service team"),
    Cause(2105, "upstream.clock_skew", 502, "service team"),
    Cause(2106, "upstream.unverified_answer", 502, "service team"),
    Cause(2107, "upstream.answer_expired", 400, "person"),
    Cause(2108, "upstream.consent_withdrawn", 403, "person"),
    Cause(2109, "level.too_low", 403, "person", "/help/confirm"),
    Cause(2110, "level.low_no_snils", 403, "person", "/help/confirm"),
    Cause(2111, "upstream.no_snils", 403, "person", topic="snils"),
    Cause(2112, "level.check_pending", 403, "time", topic="confirm"),
    Cause(2113, "upstream.as_organisation", 403, "person"),
    Cause(2114, "upstream.second_step", 403, "person"),
    Cause(2115, "upstream.data_missing", 502, "person / service team"),
    Cause(2116, "upstream.not_in_region", 403, "person"),
    # 3xxx: finding the diary and linking
    Cause(3101, "match.not_found", 200, "person or school", topic="school"),
    Cause(3102, "match.name", 403, "school", topic="school"),
    Cause(3103, "match.snils", 403, "school", topic="school"),
    Cause(3104, "match.birth_date", 403, "school", topic="school"),
    Cause(3105, "match.sex", 403, "school", topic="school"),
    Cause(3106, "match.snils_missing_in_diary", 200, "person or school", topic="school"),
    Cause(3107, "match.several", 200, "person or school", topic="school"),
    Cause(3108, "match.duplicate", 403, "school", topic="school"),
    Cause(3109, "school.not_attached", 403, "school", topic="school"),
    Cause(3110, "account.not_activated", 403, "person or school", topic="invitation"),
    Cause(3111, "school.left", 403, "school", topic="school"),
    Cause(3112, "region.mismatch", 409, "person"),
    Cause(3113, "child.not_attached_to_parent", 403, "parent", "/help/child"),
    Cause(3114, "child.no_account", 403, "parent", "/help/child"),
    Cause(3115, "match.other_person", 403, "person", topic="login"),
    Cause(3116, "parent.not_linked_in_diary", 403, "school", topic="school"),
    Cause(3201, "link.diary_taken", 409, "school", topic="school"),
    Cause(3202, "link.gosuslugi_taken", 409, "person or school"),
    Cause(3203, "link.expired", 410, "person"),
    Cause(3204, "link.paused", 403, "school"),
    # 4xxx: diary login, password, invitation
    Cause(4001, "password.wrong", 401, "person", topic="login"),
    Cause(4002, "password.locked", 429, "time / person / school", leads_to="/recover"),
    Cause(4003, "account.blocked", 403, "school / security"),
    Cause(4004, "invite.used", 410, "person / school", topic="invitation"),
    Cause(4005, "invite.expired", 410, "school", topic="invitation"),
    Cause(4006, "password.closed_in_region", 403, "person", topic="login"),
    # 5xxx: the wizard of the first sign-in, contacts
    Cause(5001, "welcome.data_wrong", 200, "school"),
    Cause(5010, "welcome.login_once", 409, "school", leads_to="/me"),
    Cause(5013, "email.link_expired", 410, "person"),
    Cause(5014, "email.link_used", 200, "nobody", leads_to="/"),
    # 6xxx: recovery
    Cause(6001, "recovery.sent", 200, "person", leads_to="/recover"),
    Cause(6002, "recovery.code_expired", 410, "person", leads_to="/recover"),
    Cause(6004, "recovery.too_many", 429, "time / school", leads_to="/recover/school"),
    Cause(6005, "recovery.no_contacts", 200, "school", leads_to="/recover/school", topic="school"),
    Cause(6006, "recovery.gosuslugi_password", 200, "person"),
    # 7xxx: relying parties
    Cause(7001, "client.unknown", 400, "service developer"),
    Cause(7002, "client.return_address", 400, "service developer"),
    Cause(7003, "client.paused", 403, "security / developer"),
    Cause(7004, "client.bad_request", 400, "service developer"),
    Cause(7005, "consent.denied_here", 403, "person"),
    Cause(7006, "session.interaction_needed", 302, "service developer"),
    Cause(7008, "level.service_needs_more", 403, "person", "/help/confirm"),
    Cause(7009, "role.not_for_you", 403, "person / school"),
    Cause(7010, "logout.no_return", 200, "service developer"),
    Cause(7012, "consent.parent_needed", 403, "parent"),
    # 8xxx: our service
    Cause(8001, "service.unexpected", 500, "service team"),
    Cause(8002, "service.overloaded", 503, "time"),
    Cause(8003, "service.planned", 503, "time"),
    Cause(8004, "directory.no_answer", 504, "service team"),
    Cause(8005, "message.delayed", 200, "time"),
    # 9xxx: access that ended
    Cause(9001, "session.ended_by_you", 401, "person"),
    Cause(9002, "session.ended_by_security", 401, "person"),
    Cause(9003, "consent.revoked", 403, "person"),
    Cause(9005, "logout.partial", 200, "person", leads_to="/"),
)

CAUSES: Mapping[int, Cause] = MappingProxyType({row.code: row for row in _ROWS})


def cause(code: int) -> Cause:
    """The cause with this code.

    Raises:
        KeyError: there is no such code; a programming error, never a person's.
    """
    return CAUSES[code]
