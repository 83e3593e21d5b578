"""Make what an API server must be told, from the facts of its cluster. Everything comes from one `Facts`. Pure.

Sources: "Authenticating" in the Kubernetes documentation, and the validation in k8s.io/apiserver.
"""

from clustersync.apiserver.arguments import Argument, File, arguments, files
from clustersync.apiserver.authentication_configuration import VERSIONS, authentication_configuration
from clustersync.apiserver.distributions import Snippet, snippets
from clustersync.apiserver.facts import FOLDER, AuthenticationForm, ClusterFacts
from clustersync.apiserver.flags import (
    AUTHENTICATION_FILE,
    CA_FILE,
    WEBHOOK_FILE,
    oidc_flags,
    structured_flags,
    webhook_flags,
)
from clustersync.apiserver.webhook import PLACEHOLDER, webhook_kubeconfig

__all__ = [
    "AUTHENTICATION_FILE",
    "CA_FILE",
    "FOLDER",
    "PLACEHOLDER",
    "VERSIONS",
    "WEBHOOK_FILE",
    "Argument",
    "AuthenticationForm",
    "ClusterFacts",
    "File",
    "Snippet",
    "arguments",
    "authentication_configuration",
    "files",
    "oidc_flags",
    "snippets",
    "structured_flags",
    "webhook_flags",
    "webhook_kubeconfig",
]
