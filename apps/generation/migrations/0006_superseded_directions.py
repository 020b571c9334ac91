from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0005_aimed_because")]

    operations = [
        migrations.AddField(
            "direction",
            "superseded_at",
            models.DateTimeField(
                help_text="When a later search took its place, or it was deleted; null of what is"
                " listed.",
                null=True,
            ),
        )
    ]
