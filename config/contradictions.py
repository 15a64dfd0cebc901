"""Settings that are right one by one and wrong together. Each rule says what would happen to people if it were let pass."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from broker.connectors.esia.signing.settings import CMS, COMMAND, HTTP, PURE_PYTHON
from broker.connectors.oidc.settings import require_name
from config.deployment import TEST
from config.settings import Settings

DEMO_MASTER_KEY_FILE = "var/master.key"
CONNECTORS = frozenset({"esia"})


def contradiction_in(settings: Settings) -> str | None:
    """The first contradiction as one sentence that names a setting, or None."""
    for rule in RULES:
        sentence = rule(settings)
        if sentence is not None:
            return f"{sentence}."
    return None


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def issuer_is_safe(settings: Settings) -> str | None:
    """Without TLS, codes and cookies travel in the open (OpenID Connect Discovery 3: the issuer uses https)."""
    issuer = settings.provider.issuer
    if issuer.startswith("https://"):
        return None
    if settings.deployment.is_production:
        return "provider.issuer must begin with https:// in production"
    return None if is_loopback(issuer) else "provider.issuer may do without https only on a loopback address"


def upstream_is_real(settings: Settings) -> str | None:
    """A mock upstream in production would let anybody in as anybody."""
    if not settings.deployment.is_production or "esia" not in settings.login.connectors:
        return None
    if is_loopback(settings.esia.base_url):
        return "esia.base_url is a loopback address, which is a mock and not for production"
    return None if settings.esia.base_url.startswith("https://") else "esia.base_url must begin with https:// in production"


def upstreams_are_known(settings: Settings) -> str | None:
    """A name nobody implements would be found out by the first person who presses the button."""
    unknown = sorted(set(settings.login.connectors) - CONNECTORS - set(settings.upstreams))
    return f"login.connectors names {unknown[0]}, which is not an upstream we know" if unknown else None


def upstreams_are_named_apart(settings: Settings) -> str | None:
    """Links, sessions and the words for a level are kept by this name."""
    for name, upstream in settings.upstreams.items():
        try:
            require_name(name, upstream)
        except ValueError as error:
            return f"upstreams.{name}: {error}"
    return None


def upstreams_are_safe(settings: Settings) -> str | None:
    """Without TLS, and with a provider on this machine that anybody may have started, anybody gets in as anybody."""
    for name, upstream in settings.upstreams.items():
        is_here = is_loopback(upstream.issuer)
        if settings.deployment.is_production and is_here:
            return f"upstreams.{name}.issuer is a loopback address, which is not for production"
        if not upstream.issuer.startswith("https://") and not is_here:
            return f"upstreams.{name}.issuer must begin with https://"
    return None


def upstream_is_complete(settings: Settings) -> str | None:
    """In development the demo makes these files after the first start of a command."""
    if settings.deployment.is_production and "esia" in settings.login.connectors:
        try:
            settings.esia.require_complete()
        except ValueError as error:
            return str(error)
    return None


def signer_may_sign(settings: Settings) -> str | None:
    """The demo's key can be learnt by timing, and a service that signs for whoever asks must be asked in private."""
    signing, signer = settings.esia_signing, settings.esia.signer
    if "esia" not in settings.login.connectors:
        return None
    try:
        signing.require_complete(signer)
    except ValueError as error:
        return str(error)
    if signing.answer_form == CMS and signer in (COMMAND, HTTP) and settings.esia.generation != "v1":
        return "esia_signing.answer_form is cms, which only esia.generation v1 can use"
    if not settings.deployment.is_production:
        return None
    if signer == PURE_PYTHON and not signing.pure_python_in_production:
        return "esia.signer must not be pure_python in production: it takes esia_signing.pure_python_in_production to allow it"
    if signer == HTTP and not signing.http_url.startswith("https://") and not is_loopback(signing.http_url):
        return "esia_signing.http_url must begin with https:// in production, unless the service is on this machine"
    return None


def shelf_is_shared(settings: Settings) -> str | None:
    """Every worker would have a memory of its own, and a code spent at one could be spent again at the next."""
    in_memory = settings.shelf.backend == "memory" and settings.deployment.environment != TEST
    return "shelf.backend may be memory only in tests, since several workers must share it" if in_memory else None


def shelf_url_is_used(settings: Settings) -> str | None:
    """Somebody who named a Redis believes that it is used."""
    idle = settings.shelf.url and settings.shelf.backend != "redis"
    return f"shelf.url is set but shelf.backend is {settings.shelf.backend}" if idle else None


def master_key_is_kept(settings: Settings) -> str | None:
    """A master key that is made by itself, or lies beside the program, is lost or copied with it."""
    keys = settings.keys
    if not settings.deployment.is_production:
        return None
    if keys.make_master_key:
        return "keys.make_master_key must be false in production: a lost key must stop the start, not be replaced"
    demo = not keys.master_key and not keys.master_key_credential and keys.master_key_file == DEMO_MASTER_KEY_FILE
    return "keys.master_key_file must not be that of the demo in production" if demo else None


def keys_outlive_tokens(settings: Settings) -> str | None:
    """A signature key may be retired once its longest token has ended; a token that lives longer could not be checked."""
    life = settings.keys.longest_token_life
    for name in ("access_ttl", "id_token_ttl", "longest_ttl"):
        if getattr(settings.tokens, name) > life:
            return f"keys.longest_token_life is shorter than tokens.{name}"
    return None


def letters_travel_sealed(settings: Settings) -> str | None:
    """Recovery codes are in them; who reads one on its way takes over an account."""
    messages = settings.messages
    if not settings.deployment.is_production:
        return None
    if messages.smtp_host and messages.smtp_security == "none" and not is_loopback(f"smtp://{messages.smtp_host}"):
        return "messages.smtp_security must be starttls or tls in production, unless the mail server is on this machine"
    if messages.sms_url and not messages.sms_url.startswith("https://") and not is_loopback(messages.sms_url):
        return "messages.sms_url must begin with https:// in production, unless the gateway is on this machine"
    return None


def staff_console_is_guarded(settings: Settings) -> str | None:
    """A stolen sign-in would make itself a passkey; and another origin hands a session from one host to another in the open."""
    security, issuer = settings.security, settings.provider.issuer
    if settings.deployment.is_production and security.first_passkey_without_link:
        return "security.first_passkey_without_link must be false in production"
    if security.origin not in ("", issuer) and not (is_loopback(issuer) and is_loopback(security.origin)):
        return "security.origin may differ from provider.issuer only where both are loopback addresses"
    return None


RULES: tuple[Callable[[Settings], str | None], ...] = (
    issuer_is_safe,
    upstreams_are_known,
    upstreams_are_named_apart,
    upstreams_are_safe,
    upstream_is_real,
    upstream_is_complete,
    signer_may_sign,
    shelf_is_shared,
    shelf_url_is_used,
    master_key_is_kept,
    keys_outlive_tokens,
    letters_travel_sealed,
    staff_console_is_guarded,
)
