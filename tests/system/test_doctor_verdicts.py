"""What a real kube-apiserver makes of each of many files, most of them wrong; and that the doctor is never kinder.

`make doctor-verdicts` tries all of them and writes what came of it into tests/clustersync/doctor_verdicts.json, of
which tests/clustersync/test_doctor_verdicts.py and docs/doctor-verdicts.md are made. Here some are tried again.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from accounts.models import Group, User
from clustersync.models import Cluster
from clustersync.services.configuration import facts_of
from clustersync.services.doctor import diagnose
from tests.clustersync.doctor_files import RIGHT_FILES, WRONG_FILES
from tests.clustersync.verdicts import RECORDED, RECORDING, Recorded, recorded, written
from tests.system.kubernetes import REAL, since, token_for
from tests.system.verdicts import OPEN, STOPS, WORKS, Real, give, running, starts, taken, verdict
from tokens.models import Application
from tokens.services.issue import issue_to_application

pytestmark = [*REAL, since(1, 34), pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

FILES = {**WRONG_FILES, **RIGHT_FILES}


@pytest.fixture
def cluster(prod: Cluster, https: str) -> Cluster:
    Cluster.objects.update(mode="oidc")
    return Cluster.objects.select_related("scope").get(pk=prod.pk)


@pytest.fixture
def real(cluster: Cluster, bob: User, researchers: Group, robo: Application) -> Real:
    facts = facts_of(cluster)
    return Real(
        issuer=facts.issuer,
        origin=facts.origin,
        uuid=facts.uuid,
        discovery_url=facts.discovery_url,
        audience=facts.audience,
        authority=facts.public_ca,
        tokens={
            "bob": lambda: token_for(bob, cluster.audience),
            "robo": lambda: issue_to_application(application=robo, audience=cluster.audience).access_token,
        },
        expected={
            "bob": (f"runai:{bob.email}", "runai:researchers"),
            "robo": (f"runai:service-account-{robo.client_id}", ""),
        },
    )


def tried(names: Sequence[str], real: Real, folder: Path, at_once: int = 1) -> dict[str, Recorded]:
    """First how each starts, which is soon done; then those that do, by servers that read one after the other."""
    found: dict[str, Recorded] = {}
    (folder / "start").mkdir()
    for name in names:
        does, complaint = starts(real.text(FILES[name].text), folder / "start")
        if not does:
            found[name] = Recorded(STOPS, complaint)
    left = [name for name in names if name not in found]
    return found | dict(_of_those_that_start(left, real, folder, at_once))


def _of_those_that_start(names: list[str], real: Real, folder: Path, at_once: int) -> Iterator[tuple[str, Recorded]]:
    files = [name for name in names if FILES[name].of == "file"]
    alone = [name for name in names if name not in files]
    with ExitStack() as stack:
        right = real.text(RIGHT_FILES["as it is generated"].text)
        servers = [
            stack.enter_context(running(right, folder / f"server-{number}", real.authority))
            for number in range(at_once)
        ]
        assert all(verdict(server, real, seconds=40) == WORKS for server in servers)
        for batch in batched(files, at_once):
            given = [give(server, real.text(FILES[name].text)) for server, name in zip(servers, batch, strict=False)]
            for server, name, was_taken in zip(servers, batch, taken(given), strict=False):
                if was_taken:
                    yield name, Recorded(verdict(server, real))
                else:
                    alone.append(name)
    yield from _alone(alone, real, folder)


def _alone(names: list[str], real: Real, folder: Path) -> Iterator[tuple[str, Recorded]]:
    """What a running server does not take over, as one whose issuer can't be reached, has a server of its own."""
    for number, name in enumerate(names):
        with running(real.text(FILES[name].text), folder / f"alone-{number}", real.authority) as server:
            yield name, Recorded(verdict(server, real, seconds=20))


def batched(names: list[str], size: int) -> Iterator[list[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


@pytest.mark.skipif(bool(RECORDING), reason="they are being recorded")
def test_it_says_of_some_what_it_said_before_and_the_doctor_is_no_kinder(
    real: Real, cluster: Cluster, bob: User, tmp_path: Path
) -> None:
    """Some of those that stop it, and one of each other kind: it takes ten seconds to take a file over."""
    before = recorded()
    by_kind: dict[str, list[str]] = {}
    for name, one in before.items():
        by_kind.setdefault(one.verdict, []).append(name)
    names = by_kind[STOPS][::15] + [of_it[0] for kind, of_it in by_kind.items() if kind not in (STOPS, WORKS, OPEN)]

    found = tried(names, real, tmp_path, at_once=2)

    assert {name: one.verdict for name, one in found.items()} == {name: before[name].verdict for name in names}
    for name, one in found.items():
        said = diagnose(actor=bob, cluster=cluster, pasted=real.text(FILES[name].text)).verdict
        assert said != "ok", (name, one)


@pytest.mark.skipif(not RECORDING, reason="make doctor-verdicts records them")
def test_record_what_it_says_of_all(real: Real, tmp_path: Path) -> None:
    before = recorded() if RECORDING == "new" else {}

    found = before | tried([name for name in FILES if name not in before], real, tmp_path, at_once=2 if before else 8)

    RECORDED.write_text(written({name: found[name] for name in FILES}))
