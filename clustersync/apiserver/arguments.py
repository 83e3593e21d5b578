"""Which files an API server reads and with which arguments, in one of the two forms and never in both."""

from dataclasses import dataclass
from typing import NamedTuple

from clustersync.apiserver.authentication_configuration import authentication_configuration
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


class Argument(NamedTuple):
    """A flag without its dashes."""

    name: str
    value: str


@dataclass(frozen=True)
class File:
    """`mode` as chmod takes it: what holds a secret is read by the API server alone."""

    path: str
    mode: str
    text: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def flags(facts: ClusterFacts, form: AuthenticationForm) -> list[str]:
    """All that the cluster's mode asks for."""
    by_itself = oidc_flags(facts) if form == AuthenticationForm.FLAGS else structured_flags()
    return [
        *(by_itself if facts.verifies_by_itself else []),
        *(webhook_flags(facts) if facts.asks_us else []),
    ]


def arguments(facts: ClusterFacts, form: AuthenticationForm, *, folder: str = FOLDER) -> list[Argument]:
    split = (flag.removeprefix("--").partition("=") for flag in flags(facts, form))
    return [Argument(name, value.replace(FOLDER, folder)) for name, _, value in split]


def files(
    facts: ClusterFacts,
    form: AuthenticationForm,
    *,
    token: str = PLACEHOLDER,
    version: str = "v1beta1",
    folder: str = FOLDER,
) -> list[File]:
    """v1beta1 is what every version from 1.30 to 1.37 reads."""
    found: list[File] = []
    if facts.verifies_by_itself and form == AuthenticationForm.STRUCTURED:
        found.append(File(AUTHENTICATION_FILE, "0644", authentication_configuration(facts, version)))
    if facts.verifies_by_itself and form == AuthenticationForm.FLAGS and facts.public_ca:
        found.append(File(CA_FILE, "0644", facts.public_ca))
    if facts.asks_us:
        found.append(File(WEBHOOK_FILE, "0600", webhook_kubeconfig(facts, token=token)))
    return [File(file.path.replace(FOLDER, folder), file.mode, file.text) for file in found]
