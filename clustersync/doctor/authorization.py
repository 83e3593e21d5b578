"""An AuthorizationConfiguration: who decides, and what its form does not allow.

Source: k8s.io/apiserver 0.36, pkg/apis/apiserver/v1/types.go and pkg/apis/apiserver/validation/validation.go.
"""

from collections.abc import Iterator

from clustersync.doctor.documents import Item
from clustersync.doctor.durations import seconds_of
from clustersync.doctor.issuers import DOMAIN, setting_at
from clustersync.doctor.parsed import Parsed, Setting, Violation, clean
from clustersync.doctor.schema import Shape, twice, types, unknown
from common.wording import Wording

KIND = "AuthorizationConfiguration"
RULE = "authorization-form"
VERSIONS = tuple(f"apiserver.config.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha1"))
WEBHOOK = "Webhook"
TYPES = ("ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", WEBHOOK)
# These two go by one name alone; ABAC would need a file that nothing in it can name.
NAMED_AS_THEY_ARE = ("AlwaysAllow", "AlwaysDeny")
LONGEST_TIMEOUT = 30

SHAPE: Shape = {
    "apiVersion": "text",
    "kind": "text",
    "authorizers": [
        {
            "type": "text",
            "name": "text",
            "webhook": {
                "authorizedTTL": "text",
                "unauthorizedTTL": "text",
                "cacheAuthorizedRequests": "truth",
                "cacheUnauthorizedRequests": "truth",
                "timeout": "text",
                "subjectAccessReviewVersion": "text",
                "matchConditionSubjectAccessReviewVersion": "text",
                "failurePolicy": "text",
                "connectionInfo": {"type": "text", "kubeConfigFile": "text"},
                "matchConditions": [{"expression": "text"}],
            },
        }
    ],
}
# Of a webhook, what each field may say.
CHOICES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("subjectAccessReviewVersion",): ("v1", "v1beta1"),
    ("failurePolicy",): ("NoOpinion", "Deny"),
    ("connectionInfo", "type"): ("InClusterConfig", "KubeConfigFile"),
}


def read(root: Item) -> Parsed:
    authorizers = root.items_of("authorizers")
    named = ((one, one.at("type")) for one in authorizers)
    conditions = next((one.at("webhook", "matchConditions") for one in authorizers if _conditions(one)), None)
    return Parsed(
        recognised=("an AuthorizationConfiguration",),
        authorizers=tuple(
            Setting(clean(one.text("type")), found.line, "- type: {value}") for one, found in named if found
        ),
        violations=tuple(_violations(root)),
        authorization=Setting(clean(root.text("apiVersion")), root.line, "apiVersion: {value}"),
        conditions=Setting("…", conditions.line, "matchConditions: {value}") if conditions else None,
    )


def _conditions(authorizer: Item) -> list[Item]:
    return authorizer.items_of("webhook", "matchConditions")


def _violations(root: Item) -> Iterator[Violation]:
    if root.text("apiVersion") not in VERSIONS:
        yield Violation(
            RULE,
            setting_at(root, "apiVersion"),
            f"apiVersion: {VERSIONS[0]}",
            Wording("It knows {versions}.", versions=", ".join(VERSIONS)),
        )
    if root.text("kind") != KIND:
        yield Violation(RULE, setting_at(root, "kind"), f"kind: {KIND}", "Its kind counts letter by letter.")
    for found in (*twice(root), *types(root, SHAPE, "")):
        yield Violation(RULE, found.found, found.write, found.why)
    for said in unknown(root, SHAPE, ""):
        yield Violation(RULE, said, "(remove the line)", "The file is read strictly.", said.place)
    authorizers = root.items_of("authorizers")
    if not authorizers:
        yield Violation(
            RULE,
            None,
            "- {type: RBAC, name: rbac}",
            "It names nobody who decides.",
            Wording("under {path}", path="authorizers"),
        )
    for number, one in enumerate(authorizers):
        for key, write, why in _problems(one, authorizers[:number]):
            yield Violation(
                RULE,
                setting_at(one, *key) if key else None,
                write,
                why,
                Wording("under {path}", path=f"authorizers[{number}]"),
            )


def _problems(one: Item, before: list[Item]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    type, name, webhook = one.text("type"), one.text("name"), one.at("webhook")
    if type not in TYPES:
        yield ("type",), "type: RBAC", Wording("A type is one of {types}.", types=", ".join(TYPES))
    elif type == "ABAC":
        yield ("type",), "type: RBAC", "ABAC needs --authorization-policy-file, which does not go with this file."
    elif type != WEBHOOK and any(other.text("type") == type for other in before):
        yield ("type",), "(remove it)", Wording("{type} stands there twice.", type=type)
    if not DOMAIN.match(name):
        yield ("name",), f"name: {type.lower() or 'rbac'}", "Each has a name, in small letters and digits."
    elif any(other.text("name") == name for other in before):
        yield ("name",), "(another name)", "The name stands there twice."
    elif type in NAMED_AS_THEY_ARE and name != type.lower():
        yield (
            ("name",),
            f"name: {type.lower()}",
            Wording("{type} has no other name than {name}.", type=type, name=type.lower()),
        )
    if type == WEBHOOK:
        yield from _problems_of(webhook)
    elif webhook is not None and webhook.type != "nothing":
        yield ("webhook",), "(remove it)", Wording("A webhook goes with the type {webhook} alone.", webhook=WEBHOOK)


def _problems_of(webhook: Item | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
    if webhook is None or webhook.type == "nothing":
        yield (), "webhook: (how it is asked)", "An authorizer of this type says how it is asked."
        return
    for path, choices in CHOICES.items():
        if webhook.text(*path) not in choices:
            yield (
                ("webhook", *path),
                f"{path[-1]}: {choices[0]}",
                Wording("{path} is one of {choices}.", path=".".join(path), choices=", ".join(choices)),
            )
    for key in ("timeout", "authorizedTTL", "unauthorizedTTL"):
        said = webhook.text(key)
        if said and seconds_of(said) is None:
            yield ("webhook", key), f"{key}: 3s", Wording("{key} is a duration with its unit.", key=key)
    if not webhook.text("timeout"):
        yield ("webhook",), "timeout: 3s", "It says how long an answer is waited for."
    elif (seconds := seconds_of(webhook.text("timeout"))) is not None and not 0 < seconds <= LONGEST_TIMEOUT:
        yield (
            ("webhook", "timeout"),
            "timeout: 3s",
            Wording("It is more than 0s, and {seconds}s at most.", seconds=LONGEST_TIMEOUT),
        )
    version, has_conditions = "matchConditionSubjectAccessReviewVersion", bool(webhook.items_of("matchConditions"))
    if has_conditions and webhook.text(version) != "v1":
        yield ("webhook", version), f"{version}: v1", "With matchConditions it is v1."
    if webhook.text("connectionInfo", "type") == "KubeConfigFile" and not webhook.text(
        "connectionInfo", "kubeConfigFile"
    ):
        yield ("webhook", "connectionInfo"), "kubeConfigFile: (a path)", "It names the file."
