"""What the frame around a project's pages shows of the round, the jobs and the workers."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from apps.accounts.models import User
from apps.jobs.models import Job
from apps.jobs.selectors import event_last, workers_alive
from apps.loops.loop_generator import LoopGenerator, loop_generator
from apps.loops.models import Round
from apps.loops.rounds import reviews_due
from apps.loops.selectors import job_running, round_newest
from apps.projects.models import Project
from apps.projects.selectors import Role, project_role
from apps.review.selectors import waiting_counts


class Frame:
    """Each part is read when a template draws it, and once."""

    def __init__(self, user: User | AnonymousUser, slug: str) -> None:
        self._user = user
        self._slug = slug

    @cached_property
    def _project(self) -> Project:
        return Project.objects.get(slug=self._slug)

    @cached_property
    def manages(self) -> bool:
        return project_role(self._user, self._project) == Role.MANAGER

    @cached_property
    def last_seq(self) -> int:
        return event_last(self._project)

    @cached_property
    def round(self) -> Round | None:
        return round_newest(self._project)

    @cached_property
    def loop_generator(self) -> LoopGenerator:
        return loop_generator(self._project)

    @cached_property
    def due(self) -> str:
        """What the round waits for people to decide, in words; empty while it waits for none."""
        if self.round is None or self.round.step != Round.Step.REVIEW:
            return ""
        due = reviews_due(self.round)
        words = {"annotate": "{} to annotate", "validate": "up to {} to validate"}
        return ", ".join(words[kind].format(count) for kind, count in due.items() if count)

    @cached_property
    def running_job(self) -> Job | None:
        return job_running(self._project)

    @cached_property
    def worker_count(self) -> int:
        return workers_alive().count()

    @cached_property
    def waiting(self) -> int:
        """Review tasks that somebody may take now; each kind is counted up to 1,000."""
        return sum(waiting_counts(self._project).values())


def frame(request: HttpRequest) -> dict[str, Any]:
    """`frame`, on pages whose address names a project; project.html shows it to members only."""
    slug = request.resolver_match.kwargs.get("slug") if request.resolver_match else None
    return {"frame": Frame(request.user, slug)} if slug else {}
