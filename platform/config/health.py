"""What a supervisor asks: does the process live, and can it do its work?"""

from __future__ import annotations

import logging

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    permission_classes,
)
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

logger = logging.getLogger(__name__)


class HealthSerializer(serializers.Serializer[dict[str, str]]):
    status = serializers.CharField()


class ReadinessSerializer(serializers.Serializer[dict[str, object]]):
    status = serializers.ChoiceField(["ready", "degraded", "unready"])
    missing = serializers.DictField(
        child=serializers.CharField(), help_text="What is not there, each with a sentence."
    )


@extend_schema(responses=HealthSerializer, auth=[])
@api_view(["GET"])
@authentication_classes([])
@permission_classes([AllowAny])
def healthz(request: Request) -> Response:
    """The process lives. Nothing else is looked at."""
    return Response({"status": "alive"})


@extend_schema(responses={200: ReadinessSerializer, 503: ReadinessSerializer}, auth=[])
@api_view(["GET"])
@authentication_classes([])
@permission_classes([AllowAny])
def readyz(request: Request) -> Response:
    """Whether requests can be served: 503 without the database.

    Without Valkey the answer is still 200, as "degraded": pages and calls work,
    and jobs begin as soon as it is back.
    """
    database, valkey = _database_problem(), _valkey_problem()
    missing = {
        name: problem for name, problem in (("database", database), ("valkey", valkey)) if problem
    }
    status = "unready" if database else "degraded" if valkey else "ready"
    return Response({"status": status, "missing": missing}, status=503 if database else 200)


def _database_problem() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The database cannot be reached: %s", error)
        return "The database cannot be reached; the log says why."
    return ""


def _valkey_problem() -> str:
    try:
        with redis.Redis.from_url(
            settings.VALKEY_URL, socket_connect_timeout=1, socket_timeout=1
        ) as client:
            client.ping()
    except redis.RedisError as error:
        logger.warning("Valkey cannot be reached: %s", error)
        return "Valkey cannot be reached; jobs wait until it is back."
    return ""
