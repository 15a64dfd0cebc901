"""What is read of a person: typed values, lists in every form, bounds, and addresses that are never followed elsewhere."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from esia_stand import KIDS, OID, PERSON
from hypothesis import given
from hypothesis import strategies as st

from broker.connectors.esia.records.reading import CONTACTS, Records
from broker.connectors.esia.records.reading import KIDS as KIDS_LIST
from broker.connectors.esia.records.received import received
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.tokens.token_check import Proven
from broker.connectors.port import UpstreamFailed

HOST = "https://esia.gosuslugi.ru"
PROVEN = Proven(oid=str(OID), access_token="at", level_word="PR", is_confirmed=True, kind="P", methods=())
MOBILE = {"id": 7, "type": "MBT", "vrfStu": "VERIFIED", "value": "+7(900)0000002"}


class Register:
    """Answers by path below `/rs/prns/{oid}`; an exception is raised, and what is not there is refused."""

    def __init__(self, **answers: Any):
        self.answers = {name.replace("_", "/").rstrip("/"): answer for name, answer in answers.items()}
        self.asked: list[str] = []

    def ask(self, request):
        assert ("GET", "Bearer at") == (request.method, request.headers["Authorization"])
        assert request.url.startswith(f"{HOST}/rs/")
        path = request.url.removeprefix(f"{HOST}/rs/")
        self.asked.append(path.replace(f"prns/{OID}", "me"))
        found = self.answers.get(path.removeprefix(f"prns/{OID}").strip("/").partition("?")[0], None)
        if callable(found):
            found = found(path)
        if found is None or isinstance(found, Exception):
            raise found or UpstreamFailed(2104, "http: status 403")
        return found

    def records(self, **settings: Any) -> Records:
        return Records(EsiaSettings(**settings), self.ask, PROVEN)


def listed(*elements: Any, **more: Any) -> dict[str, Any]:
    return {"stateFacts": ["hasSize"], "size": len(elements), "elements": list(elements), "eTag": "AB"} | more


def failure_of(read) -> tuple[int, str]:
    with pytest.raises(UpstreamFailed) as caught:
        read()
    return caught.value.cause, caught.value.detail


class TestValues:
    def test_a_person(self):
        found = Register(**{"": PERSON | {"inn": "500100732259", "selfEmployed": {"confirmed": True}}}).records().person()

        assert ("Соколова", "Анна", "Игоревна") == (found.surname, found.name, found.patronymic)
        assert date(1984, 9, 5) == found.birth_date
        assert ("F", True, "101", "500100732259") == (found.gender, found.is_trusted, found.document_id, found.inn)
        assert {"selfEmployed": {"confirmed": True}} == found.others
        assert "Соколова" not in repr(found)

    def test_what_was_not_granted_is_absent_and_nothing_is_guessed(self):
        odd = {"firstName": 7, "lastName": "  ", "birthDate": "1984-09-05", "gender": "X", "trusted": "true", "rIdDoc": True}
        found = Register(**{"": odd}).records().person()
        values = [getattr(found, name) for name in type(found).__dataclass_fields__ if name != "others"]
        assert [None] * 14 == values

    ODD = ("x" * 201, " ", None, 7, ["x"])
    NO_NUMBERS = (True, 0, "0", -1, 1.5, "1" * 20, 10**19, "٧", "", None)

    @pytest.mark.parametrize(("name", "values"), [("value", ODD), ("id", NO_NUMBERS)])
    def test_what_is_no_text_or_no_number_is_absent(self, name, values):
        found = Register(ctts=listed(*({name: value} for value in values))).records().contacts()
        assert [None] * len(values) == [getattr(contact, name) for contact in found]

    def test_documents(self):
        passport = {"id": 1, "type": "RF_PASSPORT", "vrfStu": "VERIFIED", "series": "0000", "number": "000001"}
        passport |= {"issueDate": "15.01.2020", "issueId": "198001", "issuedBy": "Стенд", "fmsValid": True}
        [found] = Register(docs=listed(passport)).records().documents()
        assert ("1", "RF_PASSPORT", "0000", "000001") == (found.id, found.kind, found.series, found.number)
        assert (date(2020, 1, 15), "Стенд", "198001", None) == (
            found.issued_on, found.issued_by, found.issuer_code, found.expires_on,
        )  # fmt: skip
        assert (True, {"fmsValid": True}) == (found.is_verified, found.others)

    def test_addresses(self):
        home = {"id": "5", "type": "PLV", "addressStr": "х" * 300, "countryId": "RUS", "zipCode": "163000", "frame": "2"}
        [found] = Register(addrs=listed(home)).records().addresses()
        assert ("5", "PLV", "х" * 300, "RUS", "163000") == (found.id, found.kind, found.text, found.country, found.zip_code)
        assert (None, {"frame": "2"}) == (found.city, found.others)

    def test_children(self):
        birth = {"documents": listed({"id": 3, "type": "RF_BRTH_CERT", "actNo": "9"})}
        [found] = Register(kids=listed(KIDS["elements"][0] | birth)).records().children()
        assert ("1000299777", "Соколов", "Пётр", None) == (found.id, found.surname, found.name, found.patronymic)
        assert (date(2013, 9, 5), "M", "002-000-000 14") == (found.birth_date, found.gender, found.snils)
        assert ("RF_BRTH_CERT",) == tuple(one.kind for one in found.documents)
        assert {"schoolData": {"x": 1}} == found.others

    def test_roles_and_organisations(self):
        school = {"oid": 1000000357, "fullName": "Школа № 1", "type": "LEGAL", "ogrn": "1027"}
        role = school | {"prnOid": OID, "chief": True, "admin": False, "active": True, "isLiquidated": False}
        register = Register(roles=listed(role), orgs=listed(f"{HOST}:443/rs/orgs/1000000357"), orgs_1000000357=school)
        records = register.records()
        [as_role], [as_one] = records.roles(), records.organisations()

        assert ("1000000357", str(OID), True, False, True) == (
            as_role.organisation_oid, as_role.person_oid, as_role.is_chief, as_role.is_admin, as_role.is_active,
        )  # fmt: skip
        assert ("1000000357", "Школа № 1", "LEGAL", "1027", None) == (
            as_one.oid, as_one.full_name, as_one.kind, as_one.ogrn, as_one.inn,
        )  # fmt: skip
        assert as_one == records.organisation("1000000357")
        assert ["me/roles?embed=(elements)", "me/orgs?embed=(elements)", "orgs/1000000357", "orgs/1000000357"] == register.asked
        with pytest.raises(ValueError, match="digits"):
            records.organisation("../prns/1")


class TestLists:
    @pytest.mark.parametrize(
        ("embed", "asked"),
        [
            ("elements", ["me", "me/ctts?embed=(elements)", "me/kids?embed=(elements)"]),
            ("person", ["me?embed=(contacts.elements,kids.elements)"]),
            ("none", ["me", "me/ctts", "me/ctts/7", "me/kids", "me/kids/1000299777"]),
        ],
    )
    def test_every_form_brings_the_same(self, embed, asked):
        address = f"{HOST}:443/rs/prns/{OID}"
        inline = embed != "none"
        register = Register(
            **{"": PERSON | ({"contacts": listed(MOBILE), "kids": KIDS} if embed == "person" else {})},
            ctts=listed(MOBILE if inline else f"{address}/ctts/7"),
            ctts_7=MOBILE,
            kids=KIDS if inline else listed(f"{address}/kids/1000299777"),
            kids_1000299777=KIDS["elements"][0],
        )
        records = register.records(embed=embed)
        person = records.person(CONTACTS, KIDS_LIST)
        [contact], [child] = records.contacts(), records.children()

        assert asked == register.asked
        assert ("Соколова", "+7(900)0000002", "Пётр") == (person.surname, contact.value, child.name)
        assert not {"contacts", "kids"} & set(person.others)

    def test_a_list_that_did_not_come_along_is_asked_for(self):
        register = Register(**{"": PERSON}, ctts=listed(MOBILE))
        records = register.records(embed="person")
        records.person(CONTACTS)
        assert 1 == len(records.contacts())
        assert ["me?embed=(contacts.elements)", "me/ctts?embed=(elements)"] == register.asked

    ELSEWHERE = (
        "https://esia.gosuslugi.ru.evil.example:443/rs/prns/{oid}/kids/7",
        "https://evil.example/rs/prns/{oid}/kids/7",
        "https://esia.gosuslugi.ru@evil.example/rs/prns/{oid}/kids/7",
        "https://evil@esia.gosuslugi.ru/rs/prns/{oid}/kids/7",
        "http://esia.gosuslugi.ru/rs/prns/{oid}/kids/7",
        "https://esia.gosuslugi.ru:8443/rs/prns/{oid}/kids/7",
        "https://esia.gosuslugi.ru:99999/rs/prns/{oid}/kids/7",
        "https://[esia/rs/prns/{oid}/kids/7",
        "//esia.gosuslugi.ru/rs/prns/{oid}/kids/7",
        "/rs/prns/{oid}/kids/7",
        "https://esia.gosuslugi.ru/rs/prns/1/kids/7",
        "https://esia.gosuslugi.ru/rs/prns/{oid}/docs/7",
        "https://esia.gosuslugi.ru/rs/prns/{oid}/kids/../../1/kids/7",
        "https://esia.gosuslugi.ru/rs/prns/{oid}/kids/7?x=1",
        "https://esia.gosuslugi.ru/rs/prns/{oid}/kids/7#x",
        "https://esia.gosuslugi.ru/rs/prns/{oid}/kids/",
        "https://esia.gosuslugi.ru/rs/prns/{oid}/kids/٧",
        "",
        7,
        None,
        ["https://esia.gosuslugi.ru/rs/prns/{oid}/kids/7"],
    )

    @pytest.mark.parametrize("address", ELSEWHERE)
    def test_an_address_that_leads_elsewhere_is_not_followed(self, address):
        written = address.format(oid=OID) if isinstance(address, str) else address
        register = Register(kids=listed(written), kids_7={"id": 7})
        assert (2106, "rest: an address that leads elsewhere") == failure_of(register.records(embed="none").children)
        assert ["me/kids"] == register.asked

    @pytest.mark.parametrize(
        "address",
        ["https://esia.gosuslugi.ru:443/rs/prns/{oid}/kids/7", "https://ESIA.gosuslugi.ru/rs/prns/{oid}/kids/7"],
    )
    def test_an_address_of_esia_is(self, address):
        register = Register(kids=listed(address.format(oid=OID)), kids_7={"id": 7})
        assert ["7"] == [child.id for child in register.records(embed="none").children()]

    WRONG = {
        "not whole": (listed({"id": 1}, size=2), "rest: the list is not whole"),
        "not whole by the other figure": (listed({"id": 1}, totalSize=9), "rest: the list is not whole"),
        "too long": (listed(*({"id": 1} for _ in range(101))), "rest: the list is too long"),
        "says it is too long": (listed(size=101), "rest: the list is too long"),
        "no list": ({"size": 1, "elements": "none"}, "rest: no list"),
        "walk too long": (listed(*(f"{HOST}/rs/prns/{OID}/kids/7" for _ in range(30))), "rest: too many questions"),
    }

    @pytest.mark.parametrize("what", WRONG)
    def test_a_list_that_cannot_be_used(self, what):
        kids, detail = self.WRONG[what]
        register = Register(kids=kids, kids_7={"id": 7})
        assert (2102, detail) == failure_of(register.records().children)
        assert len(register.asked) <= 30

    @pytest.mark.parametrize("empty", [{}, {"size": 0}, {"size": 0, "elements": []}, {"size": True, "elements": []}])
    def test_nobody(self, empty):
        assert () == Register(kids=empty).records().children()

    def test_pages_where_somebody_knows_their_name(self):
        def page(path):
            number = int(path.partition("page=")[2] or 1)
            return {"size": 3, "elements": [{"id": number}] if number <= 3 else []}

        register = Register(kids=page)
        assert ["1", "2", "3"] == [child.id for child in register.records(page_parameter="page").children()]
        assert ["me/kids?embed=(elements)", *(f"me/kids?embed=(elements)&page={n}" for n in (2, 3))] == register.asked
        assert (2102, "rest: the list is not whole") == failure_of(register.records().children)

    def test_pages_that_end_too_early_and_pages_without_end(self):
        ends = Register(kids=lambda path: {"size": 3, "elements": [] if "page" in path else [{"id": 1}]})
        assert (2102, "rest: the list is not whole") == failure_of(ends.records(page_parameter="page").children)
        endless = Register(kids=lambda path: {"size": 100, "elements": [{"id": 1}]})
        assert (2102, "rest: too many questions") == failure_of(endless.records(page_parameter="page").children)


class TestReceived:
    SCOPES = frozenset({"openid", "email", "kid_fullname"})

    def test_only_what_the_scopes_open_is_asked_for(self):
        register = Register(**{"": PERSON})
        found = received(register.records(), frozenset({"openid", "fullname"}))
        assert (None, None, ["me"]) == (found.contacts, found.children, register.asked)

    @pytest.mark.parametrize(("cause", "asked"), [(2104, 3), (2106, 3), (2102, 3), (2101, 2)])
    def test_what_decides_nothing_keeps_nobody_out_and_silence_is_waited_for_once(self, cause, asked, caplog):
        trouble = UpstreamFailed(cause, "static")
        register = Register(**{"": PERSON}, ctts=trouble, kids=trouble)
        found = received(register.records(), self.SCOPES)
        assert ("Анна", None, None) == (found.person.name, found.contacts, found.children)
        assert asked == len(register.asked)
        assert "contacts not received" == caplog.records[0].message

    def test_without_the_person_there_is_nothing(self):
        register = Register(**{"": UpstreamFailed(2104, "http: status 403")})
        assert (2104, "http: status 403") == failure_of(lambda: received(register.records(), self.SCOPES))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([*PERSON, "id", "type", "value", "documents", "oid", "chief", "addressStr", "issueDate"])


@given(st.dictionaries(names, anything, max_size=8))
def test_no_answer_of_any_shape_raises_anything_but_a_failure(element):
    register = Register(**{name: listed(element) for name in ("ctts", "addrs", "docs", "kids", "orgs", "roles")}, **{"": element})
    records = register.records()
    records.person()
    for read in (records.contacts, records.addresses, records.documents, records.children, records.organisations, records.roles):
        assert 1 == len(read())
