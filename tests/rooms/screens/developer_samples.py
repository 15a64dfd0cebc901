"""Examples of the pages of developers, for the samples of this room."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from broker.screens.causes import CAUSES
from broker.screens.developer_edit_pages import Change, DevChangesPage, DevEditPage, EditField, EditScope
from broker.screens.developer_pages import (
    QUESTIONS,
    Answers,
    DevCheckPage,
    DevFrame,
    DevQuestionPage,
    DevServicesPage,
    ServiceLine,
)
from broker.screens.developer_service_pages import (
    CauseText,
    DevCausePage,
    DevCausesPage,
    DevDataPage,
    DevKeysPage,
    DevLogPage,
    DevRunPage,
    DevSecretPage,
    DevServicePage,
    DevTestPage,
    KeyLine,
    LogLine,
    Message,
    ReadyLine,
    ScopeLine,
    Setting,
    Snippet,
    Tester,
)
from broker.screens.field_errors import FieldError
from broker.screens.pages import Page
from broker.screens.school_pages import PostForm

AT = datetime(2026, 9, 1, 6, 5, tzinfo=UTC)
FORM = PostForm("/dev/form", "key")
FRAME = DevFrame("ООО «Пример»", "Europe/Moscow")
OWN = DevFrame("ООО «Пример»", "Europe/Moscow", "made", "service-1", "Олимпиады", "settings")
SCOPES = ("profile", "snils", "offline_access")
ANSWERS = Answers(
    name="Олимпиады",
    name_en="Olympiads",
    addresses="https://olymp.example/back",
    start_url="https://olymp.example/start",
    scopes=("openid", "profile"),
    reasons=(("profile", "диплом", "to sign"),),
    jwks_url="https://olymp.example/jwks",
    contact="dev@olymp.example",
)
ERRORS = ("name", "addresses", "why-snils", "public_keys", "contact")
MESSAGES = ("dev.name", "dev.wild", "dev.reason", "dev.private", "dev.contact")


def developer_samples() -> dict[str, Page]:
    """Every page of developers."""
    return {**_services(), **_questions(), **_service(), **_edit(), **_log(), **_test(), **_causes()}


def _services() -> dict[str, Page]:
    one = ServiceLine("Олимпиады", "/dev/service-1", True, "active", last_at=AT, causes=(("3102", 4), ("7005", 1)), key_days=21)
    lines = (
        one,
        replace(one, state="waiting", last_at=None, causes=(), key_days=None),
        replace(one, state="rejected", reason_key="imitation"),
        replace(one, state="partly", reason_key="not_needed"),
        replace(one, state="paused", is_sandbox=False),
    )
    return {"developer, services": DevServicesPage(FRAME, lines), "developer, none": DevServicesPage(FRAME, (), "/dev/new/2")}


def _questions() -> dict[str, Page]:
    found: dict[str, Page] = {}
    for step in range(1, len(QUESTIONS) + 1):
        page = DevQuestionPage(FRAME, step, ANSWERS, FORM, SCOPES, ("snils",))
        wrong = (FieldError(ERRORS[step - 1], MESSAGES[step - 1]),)
        found[f"developer, question {step}"] = page
        found[f"developer, question {step} wrong"] = replace(page, errors=wrong)
    check = DevCheckPage(FRAME, ANSWERS, FORM)
    return {**found, "developer, check": check, "developer, check refused": replace(check, problem="redirect_uris lie far away.")}


def _service() -> dict[str, Page]:
    settings = (Setting("issuer", "https://broker.example"), Setting("client_id", "service-1"))
    endpoints = (Setting("token_endpoint", "https://broker.example/token"),)
    ready = (ReadyLine("iss", True, "not signed in"), ReadyLine("nonce", False, "signed in"))
    snippets = (Snippet("flask/app.py", "client_id = 'service-1'\n"),)
    page = DevServicePage(OWN, "active", "", settings, endpoints, snippets, FORM, ready, lacks_secret=True)
    name = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    keys = (KeyLine(name, "RSA", 21), KeyLine("abc", "EC", None), KeyLine("d", "EC", -1, True))
    held = DevKeysPage(replace(OWN, current="keys"), keys, (KeyLine("", "", 7),), "https://olymp.example/jwks", FORM)
    scopes = (ScopeLine("openid", "", False, ()), ScopeLine("snils", "сверить", True, ("snils",)))
    return {
        "developer, service": page,
        "developer, service not checked": replace(page, problem="The service has no address.", snippets=(), ready=()),
        "developer, keys": replace(held, secret_form=FORM),
        "developer, secret": DevSecretPage(replace(OWN, current="keys"), "a-long-secret"),
        "developer, no keys": replace(held, keys=(), secrets=(), jwks_url="", errors=(FieldError("public_keys", "dev.weak"),)),
        "developer, data": DevDataPage(replace(OWN, current="data"), scopes),
    }


def _edit() -> dict[str, Page]:
    fields = (
        EditField("client_name", "client_name", "text", "Олимпиады"),
        EditField("redirect_uris", "redirect_uris", "lines", "https://olymp.example/back"),
        EditField("dpop_bound_access_tokens", "dpop_bound_access_tokens", "flag", "yes"),
        EditField("authorization_signed_response_alg", "authorization_signed_response_alg", "choice", "", ("", "ES256")),
    )
    scopes = (EditScope("profile", True, False, "диплом", "to sign"), EditScope("snils", False, True, "", ""))
    frame = replace(OWN, done="")
    page = DevEditPage(frame, FORM, fields, scopes)
    lines = (Change("redirect_uris", "https://olymp.example/back", "https://olymp.example/new"), Change("client_uri", "", "x"))
    changes = DevChangesPage(frame, FORM, lines, waits=True)
    return {
        "developer, edit": page,
        "developer, edit refused": replace(page, problem="redirect_uris lie far away."),
        "developer, changes": changes,
        "developer, changes stale": replace(changes, waits=False, is_stale=True),
        "developer, changes refused": replace(changes, problem="redirect_uris lie far away."),
    }


def _log() -> dict[str, Page]:
    lines = (LogLine(AT, "signed_in", "page", "", "a1b2"), LogLine(AT, "refused", "match", "3102", ""),
             LogLine(AT, "mistaken", "request", "7004", "", "authorization: invalid_request: s256_challenge"))
    page = DevLogPage(replace(OWN, current="log"), lines, ("3102", "7005"), "", FORM, None, "/dev/service-1/log?before=7")
    return {
        "developer, log": page,
        "developer, log case": replace(page, case=lines[1]),
        "developer, log empty": replace(page, lines=(), next_url=None, errors=(FieldError("number", "case.not_found"),)),
    }


def _test() -> dict[str, Page]:
    frame = replace(OWN, current="test", done="")
    people = (Tester("belov.t", "pupil_12", ""), Tester("volkova", "name_differs", "3102"))
    messages = (Message("request", "GET /authorize"), Message("exchange", "POST /token", "exchange", "7004"))
    return {
        "developer, test": DevTestPage(frame, people, FORM),
        "developer, no test": DevTestPage(frame, (), None, "production"),
        "developer, walk": DevRunPage(frame, "running", (), leave_url="https://esia.example/logout"),
        "developer, walk passed": DevRunPage(frame, "passed", messages[:1]),
        "developer, walk failed": DevRunPage(frame, "failed", messages, "exchange", "7004"),
    }


def _causes() -> dict[str, Page]:
    texts = (CauseText("ru", "Заголовок", "Почему так.", ("Шаг",)), CauseText("en", "Title", "", ("Step", "Another")))
    told = DevCausePage(CAUSES[7005], texts, "access_denied", 302, "HTTP/1.1 302 Found", "denied")
    return {
        "developer, cause": told,
        "developer, cause on our page": replace(told, cause=CAUSES[3102], error="", http_status=403, fix_key="school"),
        "developer, cause without a page": replace(told, cause=CAUSES[7006], seen=(), fix_key="silent"),
        "developer, causes": DevCausesPage(tuple(CAUSES.values())),
        "developer, unknown cause": DevCausesPage(tuple(CAUSES.values()), unknown=True),
    }
