"""Settings of one upstream that speaks OpenID Connect: who it is, who we are there, what its claims mean to us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from broker.connectors.identity import Level
from broker.foundation.public_jwks import SIGNATURE_ALGORITHMS

METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
AUDIENCES = ("issuer", "token_endpoint")
PROMPTS = ("", "login", "select_account")
# Fields of an identity that a claim may fill. The last two are switches: they hold where the claim is true.
FIELDS = ("surname", "name", "patronymic", "birth_date", "sex", "snils", "email", "phone", "child_of_parent", "checks_pending")
# These are worth something only where somebody has checked them.
CHECKED_FIELDS = ("snils", "email", "phone")
ALWAYS = "*"
GATEWAY = "esia_"

# How an upstream may be called: it stands in addresses, in variables (so no two low lines) and in the database.
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
# `diary` is the way in by password, `directory` the diary's own trouble, `esia` has a connector of its own.
RESERVED = frozenset({"esia", "diary", "directory"})
_LONGEST_NAME = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class OidcSettings:
    """Owned by connectors/oidc; see `[upstreams]` in config/defaults.toml.

    `issuer` is compared letter by letter with what discovery, answers and tokens say. `claims` are pairs `field=claim`, `checked`
    pairs `field=claim that must be true` (`*`: the provider sends only what it has checked), `levels` pairs `value=level` for
    what `level_claim` may hold. `client_key_file` is PKCS #8 PEM. `keys_for` is how long discovery and keys are kept, `ask_again`
    how often at most they are asked for out of turn. `is_esia_gateway`: Gosuslugi itself signs people in behind it, and its
    levels are those of Gosuslugi.
    """

    issuer: str = ""
    title_ru: str = ""
    title_en: str = ""
    is_esia_gateway: bool = False
    client_id: str = ""
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 -- the name of a method
    client_secret_file: str = ""
    client_key_file: str = ""
    client_key_id: str = ""
    client_key_algorithm: str = "ES256"
    assertion_audience: str = "issuer"
    scopes: tuple[str, ...] = ("openid", "profile", "email", "phone")
    acr_values: tuple[str, ...] = ()
    prompt: str = ""
    user_info: bool = True
    claims: tuple[str, ...] = (
        "surname=family_name", "name=given_name", "patronymic=middle_name", "birth_date=birthdate", "sex=gender",
        "email=email", "phone=phone_number",
    )  # fmt: skip
    checked: tuple[str, ...] = ("email=email_verified", "phone=phone_number_verified")
    level_claim: str = "acr"
    levels: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ("RS256",)
    keys_for: timedelta = timedelta(hours=1)
    ask_again: timedelta = timedelta(seconds=10)
    clock_leeway: timedelta = timedelta(seconds=60)

    def __post_init__(self) -> None:
        for name in ("issuer", "client_id", "title_ru", "title_en"):
            if not getattr(self, name):
                raise ValueError(f"{name} is missing")
        if not self.issuer.startswith(("https://", "http://")) or set("?# ") & set(self.issuer):
            raise ValueError("issuer must begin with https:// and have neither query nor fragment")
        self._require_proof()
        if "openid" not in self.scopes or len(set(self.scopes)) != len(self.scopes):
            raise ValueError("scopes must hold openid, and each scope once")
        if self.prompt not in PROMPTS:
            raise ValueError("prompt must be empty, login or select_account")
        if not self.algorithms or not set(self.algorithms) <= set(SIGNATURE_ALGORITHMS):
            raise ValueError(f"algorithms must be among: {', '.join(SIGNATURE_ALGORITHMS)}")
        self._require_mapping()
        if not timedelta(minutes=1) <= self.keys_for <= timedelta(days=1):
            raise ValueError("keys_for must be between 1 min and 1 d")
        if not timedelta(seconds=1) <= self.ask_again <= timedelta(minutes=5):
            raise ValueError("ask_again must be between 1 s and 5 min")
        if not timedelta(0) <= self.clock_leeway <= timedelta(minutes=5):
            raise ValueError("clock_leeway must be between 0 s and 5 min")

    @property
    def claim_of(self) -> Mapping[str, str]:
        """The claim that fills each field."""
        return dict(_pair(text) for text in self.claims)

    @property
    def proof_of(self) -> Mapping[str, str]:
        """The claim that must be true before a field counts, or ALWAYS."""
        return dict(_pair(text) for text in self.checked)

    @property
    def level_of(self) -> Mapping[str, Level]:
        """The level that each value of `level_claim` means. Values are addresses as often as words, so the last `=` divides."""
        return {value: Level(word) for value, word in (text.rsplit("=", 1) for text in self.levels)}

    def _require_proof(self) -> None:
        method = self.token_endpoint_auth_method
        if method not in METHODS:
            raise ValueError(f"token_endpoint_auth_method must be one of: {', '.join(METHODS)}")
        if method.startswith("client_secret") and not self.client_secret_file:
            raise ValueError(f"client_secret_file is missing: token_endpoint_auth_method is {method}")
        if method == "private_key_jwt" and not self.client_key_file:
            raise ValueError("client_key_file is missing: token_endpoint_auth_method is private_key_jwt")
        if self.client_key_algorithm not in SIGNATURE_ALGORITHMS:
            raise ValueError(f"client_key_algorithm must be one of: {', '.join(SIGNATURE_ALGORITHMS)}")
        if self.assertion_audience not in AUDIENCES:
            raise ValueError(f"assertion_audience must be one of: {', '.join(AUDIENCES)}")

    def _require_mapping(self) -> None:
        for name, known in (("claims", FIELDS), ("checked", CHECKED_FIELDS)):
            fields = [_pair(text)[0] for text in getattr(self, name)]
            if not all(re.fullmatch(r"\w+=\S+", text, re.ASCII) for text in getattr(self, name)) or not set(fields) <= set(known):
                raise ValueError(f"{name} must be pairs field=claim, with a field of: {', '.join(known)}")
            if len(set(fields)) != len(fields):
                raise ValueError(f"{name} names a field twice")
        words = [text.rsplit("=", 1)[-1] for text in self.levels]
        if not all("=" in text for text in self.levels) or not set(words) <= {level.value for level in Level}:
            raise ValueError("levels must be pairs value=level, with a level of: confirmed, not_confirmed, child")
        if len(self.level_of) != len(self.levels):
            raise ValueError("levels names a value twice")


def require_name(name: str, settings: OidcSettings) -> None:
    """Refuse a name that means something else, or says something else of the upstream than its settings.

    Raises:
        ValueError: a sentence that names the setting.
    """
    if not NAME.fullmatch(name) or len(name) > _LONGEST_NAME or name in RESERVED:
        raise ValueError(
            f"a name is at most {_LONGEST_NAME} small Latin letters and digits with single low lines between them, "
            f"and not {', '.join(sorted(RESERVED))}"
        )
    # What a service reads about a level (`acr`) follows from the name alone, which stands beside every session.
    if name.startswith(GATEWAY) != settings.is_esia_gateway:
        raise ValueError(f"is_esia_gateway must be true exactly where the name begins with {GATEWAY}")


def _pair(text: str) -> tuple[str, str]:
    field, _, claim = text.partition("=")
    return field, claim
