"""Reading a place: the client that goes with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings

from apps.outbound.s3 import BucketAddress
from apps.places.clients.folder import FolderClient
from apps.places.clients.protocol import PlaceClient
from apps.places.clients.s3 import S3Client
from apps.places.models import Place
from apps.places.sealing import secret_open

PATIENCE = (0.5, 2.0, 8.0)
"""Seconds before a job asks again for what failed and may pass."""
QUICK = (0.5,)
"""The same where a person waits, or where a job reads one of very many images."""


@contextmanager
def place_opened(place: Place, pauses: Sequence[float] = PATIENCE) -> Iterator[PlaceClient]:
    """A client of the place, closed afterwards. Raises `PlaceError`."""
    client = _client(place, pauses)
    try:
        yield client
    finally:
        client.close()


def place_read(place: Place, key: str, most_bytes: int) -> bytes:
    """What lies under one key of a place. Raises `PlaceError`."""
    return _kept_client(place).read(key, most_bytes)


def _client(place: Place, pauses: Sequence[float]) -> PlaceClient:
    if place.kind == Place.Kind.FOLDER:
        return FolderClient(place.folder, prefix=place.prefix)
    return S3Client(bucket_address(place), prefix=place.prefix, pauses=pauses)


def _kept_client(place: Place) -> PlaceClient:
    """As reading images of a place one by one needs it: made once, with its connections."""
    if place.kind == Place.Kind.FOLDER:
        return _client(place, ())
    return _kept_s3_client(bucket_address(place), tuple(settings.FETCH_ALLOWED_HOSTS))


@lru_cache(maxsize=8)
def _kept_s3_client(address: BucketAddress, own_hosts: tuple[str, ...]) -> S3Client:
    """By what it may reach, too, so that a change of that holds at once."""
    return S3Client(address, prefix="", pauses=QUICK)


def bucket_address(place: Place) -> BucketAddress:
    """Where its bucket lies and how it is asked. Raises `PlaceError` by its secret."""
    return BucketAddress(
        name=place.bucket,
        endpoint_url=place.endpoint_url,
        region=place.region,
        access_key_id=place.access_key_id,
        secret_access_key=secret_open(place.sealed_secret),
    )
