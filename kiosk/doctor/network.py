"""Who can sign in, the pages over TLS, and central."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from kiosk.accounts import Accounts
from kiosk.doctor.finding import Finding, bad, good
from kiosk.settings import Settings, TlsSettings
from kiosk.web.tls import RENEW, own_names


def sign_ins(settings: Settings) -> Iterator[Finding]:
    """Somebody can sign in."""
    accounts = Accounts(settings.data / "accounts.json")
    if accounts.empty():
        yield bad("sign-ins", "nobody can sign in at the desk", "make one: kiosk account NAME --role manager")
    else:
        yield good("sign-ins", "there are some")


def central(settings: Settings) -> Iterator[Finding]:
    """Central is never fatal: a door works without it, and its entries wait."""
    said = settings.central
    if said is None:
        yield bad("central", "is not configured", "add `central` to send entries on", fatal=False)
        return
    token = said.token_file.read_text(encoding="utf-8").strip()
    request = urllib.request.Request(  # noqa: S310 - the settings allow http and https only
        f"{said.url}/v1/kiosks/{settings.kiosk}", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310
            yield good("central", f"{said.url} knows this kiosk")
    except urllib.error.HTTPError as error:
        mend = "ask for a new token (central enrol)" if error.code in {401, 404} else "tell who runs it"
        yield bad("central", f"{said.url} answered {error.code}", mend, fatal=False)
    except OSError as error:
        yield bad("central", f"{said.url}: {error}", "entries wait until it answers", fatal=False)


def tls(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The certificate of the pages. It is never fatal: at the kiosk's own screen nobody needs it."""
    said = settings.tls
    if said is None:
        yield good("TLS", "not set up: the pages are for this machine alone")
        return
    file = settings.data / "web" / "tls.pem"
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except FileNotFoundError:
        yield bad("TLS", "no certificate yet", "start kiosk web once: it makes one", fatal=False)
        return
    except PermissionError:
        # The key lies in the same file, and is the pages' alone: what they show to anybody is enough.
        asked = _shown(said)
        if asked is None:
            yield bad(
                "TLS",
                f"{file} cannot be read, and no pages answer at port {said.port}",
                "start kiosk web, or look as its user",
                fatal=False,
            )
            return
        certificate = asked
    except ValueError:
        yield bad(
            "TLS",
            f"{file} is no certificate with its key",
            "remove it and start kiosk web again; the fingerprint will be another",
            fatal=False,
        )
        return
    yield _judged(certificate, said, now)


def _shown(said: TlsSettings) -> x509.Certificate | None:
    """The certificate that the running pages show."""
    host = "127.0.0.1" if said.host in {"0.0.0.0", "::"} else said.host  # noqa: S104 - compared, not bound
    try:
        return x509.load_pem_x509_certificate(
            ssl.get_server_certificate((host, said.port), timeout=5).encode()
        )
    except (OSError, ValueError):
        return None


def _judged(certificate: x509.Certificate, said: TlsSettings, now: datetime) -> Finding:
    days = (certificate.not_valid_after_utc - now).days
    known = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names = {
        *known.get_values_for_type(x509.DNSName),
        *(str(address) for address in known.get_values_for_type(x509.IPAddress)),
    }
    anew = "start kiosk web again: it makes a new one, and its fingerprint is another"
    lacking = sorted(({name.lower() for name in said.names} | own_names()) - names)
    if now >= certificate.not_valid_after_utc - RENEW:
        when = "ran out" if days < 0 else f"has {days} days left"
        return bad("TLS", f"the certificate {when}", anew, fatal=False)
    if lacking:
        return bad("TLS", f"the certificate does not name {', '.join(lacking)}", anew, fatal=False)
    return good("TLS", f"the certificate has {days} days left; it names {', '.join(sorted(names))}")
