import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0003_latent_path"),
        ("projects", "0001_initial"),
        ("training", "0005_doubts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Direction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "space",
                    models.CharField(help_text="Of its latents: z, w or w_plus.", max_length=12),
                ),
                ("name", models.CharField(blank=True, max_length=60)),
                ("vector", models.BinaryField(help_text="float32, little-endian, of length 1.")),
                (
                    "deviation",
                    models.FloatField(
                        help_text="The space's deviation along it; sliders count in such steps."
                    ),
                ),
                ("method", models.CharField(help_text="How it was found.", max_length=40)),
                (
                    "found",
                    models.JSONField(
                        default=dict, help_text="The search: its seed, rank, and what it explains."
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directions",
                        to="training.checkpoint",
                    ),
                ),
                (
                    "named_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directions",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        fields=("checkpoint", "name"),
                        name="direction_name_once_a_generator",
                    )
                ],
            },
        ),
    ]
