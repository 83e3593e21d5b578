"""Discovery for one cluster: the same issuer and keys under an address of its own, so that a fetch tells whose it is.

Source: AuthenticationConfiguration, `issuer.discoveryURL`; the issuer in the document stays the one of all tokens.
"""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from clustersync.models import Cluster, with_uuid
from clustersync.models.fetches import FetchSource
from clustersync.services.fetches import note_fetch
from common import context
from tokens import keyring
from tokens.discovery import for_everybody, metadata


@require_safe
def configuration(request: HttpRequest, uuid: UUID) -> HttpResponse:
    cluster = with_uuid(str(uuid))
    if cluster is None:
        return _not_found()
    certs = reverse("clustersync:certs", args=[cluster.pk])
    return for_everybody({**metadata(), "jwks_uri": f"{settings.PUBLIC_URL}{certs}"})


@require_safe
def certs(request: HttpRequest, uuid: UUID) -> HttpResponse:
    cluster = with_uuid(str(uuid))
    if cluster is None:
        return _not_found()
    published = keyring.published()
    _note(cluster, [key["kid"] for key in published["keys"]])
    return for_everybody({**published})


def _note(cluster: Cluster, kids: list[str]) -> None:
    address = context.current().source_ip or ""
    note_fetch(cluster.pk, kids=kids, source=FetchSource.DISCOVERY_URL, address=address)


def _not_found() -> HttpResponse:
    return JsonResponse({"code": 404, "message": "No cluster has this uuid.", "details": "not_found"}, status=404)
