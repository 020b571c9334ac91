"""Recognise duplicates by their pixels; list refusals newest first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("images", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="image",
            name="pixels_sha256",
            field=models.CharField(
                help_text="What makes two images the same, whatever file they came in. Null where the"
                " pixels were never seen, as for the rows of a load test.",
                max_length=64,
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="image",
            constraint=models.UniqueConstraint(
                fields=("project", "pixels_sha256"), name="image_pixels_once_a_project"
            ),
        ),
        migrations.AddIndex(
            model_name="refusal",
            index=models.Index(fields=["project", "-id"], name="refusals_newest_first"),
        ),
    ]
