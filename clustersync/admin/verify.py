"""The verify-token page: paste a token, and read what the cluster would make of it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.models import User
from clustersync.admin.pasting import PastingPage
from clustersync.apiserver import AuthenticationForm
from clustersync.models import Cluster, Mode
from clustersync.services.configuration import facts_of
from clustersync.services.verdicts import LONGEST_TOKEN, TokenVerdict, verdict
from common.forms import Pasted
from common.wording import Wording

FORMS = (
    (AuthenticationForm.STRUCTURED, "an AuthenticationConfiguration"),
    (AuthenticationForm.FLAGS, "flags (--oidc-…)"),
)


class VerifyForm(forms.Form):
    token = Pasted(
        max_length=LONGEST_TOKEN,
        rows=7,
        css="vLargeTextField pasted",
        repeated=False,
        help_text=gettext_lazy("A JWT, or an opaque token of the account page."),
    )
    told_by = forms.ChoiceField(
        label=gettext_lazy("It verifies by"), choices=FORMS, help_text=gettext_lazy("As its API server was told.")
    )

    def __init__(self, cluster: Cluster, data: Any = None) -> None:
        super().__init__(data, initial={"told_by": facts_of(cluster).usual_form})
        if cluster.mode == Mode.WEBHOOK:
            del self.fields["told_by"]


class VerifyTokenPage(PastingPage[VerifyForm]):
    address, title, template = "verify-token", Wording("Verify a token"), "admin/clustersync/verify_token.html"
    pasted = "token"

    def form(self, cluster: Cluster, data: Any = None) -> VerifyForm:
        return VerifyForm(cluster, data)

    def answer(self, actor: User, cluster: Cluster, form: VerifyForm) -> TokenVerdict:
        given = form.cleaned_data
        told_by = AuthenticationForm(given["told_by"]) if "told_by" in given else None
        return verdict(actor=actor, cluster=cluster, token=given["token"], form=told_by)
