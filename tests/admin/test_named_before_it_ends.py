"""A page that ends secrets, keys or second factors names them, and ends no other that came while it was open."""

from collections.abc import Callable
from itertools import product

import pytest
from django.contrib.admin import site as admin_site
from django.db.models import Model
from django.test import Client

from accounts.models import Factor, User
from clustersync.models import Cluster, CredentialKind
from clustersync.services.credentials import end_credential, new_credential
from common.actors import SYSTEM
from common.replacing import Secrets
from sso.models import IdentityProvider
from sso.services.keys import make_first_key, publish_next_key, remove_old_keys, use_next_key
from tests.accounts.factors import enrol
from tests.admin.test_replaced_since import BUTTONS as REPLACES
from tests.admin.test_replaced_since import asking
from tests.conftest import BrowserAs
from tests.protocol.relying import make_client
from tokens.models import Application
from tokens.services.applications import end_previous_secret, rotate_secret

NOTHING_DONE = "Nothing was done: "
MEANWHILE = [steps for length in range(4) for steps in product((*CredentialKind, "end"), repeat=length)]


@pytest.fixture
def browser(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def do(cluster: Cluster, step: str) -> None:
    """Make a token of a kind, or end the newest replaced one, as somebody else does it."""
    if step != "end":
        new_credential(actor=SYSTEM, cluster=cluster, kind=CredentialKind(step))
    elif replaced := cluster.credentials.live().exclude(ends_at=None).first():
        end_credential(actor=SYSTEM, credential=replaced)


@pytest.mark.parametrize("steps", MEANWHILE, ids="-".join)
def test_the_tokens_end_that_the_page_named(browser: Client, prod: Cluster, steps: tuple[str, ...]) -> None:
    for kind in CredentialKind:
        do(prod, kind)
        do(prod, kind)
    page = asking(browser, prod, "End replaced tokens")
    named = {*prod.credentials.live().exclude(ends_at=None)}
    for step in steps:
        do(prod, step)
    before = {*prod.credentials.live()}

    after = page.press("End replaced tokens")

    assert {*prod.credentials.live()} == before - named
    assert (NOTHING_DONE in after.text) == (
        not before & named and prod.credentials.live().exclude(ends_at=None).exists()
    )


def test_the_page_says_of_each_token_what_it_is(browser: Client, prod: Cluster, ada: User) -> None:
    prod.credentials.all().delete()
    for _ in range(2):
        new_credential(actor=ada, cluster=prod, kind=CredentialKind.AGENT)
    prod.credentials.filter(ends_at=None).update(created_by="somebody else")

    asked = asking(browser, prod, "End replaced tokens").text

    assert f"Agent token, made just now by {ada}, never used, ends in" in asked
    assert "Webhook token" not in asked and "somebody else" not in asked


@pytest.mark.parametrize("button", ["New webhook token", "New agent token", "New secret"])
def test_the_page_that_replaces_says_who_made_the_present_one(
    browser: Client, prod: Cluster, bob: User, button: str
) -> None:
    row: Model = make_client("shop") if button == "New secret" else prod
    asking(browser, row, button).press(button)

    assert "made just now by ada@" in asking(browser, row, button).text


@pytest.mark.parametrize("button", ["New webhook token", "New agent token", "New secret", "Reset password"])
def test_a_refusal_says_who_and_when_on_the_page_of_the_object(
    browser: Client, prod: Cluster, bob: User, button: str
) -> None:
    row: Model = {"New secret": make_client("shop"), "Reset password": bob}.get(button, prod)
    earlier, later = (asking(browser, row, button) for _ in range(2))
    earlier.press(button)

    refused = later.press(button)

    assert "This was replaced meanwhile: ada@" in refused.text and " UTC, and has it already" in refused.text
    assert refused.address.endswith(f"{row.pk}/change/")


def rollover(provider: IdentityProvider) -> None:
    publish_next_key(actor=SYSTEM, provider=provider)
    use_next_key(actor=SYSTEM, provider=provider)


def another_next(provider: IdentityProvider) -> None:
    use_next_key(actor=SYSTEM, provider=provider)
    publish_next_key(actor=SYSTEM, provider=provider)


def another_old(provider: IdentityProvider) -> None:
    remove_old_keys(actor=SYSTEM, provider=provider)
    rollover(provider)


def another_old_secret(application: Application) -> None:
    end_previous_secret(actor=SYSTEM, application=application)
    rotate_secret(actor=SYSTEM, application=application)


def another_factor(user: User) -> None:
    Factor.objects.filter(user=user).delete()
    one_more_factor(user)


def one_more_factor(user: User) -> None:
    Factor.objects.create(user=user, kind="totp", name="Another")


def _left(row: Model) -> object:
    """Return all of a row that the page might end."""
    row = type(row)._base_manager.get(pk=row.pk)
    if isinstance(row, User):
        return sorted(row.factors.values_list("pk"))
    if isinstance(row, IdentityProvider):
        return sorted(row.keys.values_list("pk", "state"))
    assert isinstance(row, Application)
    return [row.previous_secret_hash, row.previous_secret_ends_at]


def old_secret(shop: Application) -> None:
    rotate_secret(actor=SYSTEM, application=shop)


ENDS: dict[str, tuple[str, str, Callable[..., object], list[Callable[..., object]]]] = {
    # the action: its button, what it is about, how that comes to be, and what changes it while the page is open
    "end_the_old_secret": ("End the old secret", "shop", old_secret, [old_secret, another_old_secret]),
    "reset_second_factors": ("Reset second factors", "bob", enrol, [one_more_factor, another_factor]),
    "use_next": (
        "Use the next certificate",
        "acme",
        lambda provider: publish_next_key(actor=SYSTEM, provider=provider),
        [another_next],
    ),
    "remove_old": ("Remove the old certificate", "acme", rollover, [rollover, another_old]),
}
STALE = [(name, change) for name, (*_, changes) in ENDS.items() for change in changes]


@pytest.fixture
def rows(bob: User) -> dict[str, Model]:
    acme = IdentityProvider.objects.create(alias="acme", type="saml", name="Acme", enabled=True)
    make_first_key(acme)
    return {"shop": make_client("shop"), "bob": bob, "acme": acme}


@pytest.mark.parametrize(("name", "change"), STALE)
def test_what_came_while_the_page_was_open_stays(
    browser: Client, rows: dict[str, Model], name: str, change: Callable[..., object]
) -> None:
    button, of, begin, _ = ENDS[name]
    begin(rows[of])
    rows[of].refresh_from_db()
    page = asking(browser, rows[of], button)
    change(rows[of])
    before = _left(rows[of])

    refused = page.press(button)

    assert NOTHING_DONE in refused.text and _left(rows[of]) == before
    assert NOTHING_DONE not in asking(browser, rows[of], button).press(button).text
    assert _left(rows[of]) != before


def actions() -> dict[str, Callable[..., object]]:
    made = [
        (str(name), getattr(page, str(name))) for page in admin_site._registry.values() for name in page.actions or ()
    ]
    return dict(made)


THE_ROW_ITSELF = {
    # These end what each row of the confirmation is, or a state that a person has once.
    "disable",
    "withdraw",
    "end",
    "unlink",
    "sign_out_everywhere",
    "cut_access",
    "withdraw_at_once",
}


def test_every_action_that_takes_away_names_what_it_ends_or_ends_the_row_itself() -> None:
    naming = {name for name, action in actions().items() if isinstance(getattr(action, "secrets", None), Secrets)}
    taking = {name for name, action in actions().items() if getattr(action, "takes_away", False)}

    assert naming == {*ENDS, *REPLACES, "invite_by_mail", "end_replaced_tokens"}
    assert taking - naming == THE_ROW_ITSELF
