"""The care of secrets with everything that lies under them, as the command line and the workers have it."""

from __future__ import annotations

from broker.custody.secrets_care import SecretCare
from broker.custody.secrets_open import CareTools, open_secret_care
from broker.directory.found_store import found_in_directory
from broker.linking.found_store import found_links
from broker.provisioning.found_store import found_provisioned
from broker.tokens.settings import TokenSettings
from keys.settings import KeySettings


def open_care(tools: CareTools, keys: KeySettings, tokens: TokenSettings) -> SecretCare:
    """One a process."""
    sealer, fingerprints = tools.vault.sealer, tools.vault.fingerprints
    found = [one for room in (found_in_directory, found_links, found_provisioned) for one in room(sealer, fingerprints)]
    return open_secret_care(tools, keys, tokens, found)
