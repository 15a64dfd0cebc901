"""Apache with mod_auth_openidc behind TLS, as an ordinary process with a configuration of its own; no system service."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MODULES = Path("/usr/lib/apache2/modules")
PATIENCE = 30.0
_LOADED = (
    "mpm_event", "authn_core", "authz_core", "authz_user", "dir", "headers", "socache_shmcb", "ssl", "auth_openidc",
)  # fmt: skip


@dataclass(frozen=True)
class Protected:
    """What Apache has to know: its own port, the issuer with its certificate, and how it is registered there."""

    port: int
    issuer: str
    certificate: Path
    key: Path
    client_id: str
    secret: str

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def back(self) -> str:
        """The address that the module keeps for itself."""
        return f"{self.address}/oidc/back"


def is_installed() -> bool:
    """Whether Debian's packages are here."""
    return bool(shutil.which("apache2")) and (MODULES / "mod_auth_openidc.so").exists()


@contextmanager
def apache(site: Protected, snippet: str = "") -> Iterator[Path]:
    """Run it until the block ends; the folder that holds its error log. `snippet` are other words about the module than ours."""
    # A folder that its workers may read, who are another user when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="apache-"))
    process = None
    try:
        folder.chmod(0o755)
        (folder / "site").mkdir()
        (folder / "site" / "index.html").write_text("<h1>Protected</h1>\n")
        (folder / "authority.cer").write_bytes(site.certificate.read_bytes())
        (folder / "apache.conf").write_text(_server(folder, site) + (snippet or _module(site)))
        command = ["apache2", "-X" if os.geteuid() else "-DFOREGROUND", "-d", str(folder), "-f", str(folder / "apache.conf")]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for(site.port, process, folder)
        yield folder
    finally:
        if process is not None:
            process.terminate()
            process.wait(PATIENCE)
        shutil.rmtree(folder)


def _wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        log = folder / "error.log"
        assert process.poll() is None and time.monotonic() < end, log.read_text() if log.exists() else "Apache did not start"
        with socket.socket() as probe:
            probe.settimeout(1)
            if 0 == probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)


def _server(folder: Path, site: Protected) -> str:
    modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in _LOADED)
    user = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
    return f"""{modules}
{user}ServerName 127.0.0.1
Listen 127.0.0.1:{site.port}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
Mutex posixsem
ErrorLog {folder}/error.log
LogLevel warn auth_openidc:info
DocumentRoot {folder}/site
DirectoryIndex index.html
StartServers 1
SSLEngine on
SSLSessionCache none
SSLCertificateFile {site.certificate}
SSLCertificateKeyFile {site.key}
OIDCCABundlePath {folder}/authority.cer
"""


def _module(site: Protected) -> str:
    return f"""
OIDCProviderMetadataURL {site.issuer}/.well-known/openid-configuration
OIDCClientID {site.client_id}
OIDCClientSecret {site.secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCIDTokenSignedResponseAlg ES256
OIDCRedirectURI {site.back}
OIDCDefaultLoggedOutURL {site.address}/
OIDCScope "openid profile school"
OIDCPKCEMethod S256
OIDCCryptoPassphrase not-a-secret-of-anybody
OIDCSessionType server-cache
OIDCCacheType shm
OIDCPassClaimsAs both latin1

<Location />
    AuthType openid-connect
    Require valid-user
    Header always set X-Subject "%{{OIDC_CLAIM_sub}}e"
    Header always set X-Region "%{{OIDC_CLAIM_region}}e"
</Location>
"""
