"""What the doctor says: for each code its state, the sentence, and what to do. Facts stand in braces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_OK, _WARN, _WRONG, _NOT = "ok", "warn", "wrong", "not checked"
_ZIP: Final = "Fetch {path} from the host, put it beside the present files and name it in esia.esia_certificate_files."
_TRUST: Final = (
    "Do not switch verification off. If ESIA's certificate is of the national authority, name a file with the usual "
    "authorities and that one in http.ca_bundle."
)

WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "settings_missing": (_WRONG, "{sentence}.", "Set it; docs/esia.md says where each setting comes from."),
    "settings_no_tls": (_WRONG, "esia.base_url does not begin with https://.", "Use https://esia.gosuslugi.ru."),
    "settings_mock": (_WARN, "esia.base_url leads to this machine: that is a mock and not ESIA.", "Fine for trying things."),
    "settings_issuer": (
        _WARN,
        "esia.issuer names another host than esia.base_url.",
        "Tokens of production say http://esia.gosuslugi.ru/ and those of the test stand http://esia-portal1.test.gosuslugi.ru/.",
    ),
    "settings_demo_signer": (
        _WARN,
        "esia.signer is pure_python: not certified, and its timing may tell about the key.",
        "For demonstrations and tests only; choose another signer (docs/esia.md).",
    ),
    "settings_grace": (
        _WARN,
        "Certificates of ESIA count {grace} longer than they say (esia.esia_certificate_grace).",
        "Set it back to 0 s as soon as ESIA has a new certificate.",
    ),
    "settings_fine": (_OK, "Every setting is there: mnemonic {client_id}, {count} scopes.", ""),
    "certificate_unreadable": (_WRONG, "{sentence}.", "Name a readable certificate with a 256 bit GOST key, DER or PEM."),
    "certificate_ended": (
        _WRONG,
        "Our {which} certificate ended on {day}.",
        "Get a new one, register it at ESIA and name it in the settings; ESIA refuses the old one (ESIA-007053).",
    ),
    "certificate_not_begun": (
        _WRONG,
        "Our {which} certificate does not count before {day}.",
        "Set esia.next_certificate_from to that day or later, or check the clock of this machine.",
    ),
    "certificate_ends_soon": (
        _WARN,
        "Our {which} certificate ends in {days} days, on {day}; its hash is {hash}.",
        "Order the next one now; docs/esia.md tells of the change without a pause.",
    ),
    "certificate_fine": (
        _OK,
        "Our {which} certificate counts until {day}; its hash is {hash}.",
        "The technical portal of ESIA must show a certificate with this very hash.",
    ),
    "signer_unusable": (_WRONG, "Nothing is signed: {sentence}.", "Mend it; docs/esia.md lists the signers and their settings."),
    "signer_wrong": (
        _WRONG,
        "The signature with our {which} key does not fit our {which} certificate.",
        "The certificate is of another key, or the signer changes the order of bytes.",
    ),
    "signer_fine": (_OK, "A signature with our {which} key was made and fits our {which} certificate.", ""),
    "theirs_unreadable": (_WRONG, "{sentence}.", "Without ESIA's certificates no token is believed and nobody gets in."),
    "theirs_ended": (
        _WRONG,
        "ESIA's certificates for {algorithm} have ended, the last one on {day}: no token is believed.",
        _ZIP,
    ),
    "theirs_end_soon": (_WARN, "ESIA's last certificate for {algorithm} ends in {days} days, on {day}.", _ZIP),
    "theirs_fine": (_OK, "Certificates of ESIA for {algorithm}: {count}, the last until {day} ({hashes}).", ""),
    "archive_absent": (
        _NOT,
        "The host shows no archive of its certificates at {path}.",
        "Get ESIA's certificates on another way and compare their hashes.",
    ),
    "archive_unreadable": (
        _WARN,
        "The archive of ESIA's certificates could not be read: {why}.",
        "Fetch {path} by hand and look what it is.",
    ),
    "archive_has_more": (
        _WARN,
        "ESIA publishes certificates that we do not hold: {hashes}. The archive's SHA-256 is {digest}.",
        _ZIP,
    ),
    "archive_empty": (
        _WARN,
        "The archive of ESIA's certificates holds none with {word} in its name and of an algorithm we accept.",
        "On the test stand set esia.esia_archive_word to TEST, or to what its names hold.",
    ),
    "archive_same": (_OK, "We hold every certificate that ESIA publishes ({count}). The archive's SHA-256 is {digest}.", ""),
    "tls_none": (_NOT, "There is no TLS: esia.base_url begins with http://.", ""),
    "tls_silent": (_WRONG, "No TLS connection comes about.", "Check name, route and firewall; ESIA answers in Russia only."),
    "tls_name": (_WRONG, "The host's TLS certificate is for another name.", "Check esia.base_url; somebody may stand between."),
    "tls_ended": (_WRONG, "The host's TLS certificate has ended, or our clock is wrong.", "Check the clock, then ask ESIA."),
    "tls_chain": (_WRONG, "The host's TLS certificate is of an authority that we do not trust.", _TRUST),
    "tls_version": (_WRONG, "The host speaks no safe TLS (1.2 or later).", "Something old may stand between us and ESIA."),
    "tls_fine": (_OK, "{version}; the host's TLS certificate fits its name and counts until {day}.", ""),
    "host_silent": (_WRONG, "The host does not answer: {why}.", "Check esia.base_url, name, route and firewall."),
    "host_error": (_WRONG, "The host answers with an error of its own (status {status}).", "Try again later."),
    "host_answers": (_OK, "The host answers.", ""),
    "clock_unknown": (_NOT, "The host does not tell the time.", ""),
    "clock_off": (
        _WRONG,
        "Our clock differs from ESIA's by {seconds} s.",
        "Let the machine keep time (chrony, systemd-timesyncd; timedatectl shows it). ESIA answers ESIA-007015.",
    ),
    "clock_drifts": (_WARN, "Our clock differs from ESIA's by {seconds} s.", "Let the machine keep time (timedatectl shows it)."),
    "clock_fine": (_OK, "Our clock is right within {seconds} s.", ""),
    "request_to_login": (
        _OK,
        "ESIA takes the request and shows its sign-in page: mnemonic, address and scopes are known there.",
        "",
    ),
    "request_refused": (_WRONG, "ESIA refuses the request (ESIA-{esia_code}): {meaning}", "{staff}"),
    "request_page": (
        _WRONG,
        "ESIA shows a page without a code instead of its sign-in page (status {status}).",
        "Open the request in a browser, or try again later: it may be planned work.",
    ),
    "request_elsewhere": (
        _WRONG,
        "The request is led to another host than esia.base_url.",
        "Check esia.base_url; somebody may stand between.",
    ),
    "request_unsigned": (_WRONG, "The request cannot be made: {why}.", "Mend the findings above."),
    "request_unanswered": (_WRONG, "The request gets no answer: {why}.", "Check name, route and firewall."),
    "token_accepted": (
        _OK,
        "ESIA refuses an invented code for being invented (ESIA-007011): it has accepted signature and certificate.",
        "",
    ),
    "token_refused": (_WRONG, "ESIA refuses the token request (ESIA-{esia_code}): {meaning}", "{staff}"),
    "token_unclear": (
        _WARN,
        "The token endpoint did not answer as expected: {why}.",
        "Try again; if it stays, look at esia.token_path and at what stands between.",
    ),
    "not_reached": (_NOT, "Not looked at, because something above must be right first.", ""),
}
