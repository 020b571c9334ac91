"""Who may go where: every route, as everybody. A route without a line in the table fails."""

from __future__ import annotations

import re
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern
from django.utils import timezone

from apps.accounts.models import ApiToken, User
from apps.accounts.services import api_token_create, sign_in_link_create
from apps.evaluation.models import EvaluationRun
from apps.generation.models import GenerationRun, SyntheticImage
from apps.imports.services import import_create, upload_create
from apps.loops.models import Mix, Round
from apps.projects.models import Membership, Project
from apps.review.batches.acceptance import acceptance_open
from apps.review.models import RealismTest, Review
from apps.training.models import Checkpoint, TrainingRun
from config.asgi import websocket_urlpatterns
from tests.datasets.versions import entry, export_of, version_of
from tests.factories import (
    CheckpointFactory,
    DirectionFactory,
    ImageFactory,
    JobFactory,
    PlaceFactory,
    ReviewTaskFactory,
    SliceFactory,
    UserFactory,
    WebhookFactory,
)
from tests.routes import routes
from tests.sockets import Socket, session_header

# What each route answers to: nobody signed in, a stranger to the project, an annotator, a manager.
# Members are let in before their input is judged: a 400, 409, 415 or 422 is an open door, too.
TABLE = {
    # --- Open to everybody ---
    "GET sign-in/": "200 302 302 302",
    "GET sign-in/link/<str:secret>/": "200 200 200 200",
    "POST sign-in/link/<str:secret>/": "302 302 302 302",
    "GET healthz/": "200 200 200 200",
    "GET readyz/": "200 200 200 200",
    "GET api/v1/healthz/": "200 200 200 200",
    "GET api/v1/readyz/": "200 200 200 200",
    "GET api/schema/": "200 200 200 200",
    "GET api/docs/": "200 200 200 200",
    # --- One's own ---
    "POST sign-out/": "302 302 302 302",
    "GET ": "302 200 200 200",
    "GET account/": "302 200 200 200",
    "POST account/password/": "302 422 422 422",
    "POST account/tokens/": "302 422 422 422",
    "POST account/tokens/<int:token_id>/revoke/": "302 404 404 302",  # it is the manager's
    "GET projects/new/": "302 200 200 200",
    "POST projects/new/": "302 422 422 422",
    "GET api/v1/me/keys/": "401 200 200 200",
    "PUT api/v1/me/keys/": "401 400 400 400",
    "GET api/v1/projects/": "401 200 200 200",
    "POST api/v1/projects/": "401 400 400 400",
    # --- A project's pages ---
    "GET projects/<slug:slug>/": "302 404 200 200",
    "GET projects/<slug:slug>/top/": "302 404 200 200",
    "GET projects/<slug:slug>/review/": "302 404 200 200",
    "GET projects/<slug:slug>/review/batches/": "302 404 200 200",
    "GET projects/<slug:slug>/review/batches/<int:batch_id>/": "302 404 200 200",
    "POST projects/<slug:slug>/review/batches/<int:batch_id>/release/": "302 404 403 302",
    "GET projects/<slug:slug>/review/policy/": "302 404 200 200",
    "POST projects/<slug:slug>/review/policy/": "302 404 403 422",
    "GET projects/<slug:slug>/review/policy/preview/": "302 404 200 200",
    "GET projects/<slug:slug>/review/sheets/": "302 404 200 200",
    "GET projects/<slug:slug>/review/realism/": "302 404 200 200",
    "POST projects/<slug:slug>/review/realism/": "302 404 403 422",
    "GET projects/<slug:slug>/review/realism/<int:test_id>/": "302 404 403 200",
    "POST projects/<slug:slug>/review/realism/<int:test_id>/end/": "302 404 403 302",
    "GET projects/<slug:slug>/review/tasks/<int:task_id>/image/": "302 404 404 404",  # not held
    "GET projects/<slug:slug>/studio/": "302 404 200 200",
    "GET projects/<slug:slug>/images/": "302 404 200 200",
    "GET projects/<slug:slug>/images/refusals/": "302 404 200 200",
    "GET projects/<slug:slug>/images/splits/": "302 404 200 200",
    "POST projects/<slug:slug>/images/splits/": "302 404 403 422",
    "GET projects/<slug:slug>/images/splits/preview/": "302 404 200 200",
    "POST projects/<slug:slug>/images/splits/mend/": "302 404 403 302",
    "GET projects/<slug:slug>/images/add/": "302 404 403 200",
    "GET projects/<slug:slug>/images/imports/": "302 404 200 200",
    "GET projects/<slug:slug>/images/imports/<int:import_id>/": "302 404 200 200",
    "POST projects/<slug:slug>/images/imports/<int:import_id>/abandon/": "302 404 403 302",
    "GET projects/<slug:slug>/images/quality/": "302 404 200 200",
    "POST projects/<slug:slug>/images/quality/": "302 404 403 422",
    "GET projects/<slug:slug>/images/quality/preview/": "302 404 200 200",
    "GET projects/<slug:slug>/images/quarantine/": "302 404 200 200",
    "POST projects/<slug:slug>/images/quarantine/restore/": "302 404 403 302",
    "GET projects/<slug:slug>/images/doubts/": "302 404 200 200",
    "POST projects/<slug:slug>/images/doubts/settle/": "302 404 403 302",
    "GET projects/<slug:slug>/images/slices/": "302 404 200 200",
    "POST projects/<slug:slug>/images/slices/": "302 404 403 422",
    "GET projects/<slug:slug>/images/slices/<int:slice_id>/": "302 404 200 200",
    "POST projects/<slug:slug>/images/slices/<int:slice_id>/": "302 404 403 422",
    "POST projects/<slug:slug>/images/slices/<int:slice_id>/images/": "302 404 403 302",
    "POST projects/<slug:slug>/images/slices/<int:slice_id>/delete/": "302 404 403 302",
    "GET projects/<slug:slug>/images/<int:image_id>/": "302 404 200 200",
    "GET projects/<slug:slug>/images/<int:image_id>/file/": "302 404 200 200",
    "GET projects/<slug:slug>/images/<int:image_id>/thumbnail/": "302 404 200 200",
    "GET projects/<slug:slug>/images/<int:image_id>/reviews/": "302 404 200 200",
    "POST projects/<slug:slug>/images/<int:image_id>/gold/": "302 404 403 302",
    "GET projects/<slug:slug>/review/people/": "302 404 403 200",
    "GET projects/<slug:slug>/review/people/<str:username>/": "302 404 403 200",
    "POST projects/<slug:slug>/review/people/<str:username>/resume/": "302 404 403 302",
    "GET projects/<slug:slug>/review/agreement/": "302 404 403 200",
    "POST projects/<slug:slug>/review/judge/": "302 404 403 302",
    "GET projects/<slug:slug>/review/gold/": "302 404 403 200",
    "POST projects/<slug:slug>/review/gold/add/": "302 404 403 302",
    "POST projects/<slug:slug>/review/gold/<int:task_id>/retire/": "302 404 403 404",
    "GET projects/<slug:slug>/images/<int:image_id>/lineage/": "302 404 200 200",
    "GET projects/<slug:slug>/images/<int:image_id>/neighbours/": "302 404 200 200",
    "GET projects/<slug:slug>/models/": "302 404 200 200",
    "GET projects/<slug:slug>/models/<int:run_id>/": "302 404 200 200",
    "GET projects/<slug:slug>/models/<int:run_id>/samples/": "302 404 200 200",
    "GET projects/<slug:slug>/evaluations/<int:evaluation_id>/": "302 404 200 200",
    "POST projects/<slug:slug>/evaluations/<int:evaluation_id>/slice/": "302 404 403 302",
    "GET projects/<slug:slug>/generators/": "302 404 200 200",
    "GET projects/<slug:slug>/generators/refinement/": "302 404 200 200",
    "GET projects/<slug:slug>/generators/new/": "302 404 403 200",
    "POST projects/<slug:slug>/generators/new/": "302 404 403 422",
    "GET projects/<slug:slug>/jobs/": "302 404 200 200",
    "GET projects/<slug:slug>/jobs/<uuid:job_id>/": "302 404 200 200",
    "POST projects/<slug:slug>/jobs/<uuid:job_id>/cancel/": "302 404 403 302",
    "POST projects/<slug:slug>/jobs/<uuid:job_id>/retry/": "302 404 403 302",
    "GET projects/<slug:slug>/report/": "302 404 200 200",
    "GET projects/<slug:slug>/report/<int:number>/": "302 404 200 200",
    "GET projects/<slug:slug>/settings/": "302 404 200 200",
    "POST projects/<slug:slug>/settings/": "302 404 403 422",
    "GET projects/<slug:slug>/settings/generator/": "302 404 403 200",
    "POST projects/<slug:slug>/loop/generator/<int:run_id>/": "302 404 403 302",
    "POST projects/<slug:slug>/loop/start/": "302 404 403 302",
    "POST projects/<slug:slug>/loop/pause/": "302 404 403 302",
    "POST projects/<slug:slug>/loop/resume/": "302 404 403 302",
    "POST projects/<slug:slug>/loop/rollback/<int:number>/": "302 404 403 302",
    "POST projects/<slug:slug>/loop/mixes/<int:mix_id>/check/": "302 404 403 302",
    "GET projects/<slug:slug>/images/places/": "302 404 200 200",
    "GET projects/<slug:slug>/images/places/new/": "302 404 403 200",
    "POST projects/<slug:slug>/images/places/new/": "302 404 403 422",
    "GET projects/<slug:slug>/images/places/<int:place_id>/": "302 404 403 200",
    "POST projects/<slug:slug>/images/places/<int:place_id>/": "302 404 403 422",
    "POST projects/<slug:slug>/images/places/<int:place_id>/sync/": "302 404 403 302",
    "POST projects/<slug:slug>/images/places/<int:place_id>/delete/": "302 404 403 302",
    "GET projects/<slug:slug>/settings/webhooks/": "302 404 403 200",
    "POST projects/<slug:slug>/settings/webhooks/": "302 404 403 422",
    "GET projects/<slug:slug>/settings/webhooks/<int:webhook_id>/": "302 404 403 200",
    "POST projects/<slug:slug>/settings/webhooks/<int:webhook_id>/": "302 404 403 422",
    "POST projects/<slug:slug>/settings/webhooks/<int:webhook_id>/ping/": "302 404 403 302",
    "POST projects/<slug:slug>/settings/webhooks/<int:webhook_id>/secret/": "302 404 403 200",
    "POST projects/<slug:slug>/settings/webhooks/<int:webhook_id>/on/": "302 404 403 302",
    "POST projects/<slug:slug>/settings/webhooks/<int:webhook_id>/delete/": "302 404 403 302",
    "GET projects/<slug:slug>/members/": "302 404 403 200",
    "POST projects/<slug:slug>/members/": "302 404 403 422",
    "POST projects/<slug:slug>/members/<str:username>/remove/": "302 404 403 302",
    "GET projects/<slug:slug>/datasets/": "302 404 200 200",
    "POST projects/<slug:slug>/datasets/freeze/": "302 404 403 302",
    "GET projects/<slug:slug>/datasets/compare/": "302 404 404 404",  # no numbers were given
    "GET projects/<slug:slug>/datasets/<int:number>/": "302 404 200 200",
    "POST projects/<slug:slug>/datasets/<int:number>/export/": "302 404 403 302",
    "POST projects/<slug:slug>/datasets/exports/<int:export_id>/delete/": "302 404 403 302",
    "GET projects/<slug:slug>/datasets/<int:number>/difference/<int:other>/": "302 404 200 200",
    # --- A project's calls ---
    "GET api/v1/projects/<slug:slug>/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/images/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/images/": "401 404 403 415",
    "POST api/v1/projects/<slug:slug>/images/urls/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/images/<int:image_id>/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/images/restore/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/doubts/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/doubts/settle/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/quality/": "401 404 200 200",
    "PATCH api/v1/projects/<slug:slug>/quality/": "401 404 403 400",
    "POST api/v1/projects/<slug:slug>/quality/preview/": "401 404 400 400",
    "POST api/v1/projects/<slug:slug>/quality/apply/": "401 404 403 202",
    "GET api/v1/projects/<slug:slug>/splits/": "401 404 200 200",
    "PATCH api/v1/projects/<slug:slug>/splits/": "401 404 403 200",
    "GET api/v1/projects/<slug:slug>/splits/preview/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/splits/assign/": "401 404 403 409",
    "POST api/v1/projects/<slug:slug>/splits/mend/": "401 404 403 202",
    "GET api/v1/projects/<slug:slug>/imports/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/imports/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/imports/<int:import_id>/": "401 404 200 200",
    "DELETE api/v1/projects/<slug:slug>/imports/<int:import_id>/": "401 404 403 204",
    "POST api/v1/projects/<slug:slug>/imports/<int:import_id>/begin/": "401 404 403 409",
    "POST api/v1/projects/<slug:slug>/imports/<int:import_id>/cancel/": "401 404 403 409",
    "GET api/v1/projects/<slug:slug>/imports/<int:import_id>/refusals/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/imports/<int:import_id>/uploads/": "401 404 403 200",
    "POST api/v1/projects/<slug:slug>/imports/<int:import_id>/uploads/": "401 404 403 412",
    "PATCH api/v1/projects/<slug:slug>/imports/<int:import_id>/uploads/<uuid:upload_id>/": (
        "401 404 403 412"
    ),
    "DELETE api/v1/projects/<slug:slug>/imports/<int:import_id>/uploads/<uuid:upload_id>/": (
        "401 404 403 412"
    ),
    "GET api/v1/projects/<slug:slug>/review/batches/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/review/batches/<int:batch_id>/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/review/held-batches/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/review/batches/<int:batch_id>/release/": "401 404 403 409",
    "GET api/v1/projects/<slug:slug>/review/settings/": "401 404 200 200",
    "PATCH api/v1/projects/<slug:slug>/review/settings/": "401 404 403 400",
    "POST api/v1/projects/<slug:slug>/review/reservations/": "401 404 200 200",
    "DELETE api/v1/projects/<slug:slug>/review/reservations/": "401 404 204 204",
    "GET api/v1/projects/<slug:slug>/review/realism/": "401 404 403 200",
    "POST api/v1/projects/<slug:slug>/review/realism/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/review/realism/<int:test_id>/": "401 404 403 200",
    "POST api/v1/projects/<slug:slug>/review/renewals/": "401 404 400 400",
    "POST api/v1/projects/<slug:slug>/review/reviews/": "401 404 400 400",
    "DELETE api/v1/projects/<slug:slug>/review/reviews/<uuid:review_id>/": "401 404 204 404",
    "POST api/v1/projects/<slug:slug>/review/skips/": "401 404 400 400",
    "DELETE api/v1/projects/<slug:slug>/review/skips/<int:task_id>/": "401 404 204 204",
    "GET api/v1/projects/<slug:slug>/review/history/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/review/remarks/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/review/remarks/": "401 404 400 400",
    "DELETE api/v1/projects/<slug:slug>/review/remarks/<int:remark_id>/": "401 404 204 204",
    "GET api/v1/projects/<slug:slug>/review/filter/": "401 404 200 200",
    "PUT api/v1/projects/<slug:slug>/review/filter/": "401 404 400 400",
    "GET api/v1/projects/<slug:slug>/review/people/": "401 404 403 200",
    "POST api/v1/projects/<slug:slug>/review/people/<str:username>/resume/": "401 404 403 409",
    "GET api/v1/projects/<slug:slug>/review/gold/": "401 404 403 200",
    "POST api/v1/projects/<slug:slug>/review/gold/": "401 404 403 400",
    "DELETE api/v1/projects/<slug:slug>/review/gold/<int:task_id>/": "401 404 403 404",
    "GET api/v1/projects/<slug:slug>/loop/": "401 404 200 200",
    "PATCH api/v1/projects/<slug:slug>/loop/": "401 404 403 200",
    "POST api/v1/projects/<slug:slug>/loop/start/": "401 404 403 409",
    "POST api/v1/projects/<slug:slug>/loop/pause/": "401 404 403 409",
    "POST api/v1/projects/<slug:slug>/loop/rollback/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/rounds/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/rounds/<int:number>/report/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/report/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/report/curves/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/mixes/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/mixes/<int:mix_id>/check/": "401 404 403 200",
    "GET api/v1/projects/<slug:slug>/metrics/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/checkpoints/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/refinement/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/evaluations/<int:evaluation_id>/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/evaluations/<int:evaluation_id>/images/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/evaluations/<int:evaluation_id>/slices/": "401 404 403 409",
    "GET api/v1/projects/<slug:slug>/studio/directions/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/studio/directions/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/studio/directions/<int:direction_id>/": "401 404 200 200",
    "PATCH api/v1/projects/<slug:slug>/studio/directions/<int:direction_id>/": "401 404 403 400",
    "DELETE api/v1/projects/<slug:slug>/studio/directions/<int:direction_id>/": "401 404 403 204",
    "GET api/v1/projects/<slug:slug>/studio/pictures/": "401 404 400 400",
    "POST api/v1/projects/<slug:slug>/studio/keep/": "401 404 403 400",
    "POST api/v1/projects/<slug:slug>/studio/inversions/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/slices/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/slices/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/slices/<int:slice_id>/": "401 404 200 200",
    "PATCH api/v1/projects/<slug:slug>/slices/<int:slice_id>/": "401 404 403 200",
    "DELETE api/v1/projects/<slug:slug>/slices/<int:slice_id>/": "401 404 403 204",
    "POST api/v1/projects/<slug:slug>/slices/<int:slice_id>/images/": "401 404 403 400",
    "POST api/v1/projects/<slug:slug>/generators/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/generators/families/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/versions/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/versions/": "401 404 403 202",
    "GET api/v1/projects/<slug:slug>/versions/<int:number>/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/versions/<int:number>/difference/<int:other>/": (
        "401 404 200 200"
    ),
    "GET api/v1/projects/<slug:slug>/versions/<int:number>/manifest/": "401 404 403 200",
    "GET api/v1/projects/<slug:slug>/exports/": "401 404 200 200",
    "POST api/v1/projects/<slug:slug>/exports/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/exports/<int:export_id>/": "401 404 200 200",
    "DELETE api/v1/projects/<slug:slug>/exports/<int:export_id>/": "401 404 403 204",
    "GET api/v1/projects/<slug:slug>/exports/<int:export_id>/file/": "401 404 403 200",
    "GET api/v1/projects/<slug:slug>/jobs/": "401 404 200 200",
    "GET api/v1/projects/<slug:slug>/places/": "401 404 403 200",
    "POST api/v1/projects/<slug:slug>/places/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/places/<int:place_id>/": "401 404 403 200",
    "PATCH api/v1/projects/<slug:slug>/places/<int:place_id>/": "401 404 403 400",
    "DELETE api/v1/projects/<slug:slug>/places/<int:place_id>/": "401 404 403 204",
    "POST api/v1/projects/<slug:slug>/places/<int:place_id>/sync/": "401 404 403 202",
    "POST api/v1/projects/<slug:slug>/places/<int:place_id>/try/": "401 404 403 409",
    "GET api/v1/projects/<slug:slug>/webhooks/": "401 404 403 200",
    "POST api/v1/projects/<slug:slug>/webhooks/": "401 404 403 400",
    "GET api/v1/projects/<slug:slug>/webhooks/<int:webhook_id>/": "401 404 403 200",
    "PUT api/v1/projects/<slug:slug>/webhooks/<int:webhook_id>/": "401 404 403 400",
    "DELETE api/v1/projects/<slug:slug>/webhooks/<int:webhook_id>/": "401 404 403 204",
    "POST api/v1/projects/<slug:slug>/webhooks/<int:webhook_id>/ping/": "401 404 403 202",
    "POST api/v1/projects/<slug:slug>/webhooks/<int:webhook_id>/secret/": "401 404 403 200",
    "POST api/v1/projects/<slug:slug>/webhooks/<int:webhook_id>/on/": "401 404 403 409",
    "GET api/v1/projects/<slug:slug>/webhooks/<int:webhook_id>/deliveries/": "401 404 403 200",
    "GET api/v1/jobs/<uuid:job_id>/": "401 404 200 200",
    "POST api/v1/jobs/<uuid:job_id>/cancel/": "401 404 403 200",
    "POST api/v1/jobs/<uuid:job_id>/retry/": "401 404 403 409",
    "GET api/v1/projects/<slug:slug>/members/": "401 404 403 200",
    "POST api/v1/projects/<slug:slug>/members/": "401 404 403 400",
    "DELETE api/v1/projects/<slug:slug>/members/<str:username>/": "401 404 403 204",
}
ADMIN = "302 302 302 302"
"""The administration sends away whoever is no administrator."""
SOCKETS = {
    "ws/projects/<slug:slug>/events/": "4401 4404 open open",
    "ws/projects/<slug:slug>/studio/": "4401 4404 open open",
}
PEOPLE = ("nobody", "stranger", "annotator", "manager")


def methods(pattern: URLPattern) -> set[str]:
    """The methods that a class-based view names itself; a plain function does not tell."""
    view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)
    named = {name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
    return {name.upper() for name in named}


ROUTES = dict(routes(get_resolver()))
ADMIN_ROUTES = sorted(route for route in ROUTES if route.startswith("admin/"))


def test_every_route_has_its_line() -> None:
    listed = {line.partition(" ")[2] for line in TABLE}
    assert set(ROUTES) - set(ADMIN_ROUTES) == listed
    assert {str(pattern.pattern) for pattern in websocket_urlpatterns} == set(SOCKETS)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.startswith("api/v1/")])
def test_every_method_of_a_call_has_its_line(route: str) -> None:
    listed = {line.partition(" ")[0] for line in TABLE if line.partition(" ")[2] == route}
    assert methods(ROUTES[route]) == listed


class World:
    """A project with one of everything, and the four who knock at its doors."""

    def __init__(self, project: Project, manager: User, annotator: User, stranger: User) -> None:
        self.people = {"stranger": stranger, "annotator": annotator, "manager": manager}
        key = default_storage.save("images/bytes.png", ContentFile(b"bytes"))
        image = ImageFactory(
            project=project, file=key, thumbnail=key, origin="synthetic", split="train"
        )
        run = TrainingRun.objects.create(
            project=project,
            kind="generator",
            family="conditional_gan",
            purpose="generator",
            config={},
            seed=0,
            sample_sheet=key,
        )
        checkpoint = Checkpoint.objects.create(
            project=project, training_run=run, kind=run.kind, folder="none", sha256="0" * 64
        )
        batch = GenerationRun.objects.create(project=project, checkpoint=checkpoint, seed=0)
        first_class = project.annotation_classes.get(position=0)
        SyntheticImage.objects.create(
            image=image,
            generation_run=batch,
            sample_index=0,
            latent=b"",
            annotation_class=first_class,
        )
        acceptance_open(project=project, batch=batch.pk, strata={first_class.pk: 1})
        review = Review.objects.create(
            task=ReviewTaskFactory(project=project, image=image, free_places=0),
            user=annotator,
            verdict="unclear",
            seconds=1.0,
            key="key",
        )
        Round.objects.create(
            project=project, number=1, seed=0, settings={}, step="done", finished_at=timezone.now()
        )
        api_token_create(user=manager, name="script")
        version = version_of(project, entry("an image"))
        export = export_of(version, b"an archive")
        mix = Mix.objects.create(
            project=project, version=version, ratio=0, asked_ratio=0, most_synthetic_per_real=3,
            seed=0, real_count=1, synthetic_count=0, images_sha256="0" * 64,
        )  # fmt: skip
        member = Membership.objects.create(
            project=project, user=UserFactory(username="ada"), role="annotator"
        )
        opened = import_create(project=project, created_by=manager, title="boots")
        self.values = {
            "slug": project.slug,
            "secret": sign_in_link_create(user=member.user),
            "token_id": ApiToken.objects.get(user=manager).pk,
            "image_id": image.pk,
            "run_id": run.pk,
            "evaluation_id": EvaluationRun.objects.create(
                project=project,
                checkpoint=CheckpointFactory(project=project),
                split="select",
                image_count=0,
                images_sha256="0" * 64,
                targets=b"",
                predictions=b"",
            ).pk,
            "batch_id": batch.pk,
            "test_id": RealismTest.objects.create(project=project, batch=batch.pk, seed=0).pk,
            "job_id": JobFactory(project=project).pk,
            "number": 1,
            "place_id": PlaceFactory(project=project).pk,
            "slice_id": SliceFactory(project=project).pk,
            "webhook_id": WebhookFactory(project=project).pk,
            "other": 1,
            "export_id": export.pk,
            "mix_id": mix.pk,
            "direction_id": DirectionFactory(project=project, checkpoint=checkpoint).pk,
            "import_id": opened.pk,
            "upload_id": str(upload_create(owner=opened, path="a.png", size=1).pk),
            "username": "ada",
            "review_id": review.pk,
            "task_id": review.task_id,
            "remark_id": 1,
        }

    def address(self, route: str) -> str:
        return "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(self.values[found[1]]), route)

    def answer(self, person: str, method: str, route: str) -> int:
        """The status that a person gets; what it changed is undone."""
        client = Client(raise_request_exception=False)
        with transaction.atomic():
            if person in self.people:
                client.force_login(self.people[person])
            body: dict[str, Any] = {} if method == "GET" else {"data": {"unknown": "x"}}
            if route.startswith("api/") and body:
                body["content_type"] = "application/json"
            response = getattr(client, method.lower())(self.address(route), **body)
            transaction.set_rollback(True)
        return int(response.status_code)


@pytest.fixture
def world(project: Project, manager: User, annotator: User, stranger: User) -> World:
    return World(project, manager, annotator, stranger)


@pytest.mark.django_db
@pytest.mark.parametrize("line", TABLE)
def test_who_may_go_where(world: World, line: str) -> None:
    method, _, route = line.partition(" ")
    seen = " ".join(str(world.answer(person, method, route)) for person in PEOPLE)
    assert seen == TABLE[line]


@pytest.mark.django_db
def test_the_administration_is_for_administrators(world: World) -> None:
    for route in ADMIN_ROUTES:
        if route == "admin/login/":
            continue
        address = "/" + re.sub(r"\(\?P<\w+>[^)]*\)\$?|<\w+:\w+>", "1", route)
        for method in ("get", "post"):
            for person in PEOPLE:
                client = Client()
                if person in world.people:
                    client.force_login(world.people[person])
                response = getattr(client, method)(address)
                assert response.status_code == 302, (person, method, address)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("route", SOCKETS)
def test_who_may_listen(world: World, route: str) -> None:
    headers = {person: [session_header(user)] for person, user in world.people.items()}

    @async_to_sync
    async def knock(person: str) -> str:
        socket = Socket(world.address(route), *headers.get(person, []))
        assert await socket.opens()
        message = await socket.receive_output(5)
        await socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await socket.wait(5)
        return str(message.get("code", "open"))

    assert " ".join(knock(person) for person in PEOPLE) == SOCKETS[route]
