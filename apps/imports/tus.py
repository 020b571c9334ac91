"""Resumable uploads: tus 1.0.0, https://tus.io/protocols/resumable-upload.

Core and the extensions creation, creation-with-upload, checksum, expiration and termination. A
body that breaks off keeps what came of it (`apps.imports.slicing`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.parsers import TooLarge
from apps.imports.models import Import, Upload
from apps.imports.selectors import import_get, upload_get
from apps.imports.services import (
    MOST_UPLOAD_BYTES,
    upload_append,
    upload_create,
    upload_remove,
)
from apps.imports.tus_headers import (
    ALGORITHMS,
    CHUNK_TYPE,
    EXTENSIONS,
    VERSION,
    Checksum,
    checksum_read,
    metadata_read,
    number_read,
)
from apps.projects.selectors import Role, project_get_for

CHUNK_BYTES = 256 * 1024
SPOOL_BYTES = 8 * 1024 * 1024
OVERRIDABLE = ("HEAD", "PATCH", "DELETE")
NAMES = ("relativePath", "filename")
"""Of metadata, what names the file; the first that is there."""


class Gone(APIException):
    """An upload that takes nothing any more."""

    status_code = status.HTTP_410_GONE
    default_code = "gone"
    default_detail = "This upload takes nothing any more; begin it again."


class OtherVersion(APIException):
    """A client of another version of the protocol."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "version"
    default_detail = f"Send Tus-Resumable: {VERSION}."


class ChecksumMismatch(APIException):
    """Bytes that changed on their way."""

    status_code = 460
    default_code = "checksum"
    default_detail = "The bytes do not fit their checksum and were thrown away; send them again."


def _header(name: str, description: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, required=required, description=description
    )


RESUMABLE = _header("Tus-Resumable", f"{VERSION}", required=True)
CHECKSUM = _header("Upload-Checksum", "`sha256` or `sha1`, and the digest in Base64.")
BODY = {CHUNK_TYPE: OpenApiTypes.BINARY}


class UnreadParser(BaseParser):
    """Leaves the body to the view: the check against forgery asks for a form's fields first."""

    media_type = "*/*"

    def parse(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {}


class TusView(APIView):
    """What every answer of the protocol has in common. Managers only."""

    parser_classes = [UnreadParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """For clients whose network lets nothing but GET and POST pass."""
        override = request.headers.get("X-HTTP-Method-Override", "")
        if request.method == "POST" and override in OVERRIDABLE:
            request.method = override
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        project = project_get_for(request.user, kwargs["slug"], Role.MANAGER)
        self.owner = import_get(project, kwargs["import_id"])
        if (
            request.method not in ("GET", "OPTIONS")
            and request.headers.get("Tus-Resumable") != VERSION
        ):
            raise OtherVersion

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Tus-Resumable"] = VERSION
        response.headers["Cache-Control"] = "no-store"
        if response.status_code in (
            status.HTTP_412_PRECONDITION_FAILED,
            status.HTTP_204_NO_CONTENT,
        ):
            response.headers["Tus-Version"] = VERSION
        return response

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """What the server can do."""
        headers = {
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(MOST_UPLOAD_BYTES),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        }
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)


class ImportUploadSerializer(serializers.ModelSerializer[Upload]):
    """A file of an import, as far as it has come."""

    class Meta:
        model = Upload
        fields = ["id", "path", "size", "received", "metadata", "expires_at"]


class UploadListView(TusView, GenericAPIView[Upload]):
    serializer_class = ImportUploadSerializer
    queryset = Upload.objects.none()

    @extend_schema(operation_id="imports_uploads_list")
    def get(self, request: Request, slug: str, import_id: int) -> Response:
        """What was sent so far, whole or in part, until the import has ended."""
        uploads = self.paginate_queryset(self.owner.uploads.all())
        return self.get_paginated_response(ImportUploadSerializer(uploads, many=True).data)

    @extend_schema(
        operation_id="imports_uploads_create",
        parameters=[
            RESUMABLE,
            CHECKSUM,
            _header("Upload-Length", "Bytes of the whole file.", required=True),
            _header(
                "Upload-Metadata",
                "`relativePath` or `filename`, a space, and the name in Base64.",
                required=True,
            ),
        ],
        request=BODY,
        responses={201: None},
    )
    def post(self, request: Request, slug: str, import_id: int) -> Response:
        """Announce a file of an import, with its first bytes or without. tus 1.0.0."""
        size = number_read("Upload-Length", request.headers.get("Upload-Length"))
        if size > MOST_UPLOAD_BYTES:
            raise TooLarge(f"A file may have {MOST_UPLOAD_BYTES // 1024**3} GiB at most.")
        told = request.headers.get("Upload-Metadata", "")
        metadata = metadata_read(told)
        path = next((metadata[name] for name in NAMES if metadata.get(name)), "")
        if not path:
            raise ParseError("Name the file in Upload-Metadata, as filename or relativePath.")
        upload = upload_create(owner=self.owner, path=path, size=size, metadata=told)
        if request.headers.get("Content-Type", "") == CHUNK_TYPE:
            _receive(request, upload, 0)
        where = reverse("api_upload", args=[slug, import_id, upload.pk])
        headers = {"Location": where, "Upload-Offset": str(upload.received), **_expiry(upload)}
        return Response(status=status.HTTP_201_CREATED, headers=headers)


class UploadView(TusView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.upload = _upload(self.owner, kwargs["upload_id"])

    def head(self, request: Request, **_: Any) -> Response:
        """How much of the file is here."""
        headers = {
            "Upload-Offset": str(self.upload.received),
            "Upload-Length": str(self.upload.size),
            **_expiry(self.upload),
        }
        if self.upload.metadata:
            headers["Upload-Metadata"] = self.upload.metadata
        return Response(headers=headers)

    @extend_schema(
        operation_id="imports_uploads_append",
        parameters=[
            RESUMABLE,
            CHECKSUM,
            _header("Upload-Offset", "Where the body begins in the file.", required=True),
        ],
        request=BODY,
        responses={204: None},
    )
    def patch(self, request: Request, **_: Any) -> Response:
        """Send the next bytes of a file. tus 1.0.0."""
        if request.headers.get("Content-Type", "") != CHUNK_TYPE:
            raise UnsupportedMediaType(
                request.headers.get("Content-Type", ""), f"Send the bytes as {CHUNK_TYPE}."
            )
        offset = number_read("Upload-Offset", request.headers.get("Upload-Offset"))
        _receive(request, self.upload, offset)
        headers = {"Upload-Offset": str(self.upload.received), **_expiry(self.upload)}
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)

    @extend_schema(
        operation_id="imports_uploads_delete", parameters=[RESUMABLE], responses={204: None}
    )
    def delete(self, request: Request, **_: Any) -> Response:
        """Throw a file away, whole or not. tus 1.0.0."""
        upload_remove(upload=self.upload)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _upload(owner: Import, upload_id: UUID) -> Upload:
    """The upload, if it may still be asked about. Raises Http404 and Gone."""
    upload = upload_get(owner.project, upload_id)
    if upload.owner_id != owner.pk:
        raise Http404("There is no such upload in this import.")
    is_whole = upload.received == upload.size
    if not is_whole and (owner.job_id or owner.ended_at or upload.expires_at < timezone.now()):
        raise Gone
    return upload


def _receive(request: Request, upload: Upload, offset: int) -> None:
    """The request's body onto the file; `upload.received` tells then how far it is."""
    told = request.headers.get("Upload-Checksum")
    body = request._request
    if told is None:
        upload.received = upload_append(upload=upload, offset=offset, chunks=_chunks(body))
        return
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
        _copy_checked(body, spool, checksum_read(told))
        upload.received = upload_append(upload=upload, offset=offset, chunks=_chunks(spool))


def _copy_checked(body: HttpRequest, spool: IO[bytes], checksum: Checksum) -> None:
    """Copies the body and goes back to its start. Raises ChecksumMismatch."""
    hasher = checksum.hasher()
    for chunk in _chunks(body):
        hasher.update(chunk)
        spool.write(chunk)
    if hasher.digest() != checksum.digest:
        raise ChecksumMismatch
    spool.seek(0)


def _chunks(file: HttpRequest | IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _expiry(upload: Upload) -> dict[str, str]:
    if upload.received == upload.size:
        return {}
    return {"Upload-Expires": http_date(upload.expires_at.timestamp())}
