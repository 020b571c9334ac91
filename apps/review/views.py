"""Pages: the queue, and an image's answers."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from apps.accounts.selectors import person_of
from apps.images.models import Image
from apps.projects.models import AnnotationClass, Project
from apps.projects.selectors import annotation_class_list, project_get_for
from apps.review.selectors import class_examples, image_reviews, review_settings_get, round_counts


@login_required
def review(request: HttpRequest, slug: str) -> HttpResponse:
    """The queue, driven by keys."""
    project = project_get_for(request.user, slug)
    classes = annotation_class_list(project)
    context = {
        "project": project,
        "section": "review",
        "classes": classes,
        "data": {
            "project": project.slug,
            "person": person_of(request).pk,
            "classes": _classes(project, classes),
            "size": review_settings_get(project).reservation_size,
            "counts": round_counts(project.pk),
        },
    }
    return render(request, "review/review.html", context)


def _classes(project: Project, classes: list[AnnotationClass]) -> list[dict[str, str | None]]:
    examples = class_examples(project)
    return [
        {
            "name": annotation_class.name,
            "example": reverse(
                "image_thumbnail", args=[project.slug, examples[annotation_class.pk]]
            )
            if annotation_class.pk in examples
            else None,
        }
        for annotation_class in classes
    ]


@login_required
def reviews_of_image(request: HttpRequest, slug: str, image_id: int) -> HttpResponse:
    """A fragment for the image's page: who answered what about it."""
    project = project_get_for(request.user, slug)
    image = get_object_or_404(Image, project=project, pk=image_id)
    context = {"project": project, "reviews": image_reviews(image)}
    return render(request, "review/_image_reviews.html", context)
