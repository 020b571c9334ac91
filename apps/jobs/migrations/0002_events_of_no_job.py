from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="jobevent",
            index=models.Index(
                condition=models.Q(("job", None)),
                fields=["project", "kind", "seq"],
                name="events_of_no_job",
            ),
        ),
    ]
