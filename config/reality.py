"""Whether the people who sign in here are real."""

from __future__ import annotations

from urllib.parse import urlsplit

from config.contradictions import is_loopback
from config.settings import Settings

_REAL_HOST = "esia.gosuslugi.ru"
_TEST_HOSTS = ".test.gosuslugi.ru"


def people_are_real(settings: Settings) -> bool:
    """True unless Gosuslugi is a mock on this machine or its own test stand; another mock counts only outside production. Behind
    an upstream of another kind are real people wherever it is not on this machine."""
    others = [settings.upstreams[name] for name in settings.login.connectors if name in settings.upstreams]
    if any(not is_loopback(upstream.issuer) for upstream in others):
        return True
    if "esia" not in settings.login.connectors:
        return settings.deployment.is_production
    host = urlsplit(settings.esia.base_url).hostname or ""
    if host.endswith(_TEST_HOSTS) or is_loopback(settings.esia.base_url):
        return False
    return settings.deployment.is_production or host == _REAL_HOST
