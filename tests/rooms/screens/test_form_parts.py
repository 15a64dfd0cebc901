"""Forms: an error is named in the title, in the summary and at its field; answers are kept, passwords never."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.screens.field_errors import FAMILY, FieldError, first_of_each
from broker.screens.texts import Texts
from broker.screens.view import Look, View
from tests.rooms.screens.form_page import ERRORS, FormPage, screens_with_form

SCREENS = screens_with_form()
MESSAGES = sorted(key.removeprefix(FAMILY) for key in Texts().all_keys() if key.startswith(FAMILY))


class Tags(HTMLParser):
    """Every start tag with its attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def by_id(self) -> dict[str, dict[str, str]]:
        ids = [attrs["id"] for _, attrs in self.found if "id" in attrs]
        assert len(set(ids)) == len(ids)
        return {attrs["id"]: attrs for _, attrs in self.found if "id" in attrs}


def drawn(page: FormPage, language: str = "ru") -> str:
    return SCREENS.render(page, View(language, Look(), "/")).get_data(as_text=True)  # type: ignore[arg-type]


def test_without_errors_nothing_speaks_of_errors() -> None:
    text = drawn(FormPage())
    assert "<title>Вход в электронный дневник</title>" in text
    assert not [word for word in ('role="alert"', "aria-invalid", "-error", "Ошибка") if word in text]


@pytest.mark.parametrize(("language", "begin"), [("ru", "Ошибка: "), ("en", "Error: ")])
def test_the_title_begins_with_error_and_the_heading_does_not(language: str, begin: str) -> None:
    text = drawn(FormPage(errors=ERRORS), language)
    title, heading = re.findall(r"<(?:title|h1)>(.*?)</", text)
    assert (begin + heading, False) == (title, heading.startswith(begin))


def test_the_summary_has_the_focus_and_leads_to_every_field_in_its_own_words() -> None:
    text = drawn(FormPage(errors=ERRORS))
    ids = Tags(text).by_id()
    assert ("alert", "-1", "") == (ids["errors"]["role"], ids["errors"]["tabindex"], ids["errors"]["autofocus"])
    links = re.findall(r'<li><a href="#(\w+)">(.*?)</a></li>', text.partition('id="errors"')[2])
    assert [error.field for error in ERRORS] == [field for field, _ in links]
    for field, words in links:
        assert field in ids
        at_field = re.search(rf'id="{field}-error"><span class="vh">Ошибка: </span>(.*?)</p>', text)
        assert at_field is not None and words == at_field.group(1)


def test_a_wrong_field_says_so_and_points_to_its_words() -> None:
    ids = Tags(drawn(FormPage(errors=ERRORS))).by_id()
    assert ("true", "login-hint login-error") == (ids["login"]["aria-invalid"], ids["login"]["aria-describedby"])
    assert ("true", "password-error password-layout") == (ids["password"]["aria-invalid"], ids["password"]["aria-describedby"])
    assert "aria-invalid" not in ids["code"]
    described = [attrs["aria-describedby"] for attrs in ids.values() if "aria-describedby" in attrs]
    assert set() == {name for names in described for name in names.split()} - set(ids)


def test_answers_are_kept_and_a_password_has_no_value() -> None:
    ids = Tags(drawn(FormPage(login='a"b<c', rules=True))).by_id()
    assert ('a"b<c', True) == (ids["login"]["value"], "checked" in ids["rules"])
    assert "value" not in ids["password"]


def test_what_was_chosen_stays_chosen() -> None:
    tags = Tags(drawn(FormPage())).found
    assert ["parent", "b"] == [a["value"] for tag, a in tags if tag == "input" and "checked" in a]
    assert ["38"] == [a["value"] for tag, a in tags if tag == "option" and "selected" in a]


def test_every_field_has_one_label_and_says_what_it_is_for() -> None:
    tags = Tags(drawn(FormPage(errors=ERRORS))).found
    labelled = [attrs["for"] for tag, attrs in tags if tag == "label"]
    fields = [a["id"] for tag, a in tags if tag in ("input", "select") and a.get("type") != "hidden"]
    assert labelled == fields
    assert {"username", "one-time-code", "current-password"} <= {attrs.get("autocomplete") for _, attrs in tags}


def test_what_needs_a_script_is_hidden_without_it() -> None:
    ids = [(tag, attrs) for tag, attrs in Tags(drawn(FormPage())).found if attrs.get("class") == "show"]
    assert [("button", "button", "")] == [(tag, attrs["type"], attrs["hidden"]) for tag, attrs in ids]


def test_where_somebody_is_on_the_way_is_said_in_words() -> None:
    text = drawn(FormPage())
    assert 'aria-label="Шаг 2 из 3"' in text
    assert ["1. имя", "2. телефон", "3. почта"] == re.findall(r"\d\. \w+", text)
    assert 1 == text.count('aria-current="step"') and 1 == text.count("(готово)")


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_can_be_shown_in_both_languages(message: str) -> None:
    for language in ("ru", "en"):
        for n in (1, 2, 5, 21):
            text = drawn(FormPage(errors=(FieldError("login", message, n),)), language)
            assert 2 == len(set(re.findall(r'href="#login">(.*?)</a>|id="login-error">.*?</span>(.*?)</p>', text)))


def test_the_messages_of_the_catalogue_are_all_here() -> None:
    wanted = """login.empty login.gosuslugi login.taken login.format password.empty password.layout password.short password.common
    password.same password.repeat phone.empty phone.format email.empty email.format contacts.one rules code.empty
    code.wrong code.length snils.format snils.sum date.format region.none role.none"""
    assert set(wanted.split()) <= set(MESSAGES)


@given(st.text(), st.text())
def test_typed_text_never_becomes_a_field_or_a_message(field: str, message: str) -> None:
    try:
        error = FieldError(field, message)
    except ValueError:
        return
    assert re.fullmatch(r"[a-z0-9_-]+", error.field) and re.fullmatch(r"[a-z_.]+", error.message)


@pytest.mark.parametrize(
    ("field", "message"), [("Login", "rules"), ("a b", "rules"), ("", "rules"), ("a", ""), ("a", ".x"), ("a", "x\n")]
)
def test_only_plain_names_make_an_error(field: str, message: str) -> None:
    with pytest.raises(ValueError, match="field error"):
        FieldError(field, message)


def test_one_complaint_a_field_is_enough() -> None:
    one, other, third = FieldError("a", "code.empty"), FieldError("a", "code.wrong", 1), FieldError("b", "rules")
    assert (one, third) == first_of_each([one, other, third])
