import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("images", "0004_quality_splits_references"),
        ("projects", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Slice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "description",
                    models.CharField(
                        blank=True, help_text="What it is, in one sentence.", max_length=300
                    ),
                ),
                (
                    "rule",
                    models.JSONField(
                        help_text="Images whose metadata contain this belong to it, later ones too. Null: its images are chosen by hand.",
                        null=True,
                    ),
                ),
                (
                    "is_of_errors",
                    models.BooleanField(
                        default=False,
                        help_text="Its first images were kept because a classifier was wrong about them: where they are measured, other classifiers do better partly by chance.",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="slices",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "name"), name="slice_name_once_a_project"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SlicedImage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sliced",
                        to="images.image",
                    ),
                ),
                (
                    "slice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sliced_images",
                        to="images.slice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("slice", "image"), name="image_once_a_slice")
                ],
            },
        ),
    ]
