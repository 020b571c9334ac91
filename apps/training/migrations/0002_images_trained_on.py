from django.db import migrations

FILL = """
INSERT INTO images_trainedimage (image_id)
SELECT DISTINCT image.id
FROM training_trainingset AS training_set
JOIN training_trainingrun AS run ON run.id = training_set.training_run_id
CROSS JOIN LATERAL jsonb_array_elements(training_set.rows) AS trained
JOIN images_image AS image
  ON image.project_id = run.project_id AND image.sha256 = trained ->> 0
WHERE image.origin = 'real' AND run.purpose <> 'reference'
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    """Notes what was trained on before it was noted."""

    dependencies = [
        ("training", "0001_initial"),
        ("images", "0004_quality_splits_references"),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
