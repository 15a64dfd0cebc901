"""The examples of the standards: GOST R 34.10-2012 (RFC 7091, 7.1 and 7.2) and GOST R 34.11-2012 (RFC 6986, 10.1 and 10.2).

By our arithmetic, by that of the mock, which is its own, and by OpenSSL, as far as each lets somebody choose curve and number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from asn1crypto import core, pem
from gostcrypto import gosthash, gostsignature

from broker.connectors.esia.signing.gost_curve import Arithmetic, streebog
from broker.mock_esia import gost
from tests.support.openssl import openssl, require_engine, run


@dataclass(frozen=True)
class Example:
    mode: int
    curve: dict[str, int]
    private: str
    public: tuple[str, str]
    digest: str
    once: str
    signature: tuple[str, str]

    def octets(self, *numbers: str) -> bytearray:
        size = len(self.digest) // 2 + len(self.digest) % 2
        return bytearray(b"".join(int(number, 16).to_bytes(size, "big") for number in numbers))


_Q1 = 0x8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3
_Q2 = int(
    "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D"
    "A82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DF",
    16,
)
EXAMPLES = {
    "256": Example(
        mode=gostsignature.MODE_256,
        curve={
            "p": 0x8000000000000000000000000000000000000000000000000000000000000431,
            "a": 7,
            "b": 0x5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E,
            "m": _Q1,
            "q": _Q1,
            "x": 2,
            "y": 0x8E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8,
        },
        private="7A929ADE789BB9BE10ED359DD39A72C11B60961F49397EEE1D19CE9891EC3B28",
        public=(
            "7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B",
            "26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA",
        ),
        digest="2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5",
        once="77105C9B20BCD3122823C8CF6FCC7B956DE33814E95B7FE64FED924594DCEAB3",
        signature=(
            "41AA28D2F1AB148280CD9ED56FEDA41974053554A42767B83AD043FD39DC0493",
            "1456C64BA4642A1653C235A98A60249BCD6D3F746B631DF928014F6C5BF9C40",
        ),
    ),
    "512": Example(
        mode=gostsignature.MODE_512,
        curve={
            "p": int(
                "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D"
                "F1D852741AF4704A0458047E80E4546D35B8336FAC224DD81664BBF528BE6373",
                16,
            ),
            "a": 7,
            "b": int(
                "1CFF0806A31116DA29D8CFA54E57EB748BC5F377E49400FDD788B649ECA1AC43"
                "61834013B2AD7322480A89CA58E0CF74BC9E540C2ADD6897FAD0A3084F302ADC",
                16,
            ),
            "m": _Q2,
            "q": _Q2,
            "x": int(
                "24D19CC64572EE30F396BF6EBBFD7A6C5213B3B3D7057CC825F91093A68CD762"
                "FD60611262CD838DC6B60AA7EEE804E28BC849977FAC33B4B530F1B120248A9A",
                16,
            ),
            "y": int(
                "2BB312A43BD2CE6E0D020613C857ACDDCFBF061E91E5F2C3F32447C259F39B2C"
                "83AB156D77F1496BF7EB3351E1EE4E43DC1A18B91B24640B6DBB92CB1ADD371E",
                16,
            ),
        },
        private=(
            "BA6048AADAE241BA40936D47756D7C93091A0E8514669700EE7508E508B10207"
            "2E8123B2200A0563322DAD2827E2714A2636B7BFD18AADFC62967821FA18DD4"
        ),
        public=(
            "115DC5BC96760C7B48598D8AB9E740D4C4A85A65BE33C1815B5C320C854621DD"
            "5A515856D13314AF69BC5B924C8B4DDFF75C45415C1D9DD9DD33612CD530EFE1",
            "37C7C90CD40B0F5621DC3AC1B751CFA0E2634FA0503B3D52639F5D7FB72AFD61"
            "EA199441D943FFE7F0C70A2759A3CDB84C114E1F9339FDF27F35ECA93677BEEC",
        ),
        digest=(
            "3754F3CFACC9E0615C4F4A7C4D8DAB531B09B6F9C170C533A71D147035B0C591"
            "7184EE536593F4414339976C647C5D5A407ADEDB1D560C4FC6777D2972075B8C"
        ),
        once=(
            "359E7F4B1410FEACC570456C6801496946312120B39D019D455986E364F36588"
            "6748ED7A44B3E794434006011842286212273A6D14CF70EA3AF71BB1AE679F1"
        ),
        signature=(
            "2F86FA60A081091A23DD795E1E3C689EE512A3C82EE0DCC2643C78EEA8FCACD3"
            "5492558486B20F1C9EC197C90699850260C93BCBCD9C5C3317E19344E173AE36",
            "1081B394696FFE8E6585E7A9362D26B6325F56778AADBC081C0BFBE933D52FF5"
            "823CE288E8C4F362526080DF7F70CE406A6EEB1F56919CB92A9853BDE73E5B4A",
        ),
    ),
}
# The standard writes messages and digests with the last byte first; here they are as they lie in memory.
M1 = b"012345678901234567890123456789012345678901234567890123456789012"
M2 = "Се ветри, Стрибожи внуци, веютъ с моря стрелами на храбрыя плъкы Игоревы".encode("cp1251")
DIGESTS = {
    M1: (
        "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500",
        "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa"
        "00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48",
    ),
    M2: (
        "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50",
        "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376"
        "035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28",
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_signature(name: str) -> None:
    example = EXAMPLES[name]
    ours = Arithmetic(example.mode, example.curve)
    signature, public = example.octets(*example.signature), example.octets(*example.public)

    assert public == ours.public_key_generate(example.octets(example.private))
    assert signature == ours.sign(example.octets(example.private), example.octets(example.digest), example.octets(example.once))
    for fits in (ours.verify, partial(_fits_by_the_mock, example.curve)):
        assert fits(public, example.octets(example.digest), signature)
        for at in (0, len(signature) // 2, -1):
            bent = bytearray(signature)
            bent[at] ^= 1
            assert not fits(public, example.octets(example.digest), bent)


def _fits_by_the_mock(curve: dict[str, int], public: bytearray, digest: bytearray, signature: bytearray) -> bool:
    x, y, r, s = (
        int.from_bytes(half, "big") for pair in (public, signature) for half in (pair[: len(pair) // 2], pair[len(pair) // 2 :])
    )
    return gost.numbers_fit(curve, (x, y), digest, r, s)


def test_openssl_believes_the_first_example(tmp_path: Path) -> None:
    require_engine()
    example = EXAMPLES["256"]
    (tmp_path / "pub.pem").write_bytes(pem.armor("PUBLIC KEY", _public_key_info(example)))
    # What is signed is the digest itself, which OpenSSL reads with the last byte first.
    (tmp_path / "digest").write_bytes(bytes(reversed(example.octets(example.digest))))
    (tmp_path / "raw").write_bytes(bytes(example.octets(example.signature[1], example.signature[0])))
    words = ("pkeyutl", "-verify", "-pubin", "-inkey", "pub.pem", "-in", "digest", "-sigfile", "raw")

    assert "Verified Successfully" in openssl(tmp_path, *words)
    (tmp_path / "raw").write_bytes(bytes(example.octets(*example.signature)))
    assert 0 != run(tmp_path, *words).returncode


@pytest.mark.parametrize("message", [M1, M2])
def test_the_examples_of_the_digest(message: bytes) -> None:
    short, long = DIGESTS[message]

    assert short == streebog(message).hex() == gost.streebog(message).hex()
    assert long == gosthash.new("streebog512", data=message).hexdigest()


def test_openssl_knows_the_examples_of_the_digest(tmp_path: Path) -> None:
    require_engine()
    for message, (short, long) in DIGESTS.items():
        (tmp_path / "m").write_bytes(message)
        assert short == openssl(tmp_path, "dgst", "-md_gost12_256", "-r", "m").split()[0]
        assert long == openssl(tmp_path, "dgst", "-md_gost12_512", "-r", "m").split()[0]


def _public_key_info(example: Example) -> bytes:
    """RFC 9215 4: the curve is that which CryptoPro names for tests, and the coordinates are little-endian."""
    point = bytes(reversed(example.octets(example.public[0]))) + bytes(reversed(example.octets(example.public[1])))
    curve = core.ObjectIdentifier("1.2.643.2.2.35.0").dump() + core.ObjectIdentifier("1.2.643.7.1.1.2.2").dump()
    algorithm = core.ObjectIdentifier("1.2.643.7.1.1.1.1").dump() + _sequence(curve)
    bits = b"\x03" + bytes((67, 0)) + core.OctetString(point).dump()
    return _sequence(_sequence(algorithm) + bits)


def _sequence(content: bytes) -> bytes:
    return b"\x30" + bytes((len(content),) if len(content) < 128 else (0x81, len(content))) + content
