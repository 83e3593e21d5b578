"""Pages of a cluster on which something is pasted and judged. What is pasted is neither kept nor shown again."""

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.debug import sensitive_post_parameters

from accounts.admin.acting import acting
from accounts.models import User
from clustersync.models import Cluster
from common.admin import ServiceAdmin
from common.translating import translated

F = TypeVar("F", bound=Form)


class PastingPage(ABC, Generic[F]):
    address: str
    """The last part of its URL."""
    title: str
    template: str
    pasted: str
    """The field of the form that may hold secrets."""

    @abstractmethod
    def form(self, cluster: Cluster, data: Any = None) -> F: ...

    @abstractmethod
    def answer(self, actor: User, cluster: Cluster, form: F) -> object | None:
        """Judge what was pasted into a valid form; None with an error added to the form."""

    def urls(self, clusters: ServiceAdmin[Cluster]) -> list[URLPattern]:
        @sensitive_post_parameters(self.pasted)
        def view(request: HttpRequest, uuid: UUID) -> HttpResponse:
            return self._page(clusters, request, uuid)

        name = f"clustersync_cluster_{self.address.replace('-', '_')}"
        return [path(f"<uuid:uuid>/{self.address}/", clusters.admin_site.admin_view(view), name=name)]

    def _page(self, clusters: ServiceAdmin[Cluster], request: HttpRequest, uuid: UUID) -> HttpResponse:
        cluster = clusters.get_object(request, str(uuid))
        if cluster is None or not clusters.has_view_permission(request, cluster):
            raise Http404
        form = self.form(cluster, request.POST if request.method == "POST" else None)
        answer = self.answer(acting(request), cluster, form) if form.is_valid() else None
        if answer is not None:
            form.data = {name: value for name, value in form.data.items() if name != self.pasted}
        context = {
            **clusters.admin_site.each_context(request),
            "opts": clusters.opts,
            "title": f"{translated(self.title)}: {cluster}",
            "cluster": cluster,
            "answer": answer,
            "form": form,
        }
        response = TemplateResponse(request, self.template, context)
        response["Cache-Control"] = "no-store"
        return response
