"""Single pictures and films of the studio over REST, for programs and for downloads."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import uuid4

import redis
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.generation.studio import wire
from apps.generation.studio.recipes import FILMS, Recipe, RecipeError, film_read, recipe_read
from apps.projects.selectors import project_get_for

PATIENCE_SECONDS = 20.0
"""Without a word from a worker; a film tells of every picture."""
PICTURE_TYPE = "image/png"


class NoStudioWorker(APIException):
    """Nobody draws at the moment."""

    status_code = 503
    default_code = "no_studio_worker"
    default_detail = (
        "No studio worker answered in time. Look at ./manage.py studio_worker on its host, or ask"
        " again in a moment."
    )


class PictureView(APIView):
    @extend_schema(
        operation_id="studio_picture",
        summary="Draw a picture, or a way as a film",
        parameters=[
            OpenApiParameter(
                "recipe", OpenApiTypes.STR, required=True, description="As JSON; see `keep/`."
            ),
            OpenApiParameter(
                "film",
                OpenApiTypes.STR,
                enum=list(FILMS),
                description="The way from `start` to `towards` in place of one picture.",
            ),
        ],
        responses={(200, PICTURE_TYPE): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """A PNG, or a strip or film that is marked as generated. 503 where no worker draws."""
        project = project_get_for(request.user, slug)
        film = request.query_params.get("film", "")
        recipe = _recipe(request.query_params.get("recipe", ""))
        try:
            film_read(film, recipe)
        except RecipeError as error:
            raise ValidationError({"film": str(error)}) from None
        asked = wire.Request(uuid4().hex, project.pk, 0, recipe.to_json(), film)
        try:
            answer = wire.answer_wait(asked, PATIENCE_SECONDS)
        except redis.RedisError:
            raise NoStudioWorker from None
        if answer is None:
            raise NoStudioWorker
        return _file(answer, film)


def _recipe(text: str) -> Recipe:
    try:
        return recipe_read(json.loads(text))
    except RecipeError as error:
        raise ValidationError({"recipe": str(error)}) from None
    except (ValueError, RecursionError):
        raise ValidationError({"recipe": "A recipe is a JSON object."}) from None


def _file(answer: dict[str, Any], film: str) -> HttpResponse:
    if answer["kind"] == "error":
        raise ValidationError({"recipe": answer["message"]})
    response = HttpResponse(
        base64.b64decode(answer["film" if film else "png"]),
        content_type=FILMS[film] if film else PICTURE_TYPE,
    )
    ending = "png" if film in ("", "strip") else film
    response["Content-Disposition"] = f'attachment; filename="studio.{ending}"'
    return response
