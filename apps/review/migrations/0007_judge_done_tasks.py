"""Tasks that were done before judgements were kept get theirs: what most of their answers say.

A synthetic image whose answers were split was turned down then: its verdict is `bad`.
"""

from __future__ import annotations

from django.db import migrations, models

JUDGE = """
WITH votes AS (
    SELECT review.task_id, task.kind, task.done_at, review.verdict,
        CASE WHEN review.verdict = 'class' THEN review.annotation_class_id END AS class_id,
        CASE WHEN min(review.annotation_class_id) = max(review.annotation_class_id)
            THEN min(review.annotation_class_id) END AS class_named,
        count(*) AS votes
    FROM review_review review
    JOIN review_reviewtask task ON task.id = review.task_id
    WHERE review.superseded_at IS NULL AND task.status = 'done'
        AND task.kind IN ('annotate', 'validate')
        AND NOT EXISTS (SELECT FROM review_judgement judgement WHERE judgement.task_id = task.id)
    GROUP BY 1, 2, 3, 4, 5
), ranked AS (
    SELECT *, sum(votes) OVER task AS total, rank() OVER (task ORDER BY votes DESC) AS place
    FROM votes WINDOW task AS (PARTITION BY task_id)
), judged AS (
    SELECT task_id, kind, done_at, max(votes) / max(total) AS confidence,
        count(*) FILTER (WHERE place = 1) > 1 AS is_split,
        min(verdict) FILTER (WHERE place = 1) AS verdict,
        min(class_named) FILTER (WHERE place = 1) AS class_id,
        jsonb_object_agg(
            coalesce(annotation_class.name, verdict), round(votes / total, 4)) AS posterior
    FROM ranked
    LEFT JOIN projects_annotationclass annotation_class ON annotation_class.id = class_id
    GROUP BY 1, 2, 3
), written AS (
    INSERT INTO review_judgement
        (task_id, method, verdict, annotation_class_id, confidence, posterior, created_at)
    SELECT task_id, 'majority',
        CASE WHEN NOT is_split THEN verdict WHEN kind = 'validate' THEN 'bad' ELSE '' END,
        CASE WHEN NOT is_split THEN class_id END,
        confidence, posterior, coalesce(done_at, now())
    FROM judged
    RETURNING id, task_id
)
INSERT INTO review_judgement_reviews (judgement_id, review_id)
SELECT written.id, review.id FROM written
JOIN review_review review ON review.task_id = written.task_id AND review.superseded_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0006_chance_and_announcing")]
    operations = [
        migrations.AlterField(
            "judgement",
            "verdict",
            models.CharField(
                blank=True,
                choices=[
                    ("class", "the image shows this class"),
                    ("unclear", "nobody could tell"),
                    ("right", "right class and plausible"),
                    ("wrong_class", "wrong class"),
                    ("implausible", "implausible"),
                    ("artefact", "artefact"),
                    ("near_copy", "near-copy of a real image"),
                    ("bad", "bad: marked on a sheet, without saying why"),
                    ("real", "taken for real"),
                    ("fake", "taken for fake"),
                ],
                help_text="Empty where answers are split, or agree too little.",
                max_length=12,
            ),
        ),
        migrations.RunSQL(JUDGE, migrations.RunSQL.noop),
    ]
