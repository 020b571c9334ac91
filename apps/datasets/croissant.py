"""Croissant 1.0 metadata of an export: its files, and its table field by field.

See the Croissant format specification of MLCommons.
"""

from __future__ import annotations

from typing import Any

from apps.datasets.formats import Format
from apps.datasets.formats.tables import CSV
from apps.datasets.material import Material
from apps.datasets.summary import Summary

FIELDS = {
    "file": ("sc:Text", "Where the picture lies in the export."),
    "sha256": ("sc:Text", "Of the picture as it is stored, without the mark."),
    "class": ("sc:Text", "The annotation class."),
    "class_index": ("sc:Integer", "The position of the class."),
    "origin": ("sc:Text", "real, or synthetic: made by a generator."),
    "split": ("sc:Text", "pool, train, guidance, select or test."),
    "basis": ("sc:Text", "What the class rests on: reviews, given or batch."),
    "method": ("sc:Text", "How the reviews were judged."),
    "agreement": ("sc:Float", "Confidence of that judgement, 0 to 1."),
    "lineage": ("sc:Text", "Of a synthetic image: its generation run and its sample in it."),
    "format": ("sc:Text", "png or jpeg."),
    "width": ("sc:Integer", "In pixels."),
    "height": ("sc:Integer", "In pixels."),
}
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant_of(material: Material, written_as: Format, summary: Summary) -> dict[str, Any]:
    """The metadata as JSON-LD. Its addresses are relative to the export's folder."""
    project, version = material.project, material.version
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": project.slug,
        "description": (
            f"{project.name}, {version}: {summary.images:,} images, of which"
            f" {summary.of_origin('synthetic'):,} are synthetic and marked as such."
            f" Filters: {material.selection}. Manifest {version.sha256}."
        ),
        "version": f"{version.number}.0.0",
        "datePublished": version.created_at.date().isoformat(),
        "distribution": _distribution(written_as, summary),
        "recordSet": [_records(written_as)],
    }


def _distribution(written_as: Format, summary: Summary) -> list[dict[str, Any]]:
    is_csv = written_as.table == CSV
    table = {
        "@type": "cr:FileObject",
        "@id": written_as.table,
        "name": written_as.table,
        "description": "A line an image.",
        "contentUrl": written_as.table,
        "contentSize": f"{summary.table_size} B",
        "encodingFormat": "text/csv" if is_csv else "application/jsonlines",
        "sha256": summary.table_sha256,
    }
    if not written_as.globs:
        return [table]
    files = {
        "@type": "cr:FileSet",
        "@id": "pictures",
        "name": "pictures",
        "description": written_as.about,
        "encodingFormat": list(written_as.encodings),
        "includes": list(written_as.globs),
    }
    return [table, files]


def _records(written_as: Format) -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"images/{name}",
            "name": name,
            "description": description,
            "dataType": data_type,
            "source": {"fileObject": {"@id": written_as.table}, "extract": {"column": name}},
        }
        for name, (data_type, description) in FIELDS.items()
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": "images",
        "name": "images",
        "description": "The images of the export.",
        "key": {"@id": "images/sha256"},
        "field": fields,
    }
