"""Register a cluster at the console: what its API server must be told on standard output, the secret in a file."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.urls import reverse

from clustersync.apiserver import WEBHOOK_FILE
from clustersync.models import Cluster, Mode
from clustersync.services.clusters import register_cluster
from clustersync.services.configuration import configuration_of
from common.actors import SYSTEM
from common.console import ConsoleCommand
from common.errors import DomainError


class Command(ConsoleCommand):
    help = "Register a cluster, write its webhook kubeconfig to a file, and say what its kube-apiserver must be told."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="lower-case letters, digits and hyphens, for example gpu-1")
        parser.add_argument("--api-url", default="", help="https address by which people reach its kube-apiserver")
        parser.add_argument("--ca-file", type=Path, help="PEM certificates that people's kubectl trusts there")
        parser.add_argument("--mode", choices=Mode.values, default=Mode.WEBHOOK.value)
        parser.add_argument(
            "--webhook-file",
            type=Path,
            help="where to write the webhook kubeconfig, which holds a secret (default: NAME-webhook.json in DATA_DIR)",
        )

    def handle(self, *args: Any, name: str, mode: str, webhook_file: Path | None, **options: Any) -> None:
        if mode == Mode.OIDC and webhook_file:
            raise CommandError("A cluster that verifies by itself has no webhook: leave out --webhook-file.")
        file = None if mode == Mode.OIDC else webhook_file or settings.DATA_DIR / f"{name}-webhook.json"
        secret_file = reserved(file) if file else None
        try:
            cluster, token = register_cluster(
                actor=SYSTEM, name=name, mode=mode, api_url=options["api_url"], api_ca=read(options["ca_file"])
            )
        except (DomainError, CommandError) as error:
            if file:
                file.unlink()
            raise CommandError(getattr(error, "message", str(error))) from None
        configuration = configuration_of(cluster, token=token)
        if secret_file is not None:
            with os.fdopen(secret_file, "w") as out:
                out.write(configuration.webhook_kubeconfig)
        self.say(cluster, file, configuration.webhook_flags, configuration.oidc_flags)

    def say(self, cluster: Cluster, file: Path | None, webhook_flags: Sequence[str], oidc_flags: Sequence[str]) -> None:
        self.stdout.write(f"{cluster} is registered; its tokens are for the audience {cluster.audience}.")
        if file:
            self.stdout.write(f"\nIts webhook kubeconfig, with the secret in it: {file} (only you can read it).")
            self.stdout.write(f"Bring it to each control plane node as {WEBHOOK_FILE}, and start kube-apiserver with:")
            self.stdout.write("\n".join(f"  {flag}" for flag in webhook_flags))
        if cluster.mode != Mode.WEBHOOK:
            self.stdout.write("\nTo verify tokens by itself, kube-apiserver is started with:")
            self.stdout.write("\n".join(f"  {flag}" for flag in oidc_flags))
        page = reverse("admin:clustersync_cluster_connect", args=[cluster.pk])
        self.stdout.write(f"\nEverything else, for each distribution: {settings.PUBLIC_URL}{page}")
        if not settings.PUBLIC_URL.startswith("https://"):
            self.stderr.write(
                f"\nThis server is at {settings.PUBLIC_URL}, and kube-apiserver asks and trusts an https address alone:"
                " it refuses every token. Serve https first, and read the configuration again: docs/tls.md."
            )
        if not cluster.api_url:
            self.stderr.write(
                "\nPeople can't reach it by kubectl until its address is entered on that page (--api-url)."
            )


def reserved(file: Path) -> int:
    """Open a new file that only its owner can read, before there is a secret that could be lost."""
    try:
        return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandError(f"{file} exists already. Name another with --webhook-file.") from None
    except OSError as error:
        raise CommandError(f"{file} can't be written: {error.strerror}. Name another with --webhook-file.") from None


def read(file: Path | None) -> str:
    try:
        return file.read_text() if file else ""
    except (OSError, ValueError) as error:
        raise CommandError(f"{file} can't be read: {error}") from None
