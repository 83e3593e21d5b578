"""The addresses of the whole URLconf, with ids of rows that are there."""

from django.apps import apps

from tests.access.test_deny_by_default import PAGES, SAMPLES, VIEWS

SIGNS_OUT = {"/logout", "/admin/logout/"}


def addresses() -> list[str]:
    """Return every address, machines' ones too; in the admin those of the first row of each model."""
    named = [path for path in [*PAGES, *VIEWS] if "(" not in path]
    return [_with_a_row(path) for path in named] + ["/admin/accounts/", "/admin/nothing/there/", "/nothing"]


def a_few_of_each_kind() -> list[str]:
    """Return all addresses but those of most models in the admin, which are alike."""
    alike = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in apps.get_models()]
    alike = [prefix for prefix in alike if prefix not in ("/admin/accounts/user/", "/admin/clustersync/cluster/")]
    return [address for address in addresses() if not address.startswith(tuple(alike))]


def _with_a_row(path: str) -> str:
    parts = path.split("/")
    if parts[1] != "admin" or len(parts) < 6 or parts[2] not in apps.app_configs:
        return path
    row = apps.get_model(parts[2], parts[3]).objects.first()
    unknown = {SAMPLES["path"], SAMPLES["uuid"]}
    return "/".join(str(row.pk) if row and part in unknown else part for part in parts)
