"""A real cluster's configuration, pasted, held against what we serve for it. Nothing of it is stored or logged."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.names import LONGEST_EMAIL
from clustersync.doctor.diagnosis import Diagnosis
from clustersync.doctor.reading import LONGEST_PASTE
from clustersync.doctor.served import Observed, minor_of
from clustersync.services.doctor import diagnose, observe
from clustersync.services.own import cluster_seen_or_reached, reads
from common.api import SIGNED_IN, Requires, caller, refusals
from common.fields import Text, Verbatim
from common.unknown_names import KnownFields

MOST_KEYS = 50
VERSION_OF_KUBERNETES = r"\Av?[0-9]{1,2}\.[0-9]{1,3}([.+-].*)?\Z"


class ObservedIn(KnownFields):
    """Measurements from where the sender stands; what was not measured is left out."""

    failure = serializers.ChoiceField(("", "tls", "unreachable"), required=False)
    why = Text(max_length=300, required=False, allow_blank=True)
    status = serializers.IntegerField(required=False)
    redirectedTo = Text(source="redirected_to", max_length=300, required=False, allow_blank=True)
    isJson = serializers.BooleanField(source="is_json", required=False)
    issuer = Text(max_length=300, required=False, allow_blank=True)
    kids = serializers.ListField(child=Text(max_length=200, allow_blank=True), max_length=MOST_KEYS, required=False)
    keyTypes = serializers.ListField(
        source="key_types", child=Text(max_length=50, allow_blank=True), max_length=MOST_KEYS, required=False
    )
    maxAge = serializers.IntegerField(source="max_age", required=False)
    hasMaxAge = serializers.BooleanField(source="has_max_age", required=False)
    skewSeconds = serializers.FloatField(source="skew", required=False)
    discoveryMilliseconds = serializers.FloatField(required=False, help_text="Accepted, and not judged.")
    webhookMilliseconds = serializers.FloatField(source="webhook_milliseconds", required=False)
    tokenBytes = serializers.IntegerField(source="token_bytes", required=False)
    kubectlVersion = serializers.RegexField(VERSION_OF_KUBERNETES, required=False, max_length=40, help_text="1.34")


class DoctorIn(KnownFields):
    configuration = Verbatim(
        max_length=LONGEST_PASTE,
        allow_blank=True,
        help_text="Flags, a manifest, an AuthenticationConfiguration, kubeconfigs; several are apart by a line of ---."
        " Read for this answer, and neither stored nor logged. The command line sends only the values that are read.",
    )
    kubernetesVersion = serializers.RegexField(VERSION_OF_KUBERNETES, required=False, max_length=40, help_text="1.34")
    person = Text(
        max_length=LONGEST_EMAIL,
        required=False,
        allow_blank=True,
        help_text="The e-mail of somebody with whose token, as it would be issued now, expressions are tried."
        " Without it your own.",
    )
    observed = ObservedIn(required=False)
    look = serializers.BooleanField(
        default=False, help_text="Without `observed`: have the server look at its own public address first."
    )


class FindingOut(serializers.Serializer[object]):
    rule = serializers.CharField()
    severity = serializers.CharField(source="severity.value")
    line = serializers.IntegerField(help_text="Of what was sent, from 1; 0 where the fault is that nothing is there.")
    found = serializers.CharField()
    write = serializers.CharField(help_text="The exact line; in parentheses, what to do where no line mends it.")
    place = serializers.CharField()
    why = serializers.CharField()


class OutcomeOut(serializers.Serializer[object]):
    rule = serializers.CharField()
    title = serializers.CharField()
    answer = serializers.CharField(help_text="ok, error, warning, note or not checked.")
    reason = serializers.CharField(help_text="Why it was not checked.")


class DoctorOut(serializers.Serializer[Diagnosis]):
    verdict = serializers.CharField(help_text="ok, warnings or broken.")
    first = FindingOut(allow_null=True, help_text="What to change first.")
    recognised = serializers.ListField(child=serializers.CharField())
    findings = FindingOut(many=True)
    rules = OutcomeOut(many=True, source="outcomes")


class ClusterDoctor(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(request=DoctorIn, responses={200: DoctorOut, **refusals(400, 401, 403, 404)})
    def post(self, request: Request, uuid: Any) -> Response:
        cluster = cluster_seen_or_reached(caller(request), str(uuid))
        given = DoctorIn(data=request.data)
        given.is_valid(raise_exception=True)
        if not reads(caller(request), cluster):
            given.validated_data["look"] = False  # who only reaches it has the server look nowhere
        diagnosis = diagnose(
            actor=caller(request),
            cluster=cluster,
            pasted=given.validated_data["configuration"],
            observed=observed_in(given.validated_data),
            person=given.validated_data.get("person", ""),
        )
        return Response(DoctorOut(diagnosis).data, headers={"Cache-Control": "no-store"})


def observed_in(given: dict[str, Any]) -> Observed:
    """Return what the sender measured, what the server sees itself, or nothing; with the version in any case."""
    seen = given.get("observed")
    if seen is None:
        measured = observe() if given["look"] else Observed()
    else:
        seen.pop("discoveryMilliseconds", None)
        kubectl = minor_of(seen.pop("kubectlVersion", ""))
        measured = Observed(**seen, kubectl=kubectl)
    return measured.of_version(given.get("kubernetesVersion", ""))
