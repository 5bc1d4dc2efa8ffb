"""ICAO seals for the tests: authorities, signers and seals of their own, made by hand from the specification."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from functools import cache

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

AT = datetime(2022, 1, 15, 12, 0, tzinfo=UTC)
SEAL = x509.ObjectIdentifier("2.23.136.1.1.14.2")
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

SIGNER = ec.derive_private_key(20211116, ec.SECP256R1())
OTHER = ec.derive_private_key(99, ec.SECP256R1())


@cache
def authority_key(kind):
    """A key as passport authorities have them."""
    if kind.startswith("RSA"):
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(
        {
            "P-256": ec.SECP256R1,
            "P-384": ec.SECP384R1,
            "P-521": ec.SECP521R1,
            "Brainpool-384": ec.BrainpoolP384R1,
        }[kind]()
    )


def name(common):
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "UT"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, common),
        ]
    )


def certificate(
    key,
    by,
    *,
    subject="Signer",
    issuer="CSCA",
    years=(2021, 2031),
    ca=False,
    usages=(SEAL,),
    purpose=None,
    hash_=None,
    pss=False,
):
    """A certificate in DER for ``key``, signed ``by`` another or itself."""
    start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in years)
    built = x509.CertificateBuilder(name(issuer), name(subject), key.public_key(), 7, start, end)
    if ca:
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    flags = dict.fromkeys(
        [
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ],
        False,
    )
    purpose = purpose or ("key_cert_sign" if ca else "digital_signature")
    built = built.add_extension(x509.KeyUsage(**flags | {purpose: True}), critical=True)
    if usages and not ca:
        built = built.add_extension(x509.ExtendedKeyUsage(usages), critical=True)
    pad = padding.PSS(padding.MGF1(hash_ or hashes.SHA256()), 32) if pss else None
    signed = built.sign(by, hash_ or hashes.SHA256(), rsa_padding=pad)
    return signed.public_bytes(serialization.Encoding.DER)


def url(octets):
    return base64.urlsafe_b64encode(octets).decode()


def vaccination(**changes):
    """``data`` of a proof of vaccination; ``changes`` are of its message."""
    message = {
        "uvci": "U32870",
        "pid": {"n": "SMITH BILL", "dob": "1990-01-02", "sex": "M", "i": "A1234567Z"},
        "ve": [
            {
                "des": "XM68M6",
                "nam": "Comirnaty",
                "dis": "RA01.0",
                "vd": [
                    {"dvc": "2021-03-03", "seq": 1, "ctr": "UTO", "adm": "RIVM", "lot": "VC35679"},
                    {"dvc": "2021-03-24", "seq": 2, "ctr": "UTO", "adm": "RIVM", "lot": "VC87540"},
                ],
            }
        ],
    }
    return {"hdr": {"t": "icao.vacc", "v": 1, "is": "UTO"}, "msg": message | changes}


def sampled(**changes):
    """``data`` of a proof of testing."""
    message = {
        "utci": "U01932",
        "pid": {"n": "COOK GERALD", "dob": "1990-01-29", "dt": "P", "dn": "E1234567P"},
        "sp": {
            "spn": "General Hospital",
            "ctr": "UTO",
            "cd": {"p": "+1", "e": "a@b", "a": "12 Utopia Street"},
        },
        "dat": {"sc": "2022-01-14T20:00:00+01:00", "ri": "2022-01-15T08:00:00+01:00"},
        "tr": {"tc": "molecular(PCR)", "r": "negative", "m": "nasopharyngeal"},
    }
    return {"hdr": {"t": "icao.test", "v": 1, "is": "UTO"}, "msg": message | changes}


def raw(key, octets):
    """An ES256 signature, the two numbers side by side."""
    r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def seal(data=None, *, cer, key=SIGNER, **sig):
    """The text of a seal; ``sig`` changes members of its signature block."""
    data = vaccination() if data is None else data
    block = {"alg": "ES256", "cer": url(cer), "sigvl": url(raw(key, rfc8785.dumps(data)))}
    return json.dumps({"data": data, "sig": block | sig}, ensure_ascii=False)
