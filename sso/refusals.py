"""Reasons for refusing a sign-in: the sentence for the user, and the advice for the administrator."""

from dataclasses import dataclass

# Checks with advice of their own.
BEGINNING = "The provider can be asked"
METADATA = "The provider's metadata"
BROWSER = "It was begun in this browser"
ONE_ASSERTION = "There is one assertion"


@dataclass(frozen=True)
class RefusalText:
    """`status` is the HTTP status, `sentence` is for the refused user, `advice` for the administrator."""

    status: int
    sentence: str
    advice: str


_TRY_AGAIN = "That sign-in could not be completed. Start again from the sign-in page."
_MISCONFIGURED = (
    "Your organisation's sign-in answered in a way that we can't trust. Tell your administrator the reference below."
)
_NOT_YOU = "We could not tell who you are from what your organisation's sign-in says. Tell your administrator."
# Knowing an address must not reveal whether it is an administrator's. Only the attempt says so.
_NOT_THIS_WAY = (
    "There is an account with your e-mail address, which this way of signing in does not open. Ask an administrator,"
    " and tell them the reference below."
)

REFUSALS = {
    "bad_message": RefusalText(
        400,
        "What your organisation's sign-in sent can't be read. Start again from the sign-in page.",
        "The message is not what a provider sends. If people see this, look at what stands between them and here.",
    ),
    "too_costly": RefusalText(
        400,
        "What your organisation's sign-in sent can't be read. Start again from the sign-in page.",
        "No message of a provider costs so much to read. If people see this, look at what the provider sends.",
    ),
    "provider_disabled": RefusalText(
        403,
        "Signing in this way is switched off now. Ask your administrator.",
        "The identity provider is disabled. Enable it on its page.",
    ),
    "metadata_over": RefusalText(
        503,
        "Signing in this way does not work now. Tell your administrator the reference below.",
        "The provider's metadata says until when it may be used (validUntil), and that is over. Give the present"
        " metadata on the provider's page, or fetch it again there if it was given by its address.",
    ),
    "provider_failed": RefusalText(
        401,
        "Your organisation's sign-in did not let you in, or you cancelled it.",
        "The answer says that the provider itself refused. If it did, its own log has the reason.",
    ),
    "bad_signature": RefusalText(
        401,
        _MISCONFIGURED,
        "The signature is missing, or was made with a key that the provider's metadata does not name. If its"
        " certificate was renewed, fetch or paste its metadata again, and let it sign assertions with RSA or ECDSA"
        " and SHA-256 or stronger.",
    ),
    "bad_encryption": RefusalText(
        401,
        _MISCONFIGURED,
        "The assertion is encrypted under another certificate than ours, or in a way that is not safe: give the"
        " provider our metadata again, and choose AES with RSA-OAEP.",
    ),
    "other_issuer": RefusalText(
        401,
        _MISCONFIGURED,
        "It was issued by somebody else than the provider's metadata says. Compare the entity ID or issuer.",
    ),
    "other_audience": RefusalText(
        401,
        _MISCONFIGURED,
        "It is meant for another application. At the provider, set the audience to our entity ID.",
    ),
    "other_recipient": RefusalText(
        401,
        _MISCONFIGURED,
        "It is meant for another address. At the provider, set the reply (assertion consumer service) URL to ours.",
    ),
    "bad_time": RefusalText(
        401,
        "That sign-in is too old, or the clocks differ. Start again from the sign-in page.",
        "It is not valid at this time. Compare the clocks of the provider and of this server: a minute is allowed.",
    ),
    "bad_assertion": RefusalText(
        401,
        _MISCONFIGURED,
        "The assertion is not as the standard has it: the failed check says what it lacks, or has too much of.",
    ),
    "replayed": RefusalText(
        401,
        _TRY_AGAIN,
        "This very answer was used before. Somebody went back in the browser, or has caught it and tries it again.",
    ),
    "signed_out_there": RefusalText(
        401,
        _TRY_AGAIN,
        "The provider ended this session (single logout) before the sign-in was completed here.",
    ),
    "not_asked": RefusalText(
        401,
        _TRY_AGAIN,
        "It answers no request. If the provider's own portal should be able to begin sign-ins, allow that on the"
        " provider's page.",
    ),
    "no_identity": RefusalText(
        401, _NOT_YOU, "The provider did not say who it is: see the failed check for what is missing."
    ),
    "transient_identity": RefusalText(
        403,
        _NOT_YOU,
        "The provider gives each sign-in another NameID (its format is transient), by which nobody can be known again."
        " Let it send a persistent NameID, or one of the format emailAddress; or name on the provider's page an"
        " attribute that never changes as the identity.",
    ),
    "no_email": RefusalText(
        401,
        "We're having trouble identifying your account: your organisation's sign-in did not give us an e-mail"
        " address we can use. Tell your administrator the reference below.",
        "Let the provider send the e-mail in the attribute that the mapping names, or name the right one there.",
    ),
    "claim_missing": RefusalText(
        403,
        "Your organisation does not give you access here. Ask your administrator.",
        "The mandatory claim of this provider is missing, or has another value.",
    ),
    "not_authorized": RefusalText(
        403,
        "Your organisation does not give you access here. Ask your administrator.",
        "The authentication backend of this installation refused the attributes. Ask whoever runs this server.",
    ),
    "hook_failed": RefusalText(
        503,
        "Signing in this way does not work now. Tell your administrator the reference below.",
        "Code that was added to this installation, an authentication backend or a receiver of pre_user_save, has a"
        " fault: often it expects an attribute that this person has none of. The server's log has the fault.",
    ),
    "user_disabled": RefusalText(
        403,
        "This account can't be used now. Ask an administrator.",
        "The user is disabled here. Enable them on their page, if they should come in.",
    ),
    "no_new_users": RefusalText(
        403,
        "There is no account for you here yet. Ask an administrator to make one.",
        "This provider makes no users. Link the identity with a user, or switch that on.",
    ),
    "email_taken": RefusalText(
        403,
        _NOT_THIS_WAY,
        "Link this identity with the user on the page of identities, if they are the same person.",
    ),
    "address_not_declared": RefusalText(
        403,
        "Your e-mail address is not one for which this way of signing in may speak. Ask an administrator.",
        "The address lies outside the e-mail domains that are declared on the provider's page. Add its domain there, if"
        " this directory may speak for everybody in it.",
    ),
    "address_reused": RefusalText(
        403,
        "There is an account with your e-mail address already, which this directory knows as somebody else's. Ask an"
        " administrator.",
        "The provider names another person by an address that it gave somebody before. If it is the same person under a"
        " new identifier, unlink the old identity on the page of identities; if not, give the new one another account.",
    ),
    "email_unverified": RefusalText(
        403,
        "Your e-mail address is not verified at your organisation's sign-in. Verify it there, and sign in again.",
        "An account or an access rule has this address, so only its owner may have it. Let the provider verify it and"
        " send email_verified as true. Where it never sends email_verified: trust its addresses on its page.",
    ),
    "administrator": RefusalText(
        403,
        _NOT_THIS_WAY,
        "A rule gives this person a role that can lead to System administrator, which a directory can't do. Delete that"
        " rule, let the person be a local user, or mark the provider as one that may make administrators.",
    ),
    "other_source": RefusalText(
        403,
        _NOT_THIS_WAY,
        "A rule for this person is for another source than this provider: the failed check names it. Sign in through"
        " that source, or make the rule anew without a source.",
    ),
    "not_recent": RefusalText(
        401,
        "You were asked to sign in again, and your organisation's sign-in let you through without that.",
        "The provider ignored ForceAuthn (prompt=login for OpenID Connect): it has to ask for the password again.",
    ),
    "second_factor_missing": RefusalText(
        403,
        "This needs a second factor, which your organisation's sign-in did not ask you for. Set one up there, then"
        " start again from the sign-in page.",
        "The provider let the person in without a second factor. Let it ask for one in this application (ADFS: an"
        " access control policy; Entra ID: Conditional Access; Okta: an authentication policy; Keycloak: a step-up"
        " flow). If it did ask, add the context that the failed check names to the list on the provider's page.",
    ),
    "unreachable": RefusalText(
        503,
        "Your organisation's sign-in can't be reached now. Try again in a moment.",
        "This server could not reach the provider: see the failed check.",
    ),
    "bad_provider": RefusalText(
        401,
        _MISCONFIGURED,
        "The provider's answer is not what OpenID Connect says: see the failed check. Often the client secret or a"
        " scope is wrong.",
    ),
}

_BY_CHECK = {
    BROWSER: "The browser that brings the answer is not the one that asked, or no longer knows that it asked: its"
    " cookie is blocked or was lost, it began under another host name than the one in our addresses, or somebody went"
    " back and answered a second time. Begin from the sign-in page under the public address of this service. Allowing"
    " the provider to begin sign-ins would not help.",
    ONE_ASSERTION: "The response has to have one assertion. Let the provider send all that it says of somebody in one.",
}


def advice_for(code: str, check: str) -> str:
    """Return the advice for a refusal by this check; empty for an unknown code."""
    refusal = REFUSALS.get(code)
    return _BY_CHECK.get(check) or (refusal.advice if refusal else "")
