"""Doubts over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.pagination import CursorPages
from apps.accounts.selectors import person_of
from apps.images.quality.api import RestoreSerializer
from apps.projects.selectors import Role, project_get_for
from apps.training.doubts.selectors import doubt_list
from apps.training.doubts.settling import doubts_settle
from apps.training.models import Doubt


class DoubtSerializer(serializers.ModelSerializer[Doubt]):
    """Why an image should not be asked about, or not be believed."""

    given_class = serializers.CharField(
        source="image.annotation_class.name",
        allow_null=True,
        default=None,
        read_only=True,
        help_text="Of a doubted annotation: the class that the image has.",
    )
    other_class: serializers.SlugRelatedField[Doubt] = serializers.SlugRelatedField(
        slug_field="name", read_only=True, allow_null=True
    )

    class Meta:
        model = Doubt
        fields = [
            "id", "image", "kind", "measure", "value", "threshold", "reason", "given_class",
            "other_class", "would_ask", "checkpoint", "created_at",
        ]  # fmt: skip


class SettleSerializer(RestoreSerializer):
    """Which doubts are settled, and how."""

    kind = serializers.ChoiceField(Doubt.Kind.choices)
    outcome = serializers.ChoiceField(Doubt.Outcome.choices)


class SettledSerializer(serializers.Serializer[Any]):
    """Of which images the doubt was settled."""

    settled = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of images.")


class DoubtListView(GenericAPIView[Doubt]):
    serializer_class = DoubtSerializer
    pagination_class = CursorPages

    @extend_schema(
        operation_id="doubts_list",
        summary="List doubts",
        parameters=[OpenApiParameter("kind", enum=Doubt.Kind.values)],
        responses=DoubtSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Images that scoring doubts and nobody has settled, the clearest of a scoring first."""
        project = project_get_for(request.user, slug)
        kind = request.query_params.get("kind", "")
        if kind and kind not in Doubt.Kind.values:
            known = ", ".join(Doubt.Kind.values)
            raise ValidationError(
                {"kind": f"There is no kind {kind!r} of doubt; there are {known}."}
            )
        page = self.paginate_queryset(doubt_list(project, kind))
        return self.get_paginated_response(DoubtSerializer(page, many=True).data)


class DoubtSettleView(APIView):
    @extend_schema(
        operation_id="doubts_settle",
        summary="Settle doubts",
        request=SettleSerializer,
        responses=SettledSerializer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Ask people nevertheless, keep images as they are, or set them apart. For managers.

        Ids of images of which that is not doubted are passed by.
        """
        project = project_get_for(request.user, slug, Role.MANAGER)
        sent = SettleSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        settled = doubts_settle(
            project=project,
            kind=sent.validated_data["kind"],
            outcome=sent.validated_data["outcome"],
            image_ids=set(sent.validated_data["images"]),
            by=person_of(request),
        )
        return Response({"settled": settled})
