"""What a provider says of somebody who signed in. Every part can be told otherwise, and is signed all the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from saml2 import saml, samlp

NS = "urn:oasis:names:tc:SAML:2.0"
SUCCESS = f"{NS}:status:Success"
DENIED = f"{NS}:status:RequestDenied"
BEARER = f"{NS}:cm:bearer"
SENDER_VOUCHES = f"{NS}:cm:sender-vouches"
HOLDER_OF_KEY = f"{NS}:cm:holder-of-key"
PERSISTENT = f"{NS}:nameid-format:persistent"
TRANSIENT = f"{NS}:nameid-format:transient"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PASSWORD = f"{NS}:ac:classes:PasswordProtectedTransport"

JANE: Mapping[str, Sequence[str]] = {"email": ["jane@acme.com"], "GROUPS": ["researchers", "ml"]}


def soon(**later: float) -> datetime:
    return datetime.now(UTC) + timedelta(**later or {"minutes": 5})


def ago(**earlier: float) -> datetime:
    return datetime.now(UTC) - timedelta(**earlier or {"minutes": 5})


def fresh_id() -> str:
    return f"_{uuid4().hex}"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """None leaves a part out; `audiences` is a list of restrictions, each a list of entity ids."""

    issuer: str | None
    audiences: Sequence[Sequence[str]]
    destination: str | None
    recipient: str | None
    in_response_to: str | None
    response_issuer: str | None = field(default="=issuer")
    confirmed_response_to: str | None = field(default="=in_response_to")
    name_id: str | None = "jane"
    name_id_format: str | None = PERSISTENT
    attributes: Mapping[str, Sequence[str]] = field(default_factory=lambda: JANE)
    issued: datetime = field(default_factory=lambda: datetime.now(UTC))
    conditions: bool = True
    not_before: datetime | None = field(default_factory=ago)
    not_on_or_after: datetime | None = field(default_factory=soon)
    one_time_use: bool = False
    confirmation: str | None = BEARER
    confirmed_from: datetime | None = None
    confirmed_until: datetime | None = field(default_factory=soon)
    session_index: str | None = field(default_factory=fresh_id)
    session_not_on_or_after: datetime | None = None
    authn_context: str = PASSWORD
    authenticated: datetime | None = field(default_factory=lambda: datetime.now(UTC))
    status: str = SUCCESS
    assertions: int = 1
    assertion_id: str = field(default_factory=fresh_id)
    response_id: str = field(default_factory=fresh_id)
    version: str = "2.0"

    def response(self) -> samlp.Response:
        return samlp.Response(
            id=self.response_id,
            version=self.version,
            destination=self.destination,
            in_response_to=self.in_response_to,
            issue_instant=_instant(self.issued),
            issuer=_issuer(self.issuer if self.response_issuer == "=issuer" else self.response_issuer),
            status=_status(self.status),
            assertion=[self._assertion(number) for number in range(self.assertions)],
        )

    def _assertion(self, number: int) -> saml.Assertion:
        """The second and later ones of a response have ids of their own."""
        return saml.Assertion(
            id=f"{self.assertion_id}-{number}" if number else self.assertion_id,
            version=self.version,
            issue_instant=_instant(self.issued),
            issuer=_issuer(self.issuer),
            subject=self._subject(),
            conditions=self._conditions() if self.conditions else None,
            authn_statement=[self._authn_statement()] if self.authenticated else [],
            attribute_statement=[self._attributes()] if self.attributes else [],
        )

    def _subject(self) -> saml.Subject:
        name_id = saml.NameID(text=self.name_id, format=self.name_id_format) if self.name_id is not None else None
        if self.confirmation is None:
            return saml.Subject(name_id=name_id)
        asked = self.in_response_to if self.confirmed_response_to == "=in_response_to" else self.confirmed_response_to
        data = saml.SubjectConfirmationData(
            in_response_to=asked,
            recipient=self.recipient,
            not_before=_instant(self.confirmed_from),
            not_on_or_after=_instant(self.confirmed_until),
        )
        confirmation = saml.SubjectConfirmation(method=self.confirmation, subject_confirmation_data=data)
        return saml.Subject(name_id=name_id, subject_confirmation=[confirmation])

    def _conditions(self) -> saml.Conditions:
        return saml.Conditions(
            not_before=_instant(self.not_before),
            not_on_or_after=_instant(self.not_on_or_after),
            audience_restriction=[
                saml.AudienceRestriction(audience=[saml.Audience(text=name) for name in names])
                for names in self.audiences
            ],
            one_time_use=[saml.OneTimeUse()] if self.one_time_use else [],
        )

    def _authn_statement(self) -> saml.AuthnStatement:
        return saml.AuthnStatement(
            authn_instant=_instant(self.authenticated),
            session_index=self.session_index,
            session_not_on_or_after=_instant(self.session_not_on_or_after),
            authn_context=saml.AuthnContext(authn_context_class_ref=saml.AuthnContextClassRef(text=self.authn_context)),
        )

    def _attributes(self) -> saml.AttributeStatement:
        return saml.AttributeStatement(
            attribute=[
                saml.Attribute(
                    name=name,
                    name_format=saml.NAME_FORMAT_BASIC,
                    attribute_value=[saml.AttributeValue(text=value) for value in values],
                )
                for name, values in self.attributes.items()
            ]
        )


def _instant(when: datetime | None) -> str | None:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def _issuer(name: str | None) -> Any:
    return saml.Issuer(text=name, format=saml.NAMEID_FORMAT_ENTITY) if name is not None else None


def _status(code: str) -> samlp.Status:
    if code == SUCCESS:
        return samlp.Status(status_code=samlp.StatusCode(value=SUCCESS))
    inner = samlp.StatusCode(value=code)
    return samlp.Status(status_code=samlp.StatusCode(value=f"{NS}:status:Responder", status_code=inner))
