"""Every snippet works as it stands: four sign somebody in, the settings of others fit what discovery says."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.relying_parties.apache import Protected, apache, is_installed
from tests.relying_parties.demo import RunningDemo
from tests.relying_parties.node import require_node
from tests.relying_parties.snippets import (
    SNIPPETS,
    django_command,
    filled,
    flask_command,
    node_environ,
    node_program,
    started,
    walk,
)
from tests.relying_parties.strict_house import StrictHouse
from tests.support.browser import Browser
from tests.support.ports import free_ports
from tests.support.servers import lacking
from tests.support.visits import register

SCOPE = "openid profile"


def registered(demo: RunningDemo, client_id: str, port: int) -> tuple[dict[str, str], str]:
    """The values of a snippet, and its secret."""
    redirect_uri = f"http://127.0.0.1:{port}/callback"
    secret = demo.add_client(client_id, "--redirect-uri", redirect_uri, "--scope", "profile", "--set", "environment=sandbox")
    values = {"issuer": demo.house.issuer, "client_id": client_id, "redirect_uri": redirect_uri, "scope": SCOPE}
    return values, secret["client_secret"]


@pytest.mark.xdist_group("demo")
@pytest.mark.parametrize("name", ["flask_app.py", "django_app.py", "node_app.mjs"])
def test_somebody_signs_in(demo: RunningDemo, tmp_path: Path, name: str) -> None:
    port = free_ports()
    values, secret = registered(demo, name.split(".")[0].replace("_", "-"), port)
    (tmp_path / name).write_text(filled(name, values), encoding="utf-8")
    environ = {"CLIENT_SECRET": secret}
    if name.startswith("node"):
        require_node()
        command, environ = node_program(tmp_path), node_environ() | environ
    elif name.startswith("django"):
        command, environ = django_command(port), environ | {"DJANGO_SETTINGS_MODULE": "django_app"}
    else:
        command = flask_command(port)

    with started(command, tmp_path, port, environ) as service, Browser() as browser:
        page, _ = walk(browser, browser.press(browser.open(service.url), "Войти"), service.url, "orlova")
        said = service.output.read_text(encoding="utf-8")
        forged = Browser().open(f"{service.url}/callback?code=x&state=y&iss={demo.house.issuer}")

    assert (200, "Здравствуйте, Анна!") == (page.status, page.heading), page.text + said
    # Somebody else's answer signs nobody in (RFC 9700 4.7).
    assert 400 <= forged.status < 500 and "Здравствуйте" not in forged.text


@pytest.mark.xdist_group("demo")
def test_who_signs_out_of_the_flask_snippet_is_out_here_too(demo: RunningDemo, tmp_path: Path) -> None:
    port = free_ports()
    values, secret = registered(demo, "flask-out", port)
    (tmp_path / "flask_app.py").write_text(filled("flask_app.py", values), encoding="utf-8")

    with started(flask_command(port), tmp_path, port, {"CLIENT_SECRET": secret}) as service, Browser() as browser:
        home, _ = walk(browser, browser.press(browser.open(service.url), "Войти"), service.url, "orlova")
        browser.submit(home.forms[0])
        silent = f"{demo.house.issuer}/authorize?" + "&".join(
            [
                "response_type=code&scope=openid&prompt=none&state=s&nonce=n&client_id=flask-out",
                f"redirect_uri={values['redirect_uri']}&code_challenge={'A' * 43}&code_challenge_method=S256",
            ]
        )
        answer = browser.open(silent, follow=False)

    assert "error=login_required" in answer.headers["location"]


@pytest.mark.xdist_group("strict")
def test_a_real_apache_lets_in_who_is_signed_in(strict: StrictHouse) -> None:
    if not is_installed():
        lacking("mod_auth_openidc (tests/install_tools.sh)")
    bare = Protected(free_ports(), strict.town.issuer, *strict.own, "apache-snippet", "")
    redirect_uri = f"{bare.address}/private/back"
    party = register(strict.town, bare.client_id, redirect_uris=(redirect_uri,), first_party=True, environment="sandbox")
    values = {"issuer": bare.issuer, "client_id": bare.client_id, "redirect_uri": redirect_uri, "scope": SCOPE}
    text = filled("apache_mod_auth_openidc.conf", values)
    text = text.replace("${OIDC_CLIENT_SECRET}", party.secret or "").replace("${OIDC_CRYPTO_PASSPHRASE}", "only-in-this-test")

    with apache(replace(bare, secret=party.secret or ""), text) as folder, Browser() as browser:
        browser.session.verify = str(strict.authorities)
        (folder / "site" / "private").mkdir()
        (folder / "site" / "private" / "index.html").write_text("<h1>Private</h1>")
        outside = browser.open(f"{bare.address}/", follow=False)
        back = strict.town.sign_in(browser, "orlova", f"{bare.address}/private/", until=redirect_uri)
        page = browser.open(back.headers["location"])

        assert "Protected" == outside.heading
        assert (200, "Private") == (page.status, page.heading), page.text + (folder / "error.log").read_text()


@pytest.fixture(scope="module")
def discovery(demo: RunningDemo) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{demo.house.issuer}/.well-known/openid-configuration", timeout=30).json()
    return found


@pytest.mark.xdist_group("demo")
def test_the_settings_for_spring_fit_discovery(discovery: dict[str, Any]) -> None:
    text = filled("spring_application.yml", _values(discovery))
    said = dict(re.findall(r'^\s+([a-z-]+): "?([^"\n]+?)"?$', text, re.MULTILINE))

    assert discovery["issuer"] == said["issuer-uri"]
    assert said["client-authentication-method"] in discovery["token_endpoint_auth_methods_supported"]
    assert said["authorization-grant-type"] in discovery["grant_types_supported"]
    assert said["user-name-attribute"] in discovery["claims_supported"]
    # Spring splits at commas only, and does not start with a scope that has a space in it.
    assert SCOPE.split() == said["scope"].split(",")
    assert set(said["scope"].split(",")) <= set(discovery["scopes_supported"])
    # Secrets come from outside.
    assert "${CLIENT_SECRET}" == said["client-secret"]


@pytest.mark.xdist_group("demo")
def test_the_settings_for_nginx_fit_discovery_and_each_other(discovery: dict[str, Any]) -> None:
    said = tomllib.loads(filled("oauth2_proxy.cfg", _values(discovery)))
    site = filled("nginx_oauth2_proxy.conf", _values(discovery))

    assert ("oidc", discovery["issuer"]) == (said["provider"], said["oidc_issuer_url"])
    assert said["code_challenge_method"] in discovery["code_challenge_methods_supported"]
    assert said["oidc_email_claim"] in discovery["claims_supported"]
    assert set(said["scope"].split()) <= set(discovery["scopes_supported"])
    assert {f"http://{said['http_address']}", "http://127.0.0.1:8080"} == set(re.findall(r"proxy_pass (\S+);", site))
    assert not {"client_secret", "cookie_secret"} & said.keys()
    # Without this word it sends no nonce, and takes any ID token of ours for its own.
    assert said["insecure_oidc_skip_nonce"] is False
    # The page of oauth2-proxy under another status would be a redirect to nowhere.
    assert ["401 = /oauth2/start"] == re.findall(r"error_page (.+);", site)


def test_a_real_nginx_understands_the_settings(tmp_path: Path) -> None:
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        lacking("nginx (tests/install_tools.sh)")
    site = filled("nginx_oauth2_proxy.conf", {"redirect_uri": "https://club.example.ru/oauth2/callback"})
    (tmp_path / "logs").mkdir()
    conf, log = tmp_path / "nginx.conf", tmp_path / "logs" / "error.log"

    def answer(text: str) -> subprocess.CompletedProcess[str]:
        conf.write_text(
            f"pid {tmp_path}/nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\nserver {{\nlisten 127.0.0.1:8443;\n{text}}}\n}}\n"
        )
        command = [program, "-t", "-p", str(tmp_path), "-c", str(conf), "-e", str(log)]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert 0 == (right := answer(site)).returncode, right.stderr
    # It would have told of a word it does not know.
    assert 0 != answer(site.replace("auth_request_set", "auth_request_sat")).returncode


@pytest.mark.xdist_group("demo")
def test_no_snippet_knows_an_address_that_discovery_tells(discovery: dict[str, Any]) -> None:
    paths = {value.removeprefix(discovery["issuer"]) for name, value in discovery.items() if name.endswith(("_endpoint", "_uri"))}
    for file in SNIPPETS.iterdir():
        text = file.read_text(encoding="utf-8")
        assert not [path for path in paths if f"<<issuer>>{path}" in text or f'ISSUER + "{path}' in text], file.name
        assert file.name in (SNIPPETS / "README.md").read_text(encoding="utf-8") or file.name == "README.md"


def _values(discovery: dict[str, Any]) -> dict[str, str]:
    redirect_uri = "https://club.example.ru/oauth2/callback"
    values = {"issuer": discovery["issuer"], "client_id": "club", "redirect_uri": redirect_uri, "scope": SCOPE}
    return values | {"scope_with_commas": SCOPE.replace(" ", ",")}
