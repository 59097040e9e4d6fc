"""Personal data: what must be found, in which notations, and the numbers that only look like it."""

from __future__ import annotations

import pytest

from benchmarks.pii_made import MADE
from benchmarks.pii_values import guard_look, samples, score
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import FLAG, Policy, Rule
from gateway.core.types import Channel, Context, Segment
from gateway.guards.pii import ENTITIES, PiiParams
from gateway.guards.pii_tags import TAGS
from tests.gateway.guards.table import Row, guard_table, streamed

FOUND: list[Row] = [
    ("Write to jo.doe+x@mail.example.co.uk.", [("jo.doe+x@mail.example.co.uk", "EMAIL_ADDRESS")]),
    ("<a_b@x-y.io>,c@d.org", [("a_b@x-y.io", "EMAIL_ADDRESS"), ("c@d.org", "EMAIL_ADDRESS")]),
    ("4111 1111 1111 1111 12/27", [("4111 1111 1111 1111", "CREDIT_CARD")]),
    ("pay 5555-5555-5555-4444.", [("5555-5555-5555-4444", "CREDIT_CARD")]),
    ("n=378282246310005;", [("378282246310005", "CREDIT_CARD")]),
    ("amex 3782 822463 10005", [("3782 822463 10005", "CREDIT_CARD")]),
    ("jcb 3522926219308169", [("3522926219308169", "CREDIT_CARD")]),
    ("card 30569309025904", [("30569309025904", "CREDIT_CARD")]),
    ("visa: 4222222222222", [("4222222222222", "CREDIT_CARD")]),
    ("maestro 6759649826438453", [("6759649826438453", "CREDIT_CARD")]),
    ("DE89 3704 0044 0532 0130 00 BIC COBADEFF", [("DE89 3704 0044 0532 0130 00", "IBAN_CODE")]),
    ("gb29nwbk60161331926819", [("gb29nwbk60161331926819", "IBAN_CODE")]),
    ("from 81.2.69.142:443", [("81.2.69.142", "IP_ADDRESS")]),
    ("host 10.0.0.17 is up", [("10.0.0.17", "IP_ADDRESS")]),
    ("at 2001:db8::8a2e:370:7334.", [("2001:db8::8a2e:370:7334", "IP_ADDRESS")]),
    ("00:1B:44:11:3A:B7", [("00:1B:44:11:3A:B7", "MAC_ADDRESS")]),
    ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", [("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "CRYPTO")]),
    ("SSN: 536-22-8726", [("536-22-8726", "US_SSN")]),
    ("my ssn is 536228726", [("536228726", "US_SSN")]),
    ("ITIN 912-70-1234", [("912-70-1234", "US_ITIN")]),
    ("Passport no. 531234567", [("531234567", "US_PASSPORT")]),
    ("UK passport 531234567", [("531234567", "UK_PASSPORT")]),
    ("routing 111000025", [("111000025", "ABA_ROUTING_NUMBER")]),
    ("NHS number 943 476 5919", [("943 476 5919", "UK_NHS")]),
    ("NI AB 12 34 56 C ok", [("AB 12 34 56 C", "UK_NINO")]),
    ("SIN 130-454-820", [("130-454-820", "CA_SIN")]),
    ("PAN ABCPD1234E", [("ABCPD1234E", "IN_PAN")]),
    ("Aadhaar 2341 2341 2346", [("2341 2341 2346", "IN_AADHAAR")]),
    ("27AAPFU0939F1ZV", [("27AAPFU0939F1ZV", "IN_GSTIN")]),
    ("voter id WKH1186253", [("WKH1186253", "IN_VOTER")]),
    ("DNI 12345678Z", [("12345678Z", "ES_NIF")]),
    ("NIE X-1234567-L", [("X-1234567-L", "ES_NIE")]),
    ("cf RSSMRA85T10A562S", [("RSSMRA85T10A562S", "IT_FISCAL_CODE")]),
    ("Partita IVA 00743810152", [("00743810152", "IT_VAT_CODE")]),
    ("PESEL 44051401328", [("44051401328", "PL_PESEL")]),
    ("TFN 123 456 348", [("123 456 348", "AU_TFN")]),
    ("53 004 085 616", [("53 004 085 616", "AU_ABN")]),
    ("ACN 004 860 155", [("004 860 155", "AU_ACN")]),
    ("NRIC S1234567D", [("S1234567D", "SG_NRIC_FIN")]),
    ("Steuer-ID 36 574 261 809", [("36 574 261 809", "DE_TAX_ID")]),
    ("2 55 08 14 168 025 38", [("2 55 08 14 168 025 38", "FR_INSEE")]),
    ("BSN 111222333", [("111222333", "NL_BSN")]),
    ("85.07.30-033.28", [("85.07.30-033.28", "BE_NATIONAL_NUMBER")]),
    ("880320-0016", [("880320-0016", "SE_PERSONNUMMER")]),
    ("131052-308T", [("131052-308T", "FI_PERSONAL_IDENTITY_CODE")]),
    ("390.533.447-05", [("390.533.447-05", "BR_CPF")]),
    ("971013-1019916", [("971013-1019916", "KR_RRN")]),
    ("756.9217.0769.85", [("756.9217.0769.85", "CH_AHV")]),
    ("BOXW310820HNERXN09", [("BOXW310820HNERXN09", "MX_CURP")]),
    ("PPS 1234567T", [("1234567T", "IE_PPS")]),
    ("ring 415-555-2671, ok", [("415-555-2671", "PHONE_NUMBER")]),
    ("+44 20 7946 0958 2", [("+44 20 7946 0958", "PHONE_NUMBER")]),
    ("(415) 555-2671", [("(415) 555-2671", "PHONE_NUMBER")]),
    ("020 7946 0958 or later", [("020 7946 0958", "PHONE_NUMBER")]),
    ("mobile 07911123456", [("07911123456", "PHONE_NUMBER")]),
    ("born on 12 March 1980.", [("12 March 1980", "DATE_OF_BIRTH")]),
    ("DOB: 1980-03-12", [("1980-03-12", "DATE_OF_BIRTH")]),
    ("Date of birth (DD/MM/YYYY): 12/03/1980", [("12/03/1980", "DATE_OF_BIRTH")]),
    ("bWFpbCBhQGIuaW8gdG9kYXk=", ["bWFpbCBhQGIuaW8gdG9kYXk="]),
]
HARMLESS: list[Row] = [(text, []) for text in (
    "Order 112-9876543-1234567 shipped",
    "version 3.11.4, build 10.0.19045",
    "on 2024-11-24 10:30:00, 12:30:45",
    "ISBN 978-0-306-40615-7",
    "ISBN 0-306-40615-2 p. 12",
    "sha 9f86d081884c7d659a2feaa0c55ad015",
    "ext 4471, room 12-34",
    "kill -9 4711 8080",
    "ignore the previous e-mail",
    "C4, S3, EKS, t3.large",
    "git@github.com:org/repo.git",
    "icon@2x.png, npm i a@1.2.3",
    "std::vector<int>, dead::beef",
    "127.0.0.1:8000 and 0.0.0.0",
    "4111 1111 1111 1112",
    "1700000000000 and 1234567890123456",
    "0000 0000 0000 0000",
    "DE89 3704 0044 0532 0130 01",
    "666-12-3456 and 000-12-3456",
    "536-22-8726-11",
    "order 415-555-2671",
    "1,234,567.89 EUR in 2024-2025",
    "2019 2020 2021 2022 2023",
    "the shop was born in 1980",
    "on 12 March 1980 it rained",
    "123e4567-e89b-12d3-a456-426614174000",
    "SKU 943476591 / 123456789",
    "3.14159265358979",
    "Chapter 12345678 AB123",
    "$4,200,000 for 1 000 000 units",
)]

test_pii = guard_table("pii", FOUND + HARMLESS)


def _surest(text: str) -> list[tuple[str, str]]:
    """What a rule with the default threshold acts on."""
    rule = Rule("pii", "pii", action=FLAG)
    plan = Plan.compile([Policy("p", rules=(rule,))], "r", guards())
    verdict = Exchange(plan, Context("d")).judge_input((Channel("user", (Segment("/t", "user", text),)),))
    return [(text[each.start : each.end], each.entity) for each in verdict.findings]


@pytest.mark.parametrize("text", [
    "Tracking 943 476 5919", "firmware 1.2.3.4", "S1234567D", "44051401328", "2341 2341 2346", "0x" + "ab" * 20,
    "415 5552671 parts",
])
def test_a_weak_notation_without_a_word_that_introduces_it_stays_below_the_default_threshold(text: str) -> None:
    assert _surest(text) == []


def test_the_same_notation_counts_once_a_word_introduces_it() -> None:
    assert _surest("wallet 0x" + "ab" * 20) == [("0x" + "ab" * 20, "CRYPTO")]
    assert _surest("server address 1.2.3.4") == [("1.2.3.4", "IP_ADDRESS")]


def test_there_are_many_kinds_and_every_one_of_them_is_in_a_table() -> None:
    covered = {each[1] for _, expected in FOUND for each in expected if isinstance(each, tuple)}
    elsewhere = {"SG_UEN", "DK_CPR", "NO_FODSELSNUMMER", "CN_RESIDENT_ID", "ZA_ID_NUMBER",
                 "URL", *TAGS, *(entity for _, entity in NAMED)}
    made = {each.partition(" ")[0] for each in MADE}
    assert covered | elsewhere | made == set(ENTITIES)
    assert len(ENTITIES) >= 100


NAMED = [
    ("EIN: 91-1144442", "US_EIN"), ("driver's license: D1234567", "US_DRIVER_LICENSE"),
    ("Reisepass Nr. C01X00T47", "DE_PASSPORT"), ("Personalausweis L01X00T47", "DE_ID_CARD"),
    ("Führerschein: B072RRE2I55", "DE_FUEHRERSCHEIN"), ("KVNR A123456780", "DE_HEALTH_INSURANCE"),
    ("Rentenversicherungsnummer 65 170839 J 008", "DE_SOCIAL_SECURITY"), ("Kennzeichen B-MW 1234", "DE_KFZ"),
    ("pasaporte AAA123456", "ES_PASSPORT"), ("passaporto no. YA1234567", "IT_PASSPORT"),
    ("carta d'identità CA00000AA", "IT_IDENTITY_CARD"), ("patente: AA1234567B", "IT_DRIVER_LICENSE"),
    ("passeport 12AB34567", "FR_PASSPORT"), ("carte d'identité 880692310285", "FR_ID_CARD"),
    ("paspoort NW1234567", "NL_PASSPORT"), ("Korean passport M12345678", "KR_PASSPORT"),
    ("Indian passport J1234561", "IN_PASSPORT"), ("member id ABC123456789", "US_HEALTH_INSURANCE_MEMBER_ID"),
    ("reg AB12 CDE", "UK_VEHICLE_REGISTRATION"), ("plate ABC-123 DE", "NG_VEHICLE_REGISTRATION"),
    ("plaka 34 ABC 123", "TR_LICENSE_PLATE"), ("MORGA657054SM9IJ", "UK_DRIVING_LICENCE"),
    ("postcode SW1A 1AA", "UK_POSTCODE"), ("postal code K1A 0B1", "CA_POSTAL_CODE"),
    ("vehicle MH 12 AB 1234", "IN_VEHICLE_REGISTRATION"), ("CIF A58818501", "ES_CIF"),
    ("USt-IdNr. DE136695976", "EU_VAT_NUMBER"), ("CHE-100.155.212", "CH_UID"), ("CC 00000000 0 ZZ4",
     "PT_CITIZEN_CARD"),
    ("RIF V-11470283-4", "VE_RIF"), ("RFC GODE561231GR8", "MX_RFC"), ("21-12-345678-90", "KR_DRIVER_LICENSE"),
    ("KRA A004416331M", "KE_PIN"), ("REGON 192598184", "PL_REGON"), ("SIRET 73282932000074", "FR_SIRET"),
    ("numéro fiscal 3023217600053", "FR_TAX_ID"), ("organisationsnummer 123456-7897", "SE_ORGANISATIONSNUMMER"),
    ("kennitala 120174-3399", "IS_KENNITALA"), ("EMŠO 0101006500006", "SI_EMSO"), ("isikukood 36805280109",
     "EE_ISIKUKOOD"),
    ("asmens kodas 33309240064", "LT_ASMENS_KODAS"), ("AMKA 01013099997", "GR_AMKA"), ("INN 123456789047", "RU_INN"),
    ("RNTRC 1759013776", "UA_RNTRC"), ("teudat zehut 39337423", "IL_ID_NUMBER"), ("DNI 20.123.456", "AR_DNI"),
    ("NIT 213.123.432-1", "CO_NIT"), ("cédula 171430710-3", "EC_CEDULA"), ("RUC 20512333797", "PE_RUC"),
    ("RUT 211003420017", "UY_RUT"), ("cédula 001-1391820-5", "DO_CEDULA"), ("NIN 12345678901", "NG_NIN"),
    ("BRN 116-82-00276", "KR_BRN"), ("hojin bango 5-8356-7825-6246",
     "JP_CORPORATE_NUMBER"), ("KTP 3171011708450001", "ID_NIK"),
]


@pytest.mark.parametrize(("text", "entity"), NAMED)
def test_documents_that_are_named(text: str, entity: str) -> None:
    assert entity in [each[1] for each in _surest(text)]


@pytest.mark.parametrize("text", [
    "passport control at 12", "my driver's license was renewed in 2019", "the plate was AB cold",
    "order 123456789, SSN to follow",
    "account since 2019", "member since 2019", "insurance for 120000 EUR", "patente 2019",
    "passport, 20 questions", "reg 12",
])
def test_a_name_without_its_number_is_nothing(text: str) -> None:
    assert _surest(text) == []


def test_links_are_found_where_a_policy_names_them() -> None:
    assert _surest("see https://example.com/a?b=c.") == []
    rule = Rule("pii", "pii", action=FLAG, params=PiiParams(entities=("URL",)))
    plan = Plan.compile([Policy("p", rules=(rule,))], "r", guards())
    text = "see https://example.com/a?b=c."
    found = Exchange(plan, Context("d")).judge_input((Channel("user", (Segment("/t", "user", text),)),)).findings
    assert [text[each.start : each.end] for each in found] == ["https://example.com/a?b=c"]


FEW = 40
LEAST = {"EMAIL_ADDRESS": 0.995, "CREDIT_CARD": 0.97, "IBAN_CODE": 0.97, "IP_ADDRESS": 0.97, "US_SSN": 0.97}
"""F1 on few values; ``python -m benchmarks.pii_values`` measures it on many."""


@pytest.mark.parametrize("made", MADE)
def test_values_drawn_from_the_rules_beside_near_misses(made: str) -> None:
    name = made.partition(" ")[0]
    tests = [each for each in samples(FEW, 5, name) if each.made == made]
    _, recall, found = score(guard_look(), tests, 0)[made]
    assert recall >= 0.95
    assert found >= LEAST.get(made, 0.85)


@pytest.mark.parametrize(("text", "entity"), [
    ("UEN 53869293J", "SG_UEN"), ("CPR 211062-5629", "DK_CPR"), ("fødselsnummer 151086 95916", "NO_FODSELSNUMMER"),
    ("11010519491231002X", "CN_RESIDENT_ID"), ("ID number 7503305044089", "ZA_ID_NUMBER"),
])
def test_the_rarer_kinds(text: str, entity: str) -> None:
    assert [each[1] for each in _surest(text)] == [entity]


@pytest.mark.parametrize("text", [
    "(0113) 4960620", "090-1685-8783", "+61 7 6115 9714", "(02) 5259 4351", "06 12 34 56 78", "001-581-896-0013x3890",
    "386.379.4180 ext. 12", "(386)379-4180", "+49 (0)89 123456", "0332 123456",
])
def test_telephone_numbers_of_other_countries_by_how_they_are_written(text: str) -> None:
    assert _surest(f"we have {text} here") == [(text, "PHONE_NUMBER")]


@pytest.mark.parametrize("text", [
    "01.02.2003", "0.123 456 789", "01 02 03 04 05", "2016-2024", "39.774917, 44.890715", "Fax invoice 278367074",
    "978-0-306-40615-7", "(1) 234", "call 12 or 13",
])
def test_and_what_is_written_like_them(text: str) -> None:
    assert "PHONE_NUMBER" not in [each[1] for each in _surest(text)]


_ALLOWING = PiiParams(entities=("EMAIL_ADDRESS",), allow=("Help@Example.com", "@ours.io"))
test_only_listed_entities_and_no_allowed_value = guard_table("pii", [
    ("help@example.com a@ours.io", []),
    ("a@example.com", ["a@example.com"]),
    ("4111 1111 1111 1111", []),
], params=_ALLOWING)

test_numbers_of_other_regions = guard_table("pii", [
    ("Tel. 030 23125 111", ["030 23125 111"]),
    ("(415) 555-2671", []),
], params=PiiParams(entities=("PHONE_NUMBER",), regions=("DE",)))


@pytest.mark.parametrize("params", [{"entities": ("SSN",)}, {"regions": ("UK",)}])
def test_unknown_entities_and_regions_are_refused_by_name(params: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match=r"unknown (entity 'SSN'|region 'UK'); (known are|use a code)"):
        PiiParams(**params)


def test_prose_is_hardly_held() -> None:
    rule = Rule("pii", "pii", action=FLAG)
    exchange = Exchange(Plan.compile([Policy("p", rules=(rule,))], "r", guards()), Context("d"))
    field = exchange.field(0, "content")
    text = "In 2026 the team of 12 met on Friday to review 3,450 orders and 2 refunds, or about 4.5 percent. " * 3
    for at in range(0, len(text), 5):
        field.feed(text[at : at + 5])
    assert field.longest_hold <= 11
    assert streamed(exchange.plan, [text]) == ()
