"""Jobs that fetch images by their addresses."""

from __future__ import annotations

from typing import Any

from apps.images.models import UrlList
from apps.images.url_lists import url_list_fetch
from ml_engine.config import EngineEvent
from ml_engine.worker.context import JobContext


def fetch_urls(context: JobContext) -> dict[str, Any]:
    """Fetch what is left of a list; the refused are named among the project's refused files."""

    def progress(done: int, total: int) -> None:
        message = f"{done:,} of {total:,} addresses"
        context.publish(EngineEvent("progress", done, total, {}, message))

    url_list = url_list_fetch(
        claim=context.claim,
        url_list=UrlList.objects.select_related("project").get(pk=context.payload["url_list"]),
        on_progress=progress,
        should_stop=context.should_stop,
    )
    return {name: getattr(url_list, name) for name in ("accepted", "duplicates", "refused")}
