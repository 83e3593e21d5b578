"""The page that leads from a registered cluster to one that people use, and its files."""

import base64
import json
import re
from datetime import UTC, datetime

import lxml.html
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from clustersync.models import Cluster, ClusterCredential, KeyFetch, Reason, SyncReport, WebhookRefusal
from clustersync.services.configuration import configuration_of
from common.hashes import sha256_of
from tests import cast
from tests.admin.test_clusters import CLUSTERS, NEW
from tests.conftest import BrowserAs

AT = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def path(cluster: Cluster, file: str = "") -> str:
    return f"{CLUSTERS}{cluster.pk}/connect/{file}"


def test_every_file_can_be_downloaded(admin: Client, prod: Cluster) -> None:
    downloads = configuration_of(prod).downloads

    assert len(downloads) > 10
    for download in downloads:
        answer = admin.get(path(prod, download.name))
        assert answer.content.decode() == download.text
        assert answer["Content-Disposition"] == f'attachment; filename="prod-{download.name}"'


def test_every_link_to_a_file_leads_to_one(admin: Client, prod: Cluster) -> None:
    links = re.findall(r'href="([^"]+/connect/[^"#]+)"', admin.get(path(prod)).content.decode())

    assert len(links) > 10
    assert {admin.get(link).status_code for link in links} == {200}


def test_the_file_with_the_token_is_in_the_page_this_once(admin: Client) -> None:
    page = admin.post(f"{CLUSTERS}add/", NEW).content.decode()

    held = re.findall(r'download="gpu-1-([^"]+)" href="data:application/octet-stream;base64,([^"]+)"', page)
    files = {name: base64.b64decode(text).decode() for name, text in held}
    token = json.loads(files["webhook.json"])["users"][0]["user"]["token"]
    assert len(files) > 1 and all(token in text for text in files.values())
    cluster = Cluster.objects.get(slug="gpu-1")
    assert sha256_of(token) == cluster.credentials.get().secret_hash
    assert "data:application" not in admin.get(path(cluster)).content.decode()
    assert token not in admin.get(path(cluster, "webhook.json")).content.decode()


def test_it_says_what_is_still_to_do(admin: Client, prod: Cluster) -> None:
    page = admin.get(path(prod)).content.decode()

    assert "Its API server asks us. Not seen yet." in page
    assert "No agent has reported." in page
    assert "Its API server has our keys" not in page
    assert "0 of 5 steps done" in page


def test_it_says_what_was_seen_to_work(admin: Client, prod: Cluster) -> None:
    Cluster.objects.update(mode="both")
    ClusterCredential.objects.update(last_used_at=AT)
    KeyFetch.objects.create(cluster=prod, at=AT, source="discovery url")
    SyncReport.objects.create(cluster=prod, at=AT, seconds=1)

    page = admin.get(path(prod)).content.decode()

    for seen in ("it last asked", "it last fetched them", "the agent last reported"):
        assert f"— {seen} 2026-11-01 12:30 UTC" in page
    assert page.count('<li class="done">') == 4 and "4 of 5 steps done" in page


def test_a_refused_question_shows_that_the_flags_are_in_place(admin: Client, prod: Cluster) -> None:
    WebhookRefusal.objects.create(cluster=prod, at=timezone.now(), reason=Reason.UNKNOWN)

    page = admin.get(path(prod, "progress")).content.decode()

    assert "1 of 5 steps done" in page and "was refused: with a token that is none of" in page


def test_a_rule_in_the_cluster_lets_people_in(admin: Client, prod: Cluster, tree: cast.Tree) -> None:
    assert "No access rule gives anybody" in admin.get(path(prod, "progress")).content.decode()

    cast.rule("user", "dora@example.com", "Viewer", tree.faces)

    assert "the latest access rule is of" in admin.get(path(prod, "progress")).content.decode()


def test_asking_again_has_no_body_until_something_was_heard(admin: Client, prod: Cluster) -> None:
    first = admin.get(path(prod, "progress"))
    same = admin.get(path(prod, "progress"), headers={"If-None-Match": first["ETag"]})
    ClusterCredential.objects.update(last_used_at=AT)
    changed = admin.get(path(prod, "progress"), headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, same.status_code, same.content) == (200, 304, b"")
    assert changed.status_code == 200 and "it last asked 2026-11-01" in changed.content.decode()


def test_one_distribution_is_chosen_by_address(admin: Client, prod: Cluster) -> None:
    chosen = lxml.html.fromstring(admin.get(f"{path(prod)}?distribution=k3s").content)

    assert chosen.xpath("//input[@name='distribution'][@checked]/@value") == ["k3s"]
    assert not lxml.html.fromstring(admin.get(path(prod)).content).xpath("//input[@checked]")


def test_each_block_can_be_copied_and_downloaded(admin: Client, prod: Cluster) -> None:
    Cluster.objects.update(mode="both")
    page = lxml.html.fromstring(admin.get(path(prod)).content)
    blocks = page.xpath("//div[@class='block']")
    ids = page.xpath("//pre/@id")

    assert len(blocks) > 20 and len(ids) == len(set(ids))
    for block in blocks:
        (text,), (copy,), (file,) = block.xpath("pre"), block.xpath(".//@data-copy"), block.xpath(".//a/@href")
        assert copy == text.get("id") and admin.get(file).content.decode().strip() == text.text_content().strip()


def test_nobody_else_gets_the_files(charlie: User, browser_as: BrowserAs, prod: Cluster) -> None:
    assert browser_as(charlie).get(path(prod, "webhook.json")).status_code in (302, 403, 404)
    assert browser_as(charlie).get(path(prod, "progress")).status_code in (302, 403, 404)
    assert Client().get(path(prod, "webhook.json")).status_code == 302


@pytest.mark.parametrize("file", ["nothing.txt", "..", "webhook.json%00"])
def test_there_are_no_other_files(admin: Client, prod: Cluster, file: str) -> None:
    assert admin.get(path(prod, file)).status_code in (301, 302, 400, 404)
