"""`bench pages`: how long the pages about a long loop take to be made, through HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from config.benches.site import TemporarySite

ROUNDS = 50
OPTIONS: dict[str, dict[str, Any]] = {
    "rounds": {"type": int, "default": ROUNDS, "metavar": "N", "help": "finished rounds"},
    "requests": {"type": int, "default": 15, "metavar": "N", "help": "of each page"},
}
LOOP = """
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.conf import settings
from apps.accounts.models import User
from apps.evaluation.models import EvaluationRun
from apps.projects.services import project_create
from config.benches.loop_rows import Size, rounds_write

admin = User.objects.get(username="admin")
project = project_create(
    name="Bench", slug="bench", classes=[f"class {n}" for n in range(10)], created_by=admin)
rounds_write(project, ROUNDS, Size())
session = SessionStore()
session[SESSION_KEY] = str(admin.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = admin.get_session_auth_hash()
session.create()
newest = EvaluationRun.objects.filter(project=project).latest("pk")
result = [session.session_key, newest.pk, newest.checkpoint.training_run_id]
"""
"""Three ratios a round with three and twelve seeds, sixty questions and 300 synthetic images."""


def pages(
    say: Callable[[str], None], *, rounds: int = ROUNDS, requests: int = 15
) -> Mapping[str, float]:
    """Open each page about the loop again and again; one client, so it is waiting, not load."""
    with TemporarySite() as site:
        site.start(seconds=300)
        say(f"{rounds} rounds …")
        session, evaluation, run = site.python(
            LOOP.replace("ROUNDS", str(rounds)), seconds=60 + 30 * rounds
        )
        addresses = {
            "overview": "/projects/bench/",
            "report": "/projects/bench/report/",
            "round_report": f"/projects/bench/report/{rounds}/",
            "report_file": "/api/v1/projects/bench/report/",
            "models": "/projects/bench/models/?purpose=arm",
            "model": f"/projects/bench/models/{run}/",
            "evaluation": f"/projects/bench/evaluations/{evaluation}/",
            "evaluation_call": f"/api/v1/projects/bench/evaluations/{evaluation}/",
            "metrics_call": "/api/v1/projects/bench/metrics/",
        }
        headers = {"Cookie": f"sessionid={session}"}
        return {
            f"{name}_p50_ms.{rounds}": _time(site, address, headers, requests)
            for name, address in addresses.items()
        }


def _time(site: TemporarySite, address: str, headers: dict[str, str], requests: int) -> float:
    """Median milliseconds, after three requests that do not count."""
    times = []
    for _ in range(3 + requests):
        began = time.perf_counter()
        status, answer = site.request("GET", address, headers=headers)
        times.append((time.perf_counter() - began) * 1000)
        if status != 200:  # noqa: PLR2004 — anything else is no page
            raise RuntimeError(f"{address} was answered with {status}: {answer[:300]!r}")
    return median(times[3:])
