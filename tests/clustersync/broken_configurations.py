"""AuthenticationConfigurations with one thing wrong each: how each is made of a good one, and what is said of it."""

from collections.abc import Callable
from typing import Any

Config = dict[str, Any]


def put(path: str, value: object) -> Callable[[Config], None]:
    """Set what stands at a path such as jwt.0.issuer.url."""

    def change(config: Config) -> None:
        *way, last = path.split(".")
        place: Any = config
        for step in way:
            place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
        if isinstance(place, list):
            place[int(last) :] = [value]
        else:
            place[last] = value

    return change


def drop(path: str) -> Callable[[Config], None]:
    def change(config: Config) -> None:
        *way, last = path.split(".")
        place: Any = config
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        del place[last]

    return change


def again(config: Config) -> None:
    config["jwt"].append(config["jwt"][0])


ISSUER, MAPPINGS = "jwt.0.issuer", "jwt.0.claimMappings"
CLAIM_RULE, USER_RULE = "jwt.0.claimValidationRules.0", "jwt.0.userValidationRules.0"
EXTRA = f"{MAPPINGS}.extra.0"

BROKEN: dict[str, tuple[Callable[[Config], None], str]] = {
    "a version that never was": (put("apiVersion", "apiserver.config.k8s.io/v2"), "apiVersion is not served"),
    "another kind": (put("kind", "AuthorizationConfiguration"), "kind is another"),
    "an unknown field": (put(f"{ISSUER}.clientID", "runai"), "clientID is not known"),
    "an unknown field below": (put(f"{MAPPINGS}.username.suffix", "x"), "suffix is not known"),
    "no issuer": (put(f"{ISSUER}.url", ""), "issuer.url is missing"),
    "an http issuer": (put(f"{ISSUER}.url", "http://identity.example.com"), "issuer.url is not https"),
    "an issuer with a query": (
        put(f"{ISSUER}.url", "https://i.example.com/?a=b"),
        "issuer.url has a query or a fragment",
    ),
    "an issuer with a user": (put(f"{ISSUER}.url", "https://me@i.example.com"), "issuer.url has a user"),
    "an http discovery URL": (
        put(f"{ISSUER}.discoveryURL", "http://i.example.com/x"),
        "issuer.discoveryURL is not https",
    ),
    "no audience": (put(f"{ISSUER}.audiences", []), "issuer.audiences is empty"),
    "an empty audience": (put(f"{ISSUER}.audiences", [""]), "issuer.audiences is empty"),
    "an audience twice": (put(f"{ISSUER}.audiences", ["a", "a"]), "issuer.audiences has one twice"),
    "two audiences and no policy": (
        put(f"{ISSUER}.audiences", ["a", "b"]),
        "issuer.audienceMatchPolicy is not MatchAny",
    ),
    "a policy that isn't": (
        put(f"{ISSUER}.audienceMatchPolicy", "MatchAll"),
        "issuer.audienceMatchPolicy is not MatchAny",
    ),
    "a path for the CA": (
        put(f"{ISSUER}.certificateAuthority", "/etc/ca.crt"),
        "issuer.certificateAuthority is no PEM",
    ),
    "no username": (drop(f"{MAPPINGS}.username"), "claimMappings.username is missing"),
    "a username without a prefix": (drop(f"{MAPPINGS}.username.prefix"), "claimMappings.username.prefix is missing"),
    "a username in two ways": (
        put(f"{MAPPINGS}.username.expression", "claims.sub"),
        "claimMappings.username has claim and expression",
    ),
    "a prefix beside an expression": (
        put(f"{MAPPINGS}.username", {"expression": "claims.sub", "prefix": "x:"}),
        "claimMappings.username.prefix stands beside expression",
    ),
    "groups without a prefix": (drop(f"{MAPPINGS}.groups.prefix"), "claimMappings.groups.prefix is missing"),
    "a uid in two ways": (put(f"{MAPPINGS}.uid.claim", "sub"), "claimMappings.uid has claim and expression"),
    "an e-mail that nobody verified": (
        put(f"{MAPPINGS}.username", {"expression": "claims.email"}),
        "claims.email is used without claims.email_verified",
    ),
    "an extra key without a domain": (put(f"{EXTRA}.key", "session-id"), "extra.key is no domain-prefixed path"),
    "an extra key in capitals": (put(f"{EXTRA}.key", "runai/Session"), "extra.key is not lower case"),
    "an extra key of Kubernetes": (
        put(f"{EXTRA}.key", "authentication.kubernetes.io/sid"),
        "extra.key is Kubernetes' own",
    ),
    "an extra without a value": (put(f"{EXTRA}.valueExpression", ""), "extra.valueExpression is missing"),
    "a rule in two ways": (
        put(f"{CLAIM_RULE}.claim", "sub"),
        "a claimValidationRule has not one of claim and expression",
    ),
    "a rule in no way": (
        put(CLAIM_RULE, {"message": "x"}),
        "a claimValidationRule has not one of claim and expression",
    ),
    "a value beside an expression": (
        put(f"{CLAIM_RULE}.requiredValue", "x"),
        "a claimValidationRule has requiredValue beside expression",
    ),
    "a message beside a claim": (
        put(CLAIM_RULE, {"claim": "hd", "requiredValue": "x", "message": "why"}),
        "a claimValidationRule has a message beside claim",
    ),
    "a user rule without expression": (put(USER_RULE, {"message": "x"}), "a userValidationRule has no expression"),
    "CEL that isn't closed": (put(f"{CLAIM_RULE}.expression", "has(claims.sub"), "CEL: a bracket isn't closed"),
    "CEL that ends early": (put(f"{CLAIM_RULE}.expression", "has(claims.sub) &&"), "CEL: it ends too early"),
    "CEL with a reserved word": (
        put(f"{CLAIM_RULE}.expression", "namespace == claims.sub"),
        "CEL: namespace is reserved",
    ),
    "CEL with another variable": (put(f"{CLAIM_RULE}.expression", "user.uid != ''"), "CEL: user is not declared"),
    "CEL with claims about a user": (put(f"{USER_RULE}.expression", "has(claims.sub)"), "CEL: claims is not declared"),
    "CEL with a field no user has": (put(f"{USER_RULE}.expression", "user.name != ''"), "CEL: user has no name"),
    "CEL with a function that isn't": (
        put(f"{CLAIM_RULE}.expression", "claims.sub.beginsWith('a')"),
        "CEL: there is no function beginsWith",
    ),
    "CEL that gives no boolean": (put(f"{USER_RULE}.expression", "user.username"), "CEL: it gives no boolean"),
    "an issuer twice": (again, "issuer.url stands there twice"),
}
