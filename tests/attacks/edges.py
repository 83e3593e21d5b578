"""Every place where outside bytes meet a library: how it is called, and the refusals that it may answer with."""

import base64
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.exceptions import ValidationError
from hypothesis import strategies as some
from rest_framework.exceptions import ParseError

from clustersync.apiserver_checks import signature
from clustersync.apiserver_checks.golang import NotReadableByGo as NotAJWS
from clustersync.doctor.diagnosis import diagnose
from clustersync.doctor.reading import read as read_for_doctor
from clustersync.doctor.served import Observed
from clustersync.models.validators import check_api_url, check_certificates, check_networks
from clustersync.rbac.live import MalformedObject, live_objects
from common import certificates, jose, parsers
from common.errors import Invalid, Unauthenticated
from common.outbound import check_url
from sso import oidc, openshift
from sso.mapping import DEFAULTS, MissingEmail, map_attributes
from sso.saml.metadata import read_metadata
from tests.attacks.rubbish import changed, edited, edited_text, values
from tests.clustersync.doctor import SERVED
from tests.sso.idp_keys import key as idp_key
from tests.sso.op import KEY, jwk
from tokens import assertion_jwt
from tokens import jwt as our_jwt
from tokens.client_metadata import READERS
from tokens.models.applications import validate_redirect_uri

ODD_METADATA = (Path(__file__).parent / "data" / "metadata-ec-unsupported-curve.xml").read_text()
_CERTIFICATE = re.search(r"X509Certificate>([^<]+)<", ODD_METADATA)
assert _CERTIFICATE
ODD_CURVE = base64.b64decode(_CERTIFICATE[1])
CERTIFICATE = base64.b64decode(idp_key().body)
METADATA = ODD_METADATA.replace(_CERTIFICATE[1], idp_key().body)

_EC = jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)
JWKS = {"keys": [jwk(KEY, "one"), {**_EC, "kid": "two", "alg": "ES256"}]}
CLAIMS = {"iss": "shop", "sub": "shop", "aud": settings.ISSUER, "exp": int(time.time()) + 300, "iat": 1, "jti": "a"}
HEADER = {"kid": "one", "alg": "RS256"}
JWT = jwt.encode(CLAIMS, KEY, algorithm="RS256", headers={"kid": "one"})
DISCOVERY = {name: f"https://idp.example.com/{name}" for name in oidc.KEPT}
ATTRIBUTES = {
    "email": "jane@acme.com",
    "GROUPS": ["a"],
    "UID": "1",
    "GID": 1,
    "SUPPLEMENTARYGROUPS": [1],
    "firstName": "J",
}
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBindingList",
    "items": [
        {
            "kind": "RoleBinding",
            "metadata": {"name": "a", "namespace": "b", "labels": {"c": "d"}},
            "roleRef": {"kind": "ClusterRole", "name": "e"},
            "subjects": [{"kind": "User", "name": "f"}],
        }
    ],
}
KUBECONFIG = {"apiVersion": "v1", "kind": "Config", "users": [{"name": "a", "user": {"exec": {"command": "b"}}}]}
FLAGS = "- --oidc-issuer-url=https://identity.example.com/auth/realms/runai\n- --oidc-client-id=runai-gpu-1\n"


@dataclass(frozen=True)
class Edge:
    """`call` gets what `rubbish` makes, and returns or raises one of `refusals`."""

    call: Callable[[Any], object]
    rubbish: some.SearchStrategy[Any]
    refusals: tuple[type[Exception], ...] = ()


def as_json(strategy: some.SearchStrategy[Any]) -> some.SearchStrategy[str]:
    return strategy.map(json.dumps)


def jwt_of(claims: Any, header: Any) -> str:
    """Sign whatever is given as claims and header, with the key that a client registered."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    mark = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(b".".join(parts), KEY)
    return b".".join([*parts, base64.urlsafe_b64encode(mark).rstrip(b"=")]).decode()


@some.composite
def signed(draw: some.DrawFn) -> str:
    """A JWT that somebody with the right key wrote, with odd claims or an odd header."""
    return jwt_of(draw(changed(CLAIMS)), draw(changed(HEADER)))


def read_assertion(raw: str) -> object:
    assertion_jwt.subject(raw)
    return assertion_jwt.read(raw, jwks={"keys": [JWKS["keys"][0]]}, client_id="shop")


def read_registration(body: Any) -> None:
    for name, read in READERS.items():
        try:
            read(name, body)
        except Invalid:
            continue


def is_object(value: object) -> bool:
    return isinstance(value, dict)


ders = some.one_of(edited(CERTIFICATE), edited(ODD_CURVE))
pems = ders.map(lambda der: f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(der).decode()}\n-----END CERTIFICATE-----")
bundles = some.one_of(pems, edited_text(idp_key().pem.decode()), some.text(max_size=50))
with_certificate = ders.map(lambda der: METADATA.replace(idp_key().body, base64.b64encode(der).decode()))
tokens = some.one_of(signed(), edited_text(JWT), some.text(max_size=50))
addresses = some.one_of(edited_text("https://a.example.com:6443/x?y=z#w"), some.text(max_size=30))
keys = some.one_of(*(changed(one).filter(is_object) for one in JWKS["keys"]))
registrations = some.one_of(values, changed(JWKS), addresses, some.lists(addresses, max_size=2))
pasted = some.one_of(edited_text(FLAGS), as_json(changed(KUBECONFIG)))
bodies = some.one_of(as_json(values).map(str.encode), some.binary(max_size=50))

read_openshift = partial(openshift.read_metadata, url=f"https://o.example.com{openshift.WELL_KNOWN}")
read_openid = partial(oidc.read_metadata, url="")

EDGES: dict[str, Edge] = {
    "certificate": Edge(certificates.read_der, ders, (certificates.UnreadableCertificate,)),
    "certificate in PEM": Edge(certificates.read_all, bundles, (certificates.UnreadableCertificate,)),
    "certificate for display": Edge(certificates.describe_pem, bundles),
    "CA of a cluster": Edge(check_certificates, bundles, (ValidationError,)),
    "SAML metadata": Edge(read_metadata, some.one_of(edited_text(METADATA), with_certificate), (Invalid,)),
    "discovery": Edge(read_openid, as_json(changed({**DISCOVERY, "scopes_supported": ["a"]})), (Invalid,)),
    "OpenShift's discovery": Edge(read_openshift, as_json(changed(DISCOVERY)), (Invalid,)),
    "JWK": Edge(jose.public_key, keys, (jose.UnusableKey,)),
    "JWK of a client": Edge(assertion_jwt.why_not, keys),
    "client assertion": Edge(read_assertion, tokens, (Unauthenticated,)),
    "access token": Edge(our_jwt.read_for_anybody, tokens, (Unauthenticated,)),
    "ID token hint": Edge(our_jwt.read_hint, tokens, (Unauthenticated,)),
    "token as kube-apiserver reads it": Edge(signature.parse, tokens, (NotAJWS,)),
    "attributes": Edge(
        lambda one: map_attributes(one, DEFAULTS), changed(ATTRIBUTES).filter(is_object), (MissingEmail,)
    ),
    "registration": Edge(read_registration, registrations),
    "redirect URI": Edge(partial(validate_redirect_uri, native=True), addresses, (ValidationError,)),
    "address to fetch": Edge(check_url, addresses, (Invalid,)),
    "address of an API server": Edge(check_api_url, addresses, (ValidationError,)),
    "networks": Edge(check_networks, some.one_of(values, changed(["10.0.0.0/24", "::1"])), (ValidationError,)),
    "JSON body": Edge(parsers.loads, bodies, (ParseError,)),
    "RBAC objects": Edge(live_objects, changed(BINDING), (MalformedObject,)),
    "text for the doctor": Edge(lambda text: diagnose(read_for_doctor(text), SERVED, Observed()), pasted),
}
