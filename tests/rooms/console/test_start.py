"""A server that cannot start says why in one sentence, without a traceback in which it drowns."""

from __future__ import annotations

from pathlib import Path

import pytest
from gunicorn.errors import AppImportError

import wsgi


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BROKER_STORAGE__URL", "mysql://nowhere", r"storage\.url must begin with"),
        ("BROKER_NO__SUCH", "1", "BROKER_NO__SUCH is not a setting"),
        ("BROKER_KEYS__MAKE_MASTER_KEY", "false", r"keys\.master_key"),
        ("BROKER_KEYS__BACKEND", "pkcs11", r"keys\.pkcs11_module is empty"),
        ("BROKER_POLICY__REGIONS_DIR", "/nowhere/at/all", r"_default\.toml is missing|cannot be read"),
    ],
)
def test_what_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, sentence: str) -> None:
    settings = {
        "BROKER_DEPLOYMENT__ENVIRONMENT": "test",
        "BROKER_STORAGE__URL": f"sqlite:///{tmp_path}/broker.sqlite",
        "BROKER_KEYS__MASTER_KEY_FILE": str(tmp_path / "master.key"),
        name: value,
    }
    for variable, setting in settings.items():
        monkeypatch.setenv(variable, setting)

    with pytest.raises(AppImportError, match=sentence) as raised:
        wsgi.create()

    assert 1 == len(str(raised.value).splitlines())
