"""What is killed in the middle of training, and what must not be lost by it."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest
import websockets
from PIL import Image
from sklearn.datasets import load_digits
from websockets.sync.client import connect

from tests.running_site import RunningSite, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]

CLASSES = [str(digit) for digit in range(10)]
STEPS = 1500
"""Some ten seconds on a fast machine, so that there is a middle in which to kill."""
CHECKPOINT_EVERY = 20
PICK_UP_SECONDS = 60


@dataclass(frozen=True)
class Training:
    """A running site with a project of digits, and how to train on it."""

    site: RunningSite
    api: httpx.Client

    def begin(self, key: str, steps: int = STEPS) -> str:
        """Enqueue a classifier's training; returns its job's id. Only the key tells two apart."""
        return str(
            self.site.python(f"""
from apps.images.models import Image
from apps.projects.models import Project
from apps.training.services import classifier_train
from ml_engine.config import ClassifierConfig
project = Project.objects.get(slug="digits")
images = Image.objects.filter(project=project)
rows = list(images.values_list("sha256", "annotation_class__position"))
run = classifier_train(
    project=project, purpose="round", seed=7, rows=rows, title="Train", key={key!r},
    config=ClassifierConfig(
        steps={steps}, batch_size=16, checkpoint_every={CHECKPOINT_EVERY}, threads=1,
        mirror=False,
    ),
)
result = str(run.job_id)
""")
        )

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.api.get(f"jobs/{job_id}/")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait(self, job_id: str, seconds: float = 180) -> dict[str, Any]:
        """The job once it has ended."""
        return wait_until(
            lambda: (job := self.job(job_id))["finished_at"] and job, seconds, "the job's end"
        )

    def wait_for_progress(self, job_id: str, progress: float) -> None:
        wait_until(lambda: self.job(job_id)["progress"] > progress, 90, f"progress of {progress}")

    def checkpoint(self, job_id: str) -> str:
        """The SHA-256 of what a training left."""
        return str(
            self.site.python(
                "from apps.training.models import Checkpoint\n"
                f"result = Checkpoint.objects.get(training_run__job_id={job_id!r}).sha256"
            )
        )

    def events(self, job_id: str) -> list[dict[str, Any]]:
        """The job's log."""
        return list(
            self.site.python(
                "from apps.jobs.models import JobEvent\n"
                f"events = JobEvent.objects.filter(job_id={job_id!r}).order_by('seq')\n"
                "result = [dict(event.payload, event=event.kind) for event in events]"
            )
        )


@pytest.fixture(scope="module")
def training() -> Iterator[Training]:
    site = RunningSite()
    site.start()
    api = site.client()
    _upload_digits(api)
    yield Training(site, api)
    site.remove()


def _upload_digits(api: httpx.Client) -> None:
    made = api.post(
        "projects/",
        json={"name": "Digits", "slug": "digits", "classes": CLASSES, "training_size": 28,
              "channels": 1, "least_side": 8},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    digits = load_digits()
    pictures = np.kron(digits.images[:300] * 15.9, np.ones((4, 4))).astype(np.uint8)
    files = [("files", (f"{n}.png", _png(picture))) for n, picture in enumerate(pictures)]
    answer = api.post(
        "projects/digits/images/",
        files=files,
        data={"classes": json.dumps([str(n) for n in digits.target[:300]]), "split": "train"},
    )
    assert len(answer.json()["accepted"]) == 300, answer.text


def _png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "png")
    return file.getvalue()


def test_a_killed_training_is_picked_up_and_ends_as_an_undisturbed_one(training: Training) -> None:
    undisturbed = training.begin("undisturbed")
    assert training.wait(undisturbed)["status"] == "succeeded"

    disturbed = training.begin("disturbed")
    training.wait_for_progress(disturbed, 0.3)
    training.site.kill("config.celery")
    killed = time.monotonic()
    wait_until(
        lambda: (job := training.job(disturbed))["attempt"] == 2 and job["status"] == "running",
        PICK_UP_SECONDS,
        "the second attempt",
    )
    print(f"picked up after {time.monotonic() - killed:.1f} s")
    assert training.wait(disturbed)["status"] == "succeeded"

    log = training.events(disturbed)
    again = next(n for n, event in enumerate(log) if event.get("attempt") == 2)
    first_step = next(event["step"] for event in log[again:] if "step" in event)
    assert first_step > CHECKPOINT_EVERY, "the second attempt began from the start"
    assert training.checkpoint(disturbed) == training.checkpoint(undisturbed)


def test_a_stop_in_the_middle_of_training_costs_no_attempt(training: Training) -> None:
    job_id = training.begin("stopped")
    training.wait_for_progress(job_id, 0.1)
    training.site.stop()
    job = f"from apps.jobs.models import Job\njob = Job.objects.get(pk={job_id!r})\n"
    stopped = training.site.python(f"{job}result = [job.status, job.most_attempts]")
    training.site.start()
    assert stopped == ["queued", 4]
    assert training.wait(job_id)["status"] == "succeeded"


def test_valkey_killed_costs_neither_answers_nor_jobs_nor_events(training: Training) -> None:
    site = training.site
    running = training.begin("while Valkey dies")
    with Listener(training) as listener:
        training.wait_for_progress(running, 0.1)
        for _ in range(3):
            site.kill("valkey-server")
            ends = time.monotonic() + 2
            while time.monotonic() < ends:
                assert training.job(running)["attempt"] == 1
                for path in ("/healthz/", "/readyz/", "/sign-in/"):
                    assert httpx.get(site.address + path, timeout=5).status_code == 200
                time.sleep(0.2)
        listener.drop()
        after = training.begin("after Valkey came back", steps=100)
        finished = [training.wait(job_id) for job_id in (running, after)]
        assert [job["status"] for job in finished] == ["succeeded", "succeeded"]
        assert [job["attempt"] for job in finished] == [1, 1]
        listener.wait_for(f"job.succeeded {after}")
    assert listener.numbers == list(range(listener.numbers[0], listener.numbers[-1] + 1))


class Listener:
    """A client of the project's log that reconnects with the last number it has seen."""

    def __init__(self, training: Training) -> None:
        self.address = training.site.address.replace("http", "ws")
        self.headers = {"Authorization": training.api.headers["Authorization"]}
        self.numbers: list[int] = []
        self.heard: set[str] = set()
        self._over = False
        self._socket: Any = None
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Listener:
        self._thread.start()
        wait_until(lambda: self._socket, 15, "the websocket")
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self.drop()
        self._thread.join(10)

    def drop(self) -> None:
        """Break the connection; it is opened again with what was seen last."""
        self._socket.close()

    def wait_for(self, words: str) -> None:
        wait_until(lambda: words in self.heard, 30, words)

    def _listen(self) -> None:
        while not self._over:
            after = self.numbers[-1] if self.numbers else 0
            url = f"{self.address}/ws/projects/digits/events/?after={after}"
            with connect(url, additional_headers=self.headers) as self._socket:
                try:
                    for message in self._socket:
                        self._hear(json.loads(message))
                except websockets.ConnectionClosed:
                    continue

    def _hear(self, event: dict[str, Any]) -> None:
        if "seq" in event and event["kind"] != "hello":
            self.numbers.append(event["seq"])
            self.heard.add(f"{event['kind']} {event.get('job') or event['payload'].get('job')}")
