"""OpenSSL's gost engine by its command line: another implementation, to check ours against."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.support.servers import lacking

SUBJECT = ("-subj", "/C=RU/O=Test/CN=mock-is", "-days", "30")


@cache
def has_engine() -> bool:
    if not shutil.which("openssl"):
        return False
    return 0 == subprocess.run(["openssl", "engine", "gost"], capture_output=True, timeout=60, check=False).returncode


def require_engine() -> None:
    if not has_engine():
        lacking("OpenSSL's gost engine (libengine-gost-openssl)")


def openssl(folder: Path, *arguments: str) -> str:
    """Run a command that must succeed, in `folder`; its output."""
    done = run(folder, *arguments)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = ["openssl", arguments[0], "-engine", "gost", *arguments[1:]]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def make_pair(folder: Path, paramset: str = "XA") -> tuple[Path, Path]:
    """A self-signed certificate and its key, both PEM, and `pub.pem` beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    openssl(folder, "genpkey", "-algorithm", "gost2012_256", "-pkeyopt", f"paramset:{paramset}", "-out", "key.pem")
    openssl(folder, "req", "-x509", "-new", "-key", "key.pem", "-md_gost12_256", *SUBJECT, "-out", "c.pem")
    openssl(folder, "pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem")
    return folder / "c.pem", folder / "key.pem"


def verifies(folder: Path, data: bytes, signature: bytes) -> bool:
    """Whether `pub.pem` in the folder verifies a bare signature."""
    (folder / "data").write_bytes(data)
    (folder / "raw").write_bytes(signature)
    return "Verified OK" in run(folder, "dgst", "-md_gost12_256", "-verify", "pub.pem", "-signature", "raw", "data").stdout


def verifies_cms(folder: Path, data: bytes, cms: bytes) -> bool:
    """Whether a detached CMS is of `c.pem` in the folder, which it trusts."""
    (folder / "data").write_bytes(data)
    (folder / "cms").write_bytes(cms)
    words = ("-verify", "-binary", "-inform", "DER", "-in", "cms", "-content", "data", "-CAfile", "c.pem", "-out", "/dev/null")
    return 0 == run(folder, "cms", *words).returncode
