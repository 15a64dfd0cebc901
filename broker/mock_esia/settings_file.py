"""The settings of a stand as a TOML file; systems in it have the fields of /api/systems, with certificates as files."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from broker.mock_esia.console.system_fields import read_system
from broker.mock_esia.oauth.certificates import der_of
from broker.mock_esia.settings import PEOPLE_FILE, MockClient, MockSettings

_KNOWN = {
    "host": str, "port": int, "base_url": str, "environment": str, "state": str, "issuer": str, "people_file": str,
    "timestamp_window_seconds": int, "writes_usual_port": bool, "systems": list,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StandFile:
    """What a file says, or what is assumed where it says nothing. Paths in it start at its own folder."""

    fields: Mapping[str, Any]
    clients: tuple[MockClient, ...]

    @property
    def host(self) -> str:
        return str(self.fields.get("host", "127.0.0.1"))

    @property
    def port(self) -> int:
        return int(self.fields.get("port", 8001))

    def settings(self, address: str, more: tuple[MockClient, ...]) -> MockSettings:
        """The whole, for a stand that listens at `address`. Raises ValueError for what is missing."""
        for name in ("environment", "state"):
            if not self.fields.get(name):
                raise ValueError(f"say {name}, in the file or as --{name}")
        return MockSettings(
            base_url=self.fields.get("base_url") or address,
            environment=self.fields["environment"],
            clients=(*self.clients, *more),
            var_dir=Path(self.fields["state"]),
            timestamp_window=timedelta(seconds=self.fields.get("timestamp_window_seconds", 300)),
            people_file=Path(self.fields.get("people_file", PEOPLE_FILE)),
            issuer=self.fields.get("issuer"),
            writes_usual_port=self.fields.get("writes_usual_port", True),
        )


def read_stand_file(file: Path | None, said: Mapping[str, object]) -> StandFile:
    """The file, if there is one, under what was said on the command line. Raises ValueError that names what is wrong."""
    fields: dict[str, Any] = {}
    if file is not None:
        try:
            fields = tomllib.loads(file.read_text(encoding="utf-8"))
        except ValueError as wrong:
            raise ValueError(f"{file} is no TOML: {wrong}") from wrong
        _require_known(fields)
        for name in ("state", "people_file"):
            if name in fields:
                fields[name] = str(file.parent / fields[name])
    systems = fields.pop("systems", [])
    clients = tuple(_system(entry, file.parent) for entry in systems) if file else ()
    return StandFile({**fields, **{name: value for name, value in said.items() if value is not None}}, clients)


def _require_known(fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        if name not in _KNOWN:
            raise ValueError(f"the settings file has an unknown field {name}; known are " + ", ".join(_KNOWN))
        if type(value) is not _KNOWN[name]:
            raise ValueError(f"the settings file: {name} is of another type")


def _system(entry: object, folder: Path) -> MockClient:
    if not isinstance(entry, dict):
        raise ValueError("the settings file: write each system as [[systems]]")
    files = entry.pop("certificate_files", [])
    read = [base64.b64encode(der_of((folder / name).read_bytes())).decode("ascii") for name in files]
    try:
        return read_system({**entry, "certificates": [*entry.get("certificates", []), *read]}, None)
    except ValueError as wrong:
        raise ValueError(f"the settings file, system {entry.get('mnemonic')}: {wrong}") from wrong
