"""Region files: what the shipped ones say, and what a file may not say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from broker.policy.policies import PolicyFilesBroken, check_change, check_policies, load_policies
from tests.rooms.policy.facts import SHIPPED, shipped

NEW_PERIOD = """
[[period]]
from = {day}
may_skip_linking = false
basis = {{ ru = "Новый порядок", en = "New order" }}

[[period.rule]]
name = "everyone"
who = [{{}}]
level = "confirmed"
match = ["surname", "name", "snils"]
nothing_to_compare = "refuse"
needs = ["school"]
local_password = "closed"
contacts = "one"
"""


@pytest.fixture
def files(tmp_path):
    """A copy of the shipped files that a test may spoil."""
    for path in SHIPPED.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def spoil(directory, old, new, name="29-dvinaland.toml"):
    path = directory / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_files_are_clean():
    assert check_policies(SHIPPED) == ()
    assert [region.code for region in shipped().all()] == ["29", "38"]


def test_a_region_is_found_by_code_slug_and_host():
    policies = shipped()

    assert policies.of_region("29").slug == "dvinaland"
    assert policies.of_region("77").code == "default"
    assert policies.of_region("").code == "default"
    assert policies.by_slug("irkutsk").code == "38"
    assert policies.by_slug("") is None
    assert policies.by_slug("29") is None
    assert policies.by_host("29.Dnevnik.ru.:443").code == "29"
    assert policies.by_host("dnevnik.ru") is None
    assert policies.by_host("29.dnevnik.ru.example.com") is None


def test_the_default_file_names_itself(files):
    spoil(files, 'code = "default"', 'code = "77"', "_default.toml")

    assert any("code must be default" in problem for problem in check_policies(files)), check_policies(files)


def test_a_file_that_cannot_be_read_stops_the_start(tmp_path):
    """A directory in the place of a file is what an operator's slip of a mount looks like; it works for root too."""
    (tmp_path / "29-dvinaland.toml").mkdir()

    assert ("the region files cannot be read (Is a directory)",) == check_policies(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('level = "any"', 'level = "simplified"', "rule everyone: level must be one of"),
        ('level = "any"', "", "rule everyone: level is missing"),
        ('level = "any"', 'level = "any"\nlevle = "any"', "rule everyone: levle is not a known field"),
        ('level = "any"', "level = 3", "level must be one of"),
        ("may_skip_linking = true", 'may_skip_linking = "yes"', "period 2010-01-01: may_skip_linking must be true or false"),
        ("from = 2017-10-01", 'from = "2017-10-01"', "from must be a day"),
        ("from = 2017-10-01", "from = 2017-10-01T00:00:00", "from must be a day"),
        ("from = 2010-01-01", "from = 2017-10-01", "two periods begin on 2017-10-01"),
        ("from = 2010-01-01", "from = 2018-01-01", "the period 2017-10-01 stands after a later one"),
        ("shown_from = 2017-09-01", "shown_from = 2017-10-01", "shown_from must be before"),
        ("below_age = 14", "below_age = 13", "no rule speaks of a pupil aged 13 (gap)"),
        ("below_age = 14", "below_age = 15", "the rules children and adults both speak of a pupil aged 14 (overlap)"),
        ("below_age = 14", "below_age = true", "below_age must be a whole number"),
        ("below_age = 14", "below_age = 14, from_age = 14", "from_age must be less than below_age"),
        ('"parent", "teacher", ', '"parent", ', "no rule speaks of a teacher aged 0 (gap)"),
        ('"parent", "teacher", ', '"parent", "teacher", "janitor", ', "roles has the unknown word janitor"),
        ('name = "children"', 'name = "adults"', "two rules are named adults"),
        ('name = "children"', 'name = "Дети"', "name must be a word of small Latin letters"),
        ('["school", "activated"]', '["school", "shool"]', "needs has the unknown word shool"),
        ('"patronymic", "birth_date"]', '"patronymic"]', "must be empty (always prove) or have surname and name and one of"),
        ('["birth_date", "sex"]', '["birth_date", "snils"]', "snils stands in match and in match_if_both"),
        ('["birth_date", "sex"]', '["sex", "sex"]', "match_if_both has a word twice"),
        ("match = []", 'match = []\nmatch_if_both = ["snils"]', "match_if_both without match compares nothing"),
        ('zone = "Europe/Moscow"', 'zone = "Europe/Moskow"', "zone must be a name"),
        ('zone = "Europe/Moscow"', 'zone = "../../etc/passwd"', "zone must be a name"),
        ('["29.dnevnik.ru"]', '["29.Dnevnik.ru"]', "not a host name in lower case"),
        ('["29.dnevnik.ru"]', '["https://29.dnevnik.ru"]', "not a host name in lower case"),
        ('["29.dnevnik.ru"]', '["38.dnevnik.ru"]', "the host 38.dnevnik.ru belongs to region 29 already"),
        ('code = "29"', 'code = "28"', "the file must be named"),
        ('slug = "dvinaland"', 'slug = "irkutsk"', "the file must be named"),
        ('[name]\nru = "Архангельская область"', "[name]", "name: ru is missing"),
        ("[support]", "[support]\nfax = 1", "support: fax is not a known field"),
        ("[[period]]", "[[period", "not a TOML file"),
        ('[name]\nru = "Архангельская область"\nen = "Arkhangelsk Oblast"', "", "name is missing"),
        ('zone = "Europe/Moscow"', 'zone = "Europe/Moscow"\nname = 1', "not a TOML file"),
        ("[support.hours]\n", "[[support.hours]]\n", "support: hours must be a table"),
        ("[support]\n", "[[support]]\n", "support must be a table"),
        ('hosts = ["29.dnevnik.ru"]', 'hosts = "29.dnevnik.ru"', "hosts must be a list of words"),
        ('hosts = ["29.dnevnik.ru"]', "hosts = [29]", "hosts must be a list of words"),
        ("who = [{}]", "who = []", "who must be a list of tables that is not empty"),
        ("who = [{}]", "who = {}", "who must be a list of tables that is not empty"),
        ("who = [{}]", "who = [{ roles = [] }]", "roles is empty, so the group has nobody in it"),
        ('slug = "dvinaland"', "slug = 29", "slug must be a text that is not empty"),
        ('slug = "dvinaland"', 'slug = "  "', "slug must be a text that is not empty"),
        ("match = []", "match = []\nmatch_if_both = 1", "match_if_both must be a list of words"),
    ],
)
def test_a_broken_file_is_named_and_refused(files, old, new, sentence):
    spoil(files, old, new)

    assert any(sentence in problem for problem in check_policies(files)), check_policies(files)
    with pytest.raises(PolicyFilesBroken):
        load_policies(files)


def test_one_reading_finds_every_problem(files):
    spoil(files, 'level = "any"', 'level = "simplified"')
    spoil(files, 'zone = "Asia/Irkutsk"', 'zone = "Asia/Irkutks"', "38-irkutsk.toml")

    assert len(check_policies(files)) == 2


def test_two_files_of_one_code(files):
    text = (files / "29-dvinaland.toml").read_text(encoding="utf-8")
    text = text.replace('slug = "dvinaland"', 'slug = "pomorye"').replace('["29.dnevnik.ru"]', "[]")
    (files / "29-pomorye.toml").write_text(text, encoding="utf-8")

    assert check_policies(files) == ("29: the code 29 belongs to region 29 already",)


def test_two_files_of_one_slug(files):
    text = (files / "29-dvinaland.toml").read_text(encoding="utf-8")
    text = text.replace('code = "29"', 'code = "35"').replace('["29.dnevnik.ru"]', "[]")
    (files / "35-dvinaland.toml").write_text(text, encoding="utf-8")

    assert ("35: the slug dvinaland belongs to region 29 already",) == check_policies(files)


def test_the_default_is_demanded(files):
    (files / "_default.toml").unlink()

    assert list(check_policies(files)) == ["_default.toml is missing: regions without a file of their own would have no rules"]


def test_a_directory_that_is_not_there_is_no_policy(tmp_path):
    with pytest.raises(PolicyFilesBroken):
        load_policies(tmp_path / "nowhere")


def test_the_version_is_of_the_text_and_not_of_its_line_ends(files):
    before = load_policies(files)
    path = files / "38-irkutsk.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert before.version == load_policies(files).version

    path.write_bytes(path.read_bytes() + b"# seen\n")
    after = load_policies(files)

    assert before.version != after.version
    assert before.of_region("38").version != after.of_region("38").version
    assert before.of_region("29").version == after.of_region("29").version


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('level = "any"', 'level = "standard"', "the period 2010-01-01 has begun and may not change"),
        ("below_age = 14 }]\nlevel", "below_age = 14 }] \nlevel", None),
        ("from = 2017-10-01", "from = 2017-10-02", "the period 2017-10-01 has begun and may not be removed or moved"),
        ("from = 2017-10-01", "from = 2017-10-02", "the new period 2017-10-02 begins in the past"),
        ('zone = "Europe/Moscow"', 'zone = "Asia/Tokyo"', "the zone may not change"),
        ('hosts = ["29.dnevnik.ru"]', "hosts = []", None),
        ("# Архангельская область", "# Архангельск", None),
    ],
)
def test_a_period_that_has_begun_may_not_change(files, old, new, sentence):
    before = load_policies(files)
    spoil(files, old, new)
    answer = check_change(before, load_policies(files), NOW)

    if sentence is None:
        assert answer == ()
    else:
        assert any(sentence in line for line in answer), answer


@pytest.mark.parametrize(("day", "problems"), [("2026-11-22", 1), ("2026-11-23", 0)])
def test_a_new_period_begins_tomorrow_at_the_earliest(files, day, problems):
    before = load_policies(files)
    path = files / "38-irkutsk.toml"
    path.write_text(path.read_text(encoding="utf-8") + NEW_PERIOD.format(day=day), encoding="utf-8")
    after = load_policies(files)

    assert problems == len(check_change(before, after, NOW))
    # A planned period may still be taken back.
    assert problems == len(check_change(after, before, NOW))


@pytest.mark.parametrize(("hour", "problems"), [(15, 0), (16, 1), (20, 1)])
def test_a_period_begins_at_midnight_of_its_region(files, hour, problems):
    """In Irkutsk (UTC+8) the 23rd begins at 16:00 of the 22nd in UTC."""
    before = load_policies(files)
    path = files / "38-irkutsk.toml"
    path.write_text(path.read_text(encoding="utf-8") + NEW_PERIOD.format(day="2026-11-23"), encoding="utf-8")
    after = load_policies(files)

    now = NOW.replace(hour=hour)
    assert problems == len(check_change(before, after, now))
    assert problems == len(check_change(after, before, now))


def test_a_region_may_come_but_not_go(files):
    before = load_policies(files)
    text = (files / "29-dvinaland.toml").read_text(encoding="utf-8")
    text = text.replace('code = "29"', 'code = "35"').replace('"dvinaland"', '"vologda"').replace("29.dnevnik", "35.dnevnik")
    (files / "35-vologda.toml").write_text(text, encoding="utf-8")
    after = load_policies(files)

    assert check_change(before, after, NOW) == ()
    assert check_change(after, before, NOW) == ("35: the file of a region may not be removed",)
