"""A client signs its person out: the place to which each kind of request leads the browser, with and without an address
that an administrator set for everybody."""

import pytest
from django.test import Client

from accounts.models import GeneralSettings
from tests.protocol.must import must
from tests.protocol.oidc_rpinitiated.leaving import GOODBYE, leave
from tests.protocol.relying import destination

OURS = "https://intranet.example/bye"
NOT_REGISTERED = "an address that is not registered"


@must("§3", "whoever names an address that isn't registered is told so, and whoever names none goes where we say")
@pytest.mark.parametrize("ours", ["", OURS])
@pytest.mark.parametrize("parameter", ["post_logout_redirect_uri", "redirect_uri"])
@pytest.mark.parametrize(("wanted", "leads_to"), [("", "ours"), (GOODBYE, GOODBYE), (f"{GOODBYE}/other", "")])
def test_an_address_that_is_not_registered_is_told_and_leads_nowhere(
    bobs: Client, hint: str, ours: str, parameter: str, wanted: str, leads_to: str
) -> None:
    GeneralSettings.objects.update_or_create(pk=1, defaults={"logout_redirect_uri": ours})

    answer = leave(bobs, id_token_hint=hint, **({parameter: wanted} if wanted else {}))

    expected = ours if leads_to == "ours" else leads_to
    assert destination(answer) == expected if expected else "Location" not in answer
    assert (NOT_REGISTERED in answer.content.decode()) is (bool(wanted) and not leads_to)
