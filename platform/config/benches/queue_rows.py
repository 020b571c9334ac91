"""A queue of any length, written row by row as the loop would write it, but in seconds."""

from __future__ import annotations

from django.db import connection

from apps.accounts.models import User
from apps.accounts.services import api_token_create
from apps.projects.models import Membership, Project
from apps.projects.services import project_create

CLASSES = (
    "bag", "boot", "coat", "dress", "pullover", "sandal", "shirt", "sneaker", "top", "trousers",
)  # fmt: skip
EVIDENCE = 2_000
"""Annotated real images that tasks show beside their own."""
IMAGES = """
INSERT INTO images_image (project_id, origin, split, status, annotation_class_id, sha256, name,
    file, thumbnail, format, width, height, byte_size, metadata, created_at)
SELECT %(project)s,
    CASE WHEN n > %(evidence)s AND n %% 2 = 0 THEN 'synthetic' ELSE 'real' END,
    CASE WHEN n > %(evidence)s AND n %% 2 = 1 THEN 'pool' ELSE 'train' END,
    CASE WHEN n > %(evidence)s THEN 'unreviewed' ELSE 'accepted' END,
    CASE WHEN n > %(evidence)s THEN NULL ELSE class.ids[1 + n %% cardinality(class.ids)] END,
    encode(sha256((%(project)s || '/' || n)::bytea), 'hex'), 'image-' || n || '.png',
    'images/' || n || '.png', 'thumbnails/' || n || '.webp', 'png', 28, 28, 500, '{}', now()
FROM generate_series(%(first)s::bigint, %(last)s) n,
    (SELECT array_agg(id ORDER BY position) ids FROM projects_annotationclass
        WHERE project_id = %(project)s) class
"""
TASKS = """
INSERT INTO review_reviewtask (project_id, image_id, kind, status, priority, expected_class_id,
    batch, round_number, reason, context, reviews_needed, free_places, gold_verdict, created_at)
SELECT %(project)s, image.id, kind.name, 'open', random(), expected.id, batch.id, 1, 'margin',
    jsonb_build_object('strategy', 'margin', 'score', random(), 'uncertainty', random(),
        'guess', expected.id, 'parent', near.ids[1 + image.id * 7 %% %(evidence)s],
        'parent_distance', 0.25, 'nearest', (
            SELECT jsonb_agg(jsonb_build_array(
                near.ids[1 + (image.id * 13 + k * 31) %% %(evidence)s], 0.1 * k))
            FROM generate_series(1, 6) k)
    ) || CASE kind.name WHEN 'validate' THEN
        jsonb_build_object('annotation_class', expected.id, 'generation_run', batch.id)
        ELSE '{}' END,
    %(needed)s, %(needed)s, '', now()
FROM images_image image
CROSS JOIN (SELECT array_agg(id ORDER BY position) ids FROM projects_annotationclass
    WHERE project_id = %(project)s) class
CROSS JOIN (SELECT array_agg(id ORDER BY id) ids FROM images_image
    WHERE project_id = %(project)s AND status = 'accepted' AND split = 'train') near
CROSS JOIN LATERAL (SELECT class.ids[1 + image.id %% cardinality(class.ids)] id) expected
CROSS JOIN LATERAL (
    SELECT CASE image.origin WHEN 'real' THEN 'annotate' ELSE 'validate' END AS name) kind
CROSS JOIN LATERAL (
    SELECT CASE kind.name WHEN 'validate' THEN 1 + image.id / 5000 END AS id) batch
WHERE image.project_id = %(project)s AND image.status = 'unreviewed' AND image.id > %(newest)s
"""


def queue_grow(slug: str, count: int, reviews_per_task: int = 1) -> int:
    """Let the project have so many open tasks, one an image, half of them about synthetic ones.

    The project is made if there is none. Returns how many open tasks there are.
    """
    project = Project.objects.filter(slug=slug).first() or project_create(
        name=slug, slug=slug, classes=list(CLASSES), created_by=User.objects.get(username="admin")
    )
    images = project.images.order_by("-id").values_list("id", flat=True)
    tasks = project.review_tasks
    values = {
        "project": project.pk,
        "evidence": EVIDENCE,
        "first": images.count() + 1,
        "last": EVIDENCE + count + tasks.exclude(status="open").count(),
        "newest": images.first() or 0,
        "needed": reviews_per_task,
    }
    with connection.cursor() as cursor:
        cursor.execute(IMAGES, values)
        cursor.execute(TASKS, values)
        # What autovacuum would do in the midst of the measurement.
        cursor.execute("VACUUM ANALYZE images_image, review_reviewtask")
        cursor.execute("CHECKPOINT")
    return tasks.filter(status="open").count()


def annotators_add(slug: str, count: int) -> list[str]:
    """New annotators of the project. Returns a token of each."""
    project = Project.objects.get(slug=slug)
    there = project.memberships.count()
    tokens = []
    for number in range(there, there + count):
        user = User.objects.create(username=f"{slug}-annotator-{number}")
        Membership.objects.create(project=project, user=user, role=Membership.Role.ANNOTATOR)
        tokens.append(api_token_create(user=user, name="bench"))
    return tokens
