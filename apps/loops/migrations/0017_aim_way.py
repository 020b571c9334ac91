"""A loop may vary the uncertain images themselves."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loops", "0016_cold_features")]

    operations = [
        migrations.AddField(
            "loop",
            "aim_way",
            models.CharField(
                choices=[
                    ("draw", "draw, keep the nearest"),
                    ("invert", "vary the uncertain images"),
                ],
                default="draw",
                help_text="Candidates are drawn at random and those nearest to uncertain images are"
                " kept; or uncertain images are found in the generator's latents and varied there,"
                " and the least sure variants that keep their class are kept. The second takes some"
                " minutes longer.",
                max_length=8,
            ),
        ),
    ]
