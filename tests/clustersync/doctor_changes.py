"""How files for a kube-apiserver are made of a right one: what each says otherwise."""

from typing import NamedTuple

from tests.clustersync.doctor import FILE, FLAGS, ISSUER, ORIGIN, POD, WEBHOOK, WEBHOOK_FLAGS

AUTHORIZATION = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- type: Node
  name: node
- type: RBAC
  name: rbac
"""
ASKED = """\
- type: Webhook
  name: ours
  webhook:
    timeout: 3s
    subjectAccessReviewVersion: v1
    matchConditionSubjectAccessReviewVersion: v1
    failurePolicy: NoOpinion
    connectionInfo:
      type: InClusterConfig
    matchConditions: {}
"""

OIDC = FLAGS[: FLAGS.index("--authentication-token-webhook")]
ENTRY = FILE[FILE.index("- issuer") :]
ELSEWHERE = ENTRY.replace(ORIGIN, "https://idp.example.com")

NAMES = '      claim: preferred_username\n      prefix: "runai:"\n    groups'
GROUPS = '      claim: groups\n      prefix: "runai:"\n'
URL, AUDIENCES, MAPPINGS = f"    url: {ISSUER}\n", "    audiences:\n", "  claimMappings:\n"
GUARD = "\"!user.username.startsWith('system:')\""


class Change(NamedTuple):
    """`was` in a right file or right flags made `now`; with no `was`, `now` stands at the end."""

    was: str
    now: str
    of: str = "file"

    @property
    def text(self) -> str:
        right = {
            "file": FILE,
            "flags": OIDC,
            "pod": POD,
            "authorization": f"{OIDC}--authorization-config=/etc/kubernetes/authorization.yaml\n---\n{AUTHORIZATION}",
            "webhook": f"{WEBHOOK_FLAGS}---\n{WEBHOOK}",
        }[self.of]
        assert self.was in right, self.was
        return right.replace(self.was, self.now, 1) if self.was else right + self.now


def rule(expression: str) -> Change:
    return Change(MAPPINGS, f"  claimValidationRules:\n  - expression: {expression}\n{MAPPINGS}")


def user_rule(expression: str) -> Change:
    return Change(GUARD, expression)


def username(expression: str) -> Change:
    return Change(NAMES, f"      expression: {expression}\n    groups")


def groups(expression: str) -> Change:
    return Change(GROUPS, f"      expression: {expression}\n")


def mapping(text: str) -> Change:
    return Change(MAPPINGS, f"{MAPPINGS}    {text}\n")


def issuer(text: str) -> Change:
    return Change(AUDIENCES, f"    {text}\n{AUDIENCES}")


def required(claim: str, value: str) -> Change:
    return Change(MAPPINGS, f"  claimValidationRules:\n  - claim: {claim}\n    requiredValue: {value}\n{MAPPINGS}")
