from django.db import migrations, models

import apps.loops.checks


class Migration(migrations.Migration):
    dependencies = [("loops", "0002_sequential_acceptance")]

    operations = [
        migrations.AlterField(
            model_name="loop",
            name="generator",
            field=models.CharField(
                default="conditional_gan",
                max_length=40,
                validators=[apps.loops.checks.generator_name_check],
            ),
        ),
    ]
