from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loops", "0009_seeds_in_stages")]

    operations = [
        migrations.AlterField(
            model_name="loop",
            name="strategy",
            field=models.CharField(
                choices=[
                    ("entropy", "Entropy"),
                    ("margin", "Margin"),
                    ("least_confidence", "least confidence"),
                    ("random", "Random"),
                    ("balanced_margin", "margin, classes in balance"),
                    ("badge", "BADGE"),
                    ("core_set", "CoreSet"),
                    ("typi_clust", "TypiClust"),
                    ("prob_cover", "ProbCover"),
                ],
                default="margin",
                help_text="Entropy, margin and least confidence take the images that the classifier is least sure of; BADGE takes unsure ones that differ from each other, CoreSet the farthest from all that are annotated, TypiClust and ProbCover typical ones, best with few annotations.",
                max_length=24,
            ),
        ),
    ]
