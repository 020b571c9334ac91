"""A real S3 service on this machine, moto's, which notes what it is asked."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

BUCKET = "pictures"
KEY_ID, SECRET = "testing", "a-s3cret/access+key"


class S3Server:
    """Its `address`, its bucket, and the requests that came over HTTP."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.denied: set[str] = set()
        """Parts of requests that are answered with 403."""
        self.troubled: list[str] = []
        """Statuses of the next answers, before all is well again."""
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, True, request_handler=_Silent)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)
        self._thread.start()
        signed = f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20260101/us-east-1/s3/aws4_request,"
        self.client = httpx.Client(
            base_url=self.address,
            trust_env=False,
            timeout=60,
            headers={"Authorization": f"{signed} SignedHeaders=host, Signature=0"},
        )
        self.client.put(f"/{BUCKET}")

    def put(self, key: str, content: bytes, bucket: str = BUCKET) -> None:
        """Lay a file into the bucket."""
        self.client.put(f"/{bucket}/{quote(key)}", content=content).raise_for_status()
        self.requests.clear()

    def remove(self, key: str) -> None:
        """Take one out of it."""
        self.client.delete(f"/{BUCKET}/{quote(key)}").raise_for_status()
        self.requests.clear()

    def read(self) -> list[str]:
        """The files that were read since the last change, as paths."""
        return [line.removeprefix("GET ") for line in self.requests if "list-type" not in line]

    def close(self) -> None:
        self.client.post("/moto-api/reset")
        self.client.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        query = environ.get("QUERY_STRING", "")
        path = environ["PATH_INFO"].encode("latin-1").decode()  # as WSGI has it
        asked = f"{environ['REQUEST_METHOD']} {path}{'?' if query else ''}{query}"
        self.requests.append(asked)
        status = self.troubled.pop(0) if self.troubled else ""
        if any(part in asked for part in self.denied):
            status = "403 Forbidden"
        if status:
            start_response(status, [("Content-Type", "application/xml")])
            code = "AccessDenied" if status.startswith("403") else "SlowDown"
            return [f"<Error><Code>{code}</Code><Message>inner words</Message></Error>".encode()]
        return self._moto(environ, start_response)


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A service for as long as the block runs."""
    serving = S3Server()
    try:
        yield serving
    finally:
        serving.close()


def etag(content: bytes) -> str:
    """What S3 calls these bytes."""
    return hashlib.md5(content).hexdigest()
