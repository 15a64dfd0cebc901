"""Makes docs/settings.md out of defaults.toml: `python -m config.manual > docs/settings.md`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from config.load import DEFAULTS, variable_of

_SECTION = re.compile(r"\[(?P<name>\w+)\]")
_SETTING = re.compile(r"(?P<name>\w+) = (?P<default>.+)")

TOP = """# Settings

Made from `config/defaults.toml` by `python -m config.manual`; do not edit by hand.

A setting is changed in a TOML file that the variable `BROKER_CONFIG` names, or by an environment variable of its own, which is
stronger. In the environment a list is written with commas, a switch as `true` or `false`, and a text without quotation marks. A
duration is a number and one of `ms`, `s`, `min`, `h`, `d`. With `BROKER_DEPLOYMENT__ENVIRONMENT=development` (or `test`) the
changes of `config/development.toml` apply as well, weaker than your own.

An unknown, missing, mistyped or contradictory setting stops the start with one sentence that names it.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One section (`setting` is empty) or one setting with its comment. `default` is as written in the file."""

    section: str
    setting: str
    default: str
    comment: str


def entries(defaults: str) -> Iterator[Entry]:
    """Sections and settings of a defaults file in its order, each with the comment right above it."""
    section, comment = "", []
    for line in defaults.splitlines():
        if line.startswith("#"):
            comment.append(line.removeprefix("#").strip())
            continue
        if opened := _SECTION.fullmatch(line):
            section = opened["name"]
            yield Entry(section, "", "", " ".join(comment))
        elif setting := _SETTING.fullmatch(line):
            yield Entry(section, setting["name"], setting["default"], " ".join(comment))
        comment = []


def manual(defaults: str) -> str:
    """The page of the manual, in Markdown."""
    lines = [TOP.rstrip()]
    for entry in entries(defaults):
        if entry.setting:
            name = f"`{entry.section}.{entry.setting}`<br>`{variable_of(entry.section, entry.setting)}`"
            lines.append(f"| {name} | `{entry.default}` | {_cell(entry.comment)} |")
        else:
            lines.append(f"\n## {entry.section}\n\n{entry.comment}\n\n| setting | default | meaning |\n| --- | --- | --- |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(manual(DEFAULTS.read_text(encoding="utf-8")))
