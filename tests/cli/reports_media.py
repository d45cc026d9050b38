#!/usr/bin/env python3
"""What files are, by their bytes: the numbers of the summary, of report.json and of the manifest; reported cards and their twins.

The real ones are in ../shared/real/reports/fs (README.tsv: file, command, expected, got, source)."""
import os
import random
import re
import shutil
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from cards import *

KEYS = ("pictures", "videos", "damaged_pictures", "damaged_videos", "empty", "zeros", "ones", "ecryptfs", "length_from_chain")


def real(t, name):
    return reported_file(t, "fs", name)


def manifest(path):
    return {r["path"]: r for r in map(json.loads, open(path)) if r["type"] == "file"}


def extract(image, out, *args, status=0):
    """({path: row of the manifest}, the summary)"""
    shutil.rmtree(out, ignore_errors=True)
    text = run("extract", image, "/", "-o", out, *args, status=status).decode()
    return manifest(out + ".manifest.jsonl"), text


def whole_job(image, out, status=0):
    """(media of report.json, the whole report, the text)"""
    shutil.rmtree(out, ignore_errors=True)
    text = run(image, "-o", out, status=status).decode()
    report = json.load(open(out + "/report.json"))
    return report["media"], report, text


def numbers(media):
    return {k: media[k] for k in KEYS if media[k]}


def ecryptfs(size, seed=1):
    """A file as eCryptfs leaves it (fs/ecryptfs/crypto.c): the size, the marker, flags of version 3, then ciphertext."""
    rng = random.Random(seed)
    m = rng.getrandbits(32)
    head = struct.pack(">QIII", size, m, m ^ 0x3c81b7f5, 0x0300000c) + struct.pack(">IH", 4096, 2)
    return (head + rng.randbytes(8192 - len(head)) + rng.randbytes((size + 4095) // 4096 * 4096))


def reported_ecryptfs(t):
    """reported: a card with 6 photos that eCryptfs encrypted: 0 pictures, 6 encrypted one by one, in all outputs"""
    image = real(t, "samsung_ecryptfs_card.img")
    rows, text = extract(image, t + "/out")
    assert "0 pictures" in text and "6 files encrypted one by one (eCryptfs" in text, text
    assert [r["content"] for r in rows.values()] == ["ecryptfs"] * 6
    media, report, text = whole_job(image, t + "/job")
    assert numbers(media) == {"ecryptfs": 6}, media
    assert "not encrypted, but 6 files are encrypted one by one (eCryptfs, Samsung/older Android)" in report["userdata"]["sentence"]
    assert "6 files encrypted one by one" in text


def reported_zeros(t):
    """reported: photos that are empty or zeros are no pictures; each kind is named with its number"""
    image = real(t, "ext4_empty_and_zero_photos.img")
    rows, text = extract(image, t + "/out")
    assert "; 0 pictures" in text and "3 files empty" in text and "3 files with nothing but zeros" in text, text
    assert sorted(r["content"] for r in rows.values()) == ["empty"] * 3 + ["zeros"] * 3
    assert not [r for r in extract(image, t + "/typed", "--type", "image")[0].values() if r["file"]]


def fixture(name):
    with open(f"{MEDIA}/{name}", "rb") as f:
        return f.read()


def mixed(t):
    """A tree of all kinds of content under all kinds of names: {path: what it is}."""
    jpeg, rng = photo(1, 40000), random.Random(3)
    files = {
        "DCIM/a.jpg": (jpeg, "jpeg"), "DCIM/photo.bin": (photo(2, 9000), "jpeg"), "DCIM/no ending": (fixture("progressive.jpg"), "jpeg"),
        "DCIM/b.heic": (fixture("photo.heic"), "heic"), "DCIM/c.png": (fixture("exif.png"), "png"),
        "DCIM/d.txt": (fixture("moving.gif"), "gif"), "DCIM/e.webp": (fixture("lossy.webp"), "webp"),
        "DCIM/samsung.jpg": (fixture("samsung.jpg"), "jpeg"), "DCIM/motion.jpg": (fixture("motion.jpg"), "jpeg"),
        "DCIM/cut.jpg": (jpeg[:-700], "jpeg"), "DCIM/no_eoi.jpg": (jpeg[:-2], "jpeg"), "DCIM/cut.png": (fixture("exif.png")[:-20], "png"),
        "DCIM/cut.heic": (fixture("photo.heic")[:-100], "heic"), "DCIM/half.jpg": (jpeg[:20000] + bytes(len(jpeg) - 20000), "jpeg"),
        "DCIM/video.jpg": (fixture("video.mp4"), "mp4"), "DCIM/clip.mp4": (fixture("faststart.mp4"), "mp4"),
        "DCIM/clip.avi": (fixture("clip.avi"), "avi"), "DCIM/cut.mp4": (fixture("video.mp4")[:-900], "mp4"),
        "Music/sound.mp4": (fixture("sound.m4a"), "m4a"), "Music/x.jpg": (fixture("tail.mp3"), "mp3"),
        "text.jpg": (b"this is no picture\n" * 500, "unknown"), "noise.mp4": (rng.randbytes(50000), "unknown"),
        "document.jpg": (fixture("pages.pdf"), "pdf"), "film.mkv": (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska" +
                                                              rng.randbytes(9000), "unknown"),
        "torn.jpg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + rng.randbytes(9000), "jpeg"),
        "empty.jpg": (b"", "empty"), "zeros.jpg": (bytes(30000), "zeros"), "one zero": (bytes(1), "zeros"), "ff.png": (b"\xff" * 70000, "ones"),
        "nearly zeros.jpg": (bytes(69999) + b"1", "unknown"), "nearly ff.jpg": (b"\xff" * 69999 + b"\0", "unknown"),
        "e1.jpg": (ecryptfs(20000), "ecryptfs"), "e2.mp4": (ecryptfs(1, 2), "ecryptfs"), "e3": (ecryptfs(90000, 3), "ecryptfs"),
        "marker alone.jpg": (ecryptfs(20000)[:11] + b"x" + ecryptfs(20000)[12:], "unknown"),
    }
    for path, (data, _) in files.items():
        write(f"{t}/src/{path}", data)
    return {p: kind for p, (_, kind) in files.items()}


WANT = {"pictures": 15, "videos": 5, "damaged_pictures": 6, "damaged_videos": 1, "empty": 1, "zeros": 2, "ones": 1, "ecryptfs": 3}


def contents(t):
    """pictures, videos, empty, zeros, FF, eCryptfs by bytes, whatever the names: on FAT, ext4 and from a pass, in all outputs"""
    want = mixed(t)
    shutil.copytree(t + "/src", t + "/tree/media/0")
    ext4(t + "/ext4", t + "/tree")
    fat(t + "/fat", t + "/src", 16, 4, 16000)
    for image, prefix in ((t + "/fat", ""), (t + "/ext4", "media/0/")):
        rows, text = extract(image, t + "/out")
        got = {p[len(prefix):]: r["content"] for p, r in rows.items() if p.startswith(prefix)}
        assert {p: got[p] for p in want} == want, {p: (got[p], want[p]) for p in want if got[p] != want[p]}
        assert f"; {WANT['pictures']} pictures, {WANT['videos']} videos" in text, text
        assert "6 of the pictures, 1 of the videos" in text and "3 files encrypted one by one" in text, text
        assert "1 file empty" in text and "2 files with nothing but zeros" in text and "1 file with nothing but FF" in text, text
        bad = {p[len(prefix):] for p, r in rows.items() if r.get("content_state", "whole") != "whole"}
        assert bad == {"DCIM/cut.jpg", "DCIM/no_eoi.jpg", "DCIM/cut.png", "DCIM/cut.heic", "DCIM/half.jpg", "DCIM/cut.mp4",
                       "torn.jpg"}, bad
        media, report, text = whole_job(image, t + "/job")
        assert numbers(media) == WANT, media
        assert "not encrypted, but 3 files are encrypted one by one" in report["userdata"]["sentence"]
        shutil.rmtree(t + "/job")


def without_digests(t):
    """the same without digests, when ranges may be shared instead of copied"""
    want = mixed(t)
    ext4(t + "/ext4", t + "/src")
    rows, text = extract(t + "/ext4", t + "/out", "--no-hash")
    assert {p: rows[p]["content"] for p in want} == want
    assert "15 pictures, 5 videos" in text and "6 of the pictures, 1 of the videos" in text, text


def types_agree(t):
    """--type image and --type video select what is counted as one"""
    want = mixed(t)
    fat(t + "/fat", t + "/src", 16, 4, 16000)
    rows, _ = extract(t + "/fat", t + "/out")
    for word, kind in (("image", "picture"), ("video", "video")):
        typed, text = extract(t + "/fat", t + "/typed", "--type", word)
        assert {p for p, r in typed.items() if r["file"]} == {p for p, r in rows.items() if r.get("content_type") == kind}, word
        assert f"{len(typed)} {kind}s" in text, text


def unreadable(t):
    """a photo that the dump does not have is no file of zeros: unreadable; one that lacks its middle is a damaged picture"""
    for i in range(3):
        write(f"{t}/src/p{i}.jpg", photo(i, 60000))
    image = fat(t + "/fat", t + "/src", 16, 4, 16000)
    card = Fat(image)
    at = {p: (card.place(f), s) for p, _, f, s, _ in card.walk()}
    lost = [(at["p0.jpg"][0], 60 * 1024), (at["p1.jpg"][0] + 20480, 4096)]
    with open(t + "/fat.map", "w") as f:
        f.write("# Mapfile.\n0x0 + 1\n")
        pos = 0
        for start, length in sorted(lost):
            f.write(f"0x{pos:x} 0x{start - pos:x} +\n0x{start:x} 0x{length:x} -\n")
            pos = start + length
        f.write(f"0x{pos:x} 0x{os.path.getsize(image) - pos:x} +\n")
    rows, text = extract(image, t + "/out", "--map", t + "/fat.map", status=1)
    assert rows["p0.jpg"]["content"] == "unknown" and rows["p1.jpg"]["content_state"] == "unreadable", rows
    assert "2 pictures" in text and "1 of the pictures" in text and "zeros" not in text.split("\n", 2)[1], text


def sound_phone(t):
    """control: a dump whose photos are noise behind a JPEG's first bytes is read as before, status 0"""
    path, media, _ = phone(t)
    text = run(path, "-o", t + "/out").decode()
    assert re.search(r"\d+ pictures?, 0 videos", text), text


main([reported_ecryptfs, reported_zeros, contents, without_digests, types_agree, unreadable, sound_phone])
