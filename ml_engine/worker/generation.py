"""The job that makes synthetic images like those that the classifier is unsure of."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from apps.generation.services import AimedSample, Batch, Diversity, generation_record
from apps.images.contents import image_bytes
from apps.images.models import Image
from apps.projects.models import AnnotationClass
from apps.projects.selectors import annotation_class_list
from apps.training.models import Checkpoint, Prediction
from ml_engine.aiming import AimedImages, aim
from ml_engine.classifiers.inference import Classifier, load_classifier
from ml_engine.config import AimConfig
from ml_engine.diversity import DiversityReport, diversity
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import load_generator, sample
from ml_engine.judged import Judged
from ml_engine.neighbours import distances
from ml_engine.packs import prepare
from ml_engine.worker.context import JobContext
from ml_engine.worker.packing import engine_path, image_shape

NEAREST_SHOWN = 6
MOST_COMPARED = 2000
"""Images on each side of the diversity figures; their cost grows with the square."""
NEIGHBOUR = 5
"""k of density and coverage (Naeem et al. 2020)."""


class _RealImages:
    """The real images as the classifier sees them, in order of their hashes."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        rows = list(
            Prediction.objects.filter(checkpoint=checkpoint)
            .order_by("image__sha256")
            .values_list(
                "image_id",
                "image__sha256",
                "image__split",
                "image__annotation_class__position",
                "annotation_class__position",
                "embedding",
            )
        )
        self.ids = [row[0] for row in rows]
        self.row_of = {row[1]: number for number, row in enumerate(rows)}
        self.split = np.array([row[2] for row in rows])
        self.classes = np.array([row[4] if row[3] is None else row[3] for row in rows], np.int64)
        self.features = np.array([row[5] for row in rows], np.float32)


def generate(context: JobContext) -> dict[str, Any]:
    """Aim a batch at the targets, measure the generator's diversity, and store it all."""
    payload = context.payload
    generator_checkpoint = Checkpoint.objects.get(pk=payload["generator"])
    classifier_checkpoint = Checkpoint.objects.get(pk=payload["classifier"])
    generator = load_generator(engine_path(generator_checkpoint.folder))
    classifier = load_classifier(engine_path(classifier_checkpoint.folder))
    real = _RealImages(classifier_checkpoint)
    config = AimConfig(keep=payload["keep"])
    targets = np.array([real.row_of[sha256] for sha256, _ in payload["targets"]])
    classes = annotation_class_list(context.project)
    aimed = aim(
        generator,
        classifier,
        targets_features=real.features[targets],
        targets_classes=np.array([position for _, position in payload["targets"]], np.int64),
        training_features=real.features[real.split != Image.Split.GUIDANCE],
        config=config,
        seed=payload["seed"],
        on_event=context.publish,
        should_stop=context.should_stop,
        judged=_judged(context, classifier, real),
    )
    run = generation_record(
        claim=context.claim,
        project=context.project,
        generator=generator_checkpoint,
        classifier=classifier_checkpoint,
        round_number=payload["round_number"],
        batch=Batch(
            seed=aimed.seed,
            parameters={
                **config.to_json(),
                "candidates": aimed.candidates,
                "refusals": payload.get("refusals", {}),
            },
            dropped=aimed.dropped,
            diversity=_diversity(generator, classifier, real, classes, payload["seed"]),
            samples=_samples(aimed, classifier, real, targets, classes),
        ),
    )
    return {"generation_run": run.pk, "kept": len(aimed), "collapsed": run.collapsed}


def _judged(context: JobContext, classifier: Classifier, real: _RealImages) -> Judged | None:
    """What people said of earlier batches, as this classifier sees it; None where they said
    nothing against any."""
    said = context.payload.get("judged", [])
    if all(is_right for _, _, is_right in said):
        return None
    seen = classifier.predict(_pixels(context, [sha256 for sha256, _, _ in said]))
    positions = np.array([position for _, position, _ in said], np.int64)
    right = np.array([is_right for _, _, is_right in said], bool)
    return Judged(
        right=np.concatenate([real.features, seen.features[right]]),
        right_classes=np.concatenate([real.classes, positions[right]]),
        refused=seen.features[~right],
        refused_classes=positions[~right],
    )


def _pixels(context: JobContext, hashes: list[str]) -> NDArray[np.uint8]:
    """The project's images of these hashes, (N, C, H, W), as the networks see them."""
    images = {
        image.sha256: image
        for image in Image.objects.filter(project=context.project, sha256__in=hashes)
    }
    shape = image_shape(context.project)
    opened = (PillowImage.open(io.BytesIO(image_bytes(images[sha256]))) for sha256 in hashes)
    return np.stack([prepare(picture, shape) for picture in opened])


def _samples(
    aimed: AimedImages,
    classifier: Classifier,
    real: _RealImages,
    targets: NDArray[np.int64],
    classes: list[AnnotationClass],
) -> list[AimedSample]:
    if not len(aimed):
        return []
    between = distances(classifier.predict(aimed.images).features, real.features)
    nearest = np.argsort(between, axis=1, kind="stable")[:, :NEAREST_SHOWN]
    return [
        AimedSample(
            png=_png(aimed.images[i]),
            sample_index=int(aimed.indices[i]),
            latent=aimed.latents[i].astype("<f4").tobytes(),
            class_id=classes[int(aimed.classes[i])].pk,
            parent_id=real.ids[int(targets[aimed.parents[i]])],
            parent_distance=float(aimed.parent_distances[i]),
            nearest_training_distance=float(aimed.training_distances[i]),
            uncertainty=float(aimed.uncertainties[i]),
            nearest=[(real.ids[int(j)], round(float(between[i, j]), 4)) for j in nearest[i]],
        )
        for i in range(len(aimed))
    ]


def _diversity(
    generator: Generator,
    classifier: Classifier,
    real: _RealImages,
    classes: list[AnnotationClass],
    seed: int,
) -> Diversity:
    """Untargeted samples beside guidance images, which no generator has learnt from."""
    held_out = np.flatnonzero(real.split == Image.Split.GUIDANCE)[:MOST_COMPARED]
    if len(held_out) <= NEIGHBOUR:
        return Diversity({"note": "Too few guidance images to measure diversity against."})
    asked = real.classes[held_out]
    images, _ = sample(generator, seed, asked)
    report = diversity(
        real.features[held_out],
        classifier.predict(images).features,
        real_classes=asked,
        fake_classes=asked,
        k=NEIGHBOUR,
        seed=seed,
    )
    return Diversity(_figures(report, classes, len(held_out)), report.collapsed, report.reason)


def _figures(report: DiversityReport, classes: list[AnnotationClass], count: int) -> dict[str, Any]:
    return {
        "density": report.density,
        "coverage": {
            "value": report.coverage,
            "low": report.coverage_low,
            "high": report.coverage_high,
        },
        "k": NEIGHBOUR,
        "real_count": count,
        "fake_count": count,
        "real_split": Image.Split.GUIDANCE.value,
        "classes": [
            {
                "class": classes[position].name,
                "density": figures.density,
                "coverage": figures.coverage,
                "pairwise_ratio": figures.spread,
                "count": figures.fake_count,
                "collapsed": figures.collapsed,
            }
            for position, figures in sorted(report.classes.items())
        ],
    }


def _png(pixels: NDArray[np.uint8]) -> bytes:
    image = PillowImage.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
