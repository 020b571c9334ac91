"""Archives that are whole, broken, and hostile."""

from __future__ import annotations

import gzip
import io
import random
import struct
import tarfile
import zipfile

import pytest

from apps.images import archives
from apps.images.archives import file_sources
from apps.images.refusals import Reason, Refused
from apps.images.sources import Source
from tests.images.pictures import png, tarred, zipped

GOOD = {"first.png": png(1), "boot/second.png": png(2)}


def read(content: bytes, name: str = "sent.bin") -> tuple[dict[str, bytes], dict[str, Reason]]:
    """What an archive gives: contents by name, and reasons by name."""
    found = list(file_sources(name, io.BytesIO(content)))
    kept = {source.name: source.read() for source in found if isinstance(source, Source)}
    return kept, {item.name: item.reason for item in found if isinstance(item, Refused)}


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


@pytest.mark.parametrize(
    "content",
    [zipped(GOOD), zipped(GOOD, zipfile.ZIP_STORED), tarred(GOOD), tarred(GOOD, compress=True)],
    ids=["zip", "stored zip", "tar", "tar.gz"],
)
def test_an_archive_is_known_by_its_bytes_and_gives_its_members(content: bytes) -> None:
    assert read(content, name="holiday.jpg") == (GOOD, {})


def test_a_plain_file_gives_itself() -> None:
    assert read(png(1), name="pictures.zip") == ({"pictures.zip": png(1)}, {})


@pytest.mark.parametrize(
    "name", ["../evil.png", "a/../../evil.png", "/etc/evil.png", "..\\evil.png", "C:\\evil.png"]
)
def test_a_path_that_leads_out_is_refused_and_its_neighbours_are_kept(name: str) -> None:
    for pack in (zipped, tarred):
        kept, refused = read(pack({"first.png": GOOD["first.png"], name: png(3), **GOOD}))
        assert kept == GOOD
        assert refused == {name: Reason.UNSAFE_PATH}


def test_links_and_devices_are_refused_and_their_neighbours_are_kept() -> None:
    kept, refused = read(
        tarred(
            {
                "symbolic": entry("symbolic", tarfile.SYMTYPE, "/etc/passwd"),
                "hard": entry("hard", tarfile.LNKTYPE, "first.png"),
                "device": entry("device", tarfile.CHRTYPE),
                "pipe": entry("pipe", tarfile.FIFOTYPE),
                "folder": entry("folder", tarfile.DIRTYPE),
                **GOOD,
            }
        )
    )
    assert kept == GOOD
    assert refused == {
        "symbolic": Reason.LINK,
        "hard": Reason.LINK,
        "device": Reason.SPECIAL_FILE,
        "pipe": Reason.SPECIAL_FILE,
    }


def test_a_link_in_a_zip_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("first.png", GOOD["first.png"])
    assert read(buffer.getvalue()) == ({"first.png": GOOD["first.png"]}, {"link.png": Reason.LINK})


# With names: the bytes hold the time, and every process must find the same tests.
@pytest.mark.parametrize(
    "inner",
    [zipped(GOOD), tarred(GOOD), tarred(GOOD, compress=True)],
    ids=["zip", "tar", "tar.gz"],
)
def test_an_archive_in_an_archive_is_refused(inner: bytes) -> None:
    for pack in (zipped, tarred):
        kept, refused = read(pack({"inner.png": inner, **GOOD}))
        assert (kept, refused) == (GOOD, {"inner.png": Reason.NESTED_ARCHIVE})


def test_an_encrypted_member_is_refused() -> None:
    content = bytearray(zipped({"first.png": GOOD["first.png"], "locked.png": png(3)}))
    local, central = content.rindex(b"PK\x03\x04"), content.rindex(b"PK\x01\x02")
    content[local + 6] |= 1
    content[central + 8] |= 1
    kept, refused = read(bytes(content))
    assert (list(kept), refused) == (["first.png"], {"locked.png": Reason.ENCRYPTED})


def test_rare_packing_is_refused() -> None:
    kept, refused = read(zipped({"rare.png": png(3)}, zipfile.ZIP_LZMA))
    assert (kept, refused) == ({}, {"rare.png": Reason.UNSUPPORTED_COMPRESSION})


def test_a_bomb_in_a_zip_is_refused_by_its_ratio_and_its_neighbours_are_kept() -> None:
    kept, refused = read(zipped({"bomb.bmp": bytes(6_000_000), **GOOD}))
    assert (kept, refused) == (GOOD, {"bomb.bmp": Reason.COMPRESSION_BOMB})


def test_overlapping_members_are_a_bomb_together() -> None:
    """Many entries of the table of contents name the same packed bytes."""
    shade = zipped({"a.bmp": bytes(1_500_000)})
    end = shade.rindex(b"PK\x05\x06")
    start = struct.unpack("<I", shade[end + 16 : end + 20])[0]
    directory = shade[start:end] * 40
    tail = bytearray(shade[end:])
    tail[8:12] = struct.pack("<HH", 40, 40)
    tail[12:16] = struct.pack("<I", len(directory))
    found = list(file_sources("sent.zip", io.BytesIO(shade[:start] + directory + bytes(tail))))
    assert len(found) < 10
    assert isinstance(found[-1], Refused)
    assert (found[-1].name, found[-1].reason) == ("sent.zip", Reason.COMPRESSION_BOMB)


def test_a_bomb_in_a_tar_ends_it_and_the_members_before_are_kept() -> None:
    kept, refused = read(tarred({**GOOD, "bomb.bmp": bytes(8_000_000)}, compress=True))
    assert (kept, refused) == (GOOD, {"sent.bin": Reason.COMPRESSION_BOMB})


def test_a_tar_whose_headers_never_end_is_a_bomb() -> None:
    noise = random.Random(0).randbytes(3_000_000)
    endless = tarfile.TarInfo("././@LongLink")
    endless.type = tarfile.GNUTYPE_LONGNAME
    endless.size = len(noise)
    _, refused = read(endless.tobuf() + noise + bytes(20_000))
    assert refused == {"sent.bin": Reason.COMPRESSION_BOMB}


def test_a_member_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_FILE_BYTES", 5000)
    big = random.Random(0).randbytes(6000)
    for pack in (zipped, tarred):
        assert read(pack({"big.bmp": big, **GOOD})) == (GOOD, {"big.bmp": Reason.TOO_LARGE})


def test_members_beyond_the_limit_are_refused_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
    many = {f"{number}.png": png(number) for number in range(5)}
    for pack in (zipped, tarred):
        kept, refused = read(pack(many))
        assert list(kept) == ["0.png", "1.png"]
        assert refused == {"sent.bin": Reason.TOO_MANY_MEMBERS}


def test_a_zip_with_a_huge_table_of_contents_is_not_opened() -> None:
    content = bytearray(zipped(GOOD))
    content[-10:-6] = struct.pack("<I", 2**31)
    assert read(bytes(content)) == ({}, {"sent.bin": Reason.TOO_MANY_MEMBERS})


@pytest.mark.parametrize("compress", [False, True])
def test_a_tar_cut_short_keeps_what_came_before(compress: bool) -> None:
    whole = tarred(GOOD)
    cut = whole[: 512 * 3 + 200 + len(GOOD["first.png"]) // 512 * 512]
    kept, refused = read(gzip.compress(cut) if compress else cut)
    assert (list(kept), refused) == (["first.png"], {"sent.bin": Reason.TRUNCATED})


def test_a_gzip_cut_short_is_truncated() -> None:
    kept, refused = read(tarred({**GOOD, "noise": random.Random(0).randbytes(90_000)}, True)[:-500])
    assert (kept, refused) == (GOOD, {"sent.bin": Reason.TRUNCATED})


def test_a_zip_cut_short_is_truncated() -> None:
    assert read(zipped(GOOD)[:-60])[1] == {"sent.bin": Reason.TRUNCATED}


def test_a_member_with_a_wrong_checksum_is_corrupt_and_its_neighbours_are_kept() -> None:
    content = bytearray(zipped(GOOD, zipfile.ZIP_STORED))
    content[content.index(GOOD["first.png"]) + 50] ^= 1
    kept, refused = read(bytes(content))
    assert (list(kept), refused) == (["boot/second.png"], {"first.png": Reason.CORRUPT})


@pytest.mark.parametrize("seed", range(30))
def test_noise_in_an_archive_never_raises(seed: int) -> None:
    noise = random.Random(seed)
    for whole in (zipped(GOOD), tarred(GOOD), tarred(GOOD, compress=True)):
        content = bytearray(whole)
        for _ in range(20):
            content[noise.randrange(4, len(content))] = noise.randrange(256)
        read(bytes(content))


@pytest.mark.parametrize("name", ["", "\x00.png"])
def test_a_member_without_a_name_is_refused_and_its_neighbours_are_kept(name: str) -> None:
    buffer = io.BytesIO(zipped(GOOD))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), png(3), zipfile.ZIP_DEFLATED)
    kept, refused = read(buffer.getvalue())
    assert kept == GOOD
    assert list(refused.values()) == [Reason.UNSAFE_PATH]


@pytest.mark.parametrize("size", [b"77777777777", b"\x80" + b"\x7f" * 11])
def test_a_tar_whose_member_is_absurdly_large_ends_at_once(size: bytes) -> None:
    content = bytearray(tarred(GOOD))
    content[124 : 124 + len(size)] = size
    content[148:156] = b" " * 8
    content[148:156] = b"%06o\x00 " % sum(content[:512])
    _, refused = read(bytes(content))
    assert refused["first.png"] is Reason.TOO_LARGE
