"""Pages for people who come through another provider than Gosuslugi, or may."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from broker.screens.causes import cause
from broker.screens.link_pages import LinkedPage, OfferPage, ProvePage, Reason, Who
from broker.screens.own_pages import SignedOutPage, StatusPage
from broker.screens.pages import Banner, CausePage, ChoosePage, LeavingPage, Page, RegionName
from broker.screens.profile_pages import DevicesPage, PastSignIn, ProfilePage, SignInRows, UnlinkPage
from broker.screens.values import Word
from broker.screens.ways import OTHER_WORDS, OtherWay, variant_for
from broker.screens.wizard_pages import DonePage

AT = datetime(2026, 9, 1, 6, 5, tzinfo=UTC)
ZONE = "Asia/Irkutsk"
REGION = RegionName("Иркутская область", "Irkutsk region")
TITLE = RegionName("Регион-ID", "Region ID")


def other_upstream_samples() -> dict[str, Page]:
    """Every page that has words of its own for them."""
    reason = Reason(2111, "4821-7730", AT, variant_for(2111, TITLE))
    prove = ("/link", "key", "/cancel", "/other", "/none")
    past = PastSignIn("firefox", "windows", AT, "gosuslugi", upstream=TITLE)
    return {
        "choose, two ways": _choose(others=(OtherWay(TITLE, "/to/region"),)),
        "choose, another way first": _choose(upstream=TITLE, others=(OtherWay(None, "/to/esia"),)),
        "choose, not finished there": _choose(is_unfinished=True, left_for=TITLE),
        "choose, trouble there": _choose(banner=Banner(checked_at=AT, zone=ZONE, upstream=TITLE)),
        "leaving for another": LeavingPage("https://id.example/authorize?x=1", "id.example", TITLE),
        "prove, another": ProvePage(*prove, Who("Анна", "П."), ZONE, reason, upstream=TITLE),
        "linked, another": LinkedPage("/onward", "Олимпиады", upstream=TITLE),
        "offer, another": OfferPage("/connect", upstream=TITLE),
        "profile, another": ProfilePage("Анна", "П", date(2026, 9, 1), rows=SignInRows(unlink_url="/me/unlink"), upstream=TITLE),
        "profile, only another": ProfilePage("Анна", "П", date(2026, 9, 1), rows=SignInRows(only_gosuslugi=True), upstream=TITLE),
        "unlink another": UnlinkPage("/me/unlink", "key", upstream=TITLE),
        "unlink another, not": UnlinkPage("/me/unlink", "key", "only", upstream=TITLE),
        "devices, another": DevicesPage((), "/me/devices", "key", ZONE, history=(past,)),
        "welcome, another": DonePage("/to/region", upstream=TITLE),
        "welcome, another linked": DonePage("/to/region", is_linked=True, upstream=TITLE),
        "status, another": StatusPage(AT, ZONE, others=((TITLE, AT),)),
        "signed out, another": SignedOutPage("https://id.example/leave", upstream=TITLE),
        **{f"cause {code}, another": cause_of_another(code) for code in sorted(OTHER_WORDS)},
    }


def cause_of_another(code: int) -> CausePage:
    """The page of a cause for somebody who came by the provider of these samples."""
    variables = {"wait": timedelta(seconds=15), "fields": (Word("field.surname"),), "upstream": TITLE, "date": date(2026, 9, 1)}
    return CausePage(cause(code), AT, ZONE, variables, "4821-7730", primary_url="/again", variant=variant_for(code, TITLE))


def _choose(**changes: object) -> ChoosePage:
    return ChoosePage("Олимпиады", REGION, "/regions", "/to/first", **changes)  # type: ignore[arg-type]
