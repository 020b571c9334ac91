"""Projects and members over REST."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.selectors import person_of
from apps.projects.models import AnnotationClass, Membership, Project
from apps.projects.selectors import (
    Role,
    membership_get,
    membership_list,
    project_get_for,
    project_list_for,
)
from apps.projects.services import membership_remove, membership_set, project_create


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project as it is told."""

    classes: serializers.SlugRelatedField[AnnotationClass] = serializers.SlugRelatedField(
        source="annotation_classes", slug_field="name", many=True, read_only=True
    )

    class Meta:
        model = Project
        fields = [
            "id", "slug", "name", "description", "classes", "training_size", "channels",
            "least_side", "most_pixels", "created_at",
        ]  # fmt: skip


class ProjectCreateSerializer(serializers.Serializer[Project]):
    """What makes a project."""

    name = serializers.CharField()
    slug = serializers.CharField()
    classes = serializers.ListField(child=serializers.CharField(), help_text="2 to 1,000 names.")
    description = serializers.CharField(required=False, allow_blank=True)
    training_size = serializers.IntegerField(required=False, help_text="Side in pixels, 8 to 1024.")
    channels = serializers.IntegerField(required=False, help_text="1 (grey) or 3 (colour).")
    least_side = serializers.IntegerField(
        required=False, help_text="Images with a shorter side are refused."
    )


class ProjectListView(GenericAPIView[Project]):
    serializer_class = ProjectSerializer

    @extend_schema(operation_id="projects_list", responses=ProjectSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The projects that you are a member of."""
        projects = project_list_for(request.user).prefetch_related("annotation_classes")
        page = self.paginate_queryset(projects)
        return self.get_paginated_response(ProjectSerializer(page, many=True).data)

    @extend_schema(request=ProjectCreateSerializer, responses={201: ProjectSerializer})
    def post(self, request: Request) -> Response:
        """Make a project; you become its manager."""
        values = ProjectCreateSerializer(data=request.data)
        values.is_valid(raise_exception=True)
        project = project_create(**values.validated_data, created_by=person_of(request))
        return Response(ProjectSerializer(project).data, status=status.HTTP_201_CREATED)


class ProjectView(APIView):
    @extend_schema(responses=ProjectSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """One project."""
        return Response(ProjectSerializer(project_get_for(request.user, slug)).data)


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    """A member as they are told."""

    username = serializers.CharField(source="user.username")

    class Meta:
        model = Membership
        fields = ["username", "role", "created_at"]


class MembershipSetSerializer(serializers.Serializer[Membership]):
    """Who is given which role."""

    username = serializers.CharField()
    role = serializers.ChoiceField(Membership.Role.choices)


class MemberListView(GenericAPIView[Membership]):
    serializer_class = MembershipSerializer

    @extend_schema(operation_id="members_list", responses=MembershipSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The project's members. Managers only."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        page = self.paginate_queryset(membership_list(project))
        return self.get_paginated_response(MembershipSerializer(page, many=True).data)

    @extend_schema(
        request=MembershipSetSerializer,
        responses={200: MembershipSerializer, 201: MembershipSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Give an existing user a role: 201 for a new member, 200 for a changed role."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        values = MembershipSetSerializer(data=request.data)
        values.is_valid(raise_exception=True)
        known = membership_list(project).filter(user__username=values.validated_data["username"])
        code = status.HTTP_200_OK if known.exists() else status.HTTP_201_CREATED
        membership = membership_set(
            project=project, actor=person_of(request), **values.validated_data
        )
        return Response(MembershipSerializer(membership).data, status=code)


class MemberView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, username: str) -> Response:
        """Take a member out of the project. Managers only."""
        project = project_get_for(request.user, slug, Role.MANAGER)
        membership_remove(membership=membership_get(project, username), actor=person_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
