from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("images", "0005_slices")]

    operations = [
        migrations.AddField(
            model_name="slice",
            name="is_aimed_at",
            field=models.BooleanField(
                default=False,
                help_text="Generation also aims at its images of the pool and guidance, at the share of targets that the loop's settings give to slices.",
            ),
        ),
    ]
