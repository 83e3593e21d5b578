import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from common.errors import Invalid
from sso import openshift
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog, SignInRefused
from sso.models import IdentityProvider
from tests.sso.op import OP
from tests.sso.openid import connected, now, tells_no_secret

USER = {
    "kind": "User",
    "metadata": {"name": "jane", "uid": "0a1b", "labels": {"team": "gpu"}},
    "fullName": "Jane Smith",
    "groups": ["developers"],
}


def cluster(op: OP, **fields: Any) -> IdentityProvider:
    provider = connected(op, **fields)
    provider.type = "openshift-v4"
    provider.peer = openshift.read_metadata(json.dumps(op.discovery()), url=f"{op.base}{openshift.WELL_KNOWN}")
    return provider


def sign_in(op: OP, log: CheckLog, *, user: Any = USER, **fields: Any) -> VerifiedAssertion:
    provider, body = cluster(op, **fields), json.dumps(user).encode()
    op.instead[openshift.WHO] = (200, {"Content-Type": "application/json"}, body)
    outgoing, kept = openshift.begin(provider, request_id="_state", again=False, now=now())
    given = op.authorize(outgoing.url)
    return openshift.finish(provider, given=given, kept=kept, request_id="_state", log=log, now=now())


def test_it_says_who_signed_in_there(op: OP) -> None:
    log = CheckLog()

    said = sign_in(op, log)

    assert (said.issuer, said.subject, said.request_id) == (op.base, "0a1b", "_state")
    assert said.attributes["metadata.name"] == "jane" and said.attributes["fullName"] == "Jane Smith"
    assert said.attributes["groups"] == ["developers"] and said.refresh_token == ""
    assert tells_no_secret(op, log)


def test_it_asks_for_no_more_than_who_it_is(op: OP) -> None:
    outgoing, _ = openshift.begin(cluster(op), request_id="_state", again=False, now=now())

    asked = dict(parse_qsl(urlsplit(outgoing.url).query))
    assert asked["scope"] == "user:info" and asked["code_challenge_method"] == "S256"


NO_UID = {"metadata": {"name": "jane"}}


@pytest.mark.parametrize("user", [{"kind": "User"}, NO_UID, {"metadata": {"uid": ""}}, {"metadata": "jane"}], ids=str)
def test_it_refuses_a_user_without_a_uid(op: OP, user: Any) -> None:
    with pytest.raises(SignInRefused) as refused:
        sign_in(op, CheckLog(), user=user)

    assert refused.value.code == "no_identity"


def test_it_refuses_without_the_mandatory_claim(op: OP) -> None:
    with pytest.raises(SignInRefused) as refused:
        sign_in(op, CheckLog(), mandatory_claim={"claim": "groups", "values": ["others"]})

    assert refused.value.code == "claim_missing"


def test_it_can_not_be_asked_again(op: OP) -> None:
    with pytest.raises(SignInRefused) as refused:
        openshift.refresh(cluster(op), refresh_token="", subject="0a1b", log=CheckLog(), now=now())

    assert refused.value.code == "provider_failed"


def test_it_refuses_another_address_than_the_well_known_one(op: OP) -> None:
    with pytest.raises(Invalid) as refused:
        openshift.read_metadata(json.dumps(op.discovery()), url=op.base)

    assert refused.value.code == "bad_metadata"
