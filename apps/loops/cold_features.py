"""Features that are learnt without annotations, for the strategies that look for typical images.

TypiClust and ProbCover were published on such features (Hacohen et al. 2022, §3.2): those of a
classifier that has seen a handful of annotations hardly tell what images have in common. A project
learns them once, and again whenever its images have doubled. What fails here never stops a round:
the classifier's own features then choose.
"""

from __future__ import annotations

from dataclasses import replace

from apps.images.models import Image
from apps.jobs.models import Job
from apps.jobs.services import job_enqueue
from apps.loops.models import Loop, Round
from apps.loops.services import safeguard_tell, seed_of
from ml_engine.config import FeaturesConfig

CHOOSE_BY_FEATURES = (Loop.Strategy.TYPI_CLUST, Loop.Strategy.PROB_COVER)
LEARNT_FROM = (Image.Split.POOL, Image.Split.TRAIN, Image.Split.GUIDANCE)
MOST_LOOKS = 30
"""At each image, where there are few."""
FEWEST_STEPS = 50
FAILED = "cold_features"
"""The safeguard's name in a round."""


def features_await(round_: Round) -> bool:
    """Whether scoring waits for features; asks for them where the round's strategy takes any."""
    if not _takes_any(round_):
        return False
    key = _key(round_)
    job = Job.objects.filter(project=round_.project, key=key).first()
    if job is None:
        _ask_for(round_, key)
        return True
    if job.status in Job.ENDED_BADLY:
        told = f"Features could not be learnt without annotations. {job.error or 'Cancelled.'}"
        sentence = f"{told} The classifier's own chose instead."
        safeguard_tell(round_=round_, name=FAILED, sentence=sentence)
        return False
    return job.status != Job.Status.SUCCEEDED


def features_folder(round_: Round) -> str | None:
    """Where the features lie that the round's strategy takes; None where it takes none."""
    if not _takes_any(round_):
        return None
    done = Job.objects.filter(project=round_.project, key=_key(round_), status=Job.Status.SUCCEEDED)
    job = done.first()
    return str(job.result["folder"]) if job else None


def _takes_any(round_: Round) -> bool:
    wanted = round_.settings.get("cold_features", Loop.ColdFeatures.CLASSIFIER)  # older: none
    return wanted == Loop.ColdFeatures.SELF_SUPERVISED and round_.asks_by in CHOOSE_BY_FEATURES


def _key(round_: Round) -> str:
    """The same until there are twice as many images."""
    return f"features:{_image_count(round_).bit_length()}"


def _image_count(round_: Round) -> int:
    return Image.objects.filter(
        project=round_.project, origin=Image.Origin.REAL, split__in=LEARNT_FROM
    ).count()


def _ask_for(round_: Round, key: str) -> None:
    settings, most = round_.settings, FeaturesConfig()
    looks = MOST_LOOKS * _image_count(round_) // most.batch_size
    config = replace(
        most,
        network=settings["classifier"],
        mirror=settings["mirror"],
        steps=min(most.steps, max(FEWEST_STEPS, looks)),
    )
    job_enqueue(
        project=round_.project,
        kind="learn_features",
        title=f"Round {round_.number}: learn features without annotations",
        payload={"config": config.to_json(), "seed": seed_of(round_.seed, "features")},
        queue=Job.Queue.GPU,
        key=key,
    )
