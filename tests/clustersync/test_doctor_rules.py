"""Each rule of the doctor names what is wrong for it, and says nothing of what is right."""

import pytest

from clustersync.doctor.diagnosis import Finding
from clustersync.doctor.rule import Severity
from clustersync.doctor.rules import RULES
from tests.clustersync.doctor import FILE, FLAGS, ISSUER, PERSON, RIGHT, WEBHOOK, diagnosed
from tests.clustersync.doctor_wrong import WRONG, Wrong


def found(wrong: Wrong) -> list[Finding]:
    diagnosis = diagnosed(wrong.text, served=wrong.served, seen=wrong.seen)
    return [finding for finding in diagnosis.findings if finding.rule == wrong.rule]


def test_every_rule_has_something_wrong_for_it() -> None:
    assert [wrong.rule for wrong in WRONG] == sorted({wrong.rule for wrong in WRONG}, key=[w.rule for w in WRONG].index)
    assert {wrong.rule for wrong in WRONG} == {rule.id for rule in RULES}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.rule)
def test_it_names_what_is_wrong_and_says_what_to_write(wrong: Wrong) -> None:
    (finding, *_) = found(wrong)

    assert finding.write and finding.why
    assert "s3cret" not in str(finding)
    if finding.line:
        said = finding.found.strip('…-{}" ').split(":")[0].split("=")[0]
        assert said in wrong.text.splitlines()[finding.line - 1]


@pytest.mark.parametrize("kind", RIGHT)
def test_it_says_nothing_of_what_is_right(kind: str) -> None:
    diagnosis = diagnosed(RIGHT[kind])

    assert diagnosis.findings == []
    assert diagnosis.verdict == "ok"


@pytest.mark.parametrize("wrong", [wrong for wrong in WRONG if wrong.was], ids=lambda wrong: wrong.rule)
def test_it_names_little_else(wrong: Wrong) -> None:
    """What follows from one wrong line is not listed as five."""
    errors = [one for one in diagnosed(wrong.text, served=wrong.served).findings if one.severity != Severity.NOTE]

    assert len(errors) <= 3


def test_it_puts_the_line_to_write_in_the_form_it_was_pasted_in() -> None:
    pastes = {
        f"--oidc-issuer-url={ISSUER}/": f"--oidc-issuer-url={ISSUER}",
        f"- --oidc-issuer-url={ISSUER}/": f"- --oidc-issuer-url={ISSUER}",
        f"kube-apiserver-arg:\n- oidc-issuer-url={ISSUER}/": f"- oidc-issuer-url={ISSUER}",
        f"extraArgs:\n  oidc-issuer-url: {ISSUER}/": f'oidc-issuer-url: "{ISSUER}"',
        f"extraArgs:\n- name: oidc-issuer-url\n  value: {ISSUER}/": f'value: "{ISSUER}"',
        FILE.replace(ISSUER, f"{ISSUER}/", 1): f'url: "{ISSUER}"',
    }

    written = [diagnosed(paste).first for paste in pastes]

    assert [one and (one.rule, one.write) for one in written] == [("issuer-slash", line) for line in pastes.values()]


def test_it_says_what_was_not_checked_and_why() -> None:
    outcomes = {outcome.rule: outcome for outcome in diagnosed(WEBHOOK, seen={"skew": None}).outcomes}

    assert outcomes["webhook-url"].answer == "ok"
    assert outcomes["clock-skew"].reason == "nobody measured the clocks"
    assert outcomes["person-issuer"].reason == "no kubeconfig of people for this cluster was pasted"


def test_its_verdict_is_by_the_gravest() -> None:
    assert diagnosed(FLAGS + "--anonymous-auth=true").verdict == "ok"
    assert diagnosed(FLAGS.replace("version=v1\n", "version=v1beta1\n")).verdict == "warnings"
    assert diagnosed(FLAGS.replace("=runai-gpu-1", "=gpu")).verdict == "broken"


def test_it_looks_at_every_person_of_a_kubeconfig() -> None:
    wrong = PERSON[PERSON.index("- name: bob") : PERSON.index("contexts:")].replace("bob", "eve").replace("-cli", "-x")
    diagnosis = diagnosed(PERSON.replace("contexts:\n", f"{wrong}contexts:\n"))

    assert [finding.rule for finding in diagnosis.findings] == ["person-client"]


ELSEWHERE = {
    "clusters": "- {name: gpu-2, cluster: {server: 'https://gpu-2.example.com'}}\n",
    "users": "- {name: eve, user: {exec: {command: aws, apiVersion: client.authentication.k8s.io/v1beta1}}}\n",
    "contexts": "- {name: gpu-2, context: {cluster: gpu-2, user: eve}}\n",
}


@pytest.mark.parametrize("api_url", ["", "https://gpu-1.example.com:6443"])
def test_it_leaves_users_of_other_clusters_alone(api_url: str) -> None:
    text = PERSON
    for kind, item in ELSEWHERE.items():
        text = text.replace(f"{kind}:\n", f"{kind}:\n{item}", 1)

    assert diagnosed(text, served={"api_url": api_url}).findings == []
    assert diagnosed(text.replace("-cli", "-x"), served={"api_url": api_url}).first is not None


def test_it_takes_the_platforms_own_flags_for_a_cluster_registered_so() -> None:
    flags = f"--oidc-client-id=runai --oidc-issuer-url={ISSUER} --oidc-username-prefix=-"
    legacy = {
        "username_claim": "sub",
        "username_prefix": "",
        "groups_claim": "",
        "groups_prefix": "",
        "accepts_shared_audience": True,
        "mode": "oidc",
    }

    assert [finding.rule for finding in diagnosed(flags, served=legacy).findings] == []


@pytest.mark.parametrize(
    ("served", "seen", "is_named"),
    [
        (300, 12 * 3600 - 1, False),
        (300, 12 * 3600, True),
        (300, 12 * 3600 + 1, True),
        (300, 300, False),
        (20 * 3600, 12 * 3600, False),
        (20 * 3600, 20 * 3600, False),
        (20 * 3600, 20 * 3600 + 1, True),
        (300, None, False),
    ],
)
def test_keys_may_be_kept_for_half_the_time_that_the_next_waits(served: int, seen: int | None, is_named: bool) -> None:
    """The next key is published for 24 h before it signs; and no longer than we say is never too long."""
    diagnosis = diagnosed(FLAGS, served={"max_age": served, "published_for": 24 * 3600}, seen={"max_age": seen})

    assert ("jwks-max-age" in {finding.rule for finding in diagnosis.findings}) is is_named
