"""Webhooks over REST. Managers only, for an address may have a key in it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.selectors import person_of
from apps.projects.selectors import Role, project_get_for
from apps.webhooks.models import Attempt, Delivery, Webhook
from apps.webhooks.selectors import delivery_list, webhook_get, webhook_list
from apps.webhooks.services import (
    webhook_change,
    webhook_create,
    webhook_delete,
    webhook_ping,
    webhook_secret_renew,
    webhook_switch_on,
)
from apps.webhooks.signing import secret_of
from apps.webhooks.topics import TOPICS


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """A webhook as its managers see it."""

    topics = serializers.ListField(child=serializers.ChoiceField(list(TOPICS)))

    class Meta:
        model = Webhook
        fields = [
            "id", "url", "topics", "failing_since", "switched_off_at", "switched_off_reason",
            "created_at",
        ]  # fmt: skip


class NewSecretSerializer(WebhookSerializer):
    """The same with its secret, which is told this once."""

    secret = serializers.SerializerMethodField()

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]

    def get_secret(self, webhook: Webhook) -> str:
        return secret_of(webhook)


class WebhookWriteSerializer(serializers.Serializer[Webhook]):
    """What is said of a webhook."""

    url = serializers.CharField()
    topics = serializers.ListField(child=serializers.ChoiceField(list(TOPICS)))


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """What came of one sending."""

    class Meta:
        model = Attempt
        fields = ["created_at", "status_code", "seconds", "error"]


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One message and all attempts at it, newest first."""

    seq = serializers.IntegerField(source="event.seq", default=None, read_only=True)
    attempts = AttemptSerializer(source="tries", many=True, read_only=True)

    class Meta:
        model = Delivery
        fields = [
            "id", "message_id", "kind", "seq", "status", "due_at", "created_at", "finished_at",
            "attempts",
        ]  # fmt: skip


class WebhookListView(GenericAPIView[Webhook]):
    serializer_class = WebhookSerializer

    @extend_schema(operation_id="webhooks_list", responses=WebhookSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The project's webhooks. Managers only."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        page = self.paginate_queryset(webhook_list(project))
        return self.get_paginated_response(WebhookSerializer(page, many=True).data)

    @extend_schema(request=WebhookWriteSerializer, responses={201: NewSecretSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Have an address told of events from now on. Its secret is in this answer only."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        webhook = webhook_create(project=project, actor=person_of(request), **_read(request))
        return Response(NewSecretSerializer(webhook).data, status=status.HTTP_201_CREATED)


class WebhookView(APIView):
    @extend_schema(operation_id="webhooks_retrieve", responses=WebhookSerializer)
    def get(self, request: Request, slug: str, webhook_id: int) -> Response:
        """One webhook."""
        return Response(WebhookSerializer(_webhook(request, slug, webhook_id)).data)

    @extend_schema(request=WebhookWriteSerializer, responses=WebhookSerializer)
    def put(self, request: Request, slug: str, webhook_id: int) -> Response:
        """Give it another address or other topics."""
        webhook = _webhook(request, slug, webhook_id)
        webhook_change(webhook=webhook, actor=person_of(request), **_read(request))
        return Response(WebhookSerializer(webhook).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, webhook_id: int) -> Response:
        """End it; what waits for it is not sent."""
        webhook_delete(webhook=_webhook(request, slug, webhook_id), actor=person_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class WebhookPingView(APIView):
    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request, slug: str, webhook_id: int) -> Response:
        """Send a message of type `ping` within seconds; look at the deliveries for what came."""
        webhook_ping(webhook=_webhook(request, slug, webhook_id))
        return Response(status=status.HTTP_202_ACCEPTED)


class WebhookSecretView(APIView):
    @extend_schema(request=None, responses=NewSecretSerializer)
    def post(self, request: Request, slug: str, webhook_id: int) -> Response:
        """Make another secret, told in this answer only; the old one ends at once."""
        webhook = _webhook(request, slug, webhook_id)
        webhook_secret_renew(webhook=webhook, actor=person_of(request))
        return Response(NewSecretSerializer(webhook).data)


class WebhookOnView(APIView):
    @extend_schema(request=None, responses=WebhookSerializer)
    def post(self, request: Request, slug: str, webhook_id: int) -> Response:
        """Send again after it was switched off, from where it stopped."""
        webhook = _webhook(request, slug, webhook_id)
        webhook_switch_on(webhook=webhook, actor=person_of(request))
        return Response(WebhookSerializer(webhook).data)


class DeliveryListView(GenericAPIView[Delivery]):
    serializer_class = DeliverySerializer

    @extend_schema(operation_id="webhooks_deliveries", responses=DeliverySerializer(many=True))
    def get(self, request: Request, slug: str, webhook_id: int) -> Response:
        """What was sent, with the answers' statuses and durations, newest first."""
        webhook = _webhook(request, slug, webhook_id)
        page = self.paginate_queryset(delivery_list(webhook).select_related("event"))
        return self.get_paginated_response(DeliverySerializer(page, many=True).data)


def _webhook(request: Request, slug: str, webhook_id: int) -> Webhook:
    return webhook_get(project_get_for(request.user, slug, Role.MANAGER), webhook_id)


def _read(request: Request) -> dict[str, Any]:
    said = WebhookWriteSerializer(data=request.data)
    said.is_valid(raise_exception=True)
    return dict(said.validated_data)
