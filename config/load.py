"""Reads the settings, from the weakest voice to the strongest:

defaults.toml < development.toml (in development and test) < the file BROKER_CONFIG names < further files < the environment.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from config.contradictions import contradiction_in
from config.deployment import PRODUCTION, DeploymentSettings
from config.settings import NAMED, Settings, kinds_of, required_of, sections
from config.values import WrongValue, from_text, from_toml

HERE = Path(__file__).parent
DEFAULTS, DEVELOPMENT_FILE = HERE / "defaults.toml", HERE / "development.toml"
PREFIX, FILE_VARIABLE = "BROKER_", "BROKER_CONFIG"

# Kubernetes puts these into every container beside a service that is called "broker"; nobody wrote them as settings.
_SERVICE_LINK = re.compile(r"BROKER_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)", re.ASCII)

Name = tuple[str, str]
Values = dict[Name, object]


class SettingsError(Exception):
    """The broker must not start. The message is one sentence that names the setting, and never its value."""


def load_settings(environ: Mapping[str, str] | None = None, files: Sequence[Path] = ()) -> Settings:
    """The settings of this process.

    Args:
        environ: environment variables; those of the process when None.
        files: further TOML files, each stronger than the one before.

    Raises:
        SettingsError: a setting is unknown, missing, of a wrong type or in contradiction to another.
    """
    variables = os.environ if environ is None else environ
    extra = [Path(variables[FILE_VARIABLE])] if variables.get(FILE_VARIABLE) else []
    stated = [_read(path) for path in (*extra, *files)]
    stated.append(dict(_from_environment(variables)))
    values = _read(DEFAULTS)
    if _environment(stated) != PRODUCTION:
        values |= _read(DEVELOPMENT_FILE)
    for layer in stated:
        values |= layer
    settings = _build(values)
    sentence = contradiction_in(settings)
    if sentence is not None:
        raise SettingsError(sentence)
    return settings


def variable_of(section: str, name: str) -> str:
    """The environment variable of a setting: `BROKER_STORAGE__POOL_SIZE`."""
    return f"{PREFIX}{section.upper()}__{name.upper()}"


def _environment(layers: Sequence[Values]) -> object:
    """The kind of deployment, from whoever spoke last. A wrong word counts as production here and is refused when built."""
    stated = [layer[("deployment", "environment")] for layer in layers if ("deployment", "environment") in layer]
    last = stated[-1] if stated else PRODUCTION
    try:
        return DeploymentSettings(environment=str(last)).environment
    except ValueError:
        return PRODUCTION


def _read(path: Path) -> Values:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read ({error.strerror}).") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The settings file {path} is not a TOML file ({error}).") from None
    values: Values = {}
    for section, table in tables.items():
        if section not in sections():
            raise SettingsError(f"{section} is not a section of settings{_meant(section, sections())} ({path.name}).")
        if not isinstance(table, dict):
            raise SettingsError(f"{section} must be written as a section in square brackets ({path.name}).")
        values |= _section(section, table, path.name)
    return values


def _section(section: str, table: Mapping[str, object], file_name: str) -> Values:
    kinds = kinds_of(sections()[section.partition(".")[0]])
    values: Values = {}
    for name, value in table.items():
        if section in NAMED and isinstance(value, dict):
            values |= _section(f"{section}.{name}", value, file_name)
            continue
        if name not in kinds:
            raise SettingsError(f"{section}.{name} is not a setting{_meant(name, kinds)} ({file_name}).")
        try:
            values[section, name] = from_toml(kinds[name], value)
        except WrongValue as error:
            raise SettingsError(f"{section}.{name} {error} ({file_name}).") from None
    return values


def _from_environment(variables: Mapping[str, str]) -> Iterator[tuple[Name, object]]:
    known = {
        variable_of(section, name): (section, name, kind)
        for section, declared in sections().items()
        for name, kind in kinds_of(declared).items()
    }
    for variable in sorted(variables):
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE or _SERVICE_LINK.fullmatch(variable):
            continue
        found = known.get(variable) or _of_one_by_name(variable)
        if found is None:
            raise SettingsError(f"{variable} is not a setting{_meant(variable, known)}.")
        section, name, kind = found
        try:
            yield (section, name), from_text(kind, variables[variable])
        except WrongValue as error:
            raise SettingsError(f"{section}.{name} {error} ({variable}).") from None


def _of_one_by_name(variable: str) -> tuple[str, str, object] | None:
    """Section, setting and type of `BROKER_UPSTREAMS__NORTH__CLIENT_ID`."""
    section, _, rest = variable.removeprefix(PREFIX).lower().partition("__")
    name, _, setting = rest.partition("__")
    kinds = kinds_of(NAMED[section]) if section in NAMED else {}
    return (f"{section}.{name}", setting, kinds[setting]) if name and setting in kinds else None


def _build(values: Values) -> Settings:
    built: dict[str, Any] = {}
    for section, declared in sections().items():
        if section in NAMED:
            built[section] = _by_name(section, values)
            continue
        mine = {name: value for (owner, name), value in values.items() if owner == section}
        for name in required_of(declared):
            if name not in mine:
                raise SettingsError(f"{section}.{name} is missing; set it in a file or as {variable_of(section, name)}.")
        try:
            built[section] = declared(**mine)
        except ValueError as error:
            raise SettingsError(_sentence(section, str(error))) from None
    return Settings(**built)


def _by_name(section: str, values: Values) -> Mapping[str, Any]:
    """Every section of this kind, each over what is common to all."""
    common = {setting: value for (owner, setting), value in values.items() if owner == section}
    names = dict.fromkeys(owner.partition(".")[2] for owner, _ in values if owner.startswith(f"{section}."))
    found: dict[str, Any] = {}
    for name in names:
        own = {setting: value for (owner, setting), value in values.items() if owner == f"{section}.{name}"}
        try:
            found[name] = NAMED[section](**(common | own))
        except ValueError as error:
            raise SettingsError(_sentence(f"{section}.{name}", str(error))) from None
    return MappingProxyType(found)


def _sentence(section: str, refusal: str) -> str:
    named = refusal if refusal.startswith(f"{section}.") else f"{section}: {refusal}"
    return f"{named.rstrip('.')}."


def _meant(word: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(word, known, n=1)
    return f", perhaps {near[0]} was meant" if near else ""
