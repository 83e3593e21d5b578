from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.returning import part_of
from accounts.signing_in import SignedIn
from clustersync.kubeconfigs import KubeconfigForm
from clustersync.services.kubeconfigs import kubeconfig_of_all
from common.downloads import attached
from common.errors import DomainError


@part_of("account")
@never_cache
@login_required
@require_safe
def own_kubeconfig(request: SignedIn) -> HttpResponse:
    """Hand out the kubeconfig of all clusters that the user reaches; it holds no secret."""
    try:
        return attached("kubeconfig.yaml", kubeconfig_of_all(request.user, KubeconfigForm.EXEC))
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("account")
