"""Bodies of requests that are lists, kept as they came until the list's form is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, TypedDict

from rest_framework.parsers import BaseParser

from apps.images.url_forms import MOST_LIST_BYTES


class SentList(TypedDict):
    """A list's bytes, one more than the most at the most, and how it is written."""

    content: bytes
    kind: str


class ListParser(BaseParser):
    """Reads no more than a list may have."""

    media_type: str
    kind: str
    schema: Mapping[str, Any] = {"type": "string"}

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        return SentList(content=stream.read(MOST_LIST_BYTES + 1), kind=self.kind)


class JsonListParser(ListParser):
    media_type = "application/json"
    kind = "json"
    schema = {
        "type": "array",
        "items": {
            "oneOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {
                        "url": {"type": "string"},
                        "class": {"type": "string"},
                        "split": {"type": "string"},
                        "metadata": {"type": "object"},
                    },
                    "required": ["url"],
                },
            ]
        },
    }


class JsonLinesParser(ListParser):
    media_type = "application/x-ndjson"
    kind = "jsonl"


class CsvParser(ListParser):
    media_type = "text/csv"
    kind = "csv"


class TextParser(ListParser):
    media_type = "text/plain"
    kind = "text"


PARSERS = [JsonListParser, JsonLinesParser, CsvParser, TextParser]
