"""Which browsers are turned away: real headers, one on each side of every line of the table; and no header does any harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.login.old_browsers import FAMILIES, is_too_old

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{} Safari/605.1.15"

TOO_OLD = {
    "explorer 11": "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "explorer 8": "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)",
    "edge 18": f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/70.0.3538.102 Safari/537.36 Edge/18.19042",
    "opera 12": "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
    "opera mini": "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; ru) Presto/2.12.423 Version/12.16",
    "chrome 49 of xp": f"Mozilla/5.0 (Windows NT 5.1) {WEBKIT} Chrome/49.0.2623.112 Safari/537.36",
    "chrome 69": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/69.0.3497.100 Safari/537.36",
    "yandex of chrome 68": f"Mozilla/5.0 (Windows NT 6.1) {WEBKIT} Chrome/68.0.3440.106 YaBrowser/18.9.1.954 Safari/537.36",
    "samsung 9": f"Mozilla/5.0 (Linux; Android 9; SM-G960F) {WEBKIT} SamsungBrowser/9.2 Chrome/67.0.3396.87 Mobile Safari/537.36",
    "firefox 52": "Mozilla/5.0 (Windows NT 5.1; rv:52.0) Gecko/20100101 Firefox/52.0",
    "firefox 62": "Mozilla/5.0 (X11; Linux x86_64; rv:62.0) Gecko/20100101 Firefox/62.0",
    "android 4": "Mozilla/5.0 (Linux; U; Android 4.0.3; ru-ru; LG-L160L) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 "
    "Mobile Safari/534.30",
    "iphone 12.1": IPHONE.format("12_1_4") + " Version/12.0 Mobile/15E148 Safari/604.1",
    "chrome of an old iphone": IPHONE.format("11_4") + " CriOS/120.0.6099.50 Mobile/15E148 Safari/604.1",
    "safari 12.0": MAC.format("12.0.3"),
    "safari 9": MAC.format("9.1.3"),
}
GOOD = {
    "chrome 70": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/70.0.3538.67 Safari/537.36",
    "chrome 109 of windows 7": f"Mozilla/5.0 (Windows NT 6.1; Win64; x64) {WEBKIT} Chrome/109.0.0.0 Safari/537.36",
    "edge 131": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
    "opera 115": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0",
    "yandex 24": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/130.0.0.0 YaBrowser/24.12.0.0 Safari/537.36",
    "a page in an app": f"Mozilla/5.0 (Linux; Android 10; wv) {WEBKIT} Version/4.0 Chrome/96.0.4664.45 Mobile Safari/537.36",
    "firefox 63": "Mozilla/5.0 (X11; Linux x86_64; rv:63.0) Gecko/20100101 Firefox/63.0",
    "iphone 12.2": IPHONE.format("12_2") + " Version/12.1 Mobile/15E148 Safari/604.1",
    "iphone 18 without its browser": IPHONE.format("18_1") + " Mobile/15E148",
    "ipad that says mac": MAC.format("13.1"),
    "safari 12.1": MAC.format("12.1.2"),
    "safari 18": MAC.format("18.1"),
    "nobody's": "Lynx/2.9.0dev.5 libwww-FM/2.14",
    "a program": "python-requests/2.32.3",
    "empty": "",
}


@pytest.mark.parametrize("header", TOO_OLD.values(), ids=TOO_OLD.keys())
def test_a_browser_that_cannot_keep_a_sign_in_safe(header: str) -> None:
    assert is_too_old(header)


@pytest.mark.parametrize("header", [*GOOD.values(), None], ids=[*GOOD.keys(), "none"])
def test_every_other_browser_is_let_in(header: str | None) -> None:
    assert not is_too_old(header)


@given(st.text(max_size=3000))
def test_what_nobody_knows_is_let_in_and_nothing_raises(header: str) -> None:
    if not any(family.sign.search(header) for family in FAMILIES):
        assert not is_too_old(header)
    is_too_old(header)


@given(st.sampled_from(sorted((TOO_OLD | GOOD).values())), st.integers(0, 200), st.text("0123456789._/ ", max_size=600))
def test_a_version_of_any_length_is_read(header: str, at: int, digits: str) -> None:
    assert is_too_old(header[:at] + digits + header[at:]) in (True, False)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_newer_version_is_never_older(one: int, other: int) -> None:
    older, newer = sorted((min(one, 999_999), min(other, 999_999)))
    header = f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/{{}}.0.0.0 Safari/537.36"

    assert is_too_old(header.format(older)) or not is_too_old(header.format(newer))
