"""Sign-ins with other signers than the demo's; the mock ESIA checks each signature with code of its own."""

from __future__ import annotations

import base64
import logging
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.openssl import require_engine
from tests.support.serving import bound, serving
from tests.support.town import town

REVERSING = """openssl dgst -engine gost -md_gost12_256 -sign "$1" | perl -0777 -pe '$_ = reverse'"""


@pytest.mark.parametrize(
    "changes",
    [
        {"BROKER_ESIA__SIGNER": "openssl_engine"},
        # Bytes come in reverse order, as from CryptoPro's program.
        {
            "BROKER_ESIA__SIGNER": "command",
            "BROKER_ESIA_SIGNING__COMMAND": f"sh,-c,{REVERSING},sh,{{key}}",
            "BROKER_ESIA_SIGNING__REVERSE_BYTES": "true",
        },
    ],
    ids=["engine", "command"],
)
def test_a_person_signs_in(tmp_path: Path, changes: Mapping[str, str]) -> None:
    require_engine()
    with town(tmp_path, Clock(), changes) as built:
        diary = built.relying_party()
        request = diary.begin()
        page = built.sign_in(Browser(), "orlova", request.url)
        code = diary.answer(page.headers["location"], request)["code"]

        assert 200 == diary.redeem(code, request).status_code


def test_a_person_signs_in_by_a_signing_service(tmp_path: Path) -> None:
    """Its figures are its own: a slow service must not look like a slow ESIA."""
    require_engine()

    def service(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        words = ["openssl", "dgst", "-engine", "gost", "-md_gost12_256", "-sign", str(tmp_path / "esia-client.key")]
        data = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start("200 OK", [("Content-Type", "text/plain")])
        return [base64.b64encode(subprocess.run(words, input=data, capture_output=True, check=True).stdout)]

    with serving(bound(), service) as signer:
        changes = {"BROKER_ESIA__SIGNER": "http", "BROKER_ESIA_SIGNING__HTTP_URL": f"{signer}/{{certificate_hash}}"}
        with town(tmp_path, Clock(), changes) as built:
            request = built.relying_party().begin()
            page = built.sign_in(Browser(), "orlova", request.url)
            figures = requests.get(f"{built.issuer}/metrics", timeout=30).text

    assert built.relying_party().answer(page.headers["location"], request)["code"]
    # One for the authorization request, one for the token request.
    (counted,) = re.findall(r'^broker_upstream_requests_total\{.*upstream="esia_signing".*\} (.+)$', figures, re.MULTILINE)
    assert 2 == float(counted)


def test_a_signer_that_fails_is_a_cause_and_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    changes = {"BROKER_ESIA__SIGNER": "command", "BROKER_ESIA_SIGNING__COMMAND": "false"}
    with town(tmp_path, Clock(), changes) as built, caplog.at_level(logging.ERROR):
        page = built.sign_in(Browser(), "orlova", built.relying_party().begin().url)

    assert "2104" in page.text
    told = [record for record in caplog.records if record.message == "a request to ESIA could not be signed"]
    assert [("command", "the signing program failed")] == [(record.signer, record.reason) for record in told]
