"""Why a sign-in through a directory is refused: what the person reads, and what the administrator can do about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """`status` is HTTP's; `sentence` is for who was refused, `advice` for who can put it right."""

    status: int
    sentence: str
    advice: str


_TRY_AGAIN = "That sign-in could not be completed. Start again from the sign-in page."
_MISCONFIGURED = (
    "Your organisation's sign-in answered in a way that we can't trust. Tell your administrator the reference below."
)
_NOT_YOU = "We could not tell who you are from what your organisation's sign-in says. Tell your administrator."

REFUSALS = {
    "bad_message": Refusal(
        400,
        "What your organisation's sign-in sent can't be read. Start again from the sign-in page.",
        "The message is not what a provider sends. If people see this, look at what stands between them and here.",
    ),
    "too_costly": Refusal(
        400,
        "What your organisation's sign-in sent can't be read. Start again from the sign-in page.",
        "No message of a provider costs so much to read. If people see this, look at what the provider sends.",
    ),
    "provider_disabled": Refusal(
        403,
        "Signing in this way is switched off now. Ask your administrator.",
        "The identity provider is disabled. Enable it on its page.",
    ),
    "provider_failed": Refusal(
        401,
        "Your organisation's sign-in did not let you in, or you cancelled it.",
        "The provider itself refused, and says so in its status. Its own log has the reason.",
    ),
    "bad_signature": Refusal(
        401,
        _MISCONFIGURED,
        "The signature is missing, or was made with a key that the provider's metadata does not name. If its"
        " certificate was renewed, fetch or paste its metadata again, and let it sign assertions with RSA or ECDSA"
        " and SHA-256 or stronger.",
    ),
    "bad_encryption": Refusal(
        401,
        _MISCONFIGURED,
        "The assertion is encrypted under another certificate than ours, or in a way that is not safe: give the"
        " provider our metadata again, and choose AES with RSA-OAEP.",
    ),
    "other_issuer": Refusal(
        401,
        _MISCONFIGURED,
        "It was issued by somebody else than the provider's metadata says. Compare the entity ID or issuer.",
    ),
    "other_audience": Refusal(
        401,
        _MISCONFIGURED,
        "It is meant for another application. At the provider, set the audience to our entity ID.",
    ),
    "other_recipient": Refusal(
        401,
        _MISCONFIGURED,
        "It is meant for another address. At the provider, set the reply (assertion consumer service) URL to ours.",
    ),
    "bad_time": Refusal(
        401,
        "That sign-in is too old, or the clocks differ. Start again from the sign-in page.",
        "It is not valid at this time. Compare the clocks of the provider and of this server: a minute is allowed.",
    ),
    "bad_assertion": Refusal(
        401, _MISCONFIGURED, "The assertion lacks something that the standard asks for: see the failed check."
    ),
    "replayed": Refusal(
        401,
        _TRY_AGAIN,
        "This very answer was used before. Somebody went back in the browser, or has caught it and tries it again.",
    ),
    "not_asked": Refusal(
        401,
        _TRY_AGAIN,
        "Nobody asked for it in this browser. If the provider's own portal should be able to begin sign-ins, allow"
        " that on the provider's page.",
    ),
    "no_identity": Refusal(
        401, _NOT_YOU, "The provider did not say who it is: see the failed check for what is missing."
    ),
    "no_email": Refusal(
        401,
        "We're having trouble identifying your account: your organisation's sign-in did not give us an e-mail"
        " address we can use. Tell your administrator the reference below.",
        "Let the provider send the e-mail in the attribute that the mapping names, or name the right one there.",
    ),
    "claim_missing": Refusal(
        403,
        "Your organisation does not give you access here. Ask your administrator.",
        "The mandatory claim of this provider is missing, or has another value.",
    ),
    "user_disabled": Refusal(
        403,
        "This account can't be used now. Ask an administrator.",
        "The user is disabled here. Enable them on their page, if they should come in.",
    ),
    "no_new_users": Refusal(
        403,
        "There is no account for you here yet. Ask an administrator to make one.",
        "This provider makes no users. Link the identity with a user, or switch that on.",
    ),
    "email_taken": Refusal(
        403,
        "There is an account with your e-mail address already, which this sign-in does not belong to. Ask an"
        " administrator to link them.",
        "Link this identity with the user on the page of identities, if they are the same person.",
    ),
    "administrator": Refusal(
        403,
        "This account is an administrator's, so this sign-in can't open it. Ask an administrator.",
        "A directory can't make system administrators. Link the identity by hand, or mark the provider's mapping as"
        " privileged.",
    ),
    "not_recent": Refusal(
        401,
        "You were asked to sign in again, and your organisation's sign-in let you through without that.",
        "The provider ignored ForceAuthn (prompt=login for OpenID Connect): it has to ask for the password again.",
    ),
    "unreachable": Refusal(
        503,
        "Your organisation's sign-in can't be reached now. Try again in a moment.",
        "This server could not reach the provider: see the failed check.",
    ),
    "bad_provider": Refusal(
        401,
        _MISCONFIGURED,
        "The provider's answer is not what OpenID Connect says: see the failed check. Often the client secret or a"
        " scope is wrong.",
    ),
}
