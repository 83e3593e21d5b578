"""The acts of the admin before which somebody shows again that it is they, if they signed in too long ago.

By the name of the URL: every form that is sent there, or some actions of a list. docs/second-factors.md lists them for
people; tests/admin/test_step_up.py holds that each form and action is here or said to be ordinary.
"""

from collections.abc import Collection

from django.http import HttpRequest

from access.leading import leading
from access.models import ROOT_ID, ROOT_NAME, ScopeType
from runai_identity.becoming import by_address, by_joining

ANY = frozenset({"*"})
SENSITIVE: dict[str, Collection[str]] = {
    # who signs in, and how
    "accounts_user_changelist": {
        "invite_by_mail",
        "invite_by_link",
        "reset_the_password",
        "reset_second_factors",
        # these two bring back, or begin, whatever rules give somebody
        "enable",
        "confirm_address",
    },
    "accounts_user_rename": ANY,
    "accounts_user_cut_access": ANY,
    "accounts_signinsettings_change": ANY,
    "accounts_mailsettings_change": ANY,
    "sso_identityprovider_add": ANY,
    "sso_identityprovider_change": ANY,
    "sso_identityprovider_delete": ANY,
    "sso_identityprovider_changelist": {
        "enable",
        "disable",
        "publish_next",
        "use_next",
        "remove_old",
        "delete_selected",
    },
    "sso_identity_changelist": {"link"},
    # secrets and keys
    "tokens_application_add": ANY,
    "tokens_application_change": ANY,
    "tokens_application_changelist": {"make_a_new_secret"},
    "tokens_registrationtoken_add": ANY,
    "tokens_signingkey_changelist": {"sign_with_the_next_key", "withdraw_at_once"},
    # clusters: their tokens, and the flags by which they take older ones
    "clustersync_cluster_add": ANY,
    "clustersync_cluster_change": ANY,
    "clustersync_cluster_changelist": {"make_a_new_webhook_token", "make_a_new_agent_token"},
}
GRANTS = frozenset({"access_accessrule_add", "access_give_role"})
JOINS, ARRIVALS = "accounts_membership_add", "accounts_user_add"  # by what the group, or the address, gives


def is_sensitive(request: HttpRequest) -> bool:
    name = request.resolver_match.url_name if request.resolver_match else None
    if name in GRANTS:
        return _makes_an_administrator(request)
    if name == JOINS:
        return any(by_joining(group) for group in request.POST.getlist("group"))
    if name == ARRIVALS:
        return any(by_address(email) for email in request.POST.getlist("email"))
    acts = SENSITIVE.get(name or "", ())
    return acts == ANY or request.POST.get("action") in acts


def _makes_an_administrator(request: HttpRequest) -> bool:
    """Return True for a rule that can lead to System administrator or counts above the tenant, and if unclear."""
    sent = request.POST
    roles = {*sent.getlist("role_id"), *sent.getlist("role")}
    places = [*sent.getlist("scope"), *sent.getlist("where")]
    strong = {str(id_) for type_, ids in leading().items() if type_ != ScopeType.SYSTEM for id_ in ids}
    # A place may be typed by its name too.
    at_the_root = {ROOT_ID, ROOT_NAME} & {place.strip("/ ").rpartition("/")[2] for place in places}
    return not roles or not places or bool(strong & roles) or bool(at_the_root)
