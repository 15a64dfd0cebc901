"""One invented example of every page in every state that looks different, shared by the tests of this room."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from broker.screens.causes import CAUSES, cause
from broker.screens.consent_page import ConsentItem, ConsentPage
from broker.screens.own_pages import (
    HELP_TOPICS,
    HelpPage,
    HelpTopicPage,
    ReturnLink,
    SignedOutPage,
    SignOutAskPage,
    StatusPage,
    TextPage,
    ViewPage,
)
from broker.screens.pages import (
    AlreadyIn,
    Banner,
    CausePage,
    ChoosePage,
    ClockCheck,
    FormPostPage,
    Frame,
    LeavingPage,
    Page,
    RegionLink,
    RegionName,
    RegionsPage,
    ReturningPage,
    SchoolCard,
    SupportCard,
)
from broker.screens.values import Value, Word
from tests.rooms.screens.developer_samples import developer_samples
from tests.rooms.screens.other_upstream_samples import other_upstream_samples
from tests.rooms.screens.own_samples import device_samples, own_samples, recovery_samples
from tests.rooms.screens.school_samples import school_samples
from tests.rooms.screens.security_samples import security_samples
from tests.rooms.screens.wizard_samples import link_samples, wizard_samples

AT = datetime(2026, 9, 1, 6, 5, tzinfo=UTC)
ZONE = "Asia/Irkutsk"
REGION = RegionName("Иркутская область", "Irkutsk region")
SCHOOL = SchoolCard("Школа № 12", "вторник, четверг", "9:00–12:00", "14", "+7 395 200-00-00")

# Every variable any cause needs.
VARIABLES: dict[str, Value] = {
    "host": "signin.example",
    "wait": timedelta(minutes=10),
    "time": AT,
    "date": date(2024, 7, 1),
    "device": "12:00",
    "real": "14:05",
    "fields": (Word("field.surname"), Word("field.birth_date")),
    "chosen": REGION,
    "actual": RegionName("Архангельская область", "Arkhangelsk region"),
    "n": 3,
    "k": 10,
    "service": "Олимпиады",
    "services": "Олимпиады",
    "roles": (Word("role.teacher"), Word("role.staff")),
    "role": Word("role.pupil"),
}


def cause_page(code: int, **changes: Any) -> CausePage:
    """The page of one cause with every variable at hand."""
    values = {"at": AT, "zone": ZONE, "variables": VARIABLES, "case_number": "4821-7730", **changes}
    return CausePage(cause(code), **values)


def choose(**changes: Any) -> ChoosePage:
    """The start page with a region, as a relying party's visitor sees it."""
    values = {"service": "Олимпиады", "region": REGION, "regions_url": "/regions", "esia_url": "/login/esia", **changes}
    return ChoosePage(**values)


def consent(**changes: Any) -> ConsentPage:
    """A first request for three things."""
    said = (("name", "Анна Пример", "подписать диплом"), ("school", SCHOOL.name, ""), ("snils", "…06", ""))
    items = tuple(ConsentItem(key, value, reason=reason) for key, value, reason in said)
    values = {
        "service": "Олимпиады",
        "organisation": "Олимп",
        "host": "olymp.example",
        "items": items,
        "term_key": "year",
        "action_url": "/consent",
        "form_key": "key",
        "not_you_url": "/login/other",
        **changes,
    }
    return ConsentPage(**values)


def pages() -> dict[str, Page]:
    """Every page, by a name for the test report."""
    new = (ConsentItem("name", "Анна Пример"), ConsentItem("phone", "+7 900 000-00-00", is_new=True))
    wishes = (ConsentItem("school_grades_read", "Пётр Пример"), ConsentItem("school_attendance_excuse", "Пётр Пример"))
    regions = (RegionLink(REGION, "/login/esia/irkutsk"), RegionLink("Архангельская область", "/login/esia/dvinaland"))
    planned = Banner(starts_at=AT, ends_at=AT + timedelta(hours=2), zone=ZONE)
    back = ReturnLink("Олимпиады", "https://olymp.example/")
    frame = Frame("Олимпиады", "https://olymp.example/out?iss=https%3A%2F%2Fid.example&sid=x")
    already = AlreadyIn("Анна", "П.", "/go", "/other")
    return {
        "choose": choose(first_url="/first", recover_url="/recover"),
        "choose, no region": choose(service=None, region=None),
        "choose, already in": choose(already=already, banner=planned, warning="С 1 июля входят только через Госуслуги."),
        "choose, clock": choose(clock=ClockCheck(1788238800000, "/login/clock", "/login/abc/clock/")),
        "choose, surer": choose(why="surer"),
        "choose, again": choose(why="again"),
        "choose, trouble": choose(banner=Banner(checked_at=AT, zone=ZONE)),
        "regions": RegionsPage("", regions),
        "regions, nothing": RegionsPage("хх", regions, nothing_found=True),
        "leaving": LeavingPage("https://esia.example/aas?x=1", "esia.example"),
        "consent": consent(),
        "consent for school data": consent(items=wishes, has_wishes=True),
        "consent, more": consent(items=new, verified=False, term_key="open"),
        "consent, year": consent(year_passed=True, term_key="once"),
        "returning": ReturningPage("Олимпиады", "https://olymp.example/back?code=1"),
        "form post": FormPostPage("https://olymp.example/back", (("code", "1"), ("state", "2")), "Олимпиады"),
        "cause, school card": cause_page(3102, school=SCHOOL),
        "cause, school unknown": cause_page(3109),
        "cause, region": cause_page(2104, support=SupportCard("8 800 000-00-38", "38@school-signin.example", "9–17")),
        "cause, service": cause_page(7004, service="Олимпиады", case_number=None),
        "sign out?": SignOutAskPage("/logout", "key", "/"),
        "sign out somebody else?": SignOutAskPage("/logout", "key", "/", is_of_other=True),
        "signed out": SignedOutPage(),
        "signed out, frames": SignedOutPage(frames=(frame,)),
        "not everywhere, frames": cause_page(9005, frames=(frame,), primary_url="/end_session/done"),
        "signed out, partly": SignedOutPage("https://esia.example/logout", back, 2, "/login"),
        **developer_samples(),
        **security_samples(),
        **own_samples(),
        **device_samples(),
        **recovery_samples(),
        **wizard_samples(),
        **link_samples(),
        **school_samples(),
        **other_upstream_samples(),
        "help": HelpPage(),
        "help, cause": HelpPage(CAUSES[3102]),
        "help, unknown": HelpPage(unknown=True),
        **{f"help, {topic}": HelpTopicPage(topic) for topic in HELP_TOPICS},
        "status": StatusPage(AT, ZONE),
        "status, planned": StatusPage(AT, ZONE, planned=(AT, AT + timedelta(hours=2))),
        "status, trouble": StatusPage(AT, ZONE, AT - timedelta(minutes=20)),
        "accessibility": TextPage("accessibility", date(2026, 9, 1)),
        "privacy": TextPage("privacy", date(2026, 9, 1)),
        "rules": TextPage("rules", date(2026, 9, 1)),
        "view": ViewPage(changed=True),
    }
