"""Examples of the pages of the first sign-in and of linking, for the samples of this room."""

from __future__ import annotations

from datetime import UTC, date, datetime

from broker.screens.field_errors import FieldError
from broker.screens.link_pages import ConfirmPage, LinkedPage, OfferPage, ProvePage, Reason, Who
from broker.screens.pages import Page, SchoolCard, SupportCard
from broker.screens.texts import words_of
from broker.screens.wizard_pages import (
    CardPlace,
    ContactsPage,
    DataPage,
    Deadline,
    DonePage,
    EmailPressPage,
    EmailSaidPage,
    FirstPage,
    PasswordPage,
    PhoneCodePage,
    WrongPage,
)

AT = datetime(2026, 9, 1, 6, 5, tzinfo=UTC)
DAY = date(2024, 7, 1)
ZONE = "Asia/Irkutsk"
SCHOOL = SchoolCard("Школа № 12", "вторник, четверг", "9:00–12:00", "14", "+7 395 200-00-00")
REGION = SupportCard("8 800 000-00-38", "38@school-signin.example", "9:00–17:00")
DEADLINE = Deadline(AT, 900, ZONE, "/login/abc/stay", "/login/abc/leave")
FORM = ("/login/abc/welcome", "key")
BACK = "/login/abc/welcome/back"


def wizard_samples() -> dict[str, Page]:
    """Every page of wizard_pages.py."""
    places = (CardPlace(SCHOOL.name, "6А"), CardPlace("Школа № 7"))
    wrong_contacts = (FieldError("phone", "phone.format"), FieldError("email", "email.format"))
    wrong_password = (FieldError("password", "password.short", 3), FieldError("rules", "rules"))
    return {
        "first": FirstPage("/first", "key", "/login"),
        "first, wrong": FirstPage("/first", "key", "/login", "anna.p", errors=(FieldError("login", "login.gosuslugi"),)),
        "first, active": FirstPage("/first", "key", "/login", "anna.p", is_active=True),
        "welcome 1": DataPage(*FORM, DEADLINE, "Пример Анна Ивановна", date(2013, 9, 5), "female", places, "06"),
        "welcome 1, bare": DataPage(*FORM, DEADLINE, "Пример Анна", None, None, places[1:], None),
        "welcome 1, wrong": WrongPage(*FORM, BACK, DEADLINE, ("surname", "birth_date", "snils")),
        "welcome 1, nothing chosen": WrongPage(*FORM, BACK, DEADLINE, ("name",), (FieldError("fields", "fields.none"),)),
        "welcome 2": ContactsPage(*FORM, BACK, DEADLINE, needs_both=False, phone_kept="+7 ••• •••-••-67"),
        "welcome 2, wrong": ContactsPage(*FORM, BACK, DEADLINE, True, "12", "anna", errors=wrong_contacts),
        "welcome 3": PasswordPage(*FORM, BACK, DEADLINE, "anna.p"),
        "welcome 3, wrong": PasswordPage(*FORM, BACK, DEADLINE, "anna.p", True, wrong_password),
        "welcome, done": DonePage("/login/abc/to/esia", "/login/abc/later", email="a•••@example.org"),
        "welcome, must connect": DonePage(
            "/login/abc/to/esia", closed_on=date(2024, 7, 1), phone="+7 •••-67", phone_url="/me/phone"
        ),
        "welcome, linked": DonePage("/login/abc/again", is_linked=True),
        "phone code": PhoneCodePage("/phone", "key", "/me", "+7 ••• •••-••-67", was_sent_again=True),
        "phone code, wrong": PhoneCodePage("/phone", "key", "/me", "+7 •••-67", errors=(FieldError("code", "code.wrong", 2),)),
        "phone code, right": PhoneCodePage("/phone", "key", "/me", "+7 •••-67", is_right=True),
        "email, press": EmailPressPage("/email/x", "key", "a•••@example.org"),
        "email, too old": EmailPressPage("/email/x", "key", "a•••@example.org", asks_anew=True),
        "email, confirmed": EmailSaidPage("a•••@example.org"),
        "email, sent": EmailSaidPage("a•••@example.org", was_sent=True),
    }


def link_samples() -> dict[str, Page]:
    """Every page of link_pages.py."""
    way = ("/login/abc/link", "key", "/login/abc/cancel", "/login/abc/other", "/login/abc/none")
    wrong = (FieldError("login", "login.empty"), FieldError("password", "password.empty"))
    return {
        "prove": ProvePage(*way, Who("Анна", "П"), ZONE, Reason(3101, "4821-7730", AT), support=REGION),
        "prove, school": ProvePage(*way, Who("Анна", "П"), ZONE, Reason(3106, "4821-7730", AT), school=SCHOOL),
        "prove, data missing": ProvePage(
            *way, Who("Анна", "П"), ZONE, Reason(2115, "4821-7730", AT, fields=words_of(("birth_date",), "field")),
            support=REGION,
        ),
        "prove, wrong": ProvePage(*way, Who("", ""), ZONE, None, "anna.p", wrong),
        "prove, doubt": ConfirmPage("/login/abc/confirm", "key", "Анна", "П", ("Школа № 12, 6А", "Школа № 7")),
        "linked": LinkedPage("/login/abc/go", "Олимпиады", "a•••@example.org"),
        "linked, bare": LinkedPage("/me"),
        "offer": OfferPage("/login/abc/to/esia", "/login/abc/later", "С 1 июля входят только через Госуслуги."),
        "offer, must": OfferPage("/login/abc/to/esia"),
    }
