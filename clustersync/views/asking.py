"""The page on which people ask about themselves: may I, what becomes of my token, is my kubeconfig right?"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from access.catalog import ACTIONS, RESOURCE_TYPES
from access.models import Scope
from access.services import why
from access.services.why import scopes_to_ask_about
from accounts.models import User
from accounts.returning import page
from accounts.signing_in import SignedIn
from clustersync.doctor.diagnosis import Diagnosis
from clustersync.doctor.reading import LONGEST_PASTE
from clustersync.models import Cluster
from clustersync.services.doctor import diagnose
from clustersync.services.reached import clusters_reached_by
from clustersync.services.verdicts import LONGEST_TOKEN, TokenVerdict, verdict
from common.errors import DomainError
from common.forms import Pasted
from common.translating import translated

MOST_OFFERED = 200


class ScopeChoice(forms.ModelChoiceField[Scope]):
    def label_from_instance(self, scope: Any) -> str:
        return str(scope.full_name)


class MayForm(forms.Form):
    action = forms.ChoiceField(
        label=gettext_lazy("May I"), choices=[(action, gettext_lazy(action)) for action in ACTIONS]
    )
    resource_type = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[
            (name, format_lazy("{} ({})", gettext_lazy(type_.display_name), name))
            for name, type_ in RESOURCE_TYPES.items()
        ],
    )
    scope = ScopeChoice(Scope.objects.none(), label=gettext_lazy("Where"), empty_label=None)

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data, prefix="may")
        scopes = scopes_to_ask_about(user).select_related("parent__parent__parent").order_by("path")
        some = scopes[:MOST_OFFERED].values("pk")
        self.fields["scope"].queryset = scopes.filter(pk__in=list(some.values_list("pk", flat=True)))  # type: ignore[attr-defined]


class OfCluster(forms.Form):
    """A question about one of the clusters that somebody reaches."""

    cluster = forms.ModelChoiceField(Cluster.objects.none(), label=gettext_lazy("Cluster"), empty_label=None)

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data, prefix=self.prefix)
        self.fields["cluster"].queryset = clusters_reached_by(user).order_by("slug")  # type: ignore[attr-defined]


class TokenForm(OfCluster):
    prefix = "token"
    token = Pasted(label=gettext_lazy("Token"), max_length=LONGEST_TOKEN, rows=4)


class KubeconfigDownloadForm(OfCluster):
    prefix = "doctor"
    pasted = Pasted(label=gettext_lazy("Kubeconfig"), max_length=LONGEST_PASTE, strip=False, rows=8)


@page
@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: SignedIn) -> HttpResponse:
    """Answer one question at a time. What was pasted is neither kept nor shown again."""
    user = request.user
    asked = request.POST.get("ask", "") if request.method == "POST" else ""
    forms_by_name: dict[str, Any] = {
        "may": MayForm(user, request.POST if asked == "may" else None),
        "token": TokenForm(user, request.POST if asked == "token" else None),
        "doctor": KubeconfigDownloadForm(user, request.POST if asked == "doctor" else None),
    }
    answer = _answer(user, asked, forms_by_name[asked]) if asked in forms_by_name else None
    pasted = {"token": TokenForm, "doctor": KubeconfigDownloadForm}
    if asked in pasted:
        refused = forms_by_name[asked].errors
        forms_by_name[asked] = pasted[asked](user)
        forms_by_name[asked].refused = [error for errors in refused.values() for error in errors]
    context = {"asked": asked, "answer": answer, "clusters": clusters_reached_by(user).exists(), "forms": forms_by_name}
    return render(request, "clustersync/ask.html", context)


def _answer(user: User, asked: str, form: Any) -> Any:
    if not form.is_valid():
        return None
    try:
        return ANSWERS[asked](user, form.cleaned_data)
    except DomainError as refusal:
        form.add_error(None, translated(refusal.message))
        return None


def _may(user: User, given: dict[str, Any]) -> Any:
    return why(principal=user, action=given["action"], resource_type=given["resource_type"], scope=given["scope"])


def _verdict(user: User, given: dict[str, Any]) -> TokenVerdict:
    return verdict(actor=user, cluster=given["cluster"], token=given["token"])


def _diagnosis(user: User, given: dict[str, Any]) -> Diagnosis:
    return diagnose(actor=user, cluster=given["cluster"], pasted=given["pasted"])


ANSWERS: dict[str, Callable[[User, dict[str, Any]], Any]] = {"may": _may, "token": _verdict, "doctor": _diagnosis}
