"""Files that tell of other files, broken or meaning harm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from config.benches.hostile.archives import WAYS_OUT
from config.benches.hostile.pictures import WORDS, File

ADDRESSES = [
    "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/x.png", "http://[::1]/x.png",
    "file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "/data/local-files/?d=../../etc/passwd",
    "/data/upload/1/../../../secret_key", "s3://bucket/../../x.png", "http://[", "//", "data:,x",
]  # fmt: skip
ODD: list[Any] = [None, True, -1, 1e400, 10**400, "", "\x00", "\ud800", [], {}, [[]], "A" * 100_000]
"""Values where a name, a class or a number is expected."""
TOLD = "told.png"
"""The file that the manifests speak of, where they do; what they say may rightly get it refused."""


def _image(value: Any) -> dict[str, Any]:
    return {"images": [{"id": 1, "file_name": value}], "annotations": [], "categories": []}


def _shown(value: Any) -> dict[str, Any]:
    return {
        "images": [{"id": value, "file_name": TOLD}],
        "annotations": [{"image_id": value, "category_id": value}],
        "categories": [{"id": value, "name": value}],
    }


def _task(value: Any) -> list[dict[str, Any]]:
    chosen = [{"result": [{"value": {"choices": [value]}}]}]
    return [{"data": {"image": value}, "annotations": chosen}]


def hostile_manifests() -> Iterator[File]:
    """(name, content) of each, the same in every run."""
    for number, value in enumerate([*WAYS_OUT, *WORDS, *ADDRESSES, *ODD]):
        row = {"file": value, "class": value, "split": value, "metadata": value}
        yield f"row {number}.jsonl", json.dumps(row).encode()
        for kind, document in (("i", _image(value)), ("c", _shown(value)), ("t", _task(value))):
            yield f"{kind} {number}.json", json.dumps(document).encode()
        if isinstance(value, str):
            cells = f'file,class\n"{value}","{value}"\n'
            yield f"row {number}.csv", cells.encode(errors="surrogatepass")
    whole = json.dumps(_shown(1)).encode()
    for percent in range(5, 100, 5):
        yield f"cut at {percent}.json", whole[: len(whole) * percent // 100]
    yield from _shapes()


def _shapes() -> Iterator[File]:
    """Documents that are large, deep or no text."""
    deep = 200_000
    yield "deep.json", b'{"images": ' + b"[" * deep
    yield "deep.jsonl", b'{"file": "x", "metadata": ' + b'{"a":' * deep + b"1" + b"}" * deep + b"}"
    yield "deep tasks.json", b'[{"data": ' * deep
    yield "wide.json", b'{"images": [{' + b'"a":1,' * 500_000 + b'"id": 1}]}'
    yield "keys.json", b"{" + b",".join(b'"%d": 0' % n for n in range(200_000)) + b', "images": []}'
    yield "one line.jsonl", b'{"file": "' + b"a" * 5_000_000
    yield "one cell.csv", b'file,class\n"' + b"a" * 5_000_000
    yield "columns.csv", b"file," + b",".join(b"c%d" % n for n in range(100_000)) + b"\nx\n"
    yield "no end.csv", b'file,class\n"a,"b\n' * 1000
    yield "rows.csv", b"file,class\n" + b"gone.png,boot\n" * 20_000
    for code in ("utf-16", "utf-32", "utf-7", "cp037"):
        yield f"{code}.csv", f"file,class\n{TOLD},boot\n".encode(code)
    yield "noise.json", bytes(range(256)) * 100
    yield "numbers.json", b'{"images": [{"id": ' + b"9" * 1_000_000 + b', "file_name": "x"}]}'
    yield "metadata.jsonl", b'{"file_name": "../../../etc/passwd"}\n{"file_name": null}\n[]\n'
