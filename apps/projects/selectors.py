"""Who may see which project, and what it holds."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from apps.accounts.models import User
from apps.accounts.rows import RowReader
from apps.projects.models import AnnotationClass, Membership, Project
from ml_engine.config import ImageShape

Role = Membership.Role
PROJECT = RowReader(Project, "project")
RANK = {Role.ANNOTATOR: 1, Role.REVIEWER: 2, Role.MANAGER: 3}


def project_list_for(user: User | AnonymousUser) -> QuerySet[Project]:
    """The projects that a person is a member of; all of them for an administrator."""
    if not user.is_authenticated:
        return Project.objects.none()
    if user.is_superuser:
        return Project.objects.order_by("name")
    return Project.objects.filter(memberships__user=user).order_by("name")


def project_card_list(user: User) -> QuerySet[Project]:
    """The same with the number of classes (`class_count`) and the person's `role`."""
    role = Membership.objects.filter(project=OuterRef("pk"), user=user).values("role")
    return project_list_for(user).annotate(
        class_count=Count("annotation_classes", distinct=True), role=Subquery(role)
    )


def project_role(user: User | AnonymousUser, project: Project) -> Role | None:
    """A person's role in a project; an administrator manages every one."""
    if not user.is_authenticated:
        return None
    if user.is_superuser:
        return Role.MANAGER
    role = (
        Membership.objects.filter(project=project, user=user).values_list("role", flat=True).first()
    )
    return Role(role) if role else None


def project_get_for(
    user: User | AnonymousUser, slug: str, least_role: Role = Role.ANNOTATOR
) -> Project:
    """The project, if this person has at least that role in it. Raises as `project_enter` does."""
    return project_enter(user, slug, least_role)[0]


def project_enter(
    user: User | AnonymousUser, slug: str, least_role: Role = Role.ANNOTATOR
) -> tuple[Project, Role]:
    """The project and this person's role in it, which is at least that one.

    Raises Http404 for those who are no members, so that they do not learn which
    projects there are, and PermissionDenied where the role is too low.
    """
    with connection.cursor() as cursor:
        # By hand, as nearly every request comes through here.
        cursor.execute(
            f"""SELECT membership.role, {PROJECT.columns} FROM projects_project project
            LEFT JOIN projects_membership membership
                ON membership.project_id = project.id AND membership.user_id = %s
            WHERE project.slug = %s""",  # noqa: S608 — columns' names
            [user.pk, slug],
        )
        role, *columns = cursor.fetchone() or [None]
    if columns and user.is_authenticated and user.is_superuser:
        role = Role.MANAGER
    if role is None:
        raise Http404(f"There is no project {slug!r} that you are a member of.")
    if RANK[Role(role)] < RANK[least_role]:
        raise PermissionDenied(f"This takes the role of {least_role}; yours is {role}.")
    return PROJECT.read(columns), Role(role)


def annotation_class_list(project: Project) -> list[AnnotationClass]:
    """The project's classes in the order of their positions."""
    return list(project.annotation_classes.order_by("position"))


def membership_list(project: Project) -> QuerySet[Membership]:
    """The project's members in the order in which they joined."""
    return Membership.objects.filter(project=project).select_related("user").order_by("id")


def membership_list_with_tokens(project: Project) -> QuerySet[Membership]:
    """The same with each person's live tokens: `token_count` and `token_last_used_at`."""
    live = Q(user__api_tokens__isnull=False, user__api_tokens__revoked_at=None)
    return membership_list(project).annotate(
        token_count=Count("user__api_tokens", filter=live),
        token_last_used_at=Max("user__api_tokens__last_used_at", filter=live),
    )


def membership_get(project: Project, username: str) -> Membership:
    """That person's membership. Raises Http404."""
    membership = membership_list(project).filter(user__username=username).first()
    if membership is None:
        raise Http404(f"{username} is no member of {project}.")
    return membership


def image_shape(project: Project) -> ImageShape:
    """How the networks see the project's images."""
    return ImageShape(size=project.training_size, channels=project.channels)
