"""Settings of whoever makes our signatures for ESIA."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

PURE_PYTHON, OPENSSL_ENGINE, OPENSSL_COMMAND = "pure_python", "openssl_engine", "openssl_command"
COMMAND, HTTP = "command", "http"
SIGNERS = (PURE_PYTHON, OPENSSL_ENGINE, OPENSSL_COMMAND, COMMAND, HTTP)
# The service behind it keeps the key and is told the hash of the certificate.
SIGNERS_WITHOUT_KEY = frozenset({HTTP})
RAW, CMS = "raw", "cms"
BYTES, JSON = "bytes", "json"
_MARK = re.compile(r"\{\w*\}")
_MARKS = frozenset({"{in}", "{out}", "{key}"})
_VARIABLE = re.compile(r"[A-Za-z_]\w*=.*", re.ASCII | re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class SignerSettings:
    """Owned by connectors/esia/signing; see `[esia_signing]` in config/defaults.toml. `esia.signer` says which count.

    `command` is a list of arguments; `{in}`, `{out}` and `{key}` in it are replaced. `command_variables` are NAME=value.
    `answer_form` is raw or cms; `http_form` is bytes or json.
    """

    signed_attributes: bool = True
    pure_python_in_production: bool = False
    libcrypto: str = "libcrypto.so.3"
    openssl_program: str = "openssl"
    openssl_conf: str = ""
    command: tuple[str, ...] = ()
    # A PIN may be among them.
    command_variables: tuple[str, ...] = field(default=(), repr=False)
    timeout: timedelta = timedelta(seconds=10)
    at_once: int = 4
    answer_form: str = RAW
    reverse_bytes: bool = False
    http_url: str = ""
    http_token_file: str = ""
    http_form: str = BYTES
    http_data_field: str = "data"
    http_signature_field: str = "signature"

    def __post_init__(self) -> None:
        if not timedelta(0) < self.timeout <= timedelta(seconds=30):
            raise ValueError("esia_signing.timeout must be positive and at most 30 seconds")
        if not 1 <= self.at_once <= 100:
            raise ValueError("esia_signing.at_once must be between 1 and 100")
        if self.answer_form not in (RAW, CMS):
            raise ValueError("esia_signing.answer_form must be raw or cms")
        if self.http_form not in (BYTES, JSON):
            raise ValueError("esia_signing.http_form must be bytes or json")
        if self.reverse_bytes and self.answer_form == CMS:
            raise ValueError("esia_signing.reverse_bytes is for bare signatures: a CMS has its own order")
        if not {mark for word in self.command for mark in _MARK.findall(word)} <= _MARKS:
            raise ValueError("esia_signing.command knows no other marks than {in}, {out} and {key}")
        if not all(_VARIABLE.fullmatch(variable) for variable in self.command_variables):
            raise ValueError("esia_signing.command_variables must hold entries NAME=value")
        if self.http_url and not self.http_url.startswith(("https://", "http://")):
            raise ValueError("esia_signing.http_url must begin with https://")

    def require_complete(self, signer: str) -> None:
        """Refuse a signer that is not described.

        Raises:
            ValueError: a setting that `signer` needs is missing; the sentence names it.
        """
        if signer == COMMAND and not self.command:
            raise ValueError("esia_signing.command is missing: esia.signer is command")
        if signer == HTTP and not self.http_url:
            raise ValueError("esia_signing.http_url is missing: esia.signer is http")


DEFAULTS = SignerSettings()
