"""Begins or ends a sign-in with PyPI esia-connector; the task comes as JSON on standard input, the outcome goes out as JSON.

Run by a test with that library's folder as PYTHONPATH: it needs a PyJWT of its own time.
"""

from __future__ import annotations

import json
import sys

from esia_connector.client import EsiaAuth, EsiaSettings


def main() -> None:
    task = json.load(sys.stdin)
    connector = EsiaAuth(EsiaSettings(**task["settings"]))
    if "code" not in task:
        outcome = {"url": connector.get_auth_url()}
    else:
        person = connector.complete_authorization(task["code"], task["state"])
        outcome = {
            "oid": person.oid,
            "person": person.get_person_main_info(),
            "contacts": person.get_person_contacts(),
            "documents": person.get_person_documents(),
        }
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    main()
