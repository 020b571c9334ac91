"""Questions to people about images, their answers, and what is kept of both."""

from apps.review.models.answers import Judgement, Review
from apps.review.models.batches import AcceptanceTest, RealismTest
from apps.review.models.people import KeyBindings, Remark, Reviewer
from apps.review.models.settings import ReviewSettings
from apps.review.models.tasks import QueueAnnouncement, Reservation, ReviewTask, Skip

__all__ = [
    "AcceptanceTest",
    "Judgement",
    "KeyBindings",
    "QueueAnnouncement",
    "RealismTest",
    "Remark",
    "Reservation",
    "Review",
    "ReviewSettings",
    "ReviewTask",
    "Reviewer",
    "Skip",
]
