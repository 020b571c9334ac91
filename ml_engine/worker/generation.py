"""The job that makes synthetic images like those that the classifier is unsure of."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray
from PIL import Image as PillowImage

from apps.generation.models import GenerationRun
from apps.generation.services import Batch, Diversity, Guards, KeptSample, generation_record
from apps.generation.targets import Target
from apps.images.contents import image_bytes
from apps.images.models import Image
from apps.projects.models import AnnotationClass
from apps.projects.selectors import annotation_class_list, image_shape
from apps.training.models import Checkpoint
from ml_engine.aiming import AimedImages, aim
from ml_engine.candidates import Targets
from ml_engine.classifiers.inference import Classifier, load_classifier
from ml_engine.config import AimConfig, EngineEvent, GuardConfig
from ml_engine.devices import repeatable
from ml_engine.generators.training import load_generator, unlearnt_classes
from ml_engine.guards import guard_findings, held_sentence
from ml_engine.judged import Judged
from ml_engine.measures.collapse import DiversityReport, diversity
from ml_engine.measures.neighbourhoods import DENSITY_NEIGHBOUR
from ml_engine.measures.report import Side
from ml_engine.neighbours import distances
from ml_engine.packs import png_of, prepare
from ml_engine.worker.beside import Beside, RealImages
from ml_engine.worker.context import JobContext
from ml_engine.worker.measuring import Seen, fixed_network, measured, record
from ml_engine.worker.packing import engine_path, project_pack

NEAREST_SHOWN = 6
MOST_TRAINING = 10_000
"""Training images that a fixed network looks at for memorisation; it sees each round's anew."""


class ClassUnlearntError(ValueError):
    """All images that a batch is aimed at are of classes that its generator has never seen."""


def generate(context: JobContext) -> dict[str, Any]:
    """Aim a batch at the targets, measure the generator's diversity, and store it all.

    Raises `ClassUnlearntError`.
    """
    payload = context.payload
    generator_checkpoint = Checkpoint.objects.get(pk=payload["generator"])
    classifier_checkpoint = Checkpoint.objects.get(pk=payload["classifier"])
    generator = load_generator(engine_path(generator_checkpoint.folder))
    classifier = load_classifier(engine_path(classifier_checkpoint.folder))
    real = RealImages(classifier_checkpoint)
    config = AimConfig(keep=payload["keep"], way=payload.get("way", AimConfig().way))
    classes = annotation_class_list(context.project)
    asked = _learnt(context, generator_checkpoint, classes)
    targets = np.array([real.row_of[target.sha256] for target in asked])
    aimed = aim(
        generator,
        classifier,
        Targets(
            real.features[targets],
            np.array([target.position for target in asked], np.int64),
            _pixels(context, [target.sha256 for target in asked])
            if config.way == "invert"
            else None,
        ),
        training_features=real.features[real.split != Image.Split.GUIDANCE],
        config=config,
        seed=payload["seed"],
        on_event=context.publish,
        should_stop=context.should_stop,
        judged=_judged(context, classifier, real),
        perceptual=classifier.backbone,
    )
    beside = Beside(generator, classifier, real, payload["seed"])
    found = [
        measured(seen, payload["seed"])
        for seen in _seen(context, real, beside, classifier_checkpoint)
    ]
    batch = Batch(
        seed=aimed.seed,
        parameters={
            **config.to_json(),
            "candidates": aimed.candidates,
            "refusals": payload.get("refusals", {}),
        },
        dropped=aimed.dropped,
        diversity=_diversity(beside, classes, payload["seed"]),
        samples=_samples(aimed, classifier, real, asked, classes),
        guards=_guards(beside, payload.get("guards"), payload["seed"]),
    )
    with transaction.atomic():
        run = _recorded(context, generator_checkpoint, classifier_checkpoint, batch)
        hashes = [real.hashes[row] for row in beside.rows]
        for one in found:
            record(
                context, run, one, split=Image.Split.GUIDANCE.value, images=hashes, classes=classes
            )
    return {
        "generation_run": run.pk,
        "kept": len(aimed),
        "collapsed": run.collapsed,
        "held_back": run.is_held,
    }


def _learnt(
    context: JobContext, generator: Checkpoint, classes: list[AnnotationClass]
) -> list[Target]:
    """The targets without those of classes of which the generator has learnt from no image."""
    targets = [Target(*told) for told in context.payload["targets"]]
    unlearnt = unlearnt_classes(engine_path(generator.folder))
    left = [target for target in targets if target.position not in unlearnt]
    if len(left) == len(targets):
        return targets
    missing = {target.position for target in targets} & unlearnt
    names = ", ".join(known.name for known in classes if known.position in missing)
    told = f"The generator has learnt from no image of {names}, so it makes none."
    cure = "Annotate some, and train it again."
    if not left:
        raise ClassUnlearntError(f"{told} {cure}")
    context.publish(EngineEvent("warning", 0, 0, {}, f"{told} {cure}"))
    return left


def _recorded(
    context: JobContext, generator: Checkpoint, classifier: Checkpoint, batch: Batch
) -> GenerationRun:
    return generation_record(
        claim=context.claim,
        project=context.project,
        generator=generator,
        classifier=classifier,
        round_number=context.payload["round_number"],
        batch=batch,
    )


def _judged(context: JobContext, classifier: Classifier, real: RealImages) -> Judged | None:
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
    real: RealImages,
    targets: list[Target],
    classes: list[AnnotationClass],
) -> list[KeptSample]:
    if not len(aimed):
        return []
    between = distances(classifier.predict(aimed.images).features, real.features)
    nearest = np.argsort(between, axis=1, kind="stable")[:, :NEAREST_SHOWN]
    return [
        KeptSample(
            png=png_of(aimed.images[i]),
            sample_index=int(aimed.indices[i]),
            latent=aimed.latents[i].astype("<f4").tobytes(),
            class_id=classes[int(aimed.classes[i])].pk,
            parent_id=real.ids[real.row_of[targets[aimed.parents[i]].sha256]],
            parent_distance=float(aimed.parent_distances[i]),
            aimed_because=targets[aimed.parents[i]].why,
            nearest_training_distance=float(aimed.training_distances[i]),
            uncertainty=float(aimed.uncertainties[i]),
            space=aimed.space,
            path=aimed.paths[i] if aimed.paths else {},
            nearest=[(real.ids[int(j)], round(float(between[i, j]), 4)) for j in nearest[i]],
        )
        for i in range(len(aimed))
    ]


def _diversity(beside: Beside, classes: list[AnnotationClass], seed: int) -> Diversity:
    if len(beside.rows) <= DENSITY_NEIGHBOUR:
        return Diversity({"note": "Too few guidance images to measure diversity against."})
    report = diversity(
        beside.real.features,
        beside.fake.features,
        real_classes=beside.real.classes,
        fake_classes=beside.fake.classes,
        seed=seed,
        class_names=[known.name for known in classes],
    )
    figures = _figures(report, classes, len(beside.rows))
    return Diversity(figures, report.collapsed, report.reason)


def _guards(beside: Beside, limits: dict[str, Any] | None, seed: int) -> Guards:
    """What the limits say of the generator, as the classifier that aimed the batch sees it."""
    if limits is None:
        return Guards()
    config = GuardConfig.from_json(limits)
    with repeatable(threads=1):
        found = guard_findings(beside.real, beside.fake, beside.training, config, seed=seed)
    figures = [
        {name: value for name, value in asdict(finding).items() if name != "sentence"}
        for finding in found
    ]
    return Guards(figures, held_sentence(found))


def _seen(
    context: JobContext, real: RealImages, beside: Beside, classifier: Checkpoint
) -> Iterator[Seen]:
    """What the classifier that aimed the batch sees, and the fixed network where one is set."""
    yield Seen.by_classifier(beside, classifier)
    network = fixed_network()
    if network is None or not len(beside.rows):
        return
    pack = project_pack(context.project)

    def side(rows: NDArray[np.int64]) -> Side:
        packed = pack.rows([real.hashes[row] for row in rows])
        return Side(network.features(pack.images[packed]), real.classes[rows])

    yield Seen(
        network=network.name,
        real=side(beside.rows),
        fake=Side(network.features(beside.images), beside.fake.classes),
        training=side(beside.training_rows[:MOST_TRAINING]),
        fake_probabilities=None,
    )


def _figures(report: DiversityReport, classes: list[AnnotationClass], count: int) -> dict[str, Any]:
    return {
        "density": report.density,
        "coverage": {
            "value": report.coverage,
            "low": report.coverage_low,
            "high": report.coverage_high,
        },
        "k": DENSITY_NEIGHBOUR,
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
