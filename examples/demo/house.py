"""What the demo consists of: addresses, settings and commands of the broker, the mock ESIA, two services and a mailbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from examples.demo.processes import DemoFailed, Program

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
# Broker, mock ESIA, diary, olympiads, mailbox, and the mailbox's SMTP.
PORTS = 6
ESIA_CLIENT_ID = "SCHOOL_SIGNIN"
DIARY_SCOPES = "openid profile email phone snils school children offline_access"
OLYMPIADS_SCOPES = "openid profile school"


@dataclass(frozen=True, slots=True)
class DemoHouse:
    """One demo: six ports in a row from `port`, and everything it keeps under `state`. `changes` are other settings."""

    port: int
    state: Path
    changes: Mapping[str, str] = field(default_factory=dict)

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(range(self.port, self.port + PORTS))

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def console(self) -> str:
        """The staff console has a name: a passkey is made for a name, and 127.0.0.1 is none."""
        return f"http://localhost:{self.port}"

    @property
    def mock_esia(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def diary(self) -> str:
        return f"http://127.0.0.1:{self.port + 2}"

    @property
    def olympiads(self) -> str:
        return f"http://127.0.0.1:{self.port + 3}"

    @property
    def mailbox(self) -> str:
        return f"http://127.0.0.1:{self.port + 4}"

    @property
    def esia_certificate(self) -> Path:
        """The public certificate of the mock ESIA, fetched from it: with it the broker checks ESIA's tokens."""
        return self.state / "esia" / "esia.cer"

    def broker_settings(self) -> dict[str, str]:
        """Every setting in which the demo differs from config/defaults.toml. None of them is a secret."""
        metrics = str(self.state / "metrics")
        return {
            "BROKER_DEPLOYMENT__ENVIRONMENT": "development",
            "BROKER_PROVIDER__ISSUER": self.issuer,
            "BROKER_SECURITY__ORIGIN": self.console,
            "BROKER_STORAGE__URL": f"sqlite:///{self.state}/broker.sqlite",
            "BROKER_KEYS__MASTER_KEY_FILE": str(self.state / "master.key"),
            "BROKER_ESIA__BASE_URL": self.mock_esia,
            "BROKER_ESIA__CLIENT_ID": ESIA_CLIENT_ID,
            "BROKER_ESIA__CERTIFICATE_FILE": str(self.state / "esia" / "esia-client.cer"),
            "BROKER_ESIA__PRIVATE_KEY_FILE": str(self.state / "esia" / "esia-client.key"),
            "BROKER_ESIA__ESIA_CERTIFICATE_FILES": str(self.esia_certificate),
            "BROKER_ESIA__ISSUER": self.mock_esia + "/",
            # Both services are told of sign-outs, and may be rehearsed with (`broker clients check`).
            "BROKER_HTTP__FETCH_ALLOWED": f"127.0.0.1:{self.port + 2},127.0.0.1:{self.port + 3}",
            "BROKER_MESSAGES__SMTP_HOST": "127.0.0.1",
            "BROKER_MESSAGES__SMTP_PORT": str(self.port + 5),
            "BROKER_MESSAGES__SMTP_SECURITY": "none",
            "BROKER_MESSAGES__SENDER": "Школьный вход <noreply@school.example>",
            "BROKER_MESSAGES__SMS_URL": self.mailbox + "/sms",
            "BROKER_METRICS__DIRECTORY": metrics,
            "PROMETHEUS_MULTIPROC_DIR": metrics,
            **self.changes,
        }

    def environ(self) -> dict[str, str]:
        """The environment of the broker and its command line: a BROKER_ variable left over in the shell does not leak in."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("BROKER_", "GUNICORN_"))}
        return {**inherited, **self.broker_settings()}

    def command(self, *arguments: str) -> dict[str, object]:
        """Run one `broker ... --json` command and return its answer. Raises DemoFailed with its one sentence."""
        command = [str(BIN / "broker"), *arguments, "--json"]
        done = subprocess.run(command, env=self.environ(), capture_output=True, text=True, check=False)  # noqa: S603 -- our own words
        if done.returncode:
            raise DemoFailed(f"`broker {' '.join(arguments[:2])}` refused: {done.stderr.strip()}")
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    def mock_program(self) -> Program:
        options = {
            "--port": str(self.port + 1),
            "--state": str(self.state / "mock_esia"),
            "--client-id": ESIA_CLIENT_ID,
            "--client-certificate": str(self.state / "esia" / "esia-client.cer"),
            "--redirect-uri": self.issuer + "/",
            "--environment": "development",
        }
        arguments = [word for option in options.items() for word in option]
        return Program("mock-esia", [sys.executable, "-m", "broker.mock_esia", *arguments], os.environ)

    def broker_program(self, prefix: Sequence[str] = ()) -> Program:
        command = [*prefix, str(BIN / "gunicorn"), "-c", "python:broker.serve", "--bind", f"127.0.0.1:{self.port}"]
        return Program("broker", command, self.environ())

    def diary_program(self, secret: str) -> Program:
        look = {"DIARY_BRAND": "Дневник", "DIARY_LOOK": "diary", "DIARY_SCOPES": DIARY_SCOPES}
        return self._service("diary", self.port + 2, {**look, "DIARY_CLIENT_SECRET": secret})

    def olympiads_program(self, secret: str) -> Program:
        look = {"DIARY_BRAND": "Олимпиады", "DIARY_LOOK": "olympiads", "DIARY_SCOPES": OLYMPIADS_SCOPES}
        return self._service("olympiads", self.port + 3, {**look, "DIARY_CLIENT_SECRET": secret})

    def mailbox_program(self) -> Program:
        command = self._gunicorn("mailbox", self.port + 4, "post:create_mailbox()")
        return Program("mailbox", command, {**_foreign(), "MAILBOX_SMTP_PORT": str(self.port + 5)})

    def _service(self, client_id: str, port: int, more: Mapping[str, str]) -> Program:
        own = {"DIARY_ISSUER": self.issuer, "DIARY_CLIENT_ID": client_id, "DIARY_PORT": str(port)}
        return Program(client_id, self._gunicorn("diary", port, "app:create_diary()"), {**_foreign(), **own, **more})

    def _gunicorn(self, example: str, port: int, app: str) -> list[str]:
        """One process, because what the examples remember they remember in memory."""
        command = [str(BIN / "gunicorn"), "--chdir", str(ROOT / "examples" / example), "--bind", f"127.0.0.1:{port}"]
        return [*command, "--workers", "1", "--threads", "4", "--no-control-socket", "--log-level", "warning", app]


def _foreign() -> dict[str, str]:
    """The environment of a program that is not ours: no variable of the broker or of another example leaks in."""
    ours = ("BROKER_", "GUNICORN_", "DIARY_", "MAILBOX_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
