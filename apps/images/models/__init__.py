"""Images, what is known of them, and how they come in."""

from apps.images.models.arrivals import ListedUrl, Refusal, UrlList
from apps.images.models.images import HeldBackClass, Image
from apps.images.models.quality import QualityMeasures, QualityPolicy
from apps.images.models.slices import Slice, SlicedImage
from apps.images.models.splits import SplitPolicy, TrainedImage

__all__ = [
    "HeldBackClass",
    "Image",
    "ListedUrl",
    "QualityMeasures",
    "QualityPolicy",
    "Refusal",
    "Slice",
    "SlicedImage",
    "SplitPolicy",
    "TrainedImage",
    "UrlList",
]
