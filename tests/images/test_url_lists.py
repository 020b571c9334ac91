"""Images fetched by their addresses, from real hosts on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry
from apps.images import downloads, url_lists
from apps.images.models import Image, ListedUrl, Refusal, UrlList
from apps.images.url_lists import url_list_fetch
from apps.jobs.models import Job
from apps.jobs.services import Fenced, job_claim
from apps.projects.models import Project
from ml_engine.config import StopRequestedError
from tests.images.pictures import png
from tests.outbound.hosts import Host, answer, host


@pytest.fixture
def pictures() -> Iterator[Host]:
    """A host that has a PNG at each number, and some troubles."""

    def reply(request: bytes) -> Iterable[bytes]:
        name = request.split()[1].decode().partition("?")[0].rpartition("/")[2]
        if name.isdecimal():
            yield answer(png(int(name)))
        elif name == "secret":
            yield answer(b"a secret", 403)
        elif name == "later":
            asked = sum(b"/later" in earlier for earlier in serving.requests)
            yield answer(png(777)) if asked > 1 else answer(status=503)
        elif name == "inside":
            yield answer(status=302, Location="http://10.0.0.1/admin")
        else:
            yield answer(b"<svg/>")

    with host(reply) as serving:
        yield serving


@pytest.fixture(autouse=True)
def soon(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FETCH_ALLOWED_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(url_lists, "PAUSES", (0.0, 0.0, 0.0))


def send(api: APIClient, project: Project, entries: Any, query: str = "") -> Job:
    answered = api.post(
        f"/api/v1/projects/{project.slug}/images/urls/{query}", entries, format="json"
    )
    assert answered.status_code == 202, answered.content
    return Job.objects.get(pk=answered.json()["id"])


def fetch(job: Job, **told: Any) -> UrlList:
    claim = job_claim(job_id=job.pk, worker="test")
    if claim is None:
        Job.objects.filter(pk=job.pk).update(status="queued")
        claim = job_claim(job_id=job.pk, worker="test")
    assert claim
    url_list = UrlList.objects.get(pk=job.payload["url_list"])
    quiet = {"on_progress": lambda done, total: None, "should_stop": lambda: False}
    return url_list_fetch(claim=claim, url_list=url_list, **{**quiet, **told})


def at(serving: Host, *names: object) -> list[str]:
    return [f"http://127.0.0.1:{serving.port}/{name}" for name in names]


def counts(url_list: UrlList) -> tuple[int, int, int]:
    return url_list.accepted, url_list.duplicates, url_list.refused


def test_a_list_is_fetched_and_what_is_refused_is_named_with_its_reason(
    api: APIClient, project: Project, pictures: Host
) -> None:
    good = [{"url": url, "class": "boot", "n": 1} for url in at(pictures, "a/1", "a/2")]
    twice = at(pictures, "other/2")
    bad = [*at(pictures, "secret", "drawing.png", "inside?key=s3cret"), "file:///etc/passwd"]
    unknown = [{"url": at(pictures, 5)[0], "class": "hat"}]
    job = send(api, project, [*good, *twice, *bad, *unknown], "?split=train")
    assert (job.queue, job.kind, job.title) == ("cpu", "fetch_urls", "Fetch 8 images by address")
    seen: list[tuple[int, int]] = []
    done = fetch(job, on_progress=lambda *numbers: seen.append(numbers))
    assert (counts(done), seen[-1]) == ((2, 1, 5), (8, 8))
    assert not ListedUrl.objects.exists()
    kept = Image.objects.values_list("name", "annotation_class__name", "split", "metadata")
    assert list(kept.order_by("pk")) == [
        (url, "boot", "train", {"n": 1}) for url in at(pictures, "a/1", "a/2")
    ]
    base = f"http://127.0.0.1:{pictures.port}"
    assert set(Refusal.objects.values_list("name", "reason")) == {
        (f"{base}/secret", "bad_answer"),
        (f"{base}/drawing.png", "svg"),
        (f"{base}/inside?… (line 6)", "forbidden_address"),
        ("file:///etc/passwd", "bad_url"),
        (f"{base}/5", "unknown_class"),
    }
    told = " ".join(Refusal.objects.values_list("detail", flat=True))
    assert "secret" not in told
    assert "10.0.0.1" in told
    assert AuditEntry.objects.filter(action="images.fetch").count() == 1


@pytest.mark.parametrize(
    ("kind", "body"),
    [("text/plain", "{}\n{}\n"), ("text/csv", "url,class\n{},coat\n{},coat\n"),
     ("application/x-ndjson", '"{}"\n"{}"\n')],
)  # fmt: skip
def test_a_list_may_be_a_text(
    api: APIClient, project: Project, pictures: Host, kind: str, body: str
) -> None:
    answered = api.post(
        f"/api/v1/projects/{project.slug}/images/urls/?class=coat",
        body.format(*at(pictures, 1, 2)).encode(),
        content_type=f"{kind}; charset=utf-8",
    )
    assert answered.status_code == 202
    assert counts(fetch(Job.objects.get(pk=answered.json()["id"]))) == (2, 0, 0)
    assert Image.objects.filter(annotation_class__name="coat").count() == 2


def test_a_list_that_cannot_be_read_is_not_written_down(api: APIClient, project: Project) -> None:
    answered = api.post(
        f"/api/v1/projects/{project.slug}/images/urls/?split=holdout", ["https://a.example/"],
        format="json",
    )  # fmt: skip
    assert (answered.status_code, list(answered.json()["error"]["fields"])) == (400, ["split"])
    assert not UrlList.objects.exists()


def test_a_failure_that_may_pass_is_asked_again(
    api: APIClient, project: Project, pictures: Host
) -> None:
    assert counts(fetch(send(api, project, at(pictures, "later", 1)))) == (2, 0, 0)


def test_a_failure_that_stays_is_refused_in_the_end(api: APIClient, project: Project) -> None:
    with host(answer(status=503)) as serving:
        done = fetch(send(api, project, at(serving, "a", "b")))
        assert len(serving.requests) == 2 * len(url_lists.PAUSES)
    assert counts(done) == (0, 0, 2)
    assert "status 503" in Refusal.objects.first().detail


def test_a_host_that_only_fails_does_not_hold_up_the_others(
    api: APIClient, project: Project, pictures: Host, settings: Any
) -> None:
    settings.FETCH_ALLOWED_HOSTS = ["127.0.0.0/8"]
    with host(answer(status=503), "127.0.0.2") as broken:
        addresses = [f"http://127.0.0.2:{broken.port}/{number}" for number in range(200)]
        done = fetch(send(api, project, [*addresses, *at(pictures, *range(20))]))
        assert counts(done) == (20, 0, 200)
        most = downloads.FAILURES_IN_A_ROW + downloads.THREADS
        assert len(broken.requests) <= most * len(url_lists.PAUSES)
    assert Refusal.objects.filter(detail__contains="left alone").count() > 150


def test_a_killed_job_goes_on_without_fetching_again_what_it_has(
    api: APIClient, project: Project, pictures: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(url_lists, "BATCH_IMAGES", 10)
    job = send(api, project, at(pictures, *range(100)))

    def killed(done: int, total: int) -> None:
        if done >= 30:
            raise MemoryError

    with pytest.raises(MemoryError):
        fetch(job, on_progress=killed)
    kept = {image.name for image in Image.objects.all()}
    assert len(kept) == 30
    before = len(pictures.requests)
    assert counts(fetch(job)) == (100, 0, 0)
    again = {request.split()[1].decode() for request in pictures.requests[before:]}
    assert len(again) == 70
    assert not kept & {f"http://127.0.0.1:{pictures.port}{path}" for path in again}


@pytest.mark.parametrize("place", ["images_ingest", "claim_require", "_count"])
def test_a_batch_is_taken_in_whole_or_not_at_all(
    api: APIClient, project: Project, pictures: Host, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Wherever a kill strikes, an image and its address's being through are one."""
    job = send(api, project, at(pictures, 1, 2, "secret"))

    def killed(*args: Any, **kwargs: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(url_lists, place, killed)
        with pytest.raises(MemoryError):
            fetch(job)
    assert (Image.objects.count(), Refusal.objects.count(), ListedUrl.objects.count()) == (0, 0, 3)
    assert counts(fetch(job)) == (2, 0, 1)
    assert counts(fetch(job)) == (2, 0, 1), "a repeat changes nothing"
    assert (Image.objects.count(), Refusal.objects.count()) == (2, 1)


def test_a_job_that_is_asked_to_stop_stops_though_hosts_hang(
    api: APIClient, project: Project
) -> None:
    def hang(request: bytes) -> Iterable[bytes]:
        time.sleep(4)
        yield b""

    with host(hang) as serving:
        job = send(api, project, at(serving, *range(50)))
        began = time.monotonic()
        with pytest.raises(StopRequestedError):
            fetch(job, should_stop=lambda: time.monotonic() - began > 0.3)
        assert time.monotonic() - began < 3
    assert ListedUrl.objects.count() == 50


def test_a_zombie_takes_nothing_in(api: APIClient, project: Project, pictures: Host) -> None:
    job = send(api, project, at(pictures, 1))
    claim = job_claim(job_id=job.pk, worker="zombie")
    assert claim
    Job.objects.filter(pk=job.pk).update(attempt=2)
    with pytest.raises(Fenced):
        url_list_fetch(
            claim=claim,
            url_list=UrlList.objects.get(),
            on_progress=lambda done, total: None,
            should_stop=lambda: False,
        )
    assert (Image.objects.count(), ListedUrl.objects.count()) == (0, 1)


def test_few_downloads_are_held_at_a_time(
    api: APIClient, project: Project, pictures: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "AHEAD", 4)
    addresses = iter(ListedUrl(url=url) for url in at(pictures, *range(50)))
    with downloads.Downloads(lambda: False) as running:
        for _ in running.of(addresses):
            time.sleep(0.05)
            assert len(pictures.requests) <= 4 + 4
            break
        assert len(list(running.of(addresses))) >= 45
