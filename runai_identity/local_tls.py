"""TLS for `make run`: by a certificate of the operator's, or by one of a throw-away authority (`make certificate`)."""

import datetime
import ipaddress
import os
import shutil
import ssl
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.core.exceptions import ImproperlyConfigured

LIFETIME = datetime.timedelta(days=397)  # browsers refuse certificates of a longer one


# Of what OpenSSL reads, that for which granian finds a signature.
KINDS = "Make one for RSA, P-256, P-384 or Ed25519."


class Files(NamedTuple):
    """`authority` is the CA certificate of a throw-away authority, None for a certificate of the operator's."""

    certificate: Path
    key: Path
    authority: Path | None = None


def files_from_environment(data: Path) -> Files | None:
    """TLS_CERT and TLS_KEY, or else what `make certificate` made; None where there is neither."""
    certificate, key = os.environ.get("TLS_CERT", ""), os.environ.get("TLS_KEY", "")
    if bool(certificate) != bool(key):
        raise ImproperlyConfigured(
            "TLS_CERT names the certificate and TLS_KEY its key, both PEM files: give both, or neither."
        )
    if certificate:
        return Files(Path(certificate).resolve(), Path(key).resolve())
    made = made_in(data)
    return made if made.certificate.exists() else None


def made_in(data: Path) -> Files:
    """Return where `make certificate` puts what it makes."""
    folder = data / "tls"
    return Files(folder / "tls.crt", folder / "tls.key", folder / "ca.crt")


def check(files: Files, host: str) -> None:
    """Refuse files that can't serve `host`: kube-apiserver and browsers would say less of why."""
    try:
        require_servable(load_pem_private_key(files.key.read_bytes(), None), files.key)
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.key)
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    except TypeError:
        raise ImproperlyConfigured(
            f"{files.key} is encrypted. Write it without a passphrase: openssl pkey -in KEY -out PLAIN"
        ) from None
    except UnsupportedAlgorithm:
        raise ImproperlyConfigured(f"{files.key} is of a kind that can't be served. {KINDS}") from None
    except (ssl.SSLError, ValueError) as error:
        why = getattr(error, "reason", None) or str(error).rstrip(".")
        raise ImproperlyConfigured(
            f"{files.certificate} and {files.key} are no certificate and its key: {why}."
        ) from None
    except OSError as error:
        raise ImproperlyConfigured(f"{files.certificate} and {files.key} can't be read: {error}.") from None
    if certificate.not_valid_after_utc < datetime.datetime.now(datetime.UTC):
        raise ImproperlyConfigured(
            f"{files.certificate} ended at {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC.{_another(files)}"
        )
    names = names_of(certificate)
    if not any(_covers(name, host) for name in names):
        raise ImproperlyConfigured(
            f"{files.certificate} is for {', '.join(names) or 'no name'}, and people come to {host}. Name the address"
            f" that it is for: PUBLIC_URL=https://{next(iter(names), 'HOST')}:{os.environ.get('PORT', '8000')}."
            f"{_another(files)}"
        )


def require_servable(key: object, file: Path) -> None:
    """Refuse a key that OpenSSL reads, and for which granian finds no signature."""
    curves = ec.SECP256R1 | ec.SECP384R1
    is_servable = isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey)
    if not is_servable and not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, curves)):
        raise ImproperlyConfigured(f"{file} is of a kind that can't be served. {KINDS}")


def names_of(certificate: x509.Certificate) -> list[str]:
    """Its subject alternative names: DNS names and IP addresses. The common name counts for nobody any more."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in found if isinstance(name, x509.DNSName | x509.IPAddress)]


def make(data: Path, hosts: Collection[str]) -> Files:
    """Make an authority and a certificate for `hosts`. The authority's key is forgotten: it signs nothing else."""
    files = made_in(data)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _signed(authority_key, authority_key, "runai-identity throw-away CA", None, ())
    certificate = _signed(key, authority_key, "runai-identity", authority, hosts)
    aside = Path(tempfile.mkdtemp(dir=data, prefix="tls-"))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for file, content in (
        (files.certificate, certificate.public_bytes(Encoding.PEM)),
        (files.key, private),
        (files.authority or files.key, authority.public_bytes(Encoding.PEM)),
    ):
        (aside / file.name).write_bytes(content)
    try:
        aside.rename(files.certificate.parent)
    except OSError:  # somebody else was quicker
        shutil.rmtree(aside)
    return files


def _signed(
    key: ec.EllipticCurvePrivateKey,
    signing: ec.EllipticCurvePrivateKey,
    name: str,
    issuer: x509.Certificate | None,
    hosts: Collection[str],
) -> x509.Certificate:
    """Sign a certificate: an authority's without an `issuer`, and else a server's."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    is_ca = issuer is None
    builder = (
        x509.CertificateBuilder(
            issuer.subject if issuer else subject, subject, key.public_key(), x509.random_serial_number()
        )
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=0 if is_ca else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .add_extension(_usage(is_ca=is_ca), critical=True)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(host) for host in hosts]), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(signing, hashes.SHA256())


def _usage(*, is_ca: bool) -> x509.KeyUsage:
    unused = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, **unused)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _covers(name: str, host: str) -> bool:
    """Match a name by RFC 6125 §6.4.3: a wildcard stands for the first label alone."""
    if name.startswith("*."):
        return host.lower().partition(".")[2] == name[2:].lower()
    return name.lower() == host.lower()


def _another(files: Files) -> str:
    if files.authority is None:
        return ""
    return (
        f" To make another: rm -r {files.certificate.parent}; make certificate. Clusters and people then need its CA."
    )
