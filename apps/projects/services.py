"""Making projects and saying who belongs to them."""

from __future__ import annotations

from collections import Counter

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.projects.models import AnnotationClass, Membership, Project

LEAST_CLASSES = 2
MOST_CLASSES = 1000
LONGEST_CLASS_NAME = 80
RESERVED_SLUGS = {"new"}
"""Slugs whose pages have another use."""


def project_create(
    *,
    name: str,
    slug: str,
    classes: list[str],
    created_by: User | None,
    training_size: int = 64,
    channels: int = Project.Channels.COLOUR,
    least_side: int = 16,
    description: str = "",
) -> Project:
    """A project with its annotation classes in that order; its creator becomes a manager.

    Raises ValidationError with a sentence a field.
    """
    names = [text.strip() for text in classes]
    project = Project(
        name=name.strip(),
        slug=slug,
        description=description,
        training_size=training_size,
        channels=channels,
        least_side=least_side,
        created_by=created_by,
    )
    problems = _project_problems(project) | _class_problems(names)
    if problems:
        raise ValidationError(problems)
    with transaction.atomic():
        project.save()
        AnnotationClass.objects.bulk_create(
            AnnotationClass(project=project, name=text, position=position)
            for position, text in enumerate(names)
        )
        if created_by:
            Membership.objects.create(
                project=project, user=created_by, role=Membership.Role.MANAGER
            )
        audit_record(
            actor=created_by,
            action="project.create",
            project_slug=slug,
            detail={"name": project.name, "classes": len(names)},
        )
    return project


def _project_problems(project: Project) -> dict[str, list[str]]:
    try:
        project.full_clean(exclude=["created_by"])
    except ValidationError as error:
        return dict(error.message_dict)
    if project.slug in RESERVED_SLUGS:
        return {"slug": [f"The slug {project.slug!r} is reserved; choose another."]}
    return {}


def _class_problems(names: list[str]) -> dict[str, list[str]]:
    if not LEAST_CLASSES <= len(names) <= MOST_CLASSES:
        return {
            "classes": [
                f"There are {len(names)} classes; a project takes"
                f" {LEAST_CLASSES} to {MOST_CLASSES:,}."
            ]
        }
    problems = []
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        problems.append(f"Each class may be named once; {doubled[0]!r} is named more than once.")
    for name in names:
        if not name:
            problems.append("A class has an empty name; give it one or leave it out.")
        elif len(name) > LONGEST_CLASS_NAME:
            problems.append(
                f"The class name {name[:20]!r}… has {len(name)} characters;"
                f" {LONGEST_CLASS_NAME} is the most."
            )
        elif not name.isprintable():
            problems.append(f"The class name {name!r} contains characters that cannot be shown.")
    return {"classes": problems[:5]} if problems else {}


def membership_set(*, project: Project, username: str, role: str, actor: User | None) -> Membership:
    """Gives a person that role in the project, whether or not they had another.

    Raises ValidationError for an unknown person or role, and Conflict where the
    project would be left without a manager.
    """
    if role not in Membership.Role.values:
        known = ", ".join(Membership.Role.values)
        raise ValidationError({"role": f"There is no role {role!r}; choose one of {known}."})
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise ValidationError(
            {
                "username": f"There is no user {username!r}. An administrator makes new ones,"
                " or ./manage.py token USER --create."
            }
        )
    with transaction.atomic():
        _lock_members(project)
        membership = Membership.objects.filter(project=project, user=user).first()
        before = membership.role if membership else ""
        if membership is None:
            membership = Membership(project=project, user=user)
        elif before == Membership.Role.MANAGER and role != before:
            _require_another_manager(project, user)
        if role != before:
            membership.role = role
            membership.save()
            audit_record(
                actor=actor,
                action="member.set",
                project_slug=project.slug,
                detail={"username": username, "role": role, "before": before},
            )
    return membership


def membership_remove(*, membership: Membership, actor: User | None) -> None:
    """Takes a person out of the project; what they did stays.

    Raises Conflict for the last manager.
    """
    project, user = membership.project, membership.user
    with transaction.atomic():
        _lock_members(project)
        membership.refresh_from_db(fields=["role"])
        if membership.role == Membership.Role.MANAGER:
            _require_another_manager(project, user)
        membership.delete()
        audit_record(
            actor=actor,
            action="member.remove",
            project_slug=project.slug,
            detail={"username": user.username, "before": membership.role},
        )


def _lock_members(project: Project) -> None:
    """Two managers who demote each other at once must not both succeed."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _require_another_manager(project: Project, user: User) -> None:
    managers = Membership.objects.filter(project=project, role=Membership.Role.MANAGER)
    if not managers.exclude(user=user).exists():
        raise Conflict(
            f"{user} is the last manager of {project}; make somebody else a manager first."
        )
