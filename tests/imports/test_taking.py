"""Imports are taken in whole, however often their job is stopped or done again."""

from __future__ import annotations

import json

import pytest

from apps.accounts.models import User
from apps.images.models import Image, Refusal, UrlList
from apps.imports import taking
from apps.imports.layouts.told import ManifestError
from apps.imports.models import Import, Upload
from apps.imports.selectors import import_refusals
from apps.imports.storage import import_folder
from apps.jobs.models import JobEvent
from apps.jobs.services import Claim, Fenced
from apps.projects.models import Project
from ml_engine.config import StopRequestedError
from tests.images.pictures import png, tarred, zipped
from tests.imports.sending import counts, sent, taken

pytestmark = pytest.mark.django_db(transaction=True)


def rows(project: Project) -> list[tuple[str, str, str | None, dict[str, object]]]:
    images = Image.objects.filter(project=project).order_by("id")
    return list(images.values_list("name", "split", "annotation_class__name", "metadata"))


def test_files_and_archives_are_taken_in_together(project: Project, manager: User) -> None:
    owner = sent(
        project,
        manager,
        {
            "b.png": png(1),
            "a.zip": zipped({"x/1.png": png(2), "x/2.txt": b"no image", "3.png": png(1)}),
            "c.tar.gz": tarred({"4.png": png(4)}, compress=True),
        },
        metadata={"trip": 7},
    )
    done = taken(owner)
    assert (counts(done), done.total) == ((3, 1, 1), 5)
    assert [name for name, *_ in rows(project)] == ["x/1.png", "3.png", "4.png"]
    assert Image.objects.filter(project=project, metadata__trip=7).count() == 3
    (refusal,) = import_refusals(done)
    assert (refusal.name, refusal.reason) == ("x/2.txt", "not_an_image")


def test_when_it_has_ended_its_files_are_gone_and_webhooks_are_told(
    project: Project, manager: User
) -> None:
    done = taken(sent(project, manager, {"a.png": png(1)}))
    assert done.ended_at
    assert not import_folder(done).exists()
    assert not Upload.objects.exists()
    event = JobEvent.objects.get(kind="import.ended")
    assert event.payload == {
        "import": done.pk, "title": "files", "accepted": 1, "duplicates": 0, "refused": 0,
    }  # fmt: skip


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_stopped_anywhere_it_ends_as_if_undisturbed(
    project: Project, manager: User, monkeypatch: pytest.MonkeyPatch, pack: object
) -> None:
    monkeypatch.setattr(taking, "BATCH_IMAGES", 3)
    members = {f"{n}.png": png(n) for n in range(8)} | {"bad.png": b"bad", "again.png": png(0)}
    lines = [{"file": f"{n}.png", "class": "boot", "n": n} for n in range(9)] + [{"n": 1}]
    files = {
        "m.jsonl": "\n".join(map(json.dumps, lines)).encode(),
        "a": pack(members),  # type: ignore[operator]
        "b.png": png(20),
        "c.png": png(21),
    }
    owner = sent(project, manager, files)
    for stops in range(100):
        asked = iter(range(1000))
        try:
            done = taken(
                owner, should_stop=lambda after=5 + stops % 40, asked=asked: next(asked) > after
            )
        except StopRequestedError:
            continue
        break
    assert stops > 3
    assert counts(done) == (10, 1, 2)
    assert done.total == 12
    assert {(name, cls, meta.get("n")) for name, _, cls, meta in rows(project)} == {
        *((f"{n}.png", "boot", n) for n in range(8)), ("b.png", None, None), ("c.png", None, None),
    }  # fmt: skip
    assert import_refusals(done).count() == 2


def test_the_same_files_again_change_nothing(project: Project, manager: User) -> None:
    files = {"a.zip": zipped({f"{n}.png": png(n) for n in range(4)})}
    taken(sent(project, manager, files))
    before = rows(project)
    assert counts(taken(sent(project, manager, files))) == (0, 4, 0)
    assert rows(project) == before


def test_done_again_it_says_what_it_did(project: Project, manager: User) -> None:
    owner = sent(project, manager, {"a.png": png(1)})
    assert counts(taken(owner)) == counts(taken(owner)) == (1, 0, 0)


def test_an_attempt_that_lost_its_job_writes_nothing(project: Project, manager: User) -> None:
    owner = sent(project, manager, {"a.png": png(1)})
    assert owner.job
    with pytest.raises(Fenced):
        taking.import_take_in(
            claim=Claim(owner.job.pk, 7),
            owner=owner,
            on_progress=lambda _: None,
            should_stop=lambda: False,
        )
    assert not Image.objects.exists()


def test_a_broken_archive_costs_only_itself(project: Project, manager: User) -> None:
    whole = tarred({f"{n}.png": png(n) for n in range(4)})
    done = taken(sent(project, manager, {"a.tar": whole[:2500], "b.png": png(9)}))
    assert (done.accepted, done.refused) == (2, 1)
    assert import_refusals(done).get().name == "a.tar"


def test_the_layout_is_told_by_the_files_and_kept(project: Project, manager: User) -> None:
    done = taken(
        sent(project, manager, {"a.zip": zipped({"boot/1.png": png(1), "coat/2.png": png(2)})})
    )
    assert done.found["layout"] == "folders"
    assert [(name, cls) for name, _, cls, _ in rows(project)] == [
        ("boot/1.png", "boot"), ("coat/2.png", "coat"),
    ]  # fmt: skip


def test_plain_images_get_no_class_of_their_folders(project: Project, manager: User) -> None:
    taken(sent(project, manager, {"boot/1.png": png(1)}, layout="plain"))
    assert rows(project) == [("boot/1.png", "pool", None, {})]


def test_a_manifest_gives_classes_splits_and_metadata(project: Project, manager: User) -> None:
    table = "file;class;split;camera\n1.png;boot;test;Ä\nx/2.png;coat;val;\n9.png;boot;;\n"
    files = {
        "set/list.csv": b"\xef\xbb\xbf" + table.encode(),
        "set/1.png": png(1),
        "set/x/2.png": png(2),
        "set/3.png": png(3),
    }
    done = taken(sent(project, manager, files))
    assert rows(project) == [
        ("set/1.png", "test", "boot", {"camera": "Ä"}),
        ("set/3.png", "pool", None, {}),
        ("set/x/2.png", "select", "coat", {}),
    ]
    assert done.found == {
        "layout": "manifest", "manifests": 1, "named": 3, "classes": 2, "missing": 1, "unnamed": 1,
        "missing_names": ["9.png"], "addresses": 0,
    }  # fmt: skip
    assert done.total == 3


def test_a_line_that_cannot_be_followed_refuses_its_file_only(
    project: Project, manager: User
) -> None:
    table = b"file,class,split\n1.png,boot,nowhere\n2.png,hat,\n3.png,boot,train\n4.png,boot,,,,\n"
    files = {"m.csv": table, **{f"{n}.png": png(n) for n in range(1, 4)}}
    done = taken(sent(project, manager, files))
    assert [name for name, *_ in rows(project)] == ["3.png"]
    refusals = {refusal.name: refusal for refusal in import_refusals(done)}
    assert refusals["1.png"].detail.startswith("m.csv, line 2: there is no split 'nowhere'")
    assert refusals["2.png"].reason == "unknown_class"
    assert refusals["m.csv"].detail == "m.csv, line 5: it has 6 cells for 3 columns."


def test_lines_that_contradict_each_other_refuse_their_file(
    project: Project, manager: User
) -> None:
    files = {"m.csv": b"file,class\n1.png,boot\n1.png,coat\n", "1.png": png(1)}
    assert counts(taken(sent(project, manager, files))) == (0, 0, 1)
    assert Refusal.objects.get().reason == "bad_manifest_line"


def test_a_manifest_that_cannot_be_read_stops_it_before_anything_came(
    project: Project, manager: User
) -> None:
    files = {"1.png": png(1), "m.json": b'{"images": [{"id": 1, "file_name": "1.png"}'}
    owner = sent(project, manager, files)
    with pytest.raises(ManifestError, match=r"m\.json ends too early"):
        taken(owner)
    assert not Image.objects.exists()
    assert Upload.objects.count() == 2


def test_a_layout_without_its_manifest_is_said_so(project: Project, manager: User) -> None:
    with pytest.raises(ManifestError, match="No file is a manifest of COCO"):
        taken(sent(project, manager, {"1.png": png(1)}, layout="coco"))


def test_images_by_address_are_left_to_the_guarded_list(project: Project, manager: User) -> None:
    tasks = [
        {"data": {"image": "https://images.example/a/1.png"}, "annotations": []},
        {"data": {"image": "https://images.example/a/2.png"}, "annotations": []},
    ]
    files = {"project.json": json.dumps(tasks).encode(), "1.png": png(1)}
    done = taken(sent(project, manager, files))
    assert done.found["addresses"] == 1
    assert UrlList.objects.get().waiting.get().url == "https://images.example/a/2.png"
    assert Import.objects.get().found["missing"] == 0
