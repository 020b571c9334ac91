"""What may be asked for: one set of rules for the pages' forms and for REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.datasets.models import DatasetVersion, Export
from apps.datasets.selection import Selection
from apps.images.models import Image
from apps.projects.models import Project


class SelectionSerializer(serializers.Serializer[Any]):
    """Filters; what is left out lets everything pass. `project` must be in the context."""

    origin = serializers.ChoiceField(Image.Origin.choices, allow_blank=True, default="")
    classes = serializers.ListField(child=serializers.CharField(), default=list)
    splits = serializers.ListField(child=serializers.ChoiceField(Image.Split.values), default=list)
    least_agreement = serializers.FloatField(
        min_value=0,
        max_value=1,
        default=None,
        allow_null=True,
        help_text="Least confidence of the judgement behind a class, 0 to 1. Images whose class no"
        " reviews are behind do not pass.",
    )

    def validate_classes(self, names: list[str]) -> list[str]:
        project: Project = self.context["project"]
        known = list(project.annotation_classes.values_list("name", flat=True))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise serializers.ValidationError(
                f"There is no class {unknown[0]!r}; choose of {', '.join(known) or 'none'}."
            )
        return names

    @property
    def selection(self) -> Selection:
        """What was asked for, once it is valid."""
        names = ("origin", "classes", "splits", "least_agreement")
        return Selection.of(**{name: self.validated_data[name] for name in names})


class ExportSerializer(SelectionSerializer):
    """An export to be made."""

    version = serializers.IntegerField(min_value=1, help_text="The version's number.")
    format = serializers.ChoiceField(Export.Format.choices)


class FreezeSerializer(SelectionSerializer):
    """A version to be frozen."""

    note = serializers.CharField(
        max_length=DatasetVersion._meta.get_field("note").max_length,
        default="",
        allow_blank=True,
        help_text="What it is for.",
    )
