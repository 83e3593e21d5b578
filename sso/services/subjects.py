"""The stable subject of a user: SAML's NameID or an attribute, OpenID Connect's `sub`."""

from dataclasses import replace

from django.db.models import F

from common.visible import is_visible
from common.wording import Wording
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog
from sso.mapping import MappedUser
from sso.models import Identity, IdentityProvider
from sso.models.identities import with_subject
from sso.models.providers import NameIDFormat, ProviderType

CHECK = "The subject stays the same"
LONGEST = 512
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


def with_stable_subject(provider: IdentityProvider, assertion: VerifiedAssertion, log: CheckLog) -> VerifiedAssertion:
    """Return the assertion with a subject that stays the same between sign-ins, or raise SignInRefused.

    `name_id` keeps the NameID itself (`Text`), by which the provider knows the session.
    """
    if provider.type != ProviderType.SAML:
        return assertion
    assertion = replace(assertion, name_id={**assertion.name_id, "Text": assertion.subject})
    if provider.subject_attribute:
        return replace(assertion, subject=_by_attribute(provider, assertion, log))
    format_ = assertion.name_id.get("Format", "")
    log.require(
        format_ != TRANSIENT,
        CHECK,
        "transient_identity",
        Wording("The NameID {subject} is transient: the next sign-in brings another.", subject=assertion.subject),
    )
    if format_ == NameIDFormat.EMAIL:
        return replace(assertion, subject=_as_it_is_known(provider, assertion))
    return assertion


def log_subject_change(
    provider: IdentityProvider, assertion: VerifiedAssertion, mapped: MappedUser, log: CheckLog
) -> None:
    """Log when the directory sends another subject for a known address: that is another identity here."""
    if with_subject(provider.pk, assertion.issuer, assertion.subject) is not None:
        return
    before = Identity.objects.filter(provider=provider, email=mapped.email).order_by("-last_seen_at").first()
    if before is not None:
        what = Wording("identity") if provider.subject_attribute or provider.type != ProviderType.SAML else "NameID"
        log.noted(
            CHECK,
            Wording(
                "{email} was known by the {what} {subject}{format} until {last_seen_at}, and "
                "comes with {other} now. That is another identity.",
                email=mapped.email,
                what=what,
                subject=before.subject,
                format=_format_of(before),
                last_seen_at=f"{before.last_seen_at:%Y-%m-%d}",
                other=assertion.subject,
            ),
        )


def _by_attribute(provider: IdentityProvider, assertion: VerifiedAssertion, log: CheckLog) -> str:
    name = provider.subject_attribute
    values = assertion.attributes.get(name, [])
    value = values[0] if len(values) == 1 else ""
    plain = bool(value) and value == value.strip() and is_visible(value) and len(value) <= LONGEST
    log.require(
        plain,
        CHECK,
        "no_identity",
        Wording(
            "The attribute {name}, which says who it is, has to have one value of at most "
            "{longest} characters, without white space around it. There are {count}.",
            name=name,
            longest=LONGEST,
            count=len(values),
        ),
        passed=f"{value} ({name})",
    )
    return str(value)


def _as_it_is_known(provider: IdentityProvider, assertion: VerifiedAssertion) -> str:
    """Return the stored spelling of a NameID that is an address and differs only in capitals; in small letters if none.

    So two first sign-ins at once, in whatever capitals, are about one identity. A linked identity comes before one that
    is not.
    """
    said, small = assertion.subject, in_small_letters(assertion.subject)
    for spelling in dict.fromkeys((said, small)):
        known = with_subject(provider.pk, assertion.issuer, spelling)
        if known is not None and known.user is not None:
            return spelling
    # The database may hold other letters for alike too, such as the long s.
    alike = Identity.objects.filter(provider=provider, issuer=assertion.issuer, subject__iexact=said)
    stored = alike.order_by(F("user").asc(nulls_last=True), "created_at").values_list("subject", flat=True)
    return next((one for one in stored if in_small_letters(one) == small), small)


def in_small_letters(address: str) -> str:
    """Return an address with its ASCII letters in small. Others stay: the Kelvin sign is no k, and somebody else's."""
    return address.encode().lower().decode()


def _format_of(identity: Identity) -> str:
    last = identity.sessions.order_by("-session__created_at").first()
    format_ = last.name_id.get("Format", "").rpartition(":")[2] if last else ""
    return f" ({format_})" if format_ else ""
