"""Tasks that were asked before their expected class and batch had columns."""

from __future__ import annotations

from django.db import migrations

FILL = """
UPDATE review_reviewtask task SET
    batch = (task.context->>'generation_run')::bigint,
    expected_class_id = expected.id
FROM review_reviewtask same
LEFT JOIN projects_annotationclass expected ON expected.project_id = same.project_id
    AND expected.id = COALESCE(
        same.context->>'annotation_class', same.context->>'guess')::bigint
WHERE same.id = task.id AND task.expected_class_id IS NULL AND task.batch IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0003_policy_and_modes")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
