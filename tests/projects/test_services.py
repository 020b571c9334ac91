"""Projects are made whole, and never left without a manager."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from apps.accounts.errors import Conflict
from apps.accounts.models import AuditEntry, User
from apps.projects.models import Membership, Project
from apps.projects.selectors import annotation_class_list, project_role
from apps.projects.services import membership_remove, membership_set, project_create
from tests.factories import MembershipFactory, ProjectFactory, UserFactory

Role = Membership.Role


@pytest.mark.django_db
def test_the_creator_manages_and_the_classes_keep_their_order() -> None:
    person = UserFactory()
    project = project_create(
        name=" Garments ",
        slug="garments",
        classes=["shirt", " T-shirt/top ", "boot"],
        created_by=person,
    )
    assert project.name == "Garments"
    classes = annotation_class_list(project)
    assert [(c.position, c.name) for c in classes] == [
        (0, "shirt"),
        (1, "T-shirt/top"),
        (2, "boot"),
    ]
    assert project_role(person, project) == Role.MANAGER
    assert AuditEntry.objects.get().action == "project.create"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"classes": ["a"]}, "classes", "There are 1 classes; a project takes 2 to 1,000."),
        ({"classes": [str(n) for n in range(1001)]}, "classes", "There are 1001 classes"),
        ({"classes": ["a", "b", "a "]}, "classes", "'a' is named more than once"),
        ({"classes": ["a", "  "]}, "classes", "empty name"),
        ({"classes": ["a", "b" * 81]}, "classes", "81 characters"),
        ({"classes": ["a", "b\x00c"]}, "classes", "cannot be shown"),
        ({"name": "  "}, "name", "blank"),
        ({"slug": "two words"}, "slug", "slug"),
        ({"slug": "new"}, "slug", "reserved"),
        ({"slug": "taken"}, "slug", "already exists"),
        ({"training_size": 4}, "training_size", "8"),
        ({"channels": 2}, "channels", "not a valid choice"),
        ({"least_side": 0}, "least_side", "1"),
    ],
)
def test_what_cannot_be_a_project_is_refused_whole(
    values: dict[str, object], field: str, sentence: str
) -> None:
    ProjectFactory(slug="taken")
    good = {"name": "Garments", "slug": "garments", "classes": ["a", "b"], "created_by": None}
    with pytest.raises(ValidationError) as refusal:
        project_create(**{**good, **values})
    assert sentence in " ".join(refusal.value.message_dict[field])
    assert Project.objects.count() == 1


@pytest.mark.django_db
def test_a_role_is_given_changed_and_taken_and_all_of_it_logged(
    project: Project, manager: User
) -> None:
    person = UserFactory(username="ada")
    for role in (Role.ANNOTATOR, Role.REVIEWER, Role.REVIEWER):
        membership = membership_set(project=project, username="ada", role=role, actor=manager)
    assert project_role(person, project) == Role.REVIEWER
    membership_remove(membership=membership, actor=manager)
    assert project_role(person, project) is None
    entries = AuditEntry.objects.filter(project_slug=project.slug, actor=manager).order_by("id")
    assert [(entry.action, entry.detail["before"]) for entry in entries] == [
        ("member.set", ""),
        ("member.set", "annotator"),
        ("member.remove", "reviewer"),
    ]


@pytest.mark.django_db
def test_the_last_manager_stays(project: Project, manager: User, annotator: User) -> None:
    membership = Membership.objects.get(user=manager)
    with pytest.raises(Conflict, match="last manager"):
        membership_set(
            project=project, username=manager.username, role=Role.ANNOTATOR, actor=manager
        )
    with pytest.raises(Conflict, match="last manager"):
        membership_remove(membership=membership, actor=manager)
    membership_set(project=project, username=annotator.username, role=Role.MANAGER, actor=manager)
    membership_remove(membership=membership, actor=manager)
    assert project_role(annotator, project) == Role.MANAGER


@pytest.mark.django_db
def test_nobody_unknown_and_no_unknown_role(project: Project) -> None:
    UserFactory(username="gone", is_active=False)
    for username in ("nobody", "gone"):
        with pytest.raises(ValidationError, match="There is no user"):
            membership_set(project=project, username=username, role="annotator", actor=None)
    with pytest.raises(ValidationError, match="There is no role 'owner'"):
        membership_set(project=project, username="gone", role="owner", actor=None)


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_remove_each_other_at_once_do_not_both_succeed() -> None:
    project = ProjectFactory()
    memberships = [MembershipFactory(project=project, role=Role.MANAGER) for _ in range(2)]
    start = threading.Barrier(2)

    def remove(membership: Membership) -> None:
        start.wait()
        try:
            membership_remove(membership=membership, actor=None)
        except Conflict:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=[member]) for member in memberships]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Membership.objects.filter(project=project, role=Role.MANAGER).count() == 1
