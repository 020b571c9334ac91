"""What a studio worker keeps warm: the few generators and classifiers that it used last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from typing import Generic, TypeVar

from apps.generation.studio.recipes import RecipeError
from apps.projects.models import Project
from apps.training.learning import classifier_newest
from apps.training.models import Checkpoint, TrainingRun
from ml_engine.classifiers.inference import Classifier, load_classifier
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import load_generator
from ml_engine.latents.spaces import Space, walked_space
from ml_engine.worker.packing import engine_path

MOST_GENERATORS = 3
MOST_CLASSIFIERS = 2

Thing = TypeVar("Thing")


class Newest(Generic[Thing]):
    """The things that were asked for last, at most so many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[int, Thing] = OrderedDict()

    def __contains__(self, key: int) -> bool:
        return key in self._things

    def get(self, key: int, make: Callable[[], Thing]) -> Thing:
        """The thing of that key, made where it is not there; then the oldest goes first."""
        if key not in self._things:
            while len(self._things) >= self._most:
                self._things.popitem(last=False)
            self._things[key] = make()
        self._things.move_to_end(key)
        return self._things[key]


class WarmGenerator:
    """A generator that is ready to draw, and where it is from."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint_id, self.project_id = checkpoint.pk, checkpoint.project_id
        self.generator = load_generator(engine_path(checkpoint.folder))
        self.positions = dict(checkpoint.project.annotation_classes.values_list("pk", "position"))

    @cached_property
    def space(self) -> Space:
        """Where one walks: w of a generator that has one, else z. Raises `RecipeError`."""
        return space_walked(self.generator)

    def position(self, class_id: int) -> int:
        """A class's position. Raises `RecipeError` for one that the generator has not."""
        position = self.positions.get(class_id)
        if position is None or position >= self.generator.class_count:
            raise RecipeError(
                f"The generator has no class {class_id}. Choose another class, or another"
                " generator."
            )
        return position


def space_walked(generator: Generator) -> Space:
    """The space in which the studio walks. Raises `RecipeError` where there is none."""
    try:
        return walked_space(generator)
    except ValueError as error:
        raise RecipeError(f"{error} Choose another generator.") from None


class Shelf:
    """All that is warm. What it holds is bounded, and goes with the process."""

    def __init__(self) -> None:
        self._generators: Newest[WarmGenerator] = Newest(MOST_GENERATORS)
        self._classifiers: Newest[tuple[Checkpoint, Classifier]] = Newest(MOST_CLASSIFIERS)

    def has(self, checkpoint_id: int) -> bool:
        """Whether that generator is warm."""
        return checkpoint_id in self._generators

    def generator(self, project_id: int, checkpoint_id: int) -> WarmGenerator:
        """A project's generator, loaded where it is cold.

        Raises `RecipeError` where the project has none of that id, and `CheckpointError`.
        """
        warm = self._generators.get(checkpoint_id, lambda: _generator(project_id, checkpoint_id))
        if warm.project_id != project_id:
            raise _no_generator(checkpoint_id)
        return warm

    def classifier(self, project: Project) -> tuple[Checkpoint, Classifier] | None:
        """The classifier that the project's loop trained last; None before the first.

        Raises `CheckpointError`.
        """
        newest = classifier_newest(project)
        if newest is None:
            return None
        return self._classifiers.get(
            newest.pk, lambda: (newest, load_classifier(engine_path(newest.folder)))
        )


def _generator(project_id: int, checkpoint_id: int) -> WarmGenerator:
    checkpoint = (
        Checkpoint.objects.select_related("project")
        .filter(pk=checkpoint_id, project=project_id, kind=TrainingRun.Kind.GENERATOR)
        .first()
    )
    if checkpoint is None:
        raise _no_generator(checkpoint_id)
    return WarmGenerator(checkpoint)


def _no_generator(checkpoint_id: int) -> RecipeError:
    return RecipeError(f"The project has no generator {checkpoint_id}. Choose another one.")
