"""Schools and lists at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.rooms.console.test_cli import Run, answer, broker, run  # noqa: F401 -- fixtures are found by name
from tests.rooms.directory.samples import document, person, place, school

HEAD = "Код;Фамилия;Имя;Дата рождения;СНИЛС;Роль;Класс;Дети;Школа\n"


def furnish(broker: Run, folder: Path) -> None:  # noqa: F811
    file = folder / "directory.json"
    chief = person(memberships=[place(role="school_administrator")])
    said = document(chief, schools=(school("29-001"), school("29-002", administrator=None)))
    file.write_text(json.dumps(said), encoding="utf-8")
    assert 0 == broker("people", "import", str(file))[0]


def test_a_list_of_a_region_in_and_out(broker: Run, tmp_path: Path) -> None:  # noqa: F811
    furnish(broker, tmp_path)
    file = tmp_path / "list.csv"
    rows = (
        "kid-1;Грачёв;Тимур;05.03.2014;201-114-306 67;ученик;6А;;29-001\n"
        "mum-1;Грачёва;Анна;05.03.1984;;родитель;;kid-1;29-001\n"
        "kid-2;Орлов;Лев;06.03.2014;;ученик;6А;;29-002\n"
    )
    file.write_text(HEAD + rows, encoding="utf-8")

    dry = answer(broker("people", "import", str(file), "--dry-run", "--json"))
    assert (3, True) == (dry["added"], dry["is_dry_run"])
    assert 1 == answer(broker("people", "import", str(file), "--json"))["kin"]
    again = answer(broker("people", "import", str(file), "--json"))
    assert (0, 0, 3) == (again["added"], again["changed"], again["unchanged"])

    out = tmp_path / "out.xlsx"
    assert 4 == answer(broker("people", "export", str(out), "--json"))["people"]
    assert 4 == answer(broker("people", "import", str(out), "--dry-run", "--json"))["unchanged"]
    assert 3 == answer(broker("people", "export", str(tmp_path / "one.csv"), "--school", "29-001", "--json"))["people"]


def test_a_list_with_mistakes_is_refused_by_line_and_column(broker: Run, tmp_path: Path) -> None:  # noqa: F811
    furnish(broker, tmp_path)
    file = tmp_path / "list.csv"
    file.write_text(HEAD + "k;Грачёв;Тимур;;201-114-306 68;ученик;6А;;29-001\n;Орлов;;;;ученик;6А;;99-9\n", encoding="utf-8")

    code, _, said = broker("people", "import", str(file))

    assert 1 == code
    assert "line 2, СНИЛС: the SNILS has a typo" in said
    assert "line 3, Имя: no surname or first name" in said
    assert "201-114" not in said
    assert 1 == answer(broker("schools", "show", "29-001", "--json"))["people"]


def test_schools_are_listed_and_shown(broker: Run, tmp_path: Path) -> None:  # noqa: F811
    furnish(broker, tmp_path)

    listed = answer(broker("schools", "list", "--json"))["schools"]
    shown = answer(broker("schools", "show", "29-001", "--json"))

    assert [("29-001", True), ("29-002", False)] == [(one["id"], one["has_contact"]) for one in listed]
    assert (["p-1"], {"school_administrator": 1}) == (shown["administrators"], shown["roles"])
    assert "There is no such school." in broker("schools", "show", "nowhere")[2]
    assert "There is no such school." in broker("people", "import", str(tmp_path / "x.csv"), "--school", "nowhere")[2]
    assert "cannot be read" in broker("people", "import", str(tmp_path / "x.csv"))[2]
    assert "no link" in broker("people", "unlink", "p-1")[2]


def test_a_sign_in_is_paused_and_resumed_by_security(broker: Run, tmp_path: Path) -> None:  # noqa: F811
    furnish(broker, tmp_path)

    closed = answer(broker("people", "pause", "p-1", "--reason", "safety", "--json"))

    assert (True, "safety", 0) == (closed["paused"], closed["reason"], closed["sessions_ended"])
    assert answer(broker("people", "show", "p-1", "--json"))["person"]["is_paused"]
    assert 1 == broker("people", "pause", "p-1", "--reason", "other")[0]
    assert not answer(broker("people", "resume", "p-1", "--json"))["paused"]
    assert 1 == broker("people", "resume", "p-1")[0]
    assert 1 == broker("people", "pause", "nobody", "--reason", "other")[0]
