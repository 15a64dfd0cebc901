"""Every letter has its words in both languages; what the rooms send is known here with its variables."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from broker.messages.outbox import Channel, Letter
from broker.post_office import LetterWords
from broker.screens.messages import BadMessage
from broker.screens.texts import Texts

BROKER = Path(__file__).parents[3] / "broker"
LINK = "https://signin.example.ru/me/devices"

# kind -> the variables its senders hand in
KINDS: Mapping[str, Mapping[str, str]] = {
    "linked": {},
    "level_lowered": {},
    "unlinked": {},
    "linked_other": {"upstream": "Регион-ID"},
    "unlinked_other": {"upstream": "Регион-ID"},
    "new_device": {"browser": "Firefox", "region": "Иркутская область", "time": "14:05 (Иркутск)", "link": LINK},
    "password_changed": {"link": LINK},
    "login_changed": {},
    "contact_changed": {"link": LINK},
    "invitation_used": {},
    "consent_given": {"service": "Олимпиады", "items": "имя, школа и класс", "link": LINK},
    "consent_revoked": {"service": "Олимпиады"},
    "case_fixed": {},
    "glass_broken": {"kid": "k" * 43},
    "expiry_soon": {"n": "12", "date": "01.09.2026", "link": "https://signin.example.ru/admin/calendar"},
    "service_expiry": {"service": "olymp", "date": "01.09.2026"},
    "code": {"code": "123456"},
    "code_for_login": {"login": "belova.anna", "code": "123456"},
    "phone_confirm": {"code": "123456"},
    "login": {"login": "belova.anna"},
    "email_confirm": {"link": LINK + "x" * 200},
}
MAIL_ONLY = {"email_confirm", "service_expiry"}
# Two SMS of Russian letters (GSM 03.40: 67 signs each in a row of several).
LONGEST_SMS = 134


@pytest.fixture(scope="module")
def words() -> LetterWords:
    return LetterWords({"ru": "Школьный вход", "en": "School Sign-in"})


def letter(kind: str, channel: Channel = Channel.MAIL, language: str = "ru") -> Letter:
    return Letter(kind, channel, "a@example.org", language, variables=KINDS[kind])


def test_every_text_of_the_catalogue_is_a_kind_of_letter() -> None:
    kinds = {key.split(".")[1] for key in Texts().all_keys() if key.startswith("message.")}

    assert set(KINDS) | {"foot"} == kinds


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_says_all_it_was_given(words: LetterWords, kind: str, language: str) -> None:
    said = words(letter(kind, language=language))

    assert said.subject
    assert "\n" not in said.subject
    for value in KINDS[kind].values():
        assert value in said.text
        assert value not in said.subject
    assert said.text.endswith(
        "Школьный вход. На это письмо отвечать не нужно.\n" if language == "ru" else "There is no need to answer this message.\n"
    )


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("kind", sorted(set(KINDS) - MAIL_ONLY))
def test_an_sms_is_short(words: LetterWords, kind: str, language: str) -> None:
    said = words(letter(kind, Channel.SMS, language))

    assert "" == said.subject
    assert 0 < len(said.text) <= LONGEST_SMS


@pytest.mark.parametrize("kind", KINDS)
def test_no_sign_clings_to_a_link(words: LetterWords, kind: str) -> None:
    """A full stop at the end of an address is taken for a part of it."""
    for channel in Channel:
        text = words(letter(kind, channel)).text
        for link in [value for value in KINDS[kind].values() if value.startswith("https://") and value in text]:
            assert text.partition(link)[2][:1] in ("", "\n", " ")


def test_another_language_is_russian(words: LetterWords) -> None:
    assert words(letter("linked")) == words(letter("linked", language="tt"))


def test_a_letter_without_its_words_is_refused(words: LetterWords) -> None:
    with pytest.raises(BadMessage):
        words(Letter("code", Channel.SMS, "+7", "ru"))
    with pytest.raises(BadMessage):
        words(Letter("nothing", Channel.MAIL, "a@example.org", "ru"))


def test_the_rooms_send_only_letters_that_have_words() -> None:
    sent = {(kind, place) for path in BROKER.rglob("*.py") for kind, place in _sent_in(path)}

    assert set() == {(kind, place) for kind, place in sent if kind not in KINDS}
    assert len({kind for kind, _place in sent}) > 5


def _sent_in(path: Path) -> Iterator[tuple[str, str]]:
    """Kinds written out in `Letter("…", …)` and `notices.tell(…, "…")`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        place = 0 if name == "Letter" else 1 if name.endswith("notices.tell") else None
        if place is not None and len(node.args) > place and isinstance(kind := node.args[place], ast.Constant):
            yield str(kind.value), f"{path.name}:{node.lineno}"
