"""One door per library, because a library met in many places cannot be replaced, watched or made safe in one."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, imports_of, says, source_files, tree_of

HTTP_ROOMS = ("login", "provider", "account", "console", "provisioning", "registration", "screens", "metrics")

# library → the only files (or folders, ending in a slash) that may import it
DOORS: dict[str, tuple[str, ...]] = {
    "jwt": ("broker/foundation/jose.py",),
    "pkcs11": ("keys/backends/cryptoki.py", "keys/backends/token_session.py"),
    "ctypes": ("keys/backends/cryptoki.py", "broker/connectors/esia/signing/libcrypto.py"),
    "subprocess": ("broker/connectors/esia/signing/programs.py",),
    "joserfc": ("broker/foundation/jwe.py",),
    "redis": ("broker/storage/redis_shelf.py",),
    "requests": ("broker/foundation/http_send.py",),
    "socket": ("broker/foundation/fetch.py", "broker/foundation/timed_wire.py", "broker/foundation/tls_look.py"),
    "authlib": ("broker/provider/", "broker/connectors/oidc/"),
    "prometheus_client": ("broker/metrics/meters.py", "config/gunicorn.py"),
    "alembic": ("broker/storage/",),
    "babel": ("broker/screens/",),
    "jinja2": ("broker/screens/",),
    "flask_sqlalchemy": ("broker/storage/database.py",),
    "gostcrypto": ("broker/connectors/esia/",),
    "asn1crypto": ("broker/connectors/esia/",),
    "cryptography": ("broker/foundation/", "keys/", "broker/connectors/esia/"),
    "tomllib": ("config/", "broker/policy/", "broker/screens/"),
    "argon2": ("broker/directory/password_hash.py",),
    "zxcvbn": ("broker/directory/",),
    "openpyxl": ("broker/directory/",),
    "segno": ("broker/console/",),
    "smtplib": ("broker/messages/smtp.py",),
    "scim2_models": ("broker/provisioning/",),
    "webauthn": ("broker/passkeys/wire.py",),
    "flask": (
        "broker/app.py", "broker/house.py", "wsgi.py", "broker/storage/database.py",
        *(f"broker/{room}/" for room in HTTP_ROOMS),
    ),
}
RANDOM_AND_TIME = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic", "time.sleep",
    "secrets.token_bytes", "secrets.token_urlsafe", "secrets.token_hex", "secrets.choice", "os.urandom", "uuid.uuid4", "uuid4",
    "random.random", "random.choice",
}  # fmt: skip
ENVIRONMENT = {"os.environ", "os.getenv", "os.environb"}


def _may(path: Path, doors: tuple[str, ...]) -> bool:
    place = str(path.relative_to(ROOT))
    return any(place == door or (door.endswith("/") and place.startswith(door)) for door in doors)


@cache
def _ours() -> list[Path]:
    return [path for path in source_files("broker", "keys", "config") if "mock_esia" not in path.parts] + [ROOT / "wsgi.py"]


@pytest.mark.parametrize("library", DOORS)
def test_a_library_has_one_door(library: str) -> None:
    found = [
        says(path, item.line, item.name)
        for path in _ours()
        for item in imports_of(path)
        if item.name.split(".")[0] == library and not _may(path, DOORS[library])
    ]

    assert [] == found


def test_sqlalchemy_stays_in_stores_and_tables() -> None:
    found = [
        says(path, item.line, item.name)
        for path in _ours()
        for item in imports_of(path)
        if item.name.split(".")[0] == "sqlalchemy"
        and not str(path.relative_to(ROOT)).startswith("broker/storage/")
        and path.name != "tables.py"
        and path.name.split("_")[-1] != "store.py"
    ]

    assert [] == found


def test_the_clock_and_randomness_have_one_door() -> None:
    found = [says(path, line, name) for path in _ours() for line, name in _dotted(path) if name in RANDOM_AND_TIME]
    outside = [finding for finding in found if not finding.startswith("broker/foundation/outside.py:")]

    assert [] == outside


def test_the_environment_has_one_door() -> None:
    found = [says(path, line, name) for path in _ours() for line, name in _dotted(path) if name in ENVIRONMENT]
    outside = [finding for finding in found if not finding.startswith("config/")]

    assert [] == outside


@cache
def _dotted(path: Path) -> list[tuple[int, str]]:
    """Dotted names as written (`os.environ`), and names imported bare (`from uuid import uuid4`)."""
    written = [(node.lineno, ast.unparse(node)) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)]
    imported = [(item.line, item.name) for item in imports_of(path)]
    return written + imported
