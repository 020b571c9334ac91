"""Each format, opened by the library that it is for."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pandas
import pytest

from apps.datasets.models import DatasetVersion
from apps.images.models import Image
from tests.datasets.making import archive, asked, judged, make
from tests.datasets.versions import frozen


def unpacked(version: DatasetVersion, name: str, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(archive(make(asked(version, name))))) as opened:
        opened.extractall(folder)
    return folder / "gallery-v1"


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No library asks a hub, nor leaves anything outside of the test's folder."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.datasets.formats.shards.MOST_IMAGES", 5)


def class_of(sha256: str) -> str:
    return Image.objects.get(sha256=sha256).annotation_class.name


@pytest.mark.parametrize("name", ["parquet", "folders"])
def test_load_dataset_opens_pictures_and_classes(
    version: DatasetVersion, tmp_path: Path, name: str
) -> None:
    import datasets

    folder = unpacked(version, name, tmp_path)
    found = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in found.items()} == {"train": 14, "test": 4}
    row = found["train"][0]
    assert row["image"].size == (24, 20)
    if name == "parquet":
        assert found["train"].features["label"].names == ["Gummistiefel/groß", "..", "shirt"]
        for split in found.values():
            for row in split:
                assert split.features["label"].int2str(row["label"]) == class_of(row["sha256"])
        assert set(found["train"]["origin"]) == {"real", "synthetic"}
        assert found["train"].features["image"].decode


def test_parquet_holds_what_the_table_says(version: DatasetVersion, tmp_path: Path) -> None:
    from pyarrow import parquet

    image = Image.objects.filter(origin="real").first()
    judgement = judged(image, confidence=0.75)
    again, _ = frozen(version.project)
    with zipfile.ZipFile(io.BytesIO(archive(make(asked(again, "parquet"))))) as opened:
        opened.extractall(tmp_path)
    folder = tmp_path / "gallery-v2"
    rows = {
        row["sha256"]: row
        for path in sorted((folder / "data").iterdir())
        for row in parquet.read_table(path).to_pylist()
    }
    table = [json.loads(line) for line in (folder / "images.jsonl").read_text().splitlines()]
    assert len(rows) == len(table) == 18
    for told in table:
        row = rows[told["sha256"]]
        assert row["label"] == told["class_index"]
        assert {name: row[name] for name in set(row) & set(told)} == {
            name: told[name] for name in set(row) & set(told)
        }
    reviews = sorted(str(review.pk) for review in judgement.reviews.all())
    assert rows[image.sha256]["reviews"] == reviews
    assert rows[image.sha256]["agreement"] == 0.75


def test_webdataset_reads_the_shards(version: DatasetVersion, tmp_path: Path) -> None:
    import webdataset

    shards = sorted((unpacked(version, "webdataset", tmp_path) / "shards").iterdir())
    assert [shard.name for shard in shards] == [
        "test-00000.tar", "train-00000.tar", "train-00001.tar", "train-00002.tar",
    ]  # fmt: skip
    samples = list(
        webdataset.WebDataset([str(shard) for shard in shards], shardshuffle=False).decode("pil")
    )
    assert len(samples) == 18
    names = ["Gummistiefel/groß", "..", "shirt"]
    for sample in samples:
        assert names[sample["cls"]] == class_of(sample["__key__"]) == sample["json"]["class"]
        assert (sample.get("png") or sample["jpg"]).size == (24, 20)


def test_coco_says_which_class_each_image_shows_and_invents_no_box(
    version: DatasetVersion, tmp_path: Path
) -> None:
    folder = unpacked(version, "coco", tmp_path)
    seen: set[int] = set()
    for split, count in (("train", 14), ("test", 4)):
        coco = json.loads((folder / "annotations" / f"{split}.json").read_text())
        categories = {category["id"]: category["name"] for category in coco["categories"]}
        assert len(coco["images"]) == len(coco["annotations"]) == count
        by_image = {note["image_id"]: note for note in coco["annotations"]}
        for image in coco["images"]:
            assert (folder / "images" / image["file_name"]).is_file()
            note = by_image[image["id"]]
            assert categories[note["category_id"]] == class_of(image["sha256"])
            assert not {"bbox", "segmentation", "area"} & set(note)
        assert not seen & set(by_image)
        seen |= set(by_image)


def test_tables_are_read_by_what_reads_tables(version: DatasetVersion, tmp_path: Path) -> None:
    by_csv = pandas.read_csv(
        unpacked(version, "csv", tmp_path / "csv") / "images.csv", keep_default_na=False
    )
    by_json = pandas.read_json(
        unpacked(version, "jsonl", tmp_path / "jsonl") / "images.jsonl", lines=True
    )
    columns = ["file", "sha256", "class", "class_index", "origin", "split", "width"]
    assert by_csv[columns].equals(by_json[columns])
    assert list(by_csv["sha256"]) == sorted(Image.objects.values_list("sha256", flat=True))


def test_a_csv_field_with_commas_and_quotes_comes_back(
    version: DatasetVersion, tmp_path: Path
) -> None:
    with (unpacked(version, "csv", tmp_path) / "images.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["class"] for row in rows} == {"Gummistiefel/groß", "..", "shirt"}


@pytest.mark.parametrize("name", ["folders", "csv", "coco", "parquet", "webdataset"])
def test_mlcroissant_validates_and_reads_the_metadata(
    version: DatasetVersion, tmp_path: Path, name: str
) -> None:
    import mlcroissant

    folder = unpacked(version, name, tmp_path)
    dataset = mlcroissant.Dataset(folder / "croissant.json")
    assert not dataset.metadata.issues.errors
    warned = {str(warning) for warning in dataset.metadata.issues.warnings}
    assert all("citeAs" in text or "license" in text for text in warned), warned
    rows = list(dataset.records("images"))
    assert len(rows) == 18
    assert rows[0]["images/sha256"].decode() == min(Image.objects.values_list("sha256", flat=True))
    globs = [files.includes for files in dataset.metadata.file_sets]
    if name != "csv":
        found = {path for glob in globs[0] for path in folder.glob(glob)}
        assert found == {folder / row["images/file"].decode() for row in rows}
