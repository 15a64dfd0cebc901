"""The scopes this stand knows, and the Russian words its consent page has for them."""

from __future__ import annotations

from collections.abc import Iterable

# "" is not shown: `openid` gives nothing beyond the fact of the sign-in.
SCOPE_LABELS = {
    "openid": "",
    "fullname": "Фамилия; имя; отчество",
    "birthdate": "Дата рождения",
    "gender": "Пол",
    "snils": "СНИЛС",
    "inn": "ИНН",
    "id_doc": (
        "Серия и номер документа, удостоверяющего личность; дата выдачи; кем выдан; код подразделения; гражданство"
    ),
    "birth_cert_doc": "Свидетельство о рождении",
    "email": "Адрес электронной почты",
    "mobile": "Номер мобильного телефона",
    "contacts": "Адрес электронной почты; номер мобильного телефона",
    "addresses": "Адреса постоянной, временной регистрации и фактического проживания",
    "kid_fullname": "ФИО ребёнка",
    "kid_birthdate": "Дата рождения ребёнка",
    "kid_gender": "Пол ребёнка",
    "kid_snils": "СНИЛС ребёнка",
    "kid_birth_cert_doc": "Сведения о свидетельстве о рождении",
}


def shown(scopes: Iterable[str]) -> tuple[str, ...]:
    """The lines of the consent page, in the order asked, each once."""
    return tuple(dict.fromkeys(label for label in map(SCOPE_LABELS.get, scopes) if label))


def as_granted(scopes: tuple[str, ...], oid: int) -> str:
    """The `scope` of an access token: ESIA changes the order and binds every item but `openid` to the person."""
    moved = scopes[-1:] + scopes[:-1]
    return " ".join(name if name == "openid" else f"{name}?oid={oid}" for name in moved)


def bare(granted: str) -> frozenset[str]:
    """The names in the `scope` of an access token, without the person."""
    return frozenset(item.partition("?")[0] for item in granted.split())
