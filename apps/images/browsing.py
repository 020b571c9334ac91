"""The grid: one page of images, and how many there are behind each filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.http import QueryDict

from apps.images.models import Image
from apps.images.selectors import FILTER_FIELDS, ImageFilters, image_list
from apps.projects.models import Project

PAGE_SIZE = 120
ID_DIGITS = 18
"""Fewer than overflow PostgreSQL's bigint."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest first, and where the pages beside this one begin (None: there is none)."""

    rows: Sequence[Any]
    newer: int | None
    older: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter, how many images it leaves, and the address that sets or clears it."""

    value: str
    count: int
    chosen: bool
    query: str


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter with its values."""

    name: str
    choices: Sequence[Choice]
    cleared: str
    """The address without this filter."""


def page_of(rows: QuerySet[Any], parameters: Mapping[str, str], size: int = PAGE_SIZE) -> Page:
    """The page of `rows` that `?before=` or `?after=` an id asks for; any depth costs the same."""
    before, after = (_id(parameters.get(name)) for name in ("before", "after"))
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        more_newer, more_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        selected = rows.filter(pk__lt=before) if before is not None else rows
        found = list(selected.order_by("-pk")[: size + 1])
        more_newer, more_older = before is not None, len(found) > size
        found = found[:size]
    return Page(
        rows=found,
        newer=found[0].pk if found and more_newer else None,
        older=found[-1].pk if found and more_older else None,
    )


def ids_sent(sent: QueryDict) -> list[int]:
    """The images that a form chose; what is no id is passed by."""
    return [image_id for text in sent.getlist("image") if (image_id := _id(text)) is not None]


def image_facets(
    project: Project, filters: ImageFilters, class_names: Iterable[str]
) -> tuple[list[Facet], int]:
    """The filters with counts, each under the other filters, and how many pass them all."""
    cube = list(
        Image.objects.filter(filters.slice_condition(), project=project)
        .order_by()
        .values_list(*FILTER_FIELDS.values())
        .annotate(count=Count("pk"))
    )
    values = {
        "origin": Image.Origin.values,
        "status": Image.Status.values,
        "split": Image.Split.values,
        "class": list(class_names),
    }
    chosen = filters.as_parameters()
    facets = [
        _facet(name, values[name], _counts(cube, index, chosen), chosen)
        for index, name in enumerate(FILTER_FIELDS)
    ]
    total = sum(row[-1] for row in cube if _passes(row, chosen))
    return [*facets, *_slice_facets(chosen, total)], total


def image_beside(
    project: Project, filters: ImageFilters, image: Image
) -> tuple[Image | None, Image | None]:
    """The next newer and the next older image under the same filters."""
    images = image_list(project, filters)
    newer = images.filter(pk__gt=image.pk).order_by("pk").first()
    return newer, images.filter(pk__lt=image.pk).first()


def _id(text: str | None) -> int | None:
    return (
        int(text) if text and text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else None
    )


def _passes(row: Sequence[Any], chosen: Mapping[str, str], but: int | None = None) -> bool:
    return all(
        index == but or name not in chosen or row[index] == chosen[name]
        for index, name in enumerate(FILTER_FIELDS)
    )


def _counts(cube: Sequence[Any], index: int, chosen: Mapping[str, str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in cube:
        if _passes(row, chosen, but=index):
            counts[row[index]] += row[-1]
    return counts


def _facet(
    name: str, values: Iterable[str], counts: Counter[str], chosen: Mapping[str, str]
) -> Facet:
    others = {key: value for key, value in chosen.items() if key != name}
    choices = [
        Choice(
            value=value,
            count=counts[value],
            chosen=chosen.get(name) == value,
            query=query_text(others if chosen.get(name) == value else {**others, name: value}),
        )
        for value in values
        if counts[value] or chosen.get(name) == value or name == "class"
    ]
    return Facet(name, choices, query_text(others))


def _slice_facets(chosen: Mapping[str, str], total: int) -> list[Facet]:
    """The slice that was chosen, to be cleared; others are chosen on the page of slices."""
    if "slice" not in chosen:
        return []
    cleared = query_text({key: value for key, value in chosen.items() if key != "slice"})
    return [Facet("slice", [Choice(chosen["slice"], total, True, cleared)], cleared)]


def query_text(parameters: Mapping[str, Any]) -> str:
    """`?…` of an address, with a bare `?` for none, so that a link always goes to this page."""
    return f"?{urlencode(parameters)}"
