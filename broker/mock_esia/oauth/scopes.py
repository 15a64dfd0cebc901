"""The scopes this stand knows, and the Russian words its consent page has for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

# "" is not shown: `openid` gives nothing beyond the fact of the sign-in.
SCOPE_LABELS = {
    "openid": "",
    "fullname": "Фамилия; имя; отчество",
    "birthdate": "Дата рождения",
    "birthplace": "Место рождения",
    "gender": "Пол",
    "snils": "СНИЛС",
    "inn": "ИНН",
    "id_doc": (
        "Серия и номер документа, удостоверяющего личность; дата выдачи; кем выдан; код подразделения; гражданство"
    ),
    "birth_cert_doc": "Свидетельство о рождении",
    "medical_doc": "Полис обязательного медицинского страхования",
    "military_doc": "Военный билет",
    "foreign_passport_doc": "Заграничный паспорт",
    "drivers_licence_doc": "Водительское удостоверение",
    "residence_doc": "Вид на жительство",
    "temporary_residence_doc": "Разрешение на временное проживание",
    "email": "Адрес электронной почты",
    "mobile": "Номер мобильного телефона",
    "contacts": "Адрес электронной почты; номер мобильного телефона",
    "addresses": "Адреса постоянной, временной регистрации и фактического проживания",
    "vehicles": "Государственный регистрационный знак; серия и номер СТС",
    "usr_org": "Членство в организациях",
    "self_employed": "Статус самозанятого",
    "kid_fullname": "ФИО ребёнка",
    "kid_birthdate": "Дата рождения ребёнка",
    "kid_gender": "Пол ребёнка",
    "kid_snils": "СНИЛС ребёнка",
    "kid_inn": "ИНН ребёнка",
    "kid_birth_cert_doc": "Сведения о свидетельстве о рождении",
    "kid_medical_doc": "ОМС ребёнка",
    "kid_mobile": "Телефон ребёнка",
    "kid_email": "Электронная почта ребёнка",
    "kid_school_data": "Обучение в школе",
}
ORG_SCOPES = frozenset({
    "org_shortname", "org_fullname", "org_type", "org_ogrn", "org_inn", "org_leg", "org_kpp", "org_agencyterrange",
    "org_agencytype", "org_oktmo", "org_ctts", "org_addrs", "org_vhls", "org_grps", "org_emps", "org_brhs", "org_brhs_ctts",
    "org_brhs_addrs", "org_rcs", "org_stms", "org_invts", "org_inf",
})  # fmt: skip
# v1 writes these as addresses of the production host, also on the test host; the first four were withdrawn about 2018.
_PREFIX = "http://esia.gosuslugi.ru/"
LEGACY_SCOPES = {
    "usr_inf": "Персональные данные", "usr_brf": "Краткие персональные данные", "usr_trm": "Завершение работы",
    "usr_sec": "Настройки безопасности",
}  # fmt: skip
_ORG_ADDRESS = re.compile(re.escape(_PREFIX) + r"(org_[a-z_]+)\?org_oid=([0-9]{1,19})", re.ASCII)


def is_known(scope: str) -> bool:
    """Whether the stand knows a scope in any of its forms."""
    return scope in SCOPE_LABELS or legacy_name(scope) is not None or org_of(scope) is not None


def is_granted(scope: str, granted: Collection[str], granted_org: Collection[str]) -> bool:
    """Whether a system that has `granted` may ask for a known scope. The withdrawn ones are everybody's."""
    found = org_of(scope)
    return found[0] in granted_org if found else scope in granted or legacy_name(scope) is not None


def legacy_name(scope: str) -> str | None:
    """The name behind the address form of a withdrawn scope."""
    name = scope.removeprefix(_PREFIX).partition("?")[0]
    return name if scope.startswith(_PREFIX) and name in LEGACY_SCOPES else None


def org_of(scope: str) -> tuple[str, int] | None:
    """The organisation scope and the organisation of v1's address form."""
    found = _ORG_ADDRESS.fullmatch(scope)
    return (found[1], int(found[2])) if found and found[1] in ORG_SCOPES else None


def org_address(scope: str, oid: int) -> str:
    """v1's address form of an organisation scope."""
    return f"{_PREFIX}{scope}?org_oid={oid}"


def shown(scopes: Iterable[str]) -> tuple[str, ...]:
    """The lines of the consent page, in the order asked, each once."""
    return tuple(dict.fromkeys(label for label in map(_label, scopes) if label))


def _label(scope: str) -> str:
    if org_of(scope) or scope in ORG_SCOPES:
        return "Сведения об организации"
    return SCOPE_LABELS.get(scope) or LEGACY_SCOPES.get(legacy_name(scope) or "", "")


def as_granted(scopes: tuple[str, ...], oid: int) -> str:
    """The `scope` of an access token: ESIA changes the order and binds every item but `openid` to the person."""
    moved = scopes[-1:] + scopes[:-1]
    return " ".join(name if name == "openid" or "?" in name else f"{name}?oid={oid}" for name in moved)


def bare(granted: str) -> frozenset[str]:
    """The names in the `scope` of an access token, without the person."""
    return frozenset(item.partition("?")[0] for item in granted.split())
