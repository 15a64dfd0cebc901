"""Examples of the pages of a person's own and of recovery, for the samples of this room."""

from __future__ import annotations

from datetime import UTC, date, datetime

from broker.screens.device_pages import DeviceConfirmPage, DeviceDonePage, DevicePage
from broker.screens.field_errors import FieldError
from broker.screens.pages import Page, SchoolCard
from broker.screens.profile_pages import (
    ChildAsks,
    ChildPermissions,
    ContactPage,
    ContactRow,
    ContactSentPage,
    Device,
    DevicesPage,
    LoginPage,
    PasswordPage,
    PastSignIn,
    Permission,
    PermissionsPage,
    ProfilePage,
    RevokeForm,
    SignInRows,
    UnlinkedPage,
    UnlinkPage,
)
from broker.screens.recovery_pages import (
    FoundSchool,
    RecoverCodePage,
    RecoveredPage,
    RecoverLoginPage,
    RecoverPage,
    RecoverPasswordPage,
    RecoverSchoolPage,
    RecoverStartPage,
)
from broker.screens.values import RegionName

AT = datetime(2026, 9, 1, 6, 5, tzinfo=UTC)
DAY, NEXT = date(2026, 9, 1), date(2027, 9, 1)
REVOKE = RevokeForm("/me/permissions", "key", "c-1")
REGION = RegionName("Иркутская область", "Irkutsk region")
SCHOOL = SchoolCard("Школа № 12", "вторник, четверг", "9:00–12:00", "14", "+7 395 200-00-00")
CONTACTS = (
    ContactRow("phone", "+7 ••• •••-••-67", False, "/me/phone", "/me/phone/sent"),
    ContactRow("email", "a•••@example.org", True, "/me/email"),
)
ROWS = SignInRows(None, "/me/unlink", "/me/password", DAY, "/me/login", 1, CONTACTS)
BARE = SignInRows("/login", None, "/me/password", None, None, 0, (ContactRow("phone", None, False, "/me/phone"),))


def own_samples() -> dict[str, Page]:
    """Every page of profile_pages.py."""
    wrong = FieldError("old_password", "password.old", 3), FieldError("password", "password.short", 2)
    permissions = (
        Permission("Олимпиады", ("name", "school"), DAY, NEXT, REVOKE, DAY, "/me/permissions/c-1/receipt"),
        Permission("Кружки", ("offline_access",), DAY, None, REVOKE, is_closed=True),
        Permission("Хор", ("school_grades_read",), DAY, NEXT, REVOKE, open_url="https://choir.example/sign-in?iss=x"),
        Permission("Театр", ("name",), DAY, DAY, REVOKE, is_over=True),
    )
    ask = ChildAsks("Пример Анна Петровна", "Олимпиады", "ООО «Пример»", ("name",), NEXT, "/me/permissions", "key", "a-1")
    devices = (
        Device("firefox", "linux", AT, True, "s-1", REGION),
        Device("chrome", "android", AT, False, "s-2"),
        Device("other", "other", AT, False, "s-3"),
    )
    history = (
        PastSignIn("firefox", "linux", AT, "gosuslugi", region=REGION),
        PastSignIn("safari", "ios", AT, "password", "elsewhere"),
    )
    profile = ("Анна", "П.", DAY, "anna.p", SCHOOL.name, "6А", "…06", ROWS)
    return {
        "profile": ProfilePage(*profile, devices_url="/me/devices", saved="password"),
        "profile, not linked": ProfilePage("Анна", "П.", None, rows=BARE, sign_out_url="/logout"),
        "profile, only Gosuslugi": ProfilePage("Анна", "П.", DAY, rows=SignInRows(only_gosuslugi=True)),
        "profile, nothing": ProfilePage("Анна", "П.", None),
        "own password": PasswordPage("/me/password", "key", "anna.p", True, "/login", True, wrong),
        "own password, fresh": PasswordPage("/me/password", "key", "anna.p", False),
        "own login": LoginPage("/me/login", "key", "anna.p", "Анна", (FieldError("login", "login.format"),)),
        "own phone": ContactPage("phone", "/me/phone", "key", None, "12", (FieldError("phone", "phone.format"),)),
        "own e-mail": ContactPage("email", "/me/email", "key", "a•••@example.org"),
        "own phone, sent": ContactSentPage("phone", "/me/phone/sent", "key", "/me/phone/again", "key", "+7 ••• •••-••-67"),
        "own e-mail, sent": ContactSentPage("email", "/me/email/sent", "key", "/me/email/again", "key", "a•••@example.org"),
        "unlink": UnlinkPage("/me/unlink", "key"),
        "unlink, last": UnlinkPage("/me/unlink", "key", "last", "/me/password"),
        "unlink, only": UnlinkPage("/me/unlink", "key", "only"),
        "unlinked": UnlinkedPage("/login"),
        "permissions": PermissionsPage(permissions, "Библиотека", None, (ask,), (ChildPermissions("Пример Анна", permissions),)),
        "permissions, decided": PermissionsPage((), decided="allow"),
        "permissions, none": PermissionsPage(()),
        "devices": DevicesPage(devices, "/me/devices", "key", "Asia/Irkutsk", 2, history, "/end_session", "/me/password"),
        "devices, one": DevicesPage(devices[:1], "/me/devices", "key", "Asia/Irkutsk"),
    }


def device_samples() -> dict[str, Page]:
    """Every page of device_pages.py."""
    return {
        "device": DevicePage("/device", "key"),
        "device, typed": DevicePage("/device", "key", "BCDF-GHJK", (FieldError("user_code", "device.wrong"),)),
        "device, confirm": DeviceConfirmPage("Дневник", "Школа", "BCDF-GHJK", "/device/word", "key"),
        "device, allowed": DeviceDonePage(is_allowed=True),
        "device, denied": DeviceDonePage(is_allowed=False),
    }


def recovery_samples() -> dict[str, Page]:
    """Every page of recovery_pages.py."""
    start = ("/recover/start", "key", "/login", "/recover/login", "/recover/school")
    login = ("/recover/login", "key", "/recover/school", "/login")
    code = ("/recover/code", "key", "/recover/start", "/recover/school")
    return {
        "recover": RecoverPage("/recover/start", "/recover/login", "/recover/gosuslugi", "/recover/school"),
        "recover, start": RecoverStartPage(*start),
        "recover, empty": RecoverStartPage(*start, errors=(FieldError("name", "recover.empty"),)),
        "recover, login": RecoverLoginPage(*login, errors=(FieldError("name", "contacts.one"),)),
        "recover, login sent": RecoverLoginPage(*login, is_sent=True),
        "recover, code": RecoverCodePage(*code),
        "recover, code late": RecoverCodePage(*code, is_late=True),
        "recover, login late": RecoverLoginPage(*login, is_sent=True, is_late=True),
        "recover, wrong code": RecoverCodePage(*code, errors=(FieldError("code", "code.wrong", 4),)),
        "recover, password": RecoverPasswordPage("/recover/password", "key", True, (FieldError("password", "password.common"),)),
        "recovered": RecoveredPage("/login", only_proof=True),
        "recover, school": RecoverSchoolPage(),
        "recover, schools": RecoverSchoolPage(
            "12", (FoundSchool("Школа № 12", SCHOOL), FoundSchool("Лицей 12", None)), True, True
        ),
        "recover, number": RecoverSchoolPage(case_number="4821-7730"),
        "recover, no login": RecoverSchoolPage(errors=(FieldError("login", "login.empty"),)),
        "recover, no school": RecoverSchoolPage("хх", (), True),
    }
