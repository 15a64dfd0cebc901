"""Sign-ins with other signers than the demo's; the mock ESIA checks each signature with code of its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.openssl import require_engine
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


def test_a_signer_that_fails_is_a_cause_and_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    changes = {"BROKER_ESIA__SIGNER": "command", "BROKER_ESIA_SIGNING__COMMAND": "false"}
    with town(tmp_path, Clock(), changes) as built, caplog.at_level(logging.ERROR):
        page = built.sign_in(Browser(), "orlova", built.relying_party().begin().url)

    assert "2104" in page.text
    told = [record for record in caplog.records if record.message == "a request to ESIA could not be signed"]
    assert [("command", "the signing program failed")] == [(record.signer, record.reason) for record in told]
