"""Pages of images, and the bytes themselves."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from apps.images.browsing import image_beside, image_facets, page_of, query_text
from apps.images.contents import ContentLostError, image_bytes
from apps.images.selectors import (
    ImageFilters,
    image_filters_read,
    image_get,
    image_list,
    refusal_list,
)
from apps.images.slices.selectors import slices_of, slices_to_join
from apps.images.storage import CONTENT_TYPES, key_read
from apps.projects.models import Project
from apps.projects.selectors import Role, annotation_class_list, project_get_for, project_role

ONE_YEAR = 31_536_000


@login_required
@require_safe
def image_list_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The grid, with its filters in the address."""
    project = project_get_for(request.user, slug)
    filters, mistake = _filters(project, request)
    class_names = [known.name for known in annotation_class_list(project)]
    facets, total = image_facets(project, filters, class_names)
    # The class that a synthetic image was made as is its lineage's, which an app above keeps.
    images = image_list(project, filters).select_related("lineage__annotation_class")
    page = page_of(images, request.GET)
    chosen = filters.as_parameters()
    context = {
        "project": project,
        "section": "images",
        "page": page,
        "facets": facets,
        "total": total,
        "mistake": mistake,
        "chosen": chosen,
        "query": query_text(chosen),
        "newer": query_text({**chosen, "after": page.newer}) if page.newer else "",
        "older": query_text({**chosen, "before": page.older}) if page.older else "",
        "may_upload": project_role(request.user, project) == Role.MANAGER,
        "refusal_count": refusal_list(project).count(),
        "site": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "images/image_list.html", context, status=400 if mistake else 200)


@login_required
@require_safe
def image_detail_page(request: HttpRequest, slug: str, image_id: int) -> HttpResponse:
    """One image; its reviews, lineage and neighbours are fetched from the apps that know them."""
    project = project_get_for(request.user, slug)
    image = image_get(project, image_id)
    filters, _ = _filters(project, request)
    newer, older = image_beside(project, filters, image)
    manages = project_role(request.user, project) == Role.MANAGER
    context = {
        "project": project,
        "section": "images",
        "image": image,
        "newer": newer,
        "older": older,
        "slices": slices_of(image),
        "slices_to_join": slices_to_join(image) if manages else [],
        "query": query_text(filters.as_parameters()),
    }
    return render(request, "images/image_detail.html", context)


@login_required
@require_safe
def refusal_list_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What was not taken in, and why."""
    project = project_get_for(request.user, slug)
    refusals = refusal_list(project)
    reason = request.GET.get("reason", "")
    reasons = refusals.order_by().values("reason").annotate(count=Count("pk")).order_by("-count")
    page = page_of(refusals.filter(reason=reason) if reason else refusals, request.GET)
    chosen = {"reason": reason} if reason else {}
    context = {
        "project": project,
        "section": "images",
        "page": page,
        "reasons": reasons,
        "reason": reason,
        "newer": query_text({**chosen, "after": page.newer}) if page.newer else "",
        "older": query_text({**chosen, "before": page.older}) if page.older else "",
    }
    return render(request, "images/refusal_list.html", context)


@login_required
@require_safe
def image_file(request: HttpRequest, slug: str, image_id: int) -> HttpResponseBase:
    """The stored bytes."""
    image = image_get(project_get_for(request.user, slug), image_id)
    return _bytes(request, image.sha256, image.format, lambda: image_bytes(image))


@login_required
@require_safe
def image_thumbnail(request: HttpRequest, slug: str, image_id: int) -> HttpResponseBase:
    """A small version; of a small image, the image itself."""
    image = image_get(project_get_for(request.user, slug), image_id)
    key = image.thumbnail
    return _bytes(
        request, f"{image.sha256}-thumbnail", key.rpartition(".")[2], lambda: key_read(key)
    )


def _filters(project: Project, request: HttpRequest) -> tuple[ImageFilters, str]:
    """The filters of the address; where one is wrong, none and the sentence that says so."""
    try:
        return image_filters_read(project, request.GET), ""
    except ValidationError as error:
        return ImageFilters(), error.messages[0]


def _bytes(
    request: HttpRequest, tag: str, kind: str, read: Callable[[], bytes]
) -> HttpResponseBase:
    """Bytes that never change, with nothing in their headers that an uploader chose."""
    etag = quote_etag(tag)
    response = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            response = HttpResponse(read(), content_type=CONTENT_TYPES[kind])
        except ContentLostError as error:
            # Plain, for the image's page shows the sentence where the picture would be.
            return HttpResponseNotFound(str(error), content_type="text/plain; charset=utf-8")
        except FileNotFoundError as error:
            raise Http404(str(error)) from None
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"private, max-age={ONE_YEAR}, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
