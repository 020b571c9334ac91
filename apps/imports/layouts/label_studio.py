"""Label Studio's JSON: a list of tasks, each with its data and its annotations."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit

from apps.images.refusals import Reason
from apps.imports.layouts.json_stream import json_items, top_keys
from apps.imports.layouts.told import ManifestError, Told

PASSED_OVER = ("predictions", "drafts", "rle", "points", "meta")
UPLOADED = re.compile(r"/data/upload/(?:\d+/)?(?P<name>(?:[0-9a-f]{8}-)?(?P<plain>.+))")
"""Where Label Studio keeps what is sent to it: before the name it puts a part of a hash."""
IMAGE_KEYS = ("image", "img", "image_url", "url")


def is_label_studio(name: str, file: BinaryIO) -> bool:
    """Whether a file is a list of tasks."""
    if not name.lower().endswith(".json"):
        return False
    kind, keys = top_keys(file)
    return kind == "list" and "data" in keys


def label_studio_read(name: str, file: BinaryIO) -> Iterator[Told]:
    """What its tasks say of each image. Raises ManifestError.

    Of several annotations the majority's class; without any, the image comes without a class.
    """
    for number, (_, task) in enumerate(json_items(file, name, ("",), PASSED_OVER), 1):
        data = task.get("data")
        image = _image(data) if isinstance(data, dict) else None
        if image is None or not isinstance(data, dict):
            raise ManifestError(
                f"{name}: task {number} names no image. Export a project whose tasks have images."
            )
        yield _told(image, data, task.get("annotations"))


def _image(data: dict[str, Any]) -> str | None:
    for key in (*IMAGE_KEYS, *data):
        value = data.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def _told(image: str, data: dict[str, Any], annotations: Any) -> Told:
    file, others, url = _names(image)
    metadata = {name: value for name, value in data.items() if value != image}
    votes = Counter(_votes(annotations if isinstance(annotations, list) else []))
    refusal: tuple[Reason, str] | None = None
    first = votes.most_common(2)
    if any(not name for name in votes):
        refusal = (
            Reason.NO_SINGLE_CLASS,
            "An annotation chose several classes for it; an image has one class here.",
        )
    elif len(first) > 1 and first[0][1] == first[1][1]:
        refusal = (
            Reason.NO_SINGLE_CLASS,
            f"Its annotations disagree: {first[0][0]!r} and {first[1][0]!r} were chosen equally"
            " often. Decide in Label Studio, then export again.",
        )
    return Told(
        file=file,
        annotation_class=first[0][0] if first and not refusal else "",
        metadata=metadata,
        other_names=others,
        url=url,
        refusal=refusal,
    )


def _names(image: str) -> tuple[str, tuple[str, ...], str]:
    """The file's name, its other names, and its address if it has one."""
    if uploaded := UPLOADED.search(image):
        name, plain = (unquote(uploaded[part]) for part in ("name", "plain"))
        return name, (plain,) if plain != name else (), ""
    try:
        parts = urlsplit(image)
        local = parse_qs(parts.query).get("d") if "local-files" in parts.path else None
    except ValueError:
        return image, (), ""
    if local:
        return local[0], (), ""
    if parts.scheme in ("http", "https"):
        return posixpath.basename(unquote(parts.path)) or image, (), image
    if parts.scheme:  # such as s3://bucket/folder/name
        return unquote(parts.path).lstrip("/") or image, (), ""
    return unquote(image), (), ""


def _votes(annotations: list[Any]) -> Iterator[str]:
    """Each annotation's class; empty for one that chose several."""
    for annotation in annotations:
        if not isinstance(annotation, dict) or annotation.get("was_cancelled"):
            continue
        chosen = {
            choice
            for result in _dicts(annotation.get("result"))
            for choice in _choices(result.get("value"))
        }
        if chosen:
            yield chosen.pop() if len(chosen) == 1 else ""


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def _choices(value: Any) -> Iterator[str]:
    chosen = value.get("choices") if isinstance(value, dict) else None
    return (one for one in chosen if isinstance(one, str)) if isinstance(chosen, list) else iter(())
