import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loops", "0012_safeguards")]

    operations = [
        migrations.AddField(
            model_name="loop",
            name="least_gain_per_minute",
            field=models.FloatField(
                default=0,
                help_text="Points of accuracy that a minute of people's time must be able to bring: the loop stops when even the upper bound of what the next annotations are expected to bring is less. 0: never.",
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(100),
                ],
            ),
        ),
    ]
