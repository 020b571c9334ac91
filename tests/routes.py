"""Every address that the site answers, as it is written in the code."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls.resolvers import URLPattern, URLResolver


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Each route below a resolver, such as "account/tokens/", with its pattern."""
    for part in resolver.url_patterns:
        text = prefix + str(part.pattern)
        if isinstance(part, URLResolver):
            yield from routes(part, text)
        else:
            yield text, part
