"""The doctor's page: paste what a cluster was told, and read which line is wrong."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.names import LONGEST_EMAIL
from clustersync.admin.pasting import PastingPage
from clustersync.doctor.diagnosis import Diagnosis
from clustersync.doctor.reading import LONGEST_PASTE
from clustersync.doctor.served import VERSION, Observed
from clustersync.models import Cluster
from clustersync.services.doctor import diagnose, observe
from common.errors import Invalid, NotFound
from common.forms import Pasted
from common.translating import translated
from common.wording import Wording


class DoctorForm(forms.Form):
    pasted = Pasted(
        label=gettext_lazy("What the cluster was told"),
        max_length=LONGEST_PASTE,
        strip=False,
        rows=14,
        css="vLargeTextField pasted",
        help_text=gettext_lazy(
            "Flags, a manifest, an AuthenticationConfiguration, the webhook's file or somebody's "
            "kubeconfig; several at once with a line of --- between them."
        ),
    )
    version = forms.RegexField(
        VERSION,
        label=gettext_lazy("Version of Kubernetes"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"size": 10}),
        help_text=gettext_lazy("Such as 1.34, where you know it."),
        error_messages={"invalid": gettext_lazy("A version reads like 1.34.")},
    )
    person = forms.CharField(
        label=gettext_lazy("Person"),
        required=False,
        max_length=LONGEST_EMAIL,
        help_text=gettext_lazy(
            "The e-mail of somebody with whose token expressions in CEL are tried. Empty: your own."
        ),
    )
    look = forms.BooleanField(
        label=gettext_lazy("Look at our own address too"),
        required=False,
        help_text=gettext_lazy(
            "From where this server stands: discovery, keys, certificate, clocks. Takes up to four seconds."
        ),
    )


class DoctorPage(PastingPage[DoctorForm]):
    address, title, template = "doctor", Wording("Doctor"), "admin/clustersync/doctor.html"
    pasted = "pasted"

    def form(self, cluster: Cluster, data: Any = None) -> DoctorForm:
        return DoctorForm(data)

    def answer(self, actor: User, cluster: Cluster, form: DoctorForm) -> Diagnosis | None:
        given = form.cleaned_data
        seen = (observe() if given["look"] else Observed()).of_version(given["version"])
        try:
            return diagnose(actor=actor, cluster=cluster, pasted=given["pasted"], observed=seen, person=given["person"])
        except Invalid as refusal:
            form.add_error("pasted", translated(refusal.message))
        except NotFound as refusal:
            form.add_error("person", translated(refusal.message))
        return None
