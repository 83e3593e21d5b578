from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from clustersync.models import Cluster
from common.forms import JSONLines

PEOPLE = ("api_url", "api_ca")
VERIFYING = ("mode", "webhook_cache_seconds", "token_seconds")
NAMING = ("username_claim", "username_prefix", "groups_prefix", "extra_groups", "rbac_names")
OLDER = ("legacy_flags", "accepts_shared_audience", "api_addresses")
EDITABLE = (*PEOPLE, *VERIFYING, *NAMING, *OLDER)

FIELDSETS = (
    (
        gettext_lazy("How people reach it"),
        {"fields": PEOPLE, "description": gettext_lazy("What their kubeconfig says. Both can be added later.")},
    ),
    (
        gettext_lazy("How it verifies tokens"),
        {
            "fields": VERIFYING,
            "description": gettext_lazy(
                "Asking us is the safest: who is disabled is out within the cache and 10 seconds,"
                " and tokens can be revoked singly. By itself a cluster goes on while this service is away, and"
                " with who was disabled until their token ends."
            ),
        },
    ),
    (gettext_lazy("How it knows people"), {"fields": NAMING, "classes": ("collapse",)}),
    (gettext_lazy("Older configuration, and addresses"), {"fields": OLDER, "classes": ("collapse",)}),
)


class ClusterRegistrationForm(forms.ModelForm[Cluster]):
    name = forms.CharField(
        max_length=57, help_text=gettext_lazy("Lower-case letters, digits and hyphens, for example gpu-1.")
    )

    class Meta:
        model = Cluster
        fields = ("name", *EDITABLE)


def form_field(name: str, **kwargs: Any) -> forms.Field | None:
    """Return the field of the form for a column; None where the usual one will do."""
    if name in ("extra_groups", "api_addresses"):
        return JSONLines(label=kwargs.get("label"), help_text=kwargs.get("help_text", ""))
    return None
