"""Give a role to up to ten subjects in up to ten scopes: found by typing, looked at before, without any script."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_lazy, ngettext

from access.admin.picking import scopes_named
from access.assertions import LOCAL
from access.catalog import RESOURCE_TYPES, role_with_id, roles
from access.models import AccessRule, Scope, ScopeType, SubjectType
from access.not_carried import said_of_tokens
from access.ports.applications import applications
from access.ports.sources import sources
from access.services import grantable, permitted
from access.services.planning import Plan, plan
from access.services.rules import require_to_hold, subject_named
from access.services.several import MOST_SCOPES, MOST_SUBJECTS, RulesMade, grant_several
from accounts.admin.acting import acting
from accounts.models import User
from accounts.ports.authority import authority
from common.errors import DomainError
from common.translating import translated

MOST_FOUND = 10
MOST_IN_TREE = 200
MOST_NAMED = 12
LONGEST = 254

Subject = tuple[str, str]


class Offered(NamedTuple):
    """A check box: its value, words, how deep in the tree it stands, and whether it is chosen."""

    value: str
    words: str
    depth: int
    chosen: bool


def source_choices() -> list[tuple[str, str]]:
    any_, here = gettext("Anybody who may assert it"), gettext("This service alone: users and members entered here")
    return [
        ("", any_),
        (LOCAL, here),
        *((alias, gettext("The identity provider %(alias)s") % {"alias": alias}) for alias in sources().aliases()),
    ]


class GivingForm(forms.Form):
    """Take subjects and places that were typed or ticked; once it is cleaned, `who` and `where` hold both."""

    subject_type = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[(value, gettext_lazy(str(label))) for value, label in SubjectType.choices]
    )
    subject_id = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=254,
        help_text=gettext_lazy(
            "An e-mail, a group's name or an application's client id; or the beginning, and find. "
            "Nobody need have the address yet."
        ),
    )
    scope = forms.CharField(
        label=gettext_lazy("Place"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("A name such as faces, its beginning, or runai/prod/vision."),
    )
    role_id = forms.TypedChoiceField(
        label=gettext_lazy("Role"), choices=lambda: [(role.id, role.name) for role in roles().values()], coerce=int
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Whose word counts"),
        required=False,
        choices=source_choices,
        help_text=gettext_lazy(
            "Who has to say that somebody goes by this name. It matters for a name that nobody has "
            "yet, and for groups that a directory fills."
        ),
    )

    def __init__(self, actor: User, given: QueryDict, *, to_check: bool) -> None:
        """Take what was sent; what is not to be checked is only shown again."""
        super().__init__(given if to_check else None, initial=None if to_check else given.dict())
        self.actor = actor
        self.scopes = permitted(actor, "create", "access_rules").select_related("parent__parent__parent")
        self.who: list[Subject] = [
            (kind, name)
            for kind, _, name in (one.partition(":") for one in given.getlist("who")[: 2 * MOST_SUBJECTS])
            if kind in SubjectType.values and name
        ]
        ticked = [one for one in given.getlist("where")[: 2 * MOST_SCOPES] if one.isascii() and "\0" not in one]
        self.where: list[Scope] = list(self.scopes.filter(pk__in=ticked).order_by("path"))

    def clean_subject_id(self) -> str:
        typed: str = self.cleaned_data["subject_id"].strip()
        if typed:
            self.who.append((self.cleaned_data.get("subject_type", ""), typed))
        return typed

    def clean_scope(self) -> str:
        typed: str = self.cleaned_data["scope"].strip("/ ")
        found = scopes_named(self.scopes, typed) if typed else []
        if typed and not found:
            raise forms.ValidationError(
                gettext("No scope goes by this name, or none in which you may give roles. Find it, and tick it.")
            )
        if len(found) > 1:
            names = ", ".join(sorted(scope.full_name for scope in found))
            raise forms.ValidationError(
                gettext("Several scopes go by this name: %(names)s. Write one of these.") % {"names": names}
            )
        self.where += [scope for scope in found if scope not in self.where]
        return typed

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        self._name_subjects()
        if not self.who and "subject_id" not in self.errors:
            self.add_error("subject_id", gettext("Choose who gets the role."))
        if not self.where and "scope" not in self.errors:
            self.add_error("scope", gettext("Choose where it counts."))
        if len(self.who) > MOST_SUBJECTS:
            self.add_error(
                "subject_id", gettext("Choose at most %(most_subjects)s at once.") % {"most_subjects": MOST_SUBJECTS}
            )
        if len(self.where) > MOST_SCOPES:
            self.add_error(
                "scope", gettext("Choose at most %(most_scopes)s places at once.") % {"most_scopes": MOST_SCOPES}
            )
        if "role_id" in given:
            self._require_to_hold(given["role_id"])
        return given

    def _name_subjects(self) -> None:
        named: dict[Subject, None] = {}
        for kind, typed in self.who:
            try:
                named[kind, subject_named(kind, typed)] = None
            except DomainError as refusal:
                self.add_error("subject_id", f"{typed[:60]}: {refusal.message}")
        self.who = list(named)

    def _require_to_hold(self, role_id: int) -> None:
        try:
            for scope in self.where:
                require_to_hold(self.actor, role_with_id(role_id), scope)
        except DomainError as refusal:
            self.add_error("role_id", translated(refusal.message))

    @property
    def chosen(self) -> dict[str, Any]:
        given = self.cleaned_data
        role = role_with_id(given["role_id"])
        return {"subjects": self.who, "role": role, "scopes": self.where, "source": given["source"]}


def add_rules(request: HttpRequest) -> HttpResponse:
    actor = acting(request)
    if not actor.has_perm("access_rules.create"):
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    to_check = request.method == "POST" and not {"find", "back"} & set(request.POST)
    form = GivingForm(actor, given, to_check=to_check)
    if form.is_valid():
        if "confirmed" not in request.POST:
            return _shown(request, "admin/access/plan.html", _planned(form))
        try:
            made = grant_several(actor=actor, **form.chosen)
        except DomainError as refusal:
            form.add_error(str(refusal.facts.get("field", "")) or None, translated(refusal.message))
        else:
            _say(request, form, made)
            return redirect("admin:access_accessrule_changelist")
    return _shown(request, "admin/access/give_roles.html", _offering(form, given))


def _say(request: HttpRequest, form: GivingForm, made: RulesMade) -> None:
    new, there = len(made.rules), made.there
    told = [
        gettext("%(name)s was given:") % {"name": translated(form.chosen["role"].name)},
        ngettext("%(number)s new access rule.", "%(number)s new access rules.", new) % {"number": new},
    ]
    if there:
        told.append(
            ngettext("%(number)s was there already.", "%(number)s were there already.", there) % {"number": there}
        )
    messages.success(request, " ".join(told))
    for said in {said_of_tokens(rule, reader=form.actor) for rule in made.rules} - {""}:
        messages.warning(request, said)


def _offering(form: GivingForm, given: QueryDict) -> dict[str, Any]:
    roles_, scopes = grantable(form.actor, most=MOST_IN_TREE)
    finding = "find" in given
    who = {f"{kind}:{name}": Offered(f"{kind}:{name}", name, 0, True) for kind, name in form.who}
    if finding:
        for one in _found(form.actor, given.get("subject_id", "").strip()[:LONGEST]):
            who.setdefault(one.value, one)
    places = {scope.pk: _place(scope, chosen=True) for scope in form.where}
    text = given.get("scope", "").strip("/ ").lower().rpartition("/")[2][:LONGEST]
    if finding and text and "\0" not in text:
        for scope in form.scopes.filter(name__startswith=text).order_by("path")[:MOST_FOUND]:
            places.setdefault(scope.pk, _place(scope))
    more = len(scopes) > MOST_IN_TREE
    high = form.scopes.exclude(type=ScopeType.PROJECT).order_by("path")
    for scope in (high if more else form.scopes.order_by("path"))[:MOST_IN_TREE]:
        places.setdefault(scope.pk, _place(scope))
    return {
        "title": gettext("Give roles"),
        "form": form,
        "who": list(who.values()),
        "places": sorted(places.values(), key=lambda one: one.words),
        "more_places": more,
        "offered_roles": roles_,
        "role_chosen": str(form["role_id"].value() or ""),
        "most": MOST_SUBJECTS,
    }


def _place(scope: Scope, *, chosen: bool = False) -> Offered:
    return Offered(scope.pk, scope.full_name, scope.path.count("/"), chosen)


def _found(actor: User, text: str) -> Iterable[Offered]:
    """People, groups and an application of whom the actor may know, by the beginning of their names."""
    if not text or "\0" in text:
        return
    named = Q(email__startswith=text.lower()) | Q(first_name__istartswith=text) | Q(last_name__istartswith=text)
    for user in authority().visible_users(actor).filter(named, enabled=True).order_by("email")[:MOST_FOUND]:
        yield Offered(f"user:{user.email}", f"{user.email} {user.full_name}".strip(), 0, False)
    for group in authority().visible_groups(actor).filter(name__istartswith=text).order_by("name")[:MOST_FOUND]:
        yield Offered(f"group:{group.name}", f"{group.name} (group)", 0, False)
    application = applications().named(text)
    if application is not None and actor.has_perm("apps.read"):
        yield Offered(f"app:{text}", f"{text} (application)", 0, False)


def _planned(form: GivingForm) -> dict[str, Any]:
    made: Plan = plan(actor=form.actor, **form.chosen)
    gains = [(gain, gain.who[:MOST_NAMED], len(gain.who) - MOST_NAMED, _in_words(gain.gained)) for gain in made.gains]
    return {
        "title": gettext("Give these roles?"),
        "form": form,
        "plan": made,
        "gains": gains,
        "role": form.chosen["role"],
        "kept": [*(("who", f"{kind}:{name}") for kind, name in form.who), *(("where", one.pk) for one in form.where)],
    }


def _in_words(gained: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return by resource type what is gained, in the order of the catalog."""
    by_type: dict[str, list[str]] = {}
    for resource, action in sorted(gained):
        by_type.setdefault(resource, []).append(action)
    return [(type_.display_name, ", ".join(by_type[name])) for name, type_ in RESOURCE_TYPES.items() if name in by_type]


def _shown(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), "opts": AccessRule._meta, **context}
    )
