"""All region files of a directory together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from broker.policy.checks import changes_of_the_past, doubts_of, problems_between, problems_of
from broker.policy.region_file import DEFAULT_FILE, read_region
from broker.policy.rules import RegionPolicy


class PolicyFilesBroken(Exception):
    """The region files cannot be used. `problems` are sentences for the operator; there is at least one."""

    def __init__(self, problems: Iterable[str]):
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Policies:
    """Every region with a file of its own, and the default for the others. `version` is a digest over all files."""

    regions: tuple[RegionPolicy, ...]
    default: RegionPolicy
    version: str
    _by_code: dict[str, RegionPolicy] = field(init=False, repr=False, compare=False)
    _by_slug: dict[str, RegionPolicy] = field(init=False, repr=False, compare=False)
    _by_host: dict[str, RegionPolicy] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_code", {region.code: region for region in self.regions})
        object.__setattr__(self, "_by_slug", {region.slug: region for region in self.regions})
        object.__setattr__(self, "_by_host", {host: region for region in self.regions for host in region.hosts})

    def of_region(self, code: str) -> RegionPolicy:
        """The rules of a region by its two-digit code; the default file's for a region without one."""
        return self._by_code.get(code, self.default)

    def by_slug(self, slug: str) -> RegionPolicy | None:
        """The region of an entry address `/login/esia/<slug>`."""
        return self._by_slug.get(slug)

    def by_host(self, unverified_host: str) -> RegionPolicy | None:
        """The region of a Host header, with or without port, in any case."""
        host = unverified_host.partition(":")[0].rstrip(".").lower()
        return self._by_host.get(host)

    def all(self) -> tuple[RegionPolicy, ...]:
        """Regions a person may choose, in the order of their Russian names; the default is not one."""
        return self.regions


def load_policies(directory: Path) -> Policies:
    """Reads and checks every region file of a directory.

    Raises:
        PolicyFilesBroken: anything at all is wrong; nothing is used half.
    """
    contents, problems = _contents(directory)
    policies = _read(contents, problems)
    if policies is None or problems:
        raise PolicyFilesBroken(problems)
    return policies


def load_with(directory: Path, file: Path) -> Policies:
    """As `load_policies`, with one file in the place of the one of its name, or added: what would be if it were in use.

    Raises:
        PolicyFilesBroken: the file cannot be read, or anything at all would be wrong.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise PolicyFilesBroken((f"{file.name} cannot be read ({error.strerror})",)) from None
    return load_with_content(directory, file.name, content)


def load_with_content(directory: Path, file_name: str, content: bytes) -> Policies:
    """The same for a file that is nowhere yet.

    Raises:
        PolicyFilesBroken: anything at all would be wrong.
    """
    contents, problems = _contents(directory)
    policies = _read({**contents, file_name: content}, problems)
    if policies is None or problems:
        raise PolicyFilesBroken(problems)
    return policies


def check_policies(directory: Path) -> tuple[str, ...]:
    """Everything that is wrong with the region files of a directory, as sentences; empty when they may be used."""
    contents, problems = _contents(directory)
    _read(contents, problems)
    return tuple(problems)


def check_change(old: Policies, new: Policies, now: datetime) -> tuple[str, ...]:
    """Why `new` may not replace `old` at an instant: whatever would rewrite a period that has begun. Empty when it may. A period
    begins at midnight of its own region.

    A region that gets its first file is not a change of its past, though it leaves the default: its file must carry its history.
    """
    sentences: list[str] = []
    after = {policy.code: policy for policy in (*new.regions, new.default)}
    for policy in (*old.regions, old.default):
        if policy.code not in after:
            sentences.append(f"{policy.code}: the file of a region may not be removed")
        else:
            sentences += changes_of_the_past(policy, after[policy.code], policy.local_day(now))
    return tuple(sentences)


def doubts_about(policies: Policies) -> tuple[str, ...]:
    """What these rules may say but hardly mean, as sentences; nothing of it keeps them from being used."""
    return tuple(sentence for policy in (*policies.regions, policies.default) for sentence in doubts_of(policy))


def _contents(directory: Path) -> tuple[dict[str, bytes], list[str]]:
    try:
        return {path.name: path.read_bytes() for path in sorted(directory.glob("*.toml"))}, []
    except OSError as error:
        return {}, [f"the region files cannot be read ({error.strerror})"]


def _read(contents: dict[str, bytes], problems: list[str]) -> Policies | None:
    """The policies of these files; what is wrong is added to `problems`. Files that could not be read were noted before."""
    if problems:
        return None
    found: list[RegionPolicy] = []
    default: RegionPolicy | None = None
    for name, content in contents.items():
        policy = read_region(name, content, problems)
        if policy is None:
            continue
        problems += problems_of(policy)
        if name == DEFAULT_FILE:
            default = policy
        else:
            found.append(policy)
    problems += problems_between(found)
    if DEFAULT_FILE not in contents:
        problems.append(f"{DEFAULT_FILE} is missing: regions without a file of their own would have no rules")
    if default is None:
        return None
    regions = tuple(sorted(found, key=lambda policy: policy.name_ru))
    versions = "".join(policy.version for policy in (*regions, default))
    return Policies(regions, default, hashlib.sha256(versions.encode()).hexdigest()[:16])
