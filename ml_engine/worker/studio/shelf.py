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
from ml_engine.latents.spaces import LayeredStyleSpace, Space, spaces, walked_space
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

    def drop(self, key: int) -> None:
        """Let go of the thing of that key, where it is there."""
        self._things.pop(key, None)

    def clear(self) -> None:
        """Let go of all."""
        self._things.clear()

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
        self.checkpoint_id, self.project = checkpoint.pk, checkpoint.project
        self.generator = load_generator(engine_path(checkpoint.folder))
        self.positions = dict(checkpoint.project.annotation_classes.values_list("pk", "position"))

    @cached_property
    def space(self) -> Space:
        """Where one walks: w of a generator that has one, else z. Raises `RecipeError`."""
        return space_walked(self.generator)

    @cached_property
    def layered(self) -> Space:
        """w_plus, with a style for each layer. Raises `RecipeError` where there are no styles."""
        found = spaces(self.generator).get(LayeredStyleSpace.name)
        if found is None:
            raise RecipeError(
                "This generator has no styles, so no layer has one of its own. Let all layers go"
                " to the end."
            )
        return found

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

        Raises `RecipeError` where the project has none of that id (any more), and
        `CheckpointError`.
        """
        generators = Checkpoint.objects.filter(kind=TrainingRun.Kind.GENERATOR)
        checkpoint = generators.select_related("project").filter(pk=checkpoint_id).first()
        if checkpoint is None:
            self._generators.drop(checkpoint_id)
        if checkpoint is None or checkpoint.project_id != project_id:
            raise RecipeError(f"The project has no generator {checkpoint_id}. Choose another one.")
        return self._generators.get(checkpoint_id, lambda: WarmGenerator(checkpoint))

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

    def clear(self) -> None:
        """Let go of all, so that its memory can be used."""
        self._generators.clear()
        self._classifiers.clear()
