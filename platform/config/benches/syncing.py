"""`bench sync`: a bucket of 100,000 small images, synced twice; the second time reads none."""

from __future__ import annotations

import io
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image

from config.benches.calls import Calls, job_seconds
from config.benches.site import TemporarySite
from config.benches.start import MEGABYTE
from config.benches.weighing import peaks

OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "images": {"type": int, "default": 100_000, "help": "How many the bucket has (100,000)."},
}
PAGE = 1000
SIDE = 28
PROJECT = """
from apps.accounts.models import User
from apps.projects.services import project_create
admin = User.objects.get(username="admin")
result = project_create(name="Bench", slug="bench", classes=["a", "b"], created_by=admin).slug
"""


def sync(say: Callable[[str], None], images: int) -> Mapping[str, float]:
    """Sync a bucket twice. What the service itself takes to answer is in the times, too."""
    with _bucket(images) as bucket, TemporarySite(FETCH_ALLOWED_HOSTS="127.0.0.1") as site:
        site.start()
        site.python(PROJECT)
        calls = Calls(site)
        place = calls.post(
            "places/",
            {"name": "bucket", "kind": "s3", "bucket": "pictures", "endpoint_url": bucket.address},
        )
        figures: dict[str, float] = {}
        with peaks(site) as held:
            for number in ("first", "second"):
                say(f"{images:,} images, the {number} time …")
                bucket.files_read = 0
                begun = calls.post(f"places/{place['id']}/sync/", {})
                job = calls.ended(begun["job"])
                figures[f"sync_s.{number}"] = job_seconds(job)
                figures[f"sync_files_read.{number}"] = bucket.files_read
                say(f"{job['result']}")
        figures["sync_peak_mb"] = held["worker"] / MEGABYTE
    return figures


class _Bucket(ThreadingHTTPServer):
    """Answers as S3 does to what a sync asks, and counts the files that are read."""

    daemon_threads = True

    def __init__(self, images: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.keys = [f"photos/{number:08}.png" for number in range(images)]
        self.files_read = 0
        self.address = f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Bucket

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if "list-type" in asked.query:
            body = self._listing(parse_qs(asked.query).get("start-after", [""])[0])
        else:
            self.server.files_read += 1
            body = _picture(int(asked.path[-12:-4]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _listing(self, after: str) -> bytes:
        begin = bisect_right(self.server.keys, after)
        page = self.server.keys[begin : begin + PAGE]
        more = begin + PAGE < len(self.server.keys)
        lines = "".join(
            f"<Contents><Key>{key}</Key><ETag>v1</ETag><Size>900</Size></Contents>" for key in page
        )
        told = f"<IsTruncated>{str(more).lower()}</IsTruncated>{lines}"
        return f"<ListBucketResult>{told}</ListBucketResult>".encode()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _bucket(images: int) -> Iterator[_Bucket]:
    serving = _Bucket(images)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    try:
        yield serving
    finally:
        serving.shutdown()
        serving.server_close()


def _picture(number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 256, (SIDE, SIDE), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
