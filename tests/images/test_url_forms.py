"""Lists of addresses in every form that people send them in."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError

from apps.images import url_forms
from apps.images.url_forms import UrlLine, url_list_read


def read(text: str | bytes, kind: str, **defaults: str) -> list[UrlLine]:
    return url_list_read(text.encode() if isinstance(text, str) else text, kind, defaults)


def test_a_text_has_one_address_a_line() -> None:
    text = "\ufeffhttps://a.example/1.png\r\n\n# a remark\n  https://a.example/2.png  \n"
    assert read(text, "text") == [
        UrlLine(1, "https://a.example/1.png"),
        UrlLine(4, "https://a.example/2.png"),
    ]


def test_a_csv_has_columns_and_those_unknown_are_metadata() -> None:
    text = 'class,url,camera,split\nboot,https://a.example/1,"X, 7",test\n,https://a.example/2,,\n'
    assert read(text, "csv") == [
        UrlLine(2, "https://a.example/1", "boot", "test", {"camera": "X, 7"}),
        UrlLine(3, "https://a.example/2"),
    ]


def test_json_and_json_lines_have_addresses_or_objects() -> None:
    entries = [
        "https://a.example/1",
        {"url": "https://a.example/2", "class": "coat", "metadata": {"n": 1}, "site": "north"},
    ]
    expected = [
        UrlLine(1, "https://a.example/1"),
        UrlLine(2, "https://a.example/2", "coat", "", {"n": 1, "site": "north"}),
    ]
    assert read(json.dumps(entries), "json") == expected
    assert read("\n".join(json.dumps(entry) for entry in entries), "jsonl") == expected


def test_what_is_said_for_the_whole_list_holds_where_a_line_says_nothing() -> None:
    text = "url,class\nhttps://a.example/1,coat\nhttps://a.example/2,\n"
    lines = read(text, "csv", **{"class": "boot", "split": "select"})
    assert [(line.annotation_class, line.split) for line in lines] == [
        ("coat", "select"),
        ("boot", "select"),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "named"),
    [
        ("text", "", "empty"),
        ("text", "\n# nothing\n", "empty"),
        ("text", b"\xff\xfeh\x00t\x00", "UTF-8"),
        ("text", "https://a.example/\x00", "NUL"),
        ("csv", "address\nhttps://a.example/", "must be url"),
        ("csv", "url\nhttps://a.example/,extra\n", "Line 2 has more cells"),
        ("csv", 'url\n"https://a.example/', "no CSV"),
        ("csv", "url,split\nhttps://a.example/,holdout\n", "Line 2: there is no split 'holdout'"),
        ("json", '{"url": "https://a.example/"}', "JSON list"),
        ("json", "[1]", "Line 1 is neither"),
        ("json", '[{"class": "boot"}]', "Line 1 has no url"),
        ("json", '[{"url": ["https://a.example/"]}]', "Line 1 has no url"),
        ("json", '[{"url": "u", "class": 3}]', "Line 1: a class is"),
        ("json", '[{"url": "u", "split": {"a": 1}}]', "Line 1: there is no split"),
        ("json", '[{"url": "u", "metadata": [1]}]', "Line 1: metadata"),
        ("json", json.dumps([{"url": "u", "note": "x" * 20_000}]), "16 KiB"),
        ("json", '["\\u0000"]', "no JSON that can be kept"),
        ("json", "[" * 100_000, "no JSON that can be kept"),
        ("jsonl", '"https://a.example/"\n{', "no JSON that can be kept"),
    ],
)
def test_a_list_that_cannot_be_read_says_where(kind: str, text: str | bytes, named: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(text, kind)
    assert named in " ".join(caught.value.messages)


def test_a_list_that_is_too_long_or_too_large_is_to_be_parted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(url_forms, "MOST_URLS", 2)
    with pytest.raises(ValidationError, match="in parts"):
        read("u\nu\nu\n", "text")
    monkeypatch.setattr(url_forms, "MOST_LIST_BYTES", 5)
    with pytest.raises(ValidationError, match="in parts"):
        read("u\nu\nu\n", "text")
