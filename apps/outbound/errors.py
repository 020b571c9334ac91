"""Why a request to another host came to nothing."""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """What went wrong, for those who must tell cases apart."""

    BAD_URL = "bad_url"
    FORBIDDEN_ADDRESS = "forbidden_address"
    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    BAD_ANSWER = "bad_answer"


class OutboundError(Exception):
    """A request that failed. `detail` is a plain sentence and has nothing of the answer's body.

    `transient` says that the same request may succeed later; `status` is the answer's, if one came.
    """

    def __init__(
        self, trouble: Trouble, detail: str, *, transient: bool = False, status: int | None = None
    ) -> None:
        super().__init__(detail)
        self.trouble = trouble
        self.detail = detail
        self.transient = transient
        self.status = status
