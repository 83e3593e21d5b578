"""Files for a kube-apiserver, most of them wrong: what each says otherwise than a right one.

What a real server makes of each stands in doctor_verdicts.json, which tests/system/test_doctor_verdicts.py writes.
"""

from tests.clustersync.doctor import DISCOVERY_URL, FILE, ISSUER, ORIGIN
from tests.clustersync.doctor_changes import (
    AUDIENCES,
    ELSEWHERE,
    ENTRY,
    GROUPS,
    GUARD,
    MAPPINGS,
    NAMES,
    URL,
    Change,
    groups,
    issuer,
    mapping,
    required,
    rule,
    user_rule,
    username,
)
from tests.clustersync.doctor_more_files import MORE_RIGHT, MORE_WRONG

SYNTAX = {
    "CEL that ends early": rule('"claims.sub =="'),
    "CEL with a single =": rule("\"claims.sub = 'a'\""),
    "CEL with a bracket too few": rule('"has(claims.sub"'),
    "CEL with a text that is not closed": rule('"claims.sub == \'a"'),
    "CEL with `and`": rule('"has(claims.sub) and has(claims.exp)"'),
    "CEL with a reserved word": rule("\"namespace == 'a'\""),
    "an empty CEL expression": rule('" "'),
    "CEL with an unknown variable": rule("\"token.sub != ''\""),
    "CEL with user about claims": rule("\"user.username != ''\""),
    "CEL with claims about a user": user_rule("\"claims.sub != ''\""),
    "CEL with a field no user has": user_rule("\"user.name != ''\""),
    "CEL with a field no user has, behind has()": user_rule('"has(user.email)"'),
    "CEL with a function that isn't": rule("\"claims.sub.beginsWith('a')\""),
    "CEL with a function of another library": rule('"math.greatest(1, 2) == 2"'),
    "CEL that gives a text": rule('"claims.sub"'),
    "CEL that gives a claim that is a boolean": rule('"claims.email_verified"'),
    "CEL that gives a number": user_rule('"user.groups.size()"'),
    "CEL that goes through a claim without dyn()": rule("\"claims.groups.exists(g, g == 'researchers')\""),
    "CEL that compares a text and a number": user_rule('"user.username == 1"'),
    "CEL with a list of two types": rule("\"claims.tenant_id in [1, 'a']\""),
    "CEL with a pattern that is none": rule("\"claims.sub.matches('(')\""),
    "CEL with a macro of one argument": rule('"dyn(claims.groups).exists(g)"'),
    "CEL of a name that can't be read": username('"claims.sub +"'),
    "CEL of groups with an unknown variable": groups('"user.groups"'),
    "CEL of an extra that can't be read": mapping('extra: [{key: example.com/a, valueExpression: "claims."}]'),
}
FORM = {
    "another kind": Change("kind: Auth", "kind: auth"),
    "no kind": Change("kind: AuthenticationConfiguration\n", ""),
    "a version that never was": Change("k8s.io/v1", "k8s.io/v2"),
    "an unknown field": issuer("clientID: runai"),
    "a field in capitals": Change("claimMappings", "ClaimMappings"),
    "a key twice": Change("    groups:\n      claim: groups", "    groups:\n      claim: roles\n      claim: groups"),
    "a key twice at the top": Change("", "kind: AuthenticationConfiguration\n"),
    "a text for a list": Change(f"{AUDIENCES}    - runai-gpu-1", "    audiences: runai-gpu-1"),
    "a number for a text": Change('      prefix: "runai:"', "      prefix: 1"),
    "a boolean for an expression": user_rule("true"),
    "a text for a boolean": Change("", 'anonymous:\n  enabled: "false"\n'),
    "an object for a list": mapping('extra: {example.com/session: "claims.sid"}'),
    "a tab": Change("    audiences", "\taudiences"),
    "JSON with a comma too many": Change(
        FILE, ('{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": [],}\n')
    ),
    "two issuers alike": Change("", ENTRY),
    "two issuers with one discovery URL": Change("", ENTRY.replace(URL, "    url: https://idp.example.com\n")),
    "an issuer with a query": Change(URL, f"    url: {ISSUER}?a=b\n"),
    "an issuer with a user": Change(URL, URL.replace("https://", "https://me@")),
    "an issuer with a blank": Change(URL, f'    url: "{ISSUER} "\n'),
    "an http issuer": Change(URL, URL.replace("https", "http")),
    "no issuer": Change(URL, ""),
    "a discovery URL that is the issuer": Change(DISCOVERY_URL, ISSUER),
    "a discovery URL that is the issuer with a slash": Change(DISCOVERY_URL, f"{ISSUER}/"),
    "an http discovery URL": Change(DISCOVERY_URL, DISCOVERY_URL.replace("https", "http")),
    "a discovery URL with a fragment": Change(DISCOVERY_URL, f"{DISCOVERY_URL}#a"),
    "an egress selector that isn't": issuer("egressSelectorType: master"),
    "an egress selector without its configuration": issuer("egressSelectorType: cluster"),
    "a path for the CA": issuer("certificateAuthority: /etc/kubernetes/pki/ca.crt"),
    "no audience": Change("    - runai-gpu-1\n", ""),
    "an empty audience": Change("- runai-gpu-1", '- ""'),
    "an audience twice": Change("- runai-gpu-1", "- runai-gpu-1\n    - runai-gpu-1\n    audienceMatchPolicy: MatchAny"),
    "two audiences without a policy": Change("- runai-gpu-1", "- runai-gpu-1\n    - kubernetes"),
    "a policy that isn't": issuer("audienceMatchPolicy: MatchAll"),
    "no user name": Change("    username:\n" + NAMES.removesuffix("    groups"), ""),
    "a user name without a prefix": Change('      prefix: "runai:"\n    groups', "    groups"),
    "a user name in two ways": Change(NAMES, "      expression: claims.sub\n" + NAMES),
    "a prefix beside an expression": Change("      claim: preferred_username\n", "      expression: claims.sub\n"),
    "groups without a prefix": Change(GROUPS, "      claim: groups\n"),
    "a uid in two ways": mapping("uid: {claim: sub, expression: claims.sub}"),
    "an e-mail that nobody verified": username("\"'runai:' + claims.email\""),
    "an e-mail verified in the uid alone": Change(
        NAMES,
        (
            "      expression: \"'runai:' + claims.email\"\n"
            "    uid: {expression: 'string(claims.email_verified)'}\n    groups"
        ),
    ),
    "an extra key without a domain": mapping("extra: [{key: session, valueExpression: claims.sid}]"),
    "an extra key of Kubernetes": mapping("extra: [{key: auth.kubernetes.io/a, valueExpression: claims.sid}]"),
    "an extra key in capitals": mapping("extra: [{key: example.com/Session, valueExpression: claims.sid}]"),
    "an extra key twice": mapping("extra: [{key: a.b/c, valueExpression: '1'}, {key: a.b/c, valueExpression: '2'}]"),
    "an extra without a value": mapping("extra: [{key: example.com/session}]"),
    "a rule in two ways": Change(
        MAPPINGS, (f"  claimValidationRules:\n  - {{claim: sub, expression: 'has(claims.sub)'}}\n{MAPPINGS}")
    ),
    "a rule in no way": Change(MAPPINGS, f"  claimValidationRules:\n  - message: hello\n{MAPPINGS}"),
    "a message beside a claim": Change(
        MAPPINGS,
        (f"  claimValidationRules:\n  - {{claim: client_id, requiredValue: runai-cli, message: hello}}\n{MAPPINGS}"),
    ),
    "a rule twice": Change("  userValidationRules:\n", f"  userValidationRules:\n  - expression: {GUARD}\n"),
    "a claim required twice": Change(
        MAPPINGS,
        (
            "  claimValidationRules:\n  - {claim: client_id, requiredValue: a}\n"
            "  - {claim: client_id, requiredValue: b}\n" + MAPPINGS
        ),
    ),
    "anonymous in the file and in a flag": Change("", "anonymous:\n  enabled: true\n---\n--anonymous-auth=true\n"),
    "conditions without enabled": Change("", "anonymous:\n  conditions: [{path: /healthz}]\n"),
    "sixty-five issuers": Change(
        "",
        "".join(
            ELSEWHERE.replace("idp", f"idp-{n}").replace(
                DISCOVERY_URL.replace(ORIGIN, f"https://idp-{n}.example.com"), f"https://idp-{n}.example.com/d"
            )
            for n in range(64)
        ),
    ),
}
REFUSING = {
    "a life of five minutes": rule('"claims.exp - claims.iat <= 300"'),
    "a claim that no token has": rule("\"'admin' in claims.roles\""),
    "a nested claim of another provider": rule("\"'admin' in claims.realm_access.roles\""),
    "has() of a claim that no token has": rule('"has(claims.roles)"'),
    "an e-mail in another domain": rule("\"claims.email.endsWith('@other.invalid')\""),
    "a group that nobody is in": rule("\"'nobody' in claims.groups\""),
    "a type that aud is not": rule("\"claims.aud[0] == 'runai-gpu-1'\""),
    "a rule that is false": user_rule('"false"'),
    "a user name that is none of ours": user_rule("\"user.username.startsWith('oidc:')\""),
    "a group that is none of ours": user_rule("\"user.groups.exists(g, g.startsWith('oidc:'))\""),
    "a group, asked of whom has none": user_rule("\"user.groups[5] == 'runai:researchers'\""),
    "an expression that gives a number for a name": username('"claims.exp"'),
    "an expression that gives a list for a name": username('"claims.groups"'),
    "an expression of a claim that no token has": username("\"'runai:' + claims.upn\""),
    "an expression that gives a number for a uid": mapping("uid: {expression: claims.tenant_id}"),
    "an expression that gives a boolean for groups": groups('"true"'),
    "an extra that is a number": mapping("extra: [{key: example.com/a, valueExpression: claims.exp}]"),
    "a claim of another value required": required("client_id", "kubernetes"),
    "a claim required that no token has": required("hd", "example.com"),
    "a claim required that is no text": required("email_verified", '"true"'),
    "an issuer with a slash": Change(URL, f"    url: {ISSUER}/\n"),
    "an issuer of another realm": Change(URL, f"    url: {ORIGIN}/auth/realms/acme\n"),
    "a mistyped discovery URL": Change(DISCOVERY_URL, f"{DISCOVERY_URL}s"),
    "a discovery URL without its end": Change(DISCOVERY_URL, DISCOVERY_URL.removesuffix("/openid-configuration")),
    "another audience": Change("- runai-gpu-1", "- kubernetes"),
    "a claim of a name that no token has": Change("claim: preferred_username", "claim: upn"),
    "no jwt": Change(FILE, FILE[: FILE.index("jwt:")] + "jwt: []\n"),
}
SOME = {
    "people alone": rule('"claims.email_verified == true"'),
    "groups, asked of whom has none": user_rule("\"user.groups.exists(g, g == 'runai:researchers')\""),
}
OTHERWISE = {
    "another prefix": Change('prefix: "runai:"\n    groups', 'prefix: "oidc:"\n    groups'),
    "no prefix": Change('prefix: "runai:"\n    groups', 'prefix: ""\n    groups'),
    "another claim": Change("claim: preferred_username", "claim: sub"),
    "an expression without the prefix": username('"claims.preferred_username"'),
    "an expression that gives everybody one name": username("\"'runai:somebody'\""),
    "groups by an expression without the prefix": groups('"claims.groups"'),
    "groups of another claim": Change("claim: groups", "claim: roles"),
}
FLAGGED = {
    "flags: an issuer with a slash": Change(ISSUER, f"{ISSUER}/", "flags"),
    "flags: an http issuer": Change("=https", "=http", "flags"),
    "flags: another audience": Change("=runai-gpu-1", "=kubernetes", "flags"),
    "flags: an algorithm that isn't": Change("RS256,ES256", "RS256,EdDSA", "flags"),
    "flags: ES256 alone": Change("RS256,ES256", "ES256", "flags"),
    "flags: a claim required that no token has": Change("", "--oidc-required-claim=hd=example.com\n", "flags"),
    "flags: a flag that isn't": Change("--oidc-client-id", "--oidc-clientid", "flags"),
    "flags: no audience": Change("--oidc-client-id=runai-gpu-1\n", "", "flags"),
    "flags: another prefix": Change("username-prefix=runai:", "username-prefix=oidc:", "flags"),
    "flags: a mode of authorization that isn't": Change("", "--authorization-mode=Node,rbac\n", "flags"),
    "flags: a mode of authorization twice": Change("", "--authorization-mode=RBAC,Node,RBAC\n", "flags"),
    "flags: a boolean that is none": Change("", "--anonymous-auth=no\n", "flags"),
    "flags: a claim required without a value": Change("", "--oidc-required-claim=client_id\n", "flags"),
    "flags: a claim of another value required": Change("", "--oidc-required-claim=client_id=kubernetes\n", "flags"),
    "flags: no claim for names": Change("claim=preferred_username", "claim=", "flags"),
    "flags: no issuer": Change(f"--oidc-issuer-url={ISSUER}\n", "", "flags"),
    "flags: an issuer with a user": Change("https://", "https://me@", "flags"),
    "flags: an issuer with a query": Change(ISSUER, f"{ISSUER}?a=b", "flags"),
    "flags: the issuer of service accounts is ours": Change("", f"--service-account-issuer={ISSUER}\n", "flags"),
    "flags: everybody may do everything": Change("", "--authorization-mode=AlwaysAllow\n", "flags"),
}
WRONG_FILES = {**SYNTAX, **FORM, **REFUSING, **SOME, **OTHERWISE, **FLAGGED, **MORE_WRONG}

RIGHT_FILES = {
    **MORE_RIGHT,
    "as it is generated": Change("", ""),
    "flags": Change("", "", "flags"),
    "--- before it": Change("apiVersion", "---\napiVersion"),
    "comments": Change("jwt:", "# who signs in\njwt: # here"),
    "v1beta1": Change("k8s.io/v1", "k8s.io/v1beta1"),
    "another issuer beside ours": Change("", ELSEWHERE),
    "MatchAny with one audience": issuer("audienceMatchPolicy: MatchAny"),
    "two audiences": Change("- runai-gpu-1", "- runai-gpu-1\n    - kubernetes\n    audienceMatchPolicy: MatchAny"),
    "anonymous for health checks": Change("", "anonymous:\n  enabled: true\n  conditions: [{path: /healthz}]\n"),
    "anonymous: no": Change("", "anonymous: {enabled: no}\n"),
    "an empty uid": mapping("uid: {}"),
    "an extra with a path in its name": mapping("extra: [{key: example.com/a/b_c, valueExpression: claims.sub}]"),
    "an extra that not everybody has": mapping(
        "extra: [{key: example.com/sid, valueExpression: \"has(claims.sid) ? claims.sid : ''\"}]"
    ),
    "an extra by an optional": mapping("extra: [{key: example.com/sid, valueExpression: \"claims.?sid.orValue('')\"}]"),
    "the name by an expression": username("\"'runai:' + claims.preferred_username\""),
    "groups by an expression": groups("\"has(claims.groups) ? dyn(claims.groups).map(g, 'runai:' + g) : []\""),
    "groups by an optional": groups("\"dyn(claims.?groups.orValue([])).map(g, 'runai:' + g)\""),
    "a claim required that every token has": required("iss", ISSUER),
    "a life of ten minutes": rule('"claims.exp - claims.iat <= 600"'),
    "CEL that goes through groups": rule("\"dyn(claims.?groups.orValue([])).all(g, !g.contains(':'))\""),
    "CEL in many lines": rule("|\n      // everybody has one\n      has(claims.sub) &&\n      claims.sub != ''"),
    "CEL with functions of texts": rule("\"claims.iss.lowerAscii().split('/').join('/') == claims.iss.lowerAscii()\""),
    "CEL with a pattern": rule("\"claims.preferred_username.matches('^[a-z0-9@._-]+$')\""),
    "CEL with an or that saves it": rule("\"!has(claims.roles) || 'admin' in claims.roles\""),
    "CEL with has() of groups": user_rule("\"!has(user.groups) || user.groups.all(g, g.startsWith('runai:'))\""),
    "the same expression about claims and a user": Change(
        MAPPINGS, (f"  claimValidationRules: [{{expression: 'true'}}]\n{MAPPINGS}")
    ),
}
