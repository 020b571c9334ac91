"""Images that a project has already, written row by row, without their files."""

from __future__ import annotations

from django.db import connection

from apps.projects.models import Project

IMAGES = """
INSERT INTO images_image (project_id, origin, split, status, annotation_class_id, sha256,
    pixels_sha256, name, file, thumbnail, format, width, height, byte_size, metadata, created_at)
SELECT %(project)s, 'real', CASE WHEN n %% 2 = 0 THEN 'train' ELSE 'pool' END,
    CASE WHEN n %% 2 = 0 THEN 'accepted' ELSE 'unreviewed' END,
    CASE WHEN n %% 2 = 0 THEN class.ids[1 + n / 2 %% cardinality(class.ids)] END,
    digest.of_bytes, encode(sha256(('pixels ' || n)::bytea), 'hex'), 'image-' || n || '.jpg',
    'images/' || left(digest.of_bytes, 2) || '/' || digest.of_bytes || '.jpg',
    'thumbnails/' || left(digest.of_bytes, 2) || '/' || digest.of_bytes || '.jpg',
    'jpeg', 640, 480, 85000, '{}', now()
FROM generate_series(1, %(rows)s::bigint) n
CROSS JOIN LATERAL (SELECT encode(sha256(n::text::bytea), 'hex') of_bytes) digest
CROSS JOIN (SELECT array_agg(id ORDER BY position) ids FROM projects_annotationclass
    WHERE project_id = %(project)s) class
"""
MEASURES = """
INSERT INTO images_qualitymeasures (image_id, project_id, sharpness, brightness, dark_share,
    bright_share, entropy, perceptual_hash, grey_copy, reasons)
SELECT id, project_id, 500 * random(), random(), 0.1 * random(), 0.1 * random(), 6 + 2 * random(),
    ('x' || left(pixels_sha256, 16))::bit(64)::bigint, decode(repeat(pixels_sha256, 8), 'hex'), '{}'
FROM images_image WHERE project_id = %(project)s
"""


def images_grow(slug: str, rows: int) -> int:
    """Let the project have so many images, each measured, half of them with a class."""
    project = Project.objects.get(slug=slug)
    with connection.cursor() as cursor:
        for statement in (IMAGES, MEASURES):
            cursor.execute(statement, {"project": project.pk, "rows": rows})
        # What autovacuum would do in the midst of the measurement.
        cursor.execute("VACUUM ANALYZE images_image, images_qualitymeasures")
        cursor.execute("CHECKPOINT")
    return project.images.count()
