"""`make demo SECOND=1`: a second upstream, «Регион-ID», which the rules of region 29 trust beside Gosuslugi.

Everything the broker has to know of it is a setting or a line of a region file, as it would be in life.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from examples.demo.house import PORTS, ROOT
from examples.demo.processes import Program

TRUSTING = "29-dvinaland.toml"
SURE = "https://region-id.example/checked"
CLAIMS = (
    "surname=family_name", "name=given_name", "patronymic=middle_name", "birth_date=birthdate", "sex=gender", "snils=snils",
    "email=email",
)  # fmt: skip


def address_of(port: int) -> str:
    """Where it stands when the demo begins at this port."""
    return f"http://127.0.0.1:{port + PORTS}"


def settings_of(issuer: str, state: Path) -> dict[str, str]:
    """What the broker is told of the one that stands at this address."""
    own = {
        "ISSUER": issuer,
        "TITLE_RU": "Регион-ID",
        "TITLE_EN": "Region ID",
        "CLIENT_ID": "school-signin",
        "CLIENT_SECRET_FILE": str(state / "region.secret"),
        "CLAIMS": ",".join(CLAIMS),
        "CHECKED": "snils=snils_verified,email=email_verified",
        "LEVELS": f"{SURE}=confirmed",
        "ALGORITHMS": "ES256",
    }
    return {
        "BROKER_LOGIN__CONNECTORS": "esia,region",
        "BROKER_POLICY__REGIONS_DIR": str(state / "regions"),
        **{f"BROKER_UPSTREAMS__REGION__{name}": value for name, value in own.items()},
    }


def prepare_second(state: Path) -> None:
    """The secret both share, and a copy of the rules in which one region trusts both."""
    secret = state / "region.secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(32) + "\n", encoding="utf-8")
    (state / "regions").mkdir(exist_ok=True)
    for path in (ROOT / "config" / "regions").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        if path.name == TRUSTING:
            text = text.replace("[[period]]\n", '[[period]]\nupstreams = ["esia", "region"]\n')
        (state / "regions" / path.name).write_text(text, encoding="utf-8")


def second_program(port: int, state: Path) -> Program:
    """One process, because it remembers its codes in memory."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("BROKER_", "GUNICORN_", "REGION_"))}
    own = {
        "REGION_ISSUER": address_of(port),
        "REGION_RETURN": f"http://127.0.0.1:{port}/login/return/region",
        "REGION_CLIENT_SECRET": (state / "region.secret").read_text(encoding="utf-8").strip(),
    }
    gunicorn = [str(Path(sys.executable).parent / "gunicorn"), "--chdir", str(ROOT / "examples" / "region_id")]
    where = ["--bind", f"127.0.0.1:{port + PORTS}", "--workers", "1", "--threads", "4", "--no-control-socket"]
    return Program("region-id", [*gunicorn, *where, "--log-level", "warning", "app:create_region()"], {**inherited, **own})
