#!/bin/sh
# Installs the Debian packages the tests use, if they are missing and we are root. Starts no service.
set -eu

missing=""
want() { # a program or folder pattern, then the package that brings it
    if command -v "$1" >/dev/null 2>&1; then return; fi
    for found in $1; do if [ -e "$found" ]; then return; fi; done
    missing="$missing $2"
}
want redis-server redis-server
want '/usr/lib/postgresql/*/bin/initdb' postgresql
want chromium chromium
# Chromium alone brings no letters to draw with.
want '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' fonts-dejavu-core
want node nodejs
want npm npm
want openssl openssl
# A hardware module in software, for the keys that live in one.
want softhsm2-util softhsm2
# For the settings in front of oauth2-proxy, which are only read.
want nginx nginx-light
# The module brings Apache's program, not its service.
want /usr/lib/apache2/modules/mod_auth_openidc.so libapache2-mod-auth-openidc
want '/usr/lib/*/engines-3/gost.so' libengine-gost-openssl

if [ -z "$missing" ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed (not root, or no apt-get):$missing. Tests that need them will be skipped, or fail with REQUIRE_ALL=1."
    exit 0
fi
echo "Installing for the tests:$missing"
apt="apt-get -o DPkg::Lock::Timeout=400 -o Acquire::Retries=3"
# Debian starts a server as soon as its package is installed, unless this file says no. It is taken away again.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
if ! { $apt update -qq && $apt install -y -qq --no-install-recommends $missing >/dev/null; }; then
    echo "apt-get could not install:$missing" >&2
    if [ "${REQUIRE_ALL:-}" = 1 ]; then exit 1; fi
fi
