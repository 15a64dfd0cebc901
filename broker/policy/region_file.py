"""One region file: from bytes to a checked RegionPolicy, or to the list of what is wrong with it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from broker.policy.rules import (
    FIELDS,
    GOSUSLUGI,
    NEEDS,
    ROLES,
    Announcement,
    Contacts,
    Group,
    LevelAsked,
    LocalPassword,
    NothingToCompare,
    Period,
    RegionPolicy,
    Rule,
    Support,
)
from broker.policy.toml_table import TomlTable

DEFAULT_FILE = "_default.toml"
DEFAULT_CODE = "default"
_FILE_NAME = re.compile(r"(?P<code>\d{2})-(?P<slug>[a-z]+(?:-[a-z]+)*)\.toml")
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_RULE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_UTC = ZoneInfo("UTC")


def read_region(file_name: str, content: bytes, problems: list[str]) -> RegionPolicy | None:
    """Reads one file; adds what is wrong with its form to `problems` and gives None if anything is."""
    mine: list[str] = []
    try:
        values = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{file_name}: not a TOML file ({error})")
        return None
    policy = _region(file_name, TomlTable(values, file_name, mine), digest(content))
    problems += mine
    return None if mine else policy


def digest(content: bytes) -> str:
    """The version of a file: 16 hexadecimal digits of SHA-256 over its bytes with Unix line ends."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:16]


def _region(file_name: str, table: TomlTable, version: str) -> RegionPolicy:
    code, slug = table.text("code"), ""
    if file_name == DEFAULT_FILE:
        if code != DEFAULT_CODE:
            table.note(f"code must be {DEFAULT_CODE}")
    else:
        slug = table.text("slug")
        named = _FILE_NAME.fullmatch(file_name)
        if named is None or (named["code"], named["slug"]) != (code, slug):
            table.note("the file must be named <code>-<slug>.toml after its own code of two digits and its slug")
    zone = table.text("zone")
    name_ru, name_en = _both_languages(table, "name")
    policy = RegionPolicy(
        code=code,
        slug=slug,
        name_ru=name_ru,
        name_en=name_en,
        zone=zone,
        hosts=_hosts(table),
        support=_support(table),
        periods=tuple(_period(code, period) for period in table.tables("period")),
        version=version,
        zone_info=_zone_info(zone, table),
    )
    table.done()
    return policy


def _zone_info(zone: str, table: TomlTable) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.note("zone must be a name of the time zone database such as Europe/Moscow")
        return _UTC


def _hosts(table: TomlTable) -> tuple[str, ...]:
    hosts = table.words("hosts", default=())
    for host in hosts:
        if not _HOST.fullmatch(host):
            table.note(f"hosts has {host!r}, which is not a host name in lower case without port")
    return hosts


def _both_languages(table: TomlTable, key: str) -> tuple[str, str]:
    texts = table.table(key)
    if texts is None:
        return "", ""
    pair = texts.text("ru"), texts.text("en")
    texts.done()
    return pair


def _support(table: TomlTable) -> Support:
    contact = table.table("support")
    if contact is None:
        return Support("", "", "", "")
    hours_ru, hours_en = _both_languages(contact, "hours")
    support = Support(contact.text("phone"), contact.text("mail"), hours_ru, hours_en)
    contact.done()
    return support


def _period(code: str, table: TomlTable) -> Period:
    from_on = table.day("from")
    table.where = f"{table.where.rpartition(',')[0]}, period {from_on.isoformat()}"
    basis_ru, basis_en = _both_languages(table, "basis")
    period = Period(
        from_on=from_on,
        basis_ru=basis_ru,
        basis_en=basis_en,
        may_skip_linking=table.flag("may_skip_linking"),
        warning=_warning(code, from_on, table),
        rules=tuple(_rule(rule) for rule in table.tables("rule")),
        upstreams=_upstreams(table),
        compares_children=table.flag("compares_children", default=False),
        ends_what_rests=table.flag("ends_what_rests", default=True),
    )
    table.done()
    return period


def _upstreams(table: TomlTable) -> tuple[str, ...]:
    names = table.words("upstreams", default=(GOSUSLUGI,))
    if not names or len(set(names)) != len(names) or not all(_RULE_NAME.fullmatch(name) for name in names):
        table.note("upstreams must name each upstream once, as login.connectors does, and at least one")
    return names


def _warning(code: str, from_on: date, table: TomlTable) -> Announcement | None:
    words = table.table("warning", optional=True)
    if words is None:
        return None
    warning = Announcement(f"{code}/{from_on.isoformat()}", words.day("shown_from"), words.text("ru"), words.text("en"))
    if warning.shown_from_on >= from_on:
        words.note("shown_from must be before the period begins")
    words.done()
    return warning


def _rule(table: TomlTable) -> Rule:
    name = table.text("name")
    table.where = f"{table.where.rpartition(',')[0]}, rule {name}"
    if not _RULE_NAME.fullmatch(name):
        table.note("name must be a word of small Latin letters, since it is written to the audit log")
    rule = Rule(
        name=name,
        who=tuple(_group(group) for group in table.tables("who")),
        level=table.word("level", LevelAsked),
        match=table.words("match", FIELDS),
        match_if_both=table.words("match_if_both", FIELDS, default=()),
        nothing_to_compare=table.word("nothing_to_compare", NothingToCompare),
        needs=frozenset(table.words("needs", NEEDS)),
        local_password=table.word("local_password", LocalPassword),
        contacts=table.word("contacts", Contacts),
    )
    table.done()
    return rule


def _group(table: TomlTable) -> Group:
    group = Group(table.words("roles", ROLES, default=ROLES), table.age("from_age"), table.age("below_age"))
    if not group.roles:
        table.note("roles is empty, so the group has nobody in it")
    if group.from_age is not None and group.below_age is not None and group.from_age >= group.below_age:
        table.note("from_age must be less than below_age")
    table.done()
    return group
