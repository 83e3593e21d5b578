"""By what somebody is known from sign-in to sign-in: SAML's NameID or an attribute, OpenID Connect's sub."""

from dataclasses import replace

from sso.mapping import Person
from sso.models import Identity, IdentityProvider
from sso.models.providers import NameIDFormat, Type
from sso.said import Said
from sso.trial import Trial

CHECK = "They can be known again"
LONGEST = 512
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


def named_for_good(provider: IdentityProvider, said: Said, trial: Trial) -> Said:
    """What is said, with a subject that is the same at the next sign-in; or Refused.

    `name_id` keeps the NameID itself, by which the provider knows the session (`Text`).
    """
    if provider.type != Type.SAML:
        return said
    said = replace(said, name_id={**said.name_id, "Text": said.subject})
    if provider.subject_attribute:
        return replace(said, subject=_by_attribute(provider, said, trial))
    format_ = said.name_id.get("Format", "")
    trial.require(
        format_ != TRANSIENT, CHECK, "transient_identity",
        f"The NameID {said.subject} is transient: the next sign-in brings another.",
    )  # fmt: skip
    if format_ == NameIDFormat.EMAIL:
        return replace(said, subject=_as_it_is_known(provider, said))
    return said


def note_change(provider: IdentityProvider, said: Said, person: Person, trial: Trial) -> None:
    """Say when a directory calls somebody otherwise than before: to us that is somebody else."""
    known = Identity.objects.filter(provider=provider)
    if known.filter(issuer=said.issuer, subject=said.subject).exists():
        return
    before = known.filter(email=person.email).order_by("-last_seen_at").first()
    if before is not None:
        what = "identity" if provider.subject_attribute or provider.type != Type.SAML else "NameID"
        trial.noted(
            CHECK,
            f"{person.email} was known by the {what} {before.subject}{_format_of(before)} until"
            f" {before.last_seen_at:%Y-%m-%d}, and comes with {said.subject} now. That is another identity.",
        )


def _by_attribute(provider: IdentityProvider, said: Said, trial: Trial) -> str:
    name = provider.subject_attribute
    values = said.attributes.get(name, [])
    value = values[0] if len(values) == 1 else ""
    plain = bool(value) and value == value.strip() and value.isprintable() and len(value) <= LONGEST
    trial.require(
        plain, CHECK, "no_identity",
        f"The attribute {name}, which says who it is, has to have one value of at most {LONGEST} characters, without"
        f" white space around it. There are {len(values)}.",
        passed=f"{value} ({name})",
    )  # fmt: skip
    return str(value)


def _as_it_is_known(provider: IdentityProvider, said: Said) -> str:
    """An address that was known in other capitals is the same address."""
    known = Identity.objects.filter(provider=provider, issuer=said.issuer)
    if known.filter(subject=said.subject).exists():
        return said.subject
    alike = known.filter(subject__iexact=said.subject).order_by("created_at").first()
    return alike.subject if alike else said.subject


def _format_of(identity: Identity) -> str:
    last = identity.sessions.order_by("-session__created_at").first()
    format_ = last.name_id.get("Format", "").rpartition(":")[2] if last else ""
    return f" ({format_})" if format_ else ""
