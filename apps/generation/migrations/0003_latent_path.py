"""An image's latent may lie in another space, and have been come to from a real image."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0002_held_back")]

    operations = [
        migrations.AddField(
            "syntheticimage",
            "space",
            models.CharField(
                max_length=16,
                default="z",
                help_text="Of the generator's latents: z is what it draws from, w and w_plus lie"
                " behind its mapping.",
            ),
        ),
        migrations.AddField(
            "syntheticimage",
            "path",
            models.JSONField(
                default=dict,
                blank=True,
                help_text="How the point was come to from the parent's image, where that was"
                " inverted: feature_distance and pixel_distance of what was found, then the share"
                " of the way toward a random point, and the steps in deviations along one of the"
                " generator's directions. Empty: the latent was drawn.",
            ),
        ),
        migrations.AlterField(
            "syntheticimage",
            "sample_index",
            models.PositiveIntegerField(
                help_text="Its number in the run; with the run's seed it names a latent that was"
                " drawn."
            ),
        ),
        migrations.AlterField(
            "syntheticimage",
            "latent",
            models.BinaryField(
                help_text="The point of its space that the image is made of: float32,"
                " little-endian."
            ),
        ),
    ]
