"""Validators of a cluster's fields. Each raises ValidationError with the fault and a valid example."""

import ipaddress
import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from accounts.names import KEPT_BY_KUBERNETES, LONGEST_GROUP_NAME, is_group_name
from clustersync.rbac.subjects import PREFIX as PREFIX_PATTERN
from common import certificates

PREFIX = RegexValidator(
    PREFIX_PATTERN,
    "A prefix has 2 to 60 letters, digits and . _ : / @ - and begins with a letter or digit, ends with one of the"
    " marks (runai:), and does not begin with system: or kubeadm:, which Kubernetes keeps.",
)

MOST_GROUPS = 200
MOST_ADDRESSES = 50


def check_api_url(value: str) -> None:
    try:
        parts = urlsplit(value)
        known = parts.scheme == "https" and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known or parts.username is not None or parts.query or parts.fragment or re.search(r"[\s\"'\\<>]", value):
        raise ValidationError("The API server has an address such as https://gpu-1.example.com:6443.")


def check_certificates(value: str) -> None:
    """PEM certificates and nothing else: a private key that was pasted along is not kept."""
    if "PRIVATE KEY" in value:
        raise ValidationError("This contains a private key. Paste the certificates alone.")
    try:
        certificates.read_all(value)
    except certificates.UnreadableCertificate as why:
        raise ValidationError(f"Paste PEM certificates, beginning with -----BEGIN CERTIFICATE-----: {why}.") from None


def check_group_names(value: object) -> None:
    if not isinstance(value, list) or len(value) > MOST_GROUPS:
        raise ValidationError(f"Give a list of at most {MOST_GROUPS} group names.")
    for name in value:
        if not is_group_name(name):
            raise ValidationError(f"A group's name has 1 to {LONGEST_GROUP_NAME} characters.")
        if name.startswith(KEPT_BY_KUBERNETES):
            raise ValidationError("No group's name begins with system:, which Kubernetes keeps.")


def check_networks(value: object) -> None:
    if not isinstance(value, list) or len(value) > MOST_ADDRESSES:
        raise ValidationError(f"Give a list of at most {MOST_ADDRESSES} networks.")
    for network in value:
        try:
            ipaddress.ip_network(network if isinstance(network, str) else "")
        except ValueError:
            raise ValidationError("A network is written as 10.0.0.0/24, and a single address as 10.0.0.1.") from None
