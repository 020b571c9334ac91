import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loops", "0013_least_gain_per_minute")]

    operations = [
        migrations.AddField(
            model_name="loop",
            name="slice_quota",
            field=models.FloatField(
                default=0,
                help_text="Share of the images that a batch is aimed at which come from the slices marked for it, evenly, as far as these have images in the pool and guidance. 0: none.",
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(1),
                ],
            ),
        ),
    ]
