"""Who signs in as whom: seen, linked and unlinked by an administrator."""

import pytest
from django.test import Client

from accounts.models import Session, User
from accounts.services.users import create_user
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Forbidden
from sso.models import Identity, IdentityProvider
from sso.services.identities import link_identity, unlink_identity
from tests import cast
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import Visitor, connect, jane, last_attempt

PAGE = "/admin/sso/identity/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def visitor(tree: cast.Tree) -> Visitor:
    idp = IdP()
    return Visitor(idp, connect(idp))


@pytest.fixture
def stranger(visitor: Visitor) -> Identity:
    """Refused, because the e-mail is a local user's."""
    create_user(actor=SYSTEM, email="jane@acme.com", must_change_password=False)
    visitor.sign_in()
    assert last_attempt().code == "email_taken"
    return Identity.objects.get()


def act(browser: Client, name: str, *, confirmed: bool = True) -> str:
    chosen = {"action": name, "_selected_action": str(Identity.objects.get().pk)}
    answer = browser.post(PAGE, {**chosen, **({"confirmed": "yes"} if confirmed else {})}, follow=True)
    return answer.content.decode()


def test_the_list_says_who_is_not_linked(admin: Client, stranger: Identity) -> None:
    page = admin.get(PAGE, {"linked": "no", "q": "jane@"}).content.decode()

    assert "jane-1" in page
    assert "not linked" in page
    assert "jane-1" not in admin.get(PAGE, {"linked": "yes"}).content.decode()


def test_an_administrator_links_who_was_refused(admin: Client, stranger: Identity, visitor: Visitor) -> None:
    act(admin, "link")
    visitor.sign_in()

    assert visitor.is_signed_in()
    assert Identity.objects.get().user == jane()
    assert Event.objects.get(action="identity:link").entity_id == str(jane().pk)


def test_it_asks_before_it_links(admin: Client, stranger: Identity) -> None:
    page = act(admin, "link", confirmed=False)

    assert "signs in as the user with the same e-mail" in page
    assert Identity.objects.get().user is None


def test_nobody_is_linked_where_no_user_has_the_e_mail(admin: Client, visitor: Visitor) -> None:
    IdentityProvider.objects.update(create_users=False)
    visitor.sign_in()

    page = act(admin, "link")

    assert "There is no user with the e-mail jane@acme.com" in page
    assert not Event.objects.filter(action="identity:link").exists()


@pytest.mark.parametrize("privileged", [False, True])
def test_an_administrator_is_linked_only_where_the_mapping_is_privileged(
    admin: Client, stranger: Identity, tree: cast.Tree, privileged: bool
) -> None:
    cast.rule("user", "jane@acme.com", "System administrator", tree.tenant)
    IdentityProvider.objects.update(privileged=privileged)

    page = act(admin, "link")

    assert ("mark the provider as one that may make administrators" in page) is not privileged
    assert (Identity.objects.get().user is not None) is privileged


def test_unlinking_ends_the_sessions_and_the_way_in(admin: Client, visitor: Visitor) -> None:
    visitor.sign_in()

    act(admin, "unlink")

    assert not visitor.is_signed_in()
    assert not Session.objects.live().filter(user=jane()).exists()
    assert visitor.sign_in().status_code == 403
    assert Event.objects.get(action="identity:unlink").metadata == {"provider": "saml", "known_as": "jane-1"}


def test_unlinking_leaves_other_sessions_and_the_user_alone(
    admin: Client, visitor: Visitor, browser_as: BrowserAs
) -> None:
    visitor.sign_in()
    user = jane()
    user.set_password(cast.PASSWORD)
    user.is_local = True
    user.save()
    by_password = browser_as(user)

    act(admin, "unlink")

    assert by_password.get("/").status_code == 200
    assert jane().enabled


def test_it_leads_into_the_audit_log(admin: Client, visitor: Visitor) -> None:
    visitor.sign_in()
    linked = admin.get(f"{PAGE}{Identity.objects.get().pk}/history/")
    act(admin, "unlink")

    unlinked = admin.get(f"{PAGE}{Identity.objects.get().pk}/history/", follow=True).content.decode()

    assert linked["Location"].endswith(f"?entity_id={jane().pk}")
    assert "identity:unlink" in unlinked


def test_nothing_of_it_is_edited_by_hand(admin: Client, stranger: Identity) -> None:
    admin.post(f"{PAGE}{stranger.pk}/change/", {"email": "x@acme.com", "subject": "x", "issuer": "x"})

    assert admin.get(f"{PAGE}add/").status_code == 403
    assert admin.post(f"{PAGE}{stranger.pk}/delete/", {"post": "yes"}).status_code == 403
    assert (Identity.objects.get().email, Identity.objects.get().subject) == ("jane@acme.com", "jane-1")


@pytest.mark.parametrize("verb", [link_identity, unlink_identity])
def test_the_verbs_refuse_who_may_not(vera: User, stranger: Identity, verb: object) -> None:
    with pytest.raises(Forbidden):
        verb(actor=vera, identity=stranger)  # type: ignore[operator]  # either of them

    assert not Event.objects.filter(action__startswith="identity:").exists()


@pytest.mark.parametrize("name", ["link", "unlink"])
def test_who_may_not_connect_directories_sees_and_does_nothing(
    alice: User, browser_as: BrowserAs, stranger: Identity, name: str
) -> None:
    browser = browser_as(alice)

    seen = [browser.get(f"{PAGE}{leaf}") for leaf in ("", f"{stranger.pk}/change/", f"{stranger.pk}/history/")]
    act(browser, name)

    assert {answer.status_code for answer in seen} <= {302, 403, 404}
    assert not any("acme" in answer.headers.get("Location", "") for answer in seen)
    assert Identity.objects.get().user is None
