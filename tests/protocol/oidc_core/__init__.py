"""OpenID Connect Core 1.0 (with errata 2), and RFC 7523 for clients' assertions."""

from tests.protocol.must import NotApplicable

TITLE = "OpenID Connect Core 1.0"

NO_IMPLICIT = "only response_type=code is offered (RFC 9700 §2.1.2)"
NO_REQUEST_OBJECTS = "request objects are not offered, which §6 allows and the metadata says"
NO_CLAIMS = "the parameter claims is not offered, which §5.5 allows and the metadata says"
NO_ENCRYPTION = "nothing is encrypted; no encryption algorithm is published"
CLIENTS_DUTY = "a duty of the client"

NOT_APPLICABLE = (
    NotApplicable("§3.1.2.2", "a sub that the claims parameter names is the only one answered for", NO_CLAIMS),
    NotApplicable("§3.1.2.7, §3.1.3.5, §3.1.3.7, §3.1.3.8", "answers and ID tokens are verified", CLIENTS_DUTY),
    NotApplicable("§3.2", "the implicit flow", NO_IMPLICIT),
    NotApplicable("§3.3", "the hybrid flow", NO_IMPLICIT),
    NotApplicable("§4", "signing in that begins at a third party", "an endpoint of the client"),
    NotApplicable("§5.1.1", "the claim address", "not offered"),
    NotApplicable("§5.2", "claims in several languages", "not offered: names are written as people write them"),
    NotApplicable("§5.3.2", "a signed or encrypted UserInfo answer", "optional, and not offered"),
    NotApplicable("§5.3.4", "the answer's sub is compared with that of the ID token", CLIENTS_DUTY),
    NotApplicable("§5.5.1", "essential claims, and acr above all", NO_CLAIMS),
    NotApplicable("§5.6.2", "aggregated and distributed claims", "optional, and not offered"),
    NotApplicable("§6.1, §6.2, §6.3", "how a request object is verified and put together", NO_REQUEST_OBJECTS),
    NotApplicable("§7", "self-issued providers", "this server issues for others"),
    NotApplicable("§8.1", "pairwise subjects", "optional, and not offered: subjects are public"),
    NotApplicable("§9", "client_secret_jwt", "optional, and not offered: secrets are kept by hash only"),
    NotApplicable(
        "§9",
        "aud of an assertion: the token endpoint's address is recommended",
        "SHOULD; the issuer alone is taken, as one string: the revision of RFC 7523 (docs/applications.md)",
    ),
    NotApplicable("§10.2", "encryption, and turning its keys over", NO_ENCRYPTION),
    NotApplicable("§11", "offline access is ignored in flows without a code", NO_IMPLICIT),
    NotApplicable("§14", "strings are compared code point by code point", "Python's == does; redirect URIs are tested"),
    NotApplicable("§15.2", "what dynamic providers offer", "registration needs an initial access token"),
    NotApplicable("§15.3, §15.4", "discovery and registration", "documents of their own"),
    NotApplicable("§16.5 to §16.16", "considerations without a MUST for this provider", "nothing to test"),
    NotApplicable("§16.17", "TLS, and which", "the proxy in front speaks it; plain requests are sent to https, tested"),
    NotApplicable("§17", "considerations on privacy", "no MUST; scopes and consent are tested under §5.4 and §3.1.2.4"),
    NotApplicable("RFC 7523 §2.1, §3.1", "assertions as authorization grants", "that grant type is not offered"),
    NotApplicable("RFC 7523 §3", "iat far in the past may be refused", "MAY; exp decides, at most ten minutes ahead"),
)
