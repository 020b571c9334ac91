"""Pages: the queue, and an image's answers."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from apps.accounts.selectors import person_of
from apps.images.models import Image
from apps.projects.models import AnnotationClass, Project
from apps.projects.selectors import (
    RANK,
    Role,
    annotation_class_list,
    project_get_for,
    project_role,
)
from apps.review.answers.judgements import image_judgement, image_judgements
from apps.review.models import ReviewTask
from apps.review.people.desk import own_filter_get
from apps.review.people.gold import gold_task_list
from apps.review.people.own_keys import own_keys_get
from apps.review.selectors import class_examples, image_reviews, review_settings_get, round_counts

Kind = ReviewTask.Kind
KINDS = {
    ReviewTask.Kind.ANNOTATE: "Real images without a class",
    ReviewTask.Kind.VALIDATE: "Synthetic images",
    ReviewTask.Kind.REALISM: "Real or fake",
    ReviewTask.Kind.ADJUDICATE: "Where people disagree",
}
"""What a person may choose to be asked."""


@login_required
def review(request: HttpRequest, slug: str) -> HttpResponse:
    """The queue, driven by keys: all of it, or with `mode` its tasks of one kind."""
    kind = request.GET.get("mode", "")
    if kind and kind not in ReviewTask.Kind:
        raise Http404(f"There is no review mode {kind!r}.")
    least_role = Role.REVIEWER if kind == ReviewTask.Kind.ADJUDICATE else Role.ANNOTATOR
    project = project_get_for(request.user, slug, least_role)
    person = person_of(request)
    classes = annotation_class_list(project)
    context = {
        "project": project,
        "section": "review",
        "tab": kind if kind in (Kind.ADJUDICATE, Kind.REALISM) else "queue",
        "classes": classes,
        "own_filter": None if kind else own_filter_get(project, person),
        "kinds": KINDS,
        "data": {
            "project": project.slug,
            "person": person.pk,
            "username": person.username,
            "keys": own_keys_get(person),
            "classes": _classes(project, classes),
            "kinds": [kind] if kind else None,
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
    """A fragment for the image's page: what was judged of it, and who answered what."""
    project = project_get_for(request.user, slug)
    image = get_object_or_404(Image, project=project, pk=image_id)
    role = project_role(request.user, project) or Role.ANNOTATOR
    manages, sees_all = role == Role.MANAGER, RANK[role] >= RANK[Role.REVIEWER]
    judgements, judgement = image_judgements(image), image_judgement(image)
    decided = image.status in (Image.Status.ACCEPTED, Image.Status.REFUSED)
    context = {
        "project": project,
        "image": image,
        "judgement": judgement,
        "undecided": [one for one in judgements if one.superseded_at is None and not one.verdict],
        "past": [one for one in judgements if one.superseded_at is not None],
        "behind": {review.pk for review in judgement.reviews.all()} if judgement else set(),
        "reviews": image_reviews(image, None if sees_all else person_of(request)),
        "gold_task": gold_task_list(project).filter(image=image).first() if manages else None,
        "can_be_gold": manages and decided and image.split == Image.Split.TRAIN,
    }
    return render(request, "review/_image_reviews.html", context)
