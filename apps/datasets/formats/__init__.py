"""The ways to write a dataset. Adding one is a file here, a line below and a name in the model."""

from __future__ import annotations

from apps.datasets.formats.coco import COCO
from apps.datasets.formats.folders import FOLDERS
from apps.datasets.formats.members import Format, Member
from apps.datasets.formats.parquet import PARQUET
from apps.datasets.formats.tables import CSV_TABLE, JSONL_TABLE
from apps.datasets.formats.webdataset import WEBDATASET
from apps.datasets.models import Export

Name = Export.Format
FORMATS: dict[str, Format] = {
    Name.FOLDERS: FOLDERS,
    Name.CSV: CSV_TABLE,
    Name.JSONL: JSONL_TABLE,
    Name.COCO: COCO,
    Name.PARQUET: PARQUET,
    Name.WEBDATASET: WEBDATASET,
}

__all__ = ["FORMATS", "Format", "Member"]
