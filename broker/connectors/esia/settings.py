"""Settings of ESIA: addresses, who we are there, what we ask for, whose signature we believe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from broker.connectors.esia.signing.settings import SIGNERS, SIGNERS_WITHOUT_KEY

ALGORITHMS = ("RS256", "GOST3410_2012_256")

# What a setting may be; "" is written as "empty".
CHOICES: Mapping[str, tuple[str, ...]] = {
    "generation": ("v2", "v1"),
    "person_filter": ("", "conf_acc", "acc_kid", "acc_not_kid"),
    "access_type": ("online", "offline"),
    "pkce": ("", "S256", "GOST3411"),
    "refresh_string": ("redirect_uri", "refresh_token"),
    "embed": ("elements", "person", "none"),
}
_OF_A_GENERATION: Mapping[str, Mapping[str, str]] = {
    "authorization_path": {"v1": "/aas/oauth2/ac", "v2": "/aas/oauth2/v2/ac"},
    "token_path": {"v1": "/aas/oauth2/te", "v2": "/aas/oauth2/v3/te"},
}
_ONLY_V2 = ("organisation_scopes", "person_filter", "pkce")


@dataclass(frozen=True, kw_only=True, slots=True)
class EsiaSettings:
    """Owned by connectors/esia; see `[esia]` in config/defaults.toml.

    `generation` is v2 (authorization v2, tokens v3) or v1; an empty path is that of the generation. `client_id` is our system's
    mnemonic. `scopes` and `organisation_scopes` keep their order: it is signed; `children_scopes` are asked besides where the
    rules of a region compare children. `certificate_file` (DER or PEM) and `private_key_file` (PKCS #8 PEM)
    are ours; `next_…` are those that follow them from midnight of a day in Moscow.
    `esia_certificate_files` are ESIA's own, several of them while they rotate yearly: files, folders, or its archive, of which
    those count whose name holds `esia_archive_word`. They are read again when they change, and count until
    `esia_certificate_grace` after their end. `issuer` really begins with http and ends with a slash. `person_filter` is "",
    conf_acc, acc_kid or acc_not_kid.
    """

    base_url: str = "https://esia.gosuslugi.ru"
    generation: str = "v2"
    authorization_path: str = ""
    token_path: str = ""
    rest_path: str = "/rs"
    logout_path: str = "/idp/ext/Logout"
    archive_path: str = "/public/esia.zip"
    client_id: str = ""
    scopes: tuple[str, ...] = ("openid", "fullname", "birthdate", "gender", "snils", "id_doc", "email", "mobile")
    children_scopes: tuple[str, ...] = ("kid_fullname", "kid_birthdate", "kid_snils")
    organisation_scopes: tuple[str, ...] = ()
    person_filter: str = ""
    access_type: str = "online"
    look_again: bool = False
    look_again_every: timedelta = timedelta(hours=24)
    pkce: str = ""
    refresh_string: str = "redirect_uri"
    embed: str = "elements"
    page_parameter: str = ""
    answer_within: timedelta = timedelta(seconds=20)
    certificate_file: str = ""
    private_key_file: str = ""
    next_certificate_file: str = ""
    next_private_key_file: str = ""
    next_certificate_from: str = ""
    signer: str = "pure_python"
    esia_certificate_files: tuple[str, ...] = ()
    esia_archive_word: str = "PROD"
    esia_certificate_grace: timedelta = timedelta(0)
    esia_certificates_reread: timedelta = timedelta(minutes=1)
    issuer: str = "http://esia.gosuslugi.ru/"
    algorithms: tuple[str, ...] = ("RS256",)
    clock_leeway: timedelta = timedelta(seconds=60)

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("https://", "http://")) or self.base_url.endswith("/"):
            raise ValueError("esia.base_url must begin with https:// and have no slash at the end")
        for name in ("authorization_path", "token_path", "rest_path", "logout_path", "archive_path"):
            path = getattr(self, name)
            if not path.startswith("/") and (path or name not in _OF_A_GENERATION):
                raise ValueError(f"esia.{name} must be a path that starts with /")
        if "openid" not in self.scopes or len(set(self.scopes)) != len(self.scopes):
            raise ValueError("esia.scopes must hold openid, and each scope once")
        for name, words in CHOICES.items():
            if getattr(self, name) not in words:
                raise ValueError(f"esia.{name} must be {_one_of(words)}")
        self._require_own_generation()
        if not timedelta(seconds=1) <= self.answer_within <= timedelta(minutes=1):
            raise ValueError("esia.answer_within must be between 1 s and 1 min")
        if self.look_again and self.access_type != "offline":
            raise ValueError("esia.look_again needs esia.access_type offline: there is nothing else to ask again with")
        if not timedelta(hours=1) <= self.look_again_every <= timedelta(days=30):
            raise ValueError("esia.look_again_every must be between 1 h and 30 d")
        if self.signer not in SIGNERS:
            raise ValueError(f"esia.signer must be one of: {', '.join(SIGNERS)}")
        if not self.algorithms or not set(self.algorithms) <= set(ALGORITHMS):
            raise ValueError(f"esia.algorithms must be among: {', '.join(ALGORITHMS)}")
        if not timedelta(0) <= self.clock_leeway <= timedelta(minutes=5):
            raise ValueError("esia.clock_leeway must be between 0 s and 5 min")
        if not timedelta(0) <= self.esia_certificate_grace <= timedelta(days=30):
            raise ValueError("esia.esia_certificate_grace must be between 0 s and 30 d")
        if not timedelta(0) <= self.esia_certificates_reread <= timedelta(hours=1):
            raise ValueError("esia.esia_certificates_reread must be between 0 s and 1 h")

        self._require_whole_pair()

    @property
    def authorization_url(self) -> str:
        """Where the browser is sent, without parameters."""
        return self.base_url + (self.authorization_path or _OF_A_GENERATION["authorization_path"][self.generation])

    @property
    def token_url(self) -> str:
        """Where codes are exchanged."""
        return self.base_url + (self.token_path or _OF_A_GENERATION["token_path"][self.generation])

    @property
    def next_certificate_day(self) -> date | None:
        """The first day of the next certificate, in Moscow; None without one."""
        return date.fromisoformat(self.next_certificate_from) if self.next_certificate_from else None

    @property
    def _key_settings(self) -> tuple[str, ...]:
        return () if self.signer in SIGNERS_WITHOUT_KEY else ("private_key_file",)

    def _require_own_generation(self) -> None:
        for name in _ONLY_V2:
            if self.generation == "v1" and getattr(self, name):
                raise ValueError(f"esia.{name} must be empty with esia.generation v1, which does not know it")
        if self.page_parameter and not self.page_parameter.isalnum():
            raise ValueError("esia.page_parameter must be the bare name of a parameter")

    def _require_whole_pair(self) -> None:
        names = ("certificate_file", *self._key_settings, "certificate_from")
        named = [bool(getattr(self, f"next_{name}")) for name in names]
        if any(named) and not all(named):
            raise ValueError(
                "esia.next_certificate_file, esia.next_private_key_file and esia.next_certificate_from belong together: "
                "set all three or none"
            )
        try:
            _ = self.next_certificate_day
        except ValueError:
            raise ValueError("esia.next_certificate_from must be a day such as 2027-02-01") from None

    def require_complete(self) -> None:
        """Refuse to speak to ESIA without knowing who we are and whose signature to believe.

        Raises:
            ValueError: a setting without a default is missing; the sentence names it.
        """
        for name in ("client_id", "certificate_file", *self._key_settings, "esia_certificate_files"):
            if not getattr(self, name):
                raise ValueError(f"esia.{name} is missing: login.connectors names esia")


def _one_of(words: tuple[str, ...]) -> str:
    named = [word or "empty" for word in words]
    return f"{', '.join(named[:-1])} or {named[-1]}"
