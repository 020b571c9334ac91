"""Answers that carry a large stored file: whole or a part, never in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag

from apps.datasets.ranges import NotSatisfiableError, range_read
from apps.datasets.storage import file_chunks

PARTIAL, NOT_SATISFIABLE = 206, 416


def download(
    request: HttpRequest, *, key: str, sha256: str, size: int, name: str, content_type: str
) -> HttpResponseBase:
    """A stored file that never changes, for a client that may go on where it was cut off.

    Raises Http404 where storage has lost it.
    """
    etag = quote_etag(sha256)
    response: HttpResponseBase = get_conditional_response(request, etag=etag) or _answer(
        request, key, etag, size
    )
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = str(content_disposition_header(True, name))
    response.headers["Cache-Control"] = "private, no-transform"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _answer(request: HttpRequest, key: str, etag: str, size: int) -> HttpResponseBase:
    wanted, status = range(size), 200
    condition = request.headers.get("If-Range", etag)
    if condition == etag and "Range" in request.headers:
        try:
            part = range_read(request.headers["Range"], size)
        except NotSatisfiableError:
            return HttpResponse(
                status=NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size}"}
            )
        if part is not None:
            wanted, status = part, PARTIAL
    headers = {"Content-Length": str(len(wanted))}
    if status == PARTIAL:
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    try:
        chunks = file_chunks(key, wanted.start, wanted.stop)
        first = next(chunks, b"")
    except FileNotFoundError:
        raise Http404("The file is missing from storage. Export it again.") from None

    return StreamingHttpResponse(_body(first, chunks), status=status, headers=headers)


async def _body(chunk: bytes, others: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Of a plain iterator the ASGI handler would gather everything before it sends anything."""
    following = sync_to_async(lambda: next(others, b""), thread_sensitive=False)
    while chunk:
        yield chunk
        chunk = await following()
