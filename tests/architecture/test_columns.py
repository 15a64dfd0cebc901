"""Every column says whether it is sensitive, because nobody seals what nobody has thought about."""

from __future__ import annotations

import importlib

from broker.storage.columns import Base
from tests.architecture.sources import ROOT, source_files

# Words that mean a person or a secret; a column named so must be sealed or hashed, and say so in its name.
PERSONAL = ("surname", "patronymic", "birth", "snils", "phone", "email", "secret", "password", "token")
COVERED = ("_print", "_hash", "_digest", "sealed", "_ttl", "_method", "_alg")


def _columns() -> list[tuple[str, str, dict[str, object]]]:
    for path in source_files("broker", "keys"):
        if path.name == "tables.py":
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return [(table.name, column.name, dict(column.info)) for table in Base.metadata.sorted_tables for column in table.columns]


def test_every_column_states_its_sensitivity() -> None:
    undecided = [f"{table}.{name}" for table, name, info in _columns() if not isinstance(info.get("sensitive"), bool)]

    assert [] == undecided


def test_personal_words_are_sealed_or_hashed() -> None:
    bare = [
        f"{table}.{name}"
        for table, name, _ in _columns()
        if any(word in name for word in PERSONAL) and not any(name.endswith(word) or word in name for word in COVERED)
    ]

    assert [] == bare
