"""A region file that is not in use yet, given as text: what it would be called, and the rules with it in its place."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from broker.policy.policies import Policies, PolicyFilesBroken, load_with_content
from broker.policy.region_file import DEFAULT_CODE, DEFAULT_FILE
from broker.policy.rules import RegionPolicy

_NAMELESS = "draft.toml"


@dataclass(frozen=True, slots=True)
class Draft:
    """`policies` are the rules in use with this file in its place, `region` its own part of them. `digest` is SHA-256 in hex over
    the text with Unix line ends: two people agree to it, so nobody may make two files of one digest."""

    file_name: str
    text: str
    digest: str
    region: RegionPolicy
    policies: Policies


def read_draft(directory: Path, unverified_text: str) -> Draft:
    """Read and check a file that shall stand in the directory of the rules.

    Raises:
        PolicyFilesBroken: it is no region file, or the rules could not be used with it.
    """
    text = unverified_text.replace("\r\n", "\n").strip("\n") + "\n"
    name = _name_of(text)
    policies = load_with_content(directory, name, text.encode())
    code = DEFAULT_CODE if name == DEFAULT_FILE else name[:2]
    return Draft(name, text, digest_of(text.encode()), policies.of_region(code), policies)


def digests_in(directory: Path) -> Mapping[str, str]:
    """The digest of every file of the rules, by its name; empty where they cannot be read."""
    try:
        return {path.name: digest_of(path.read_bytes()) for path in sorted(directory.glob("*.toml"))}
    except OSError:
        return {}


def digest_of(content: bytes) -> str:
    """SHA-256 in hex over a file with Unix line ends."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _name_of(text: str) -> str:
    """What the file must be called after its own code and slug; the reader compares them."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyFilesBroken((f"not a TOML file ({error})",)) from None
    except (ValueError, RecursionError):
        # The reader has no word of its own for numbers of thousands of digits, and for lists within lists within lists.
        raise PolicyFilesBroken(("not a TOML file that can be read",)) from None
    code, slug = said.get("code"), said.get("slug")
    if code == DEFAULT_CODE:
        return DEFAULT_FILE
    return f"{code}-{slug}.toml" if isinstance(code, str) and isinstance(slug, str) else _NAMELESS
