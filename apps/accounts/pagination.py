"""Cursor pages, the same for every list of the API."""

from rest_framework.pagination import CursorPagination


class CursorPages(CursorPagination):
    """Newest first; stable while rows are added; equally fast on every page."""

    ordering = "-id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
