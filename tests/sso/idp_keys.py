"""Keys with self-signed certificates for providers, each made once a process: an RSA key takes a tenth of a second."""

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Key:
    private: Path
    certificate: Path

    @property
    def pem(self) -> bytes:
        """The certificate."""
        return self.certificate.read_bytes()

    @property
    def body(self) -> str:
        """The certificate in base64, as metadata and KeyInfo carry it."""
        return "".join(self.pem.decode().splitlines()[1:-1])

    @property
    def public(self) -> bytes:
        """The public key alone, in PEM: what a confusion of algorithms takes for a shared secret."""
        key = x509.load_pem_x509_certificate(self.pem).public_key()
        return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@lru_cache
def folder() -> Path:
    """Where they are, until the process ends: xmlsec1 and PHP read files."""
    path = Path(tempfile.mkdtemp(prefix="idp-keys-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@lru_cache
def key(name: str = "idp", *, expired: bool = False, bits: int = 2048) -> Key:
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    made = Key(folder() / f"{name}-{expired}-{bits}.key", folder() / f"{name}-{expired}-{bits}.crt")
    made.private.write_bytes(pem)
    made.certificate.write_bytes(_certificate(private, name, expired=expired))
    return made


def _certificate(private: rsa.RSAPrivateKey, name: str, *, expired: bool) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    # Real days: a test that moves the clock must not make keys of its own time.
    began = datetime(2020, 1, 1, tzinfo=UTC)
    days = 365 if expired else 365 * 30
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(private.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(began).not_valid_after(began + timedelta(days=days))
    return builder.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
