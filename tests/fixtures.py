"""Fixtures that many tests share."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.projects.models import Membership, Project
from tests.factories import MembershipFactory, ProjectFactory, UserFactory


@pytest.fixture
def project(db: None) -> Project:
    return ProjectFactory()


@pytest.fixture
def manager(project: Project) -> User:
    return MembershipFactory(project=project, role=Membership.Role.MANAGER).user


@pytest.fixture
def annotator(project: Project) -> User:
    return MembershipFactory(project=project, role=Membership.Role.ANNOTATOR).user


@pytest.fixture
def stranger(db: None) -> User:
    return UserFactory()


@pytest.fixture
def api(manager: User) -> APIClient:
    """The REST API as the project's manager."""
    client = APIClient()
    client.force_authenticate(manager)
    return client


@pytest.fixture
def pages(client: Client, manager: User) -> Client:
    """The pages as the project's manager."""
    client.force_login(manager)
    return client
