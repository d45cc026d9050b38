#!/usr/bin/env python3
"""Inputs that are no dump, and outputs that cannot be: one clear line, the right status, nothing half-written."""
import gzip
import lzma
import os
import random
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *


def refused(word, *args, status=3):
    before = {os.path.join(f, n) for f, _, files in os.walk(os.path.dirname(args[-1]) or ".") for n in files}
    for command in ((), ("info",), ("split",)):
        run(*command, *args, status=status)
        assert run.stderr.count("\n") == 1 and word in run.stderr, f"{command}: {run.stderr}"
    after = {os.path.join(f, n) for f, _, files in os.walk(os.path.dirname(args[-1]) or ".") for n in files}
    assert before == after, after - before


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def not_there(t):
    """a file that is not there"""
    refused("No such file", t + "/none.bin")


def empty(t):
    """an empty file"""
    refused("is empty", write(t + "/e", b""))


def folder(t):
    """a folder"""
    os.mkdir(t + "/sub")
    refused("is a folder", t + "/sub")


def no_permission(t):
    """a file that may not be read"""
    if not os.geteuid():
        raise Skip("root may read everything")
    path = write(t + "/p", b"x" * 5000)
    os.chmod(path, 0)
    refused("Permission denied", path)


def compressed(t):
    """gzip, xz and zip: decompress it first"""
    data = bytes(100000)
    refused("decompress it first: gunzip", write(t + "/a.gz", gzip.compress(data)))
    refused("decompress it first: unxz", write(t + "/a.xz", lzma.compress(data)))
    with zipfile.ZipFile(t + "/a.zip", "w") as z:
        z.writestr("full.bin", data)
    refused("decompress it first: unzip", t + "/a.zip")


def jpeg(t):
    """a photo is no dump, small or large"""
    head = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    refused("image/jpeg", write(t + "/a.jpg", head + random.Random(1).randbytes(5000)))
    refused("image/jpeg", write(t + "/b.jpg", head + random.Random(1).randbytes(2 << 20)))


def noise(t):
    """512 bytes of noise are no dump; 2 MiB are judged as a partition"""
    refused("no partition table", write(t + "/n", random.Random(2).randbytes(512)))
    r = info(write(t + "/big", random.Random(3).randbytes(2 << 20)))
    assert r["userdata"]["verdict"] == "encrypted-unknown" and r["partitions"][0]["name"] is None
    assert r["partitions"][0]["content"] == "noise" and r["partitions"][0]["entropy"] > 7.99


def magic_by_chance(t):
    """ciphertext that begins as some music or a gzip file does, by two bytes, is ciphertext all the same"""
    for head in (b"\x56\xe0", b"\xff\xfb\x90", b"\xff\xf1", b"\xf0\x00", b"MZ", b"\x1f\x8b"):
        r = info(write(t + "/big", head + random.Random(3).randbytes(2 << 20)))
        assert r["userdata"]["verdict"] == "encrypted-unknown", (head, r["userdata"])


def wiped(t):
    """zeros and FF: wiped, and which of them"""
    for fill, word in ((b"\0", "zeros"), (b"\xff", "FF")):
        r = info(write(t + "/w", fill * (2 << 20)))
        assert r["userdata"]["verdict"] == "wiped" and word in r["userdata"]["sentence"], r["userdata"]


def superblock_gone(t):
    """a plain ext4 whose first superblock is gone: damaged by its backup, never called encrypted"""
    os.makedirs(t + "/tree/media/0")
    write(t + "/tree/media/0/video.mp4", random.Random(5).randbytes(8 << 20))
    ext4(t + "/u", t + "/tree", 160)
    with open(t + "/u", "r+b") as f:
        f.write(bytes(4096))
    assert info(t + "/u")["userdata"]["verdict"] == "damaged", info(t + "/u")["userdata"]
    with open(t + "/u", "r+b") as f:
        f.truncate(100 << 20)
    assert info(t + "/u")["userdata"]["verdict"] in ("unknown", "damaged")


def usage(t):
    """wrong usage: status 2 and one line"""
    path = write(t + "/x", b"x")
    for args in (("--nonsense", path), ("info",), ("cat", path), ("verify",), ("info", path, "--style", "wwr"),
                 ("scatter", path, "--style", "none"), ("info", "--platform", "potato", path), ("split", path, "-o")):
        run(*args, status=2)
        assert run.stderr.count("\n") == 1, run.stderr
    run("--help")
    assert b"Exit status" in run("help")
    for command in ("info", "split", "scatter", "ls", "cat", "extract", "verify"):
        assert command.encode() in run("--help") and run(command, "--help")


def output(t):
    """an output folder that cannot be made: status 5"""
    dump = phone(t, 3)[0]
    write(t + "/file", b"")
    for args in ((), ("split",), ("extract",)):
        run(*args, dump, "-o", t + "/file", status=5)
        assert run.stderr.count("\n") == 1, run.stderr
        assert "-o DIR" in run.stderr, run.stderr
        run(*args, dump, "-o", "/proc/none", status=5)


def not_writable(t):
    """beside a dump on a read-only disk, or in a folder of somebody else: why, and that -o helps"""
    dump = phone(t, 3)[0]
    os.mkdir(t + "/disk")
    if os.geteuid():
        os.rename(dump, t + "/disk/full.bin")
        os.chmod(t + "/disk", 0o555)
        word = "Permission denied"
    else:
        tmpfs = ["mount", "-t", "tmpfs", "none", t + "/disk"]
        if subprocess.run(tmpfs, capture_output=True).returncode:
            raise Skip("no tmpfs can be mounted here")
        tool("cp", "--sparse=always", dump, t + "/disk/full.bin")
        tool("mount", "-o", "remount,ro", t + "/disk")
        word = "Read-only file system"
    try:
        for args in ((), ("split",), ("extract",)):
            run(*args, t + "/disk/full.bin", status=5)
            assert run.stderr.count("\n") == 1 and word in run.stderr and "-o DIR" in run.stderr, run.stderr
            run(*args, t + "/disk/full.bin", "-o", t + "/out" + "".join(args))
    finally:
        if os.geteuid():
            os.chmod(t + "/disk", 0o755)
        else:
            tool("umount", t + "/disk")


def parts(t):
    """a dump in parts: named in order, or found from the first"""
    dump, _, rows = phone(t, 3)
    whole = info(dump)
    data = open(dump, "rb").read()
    for i, cut in enumerate(range(0, len(data), 10 << 20), 1):
        write(f"{t}/full.bin.{i:03}", data[cut:cut + (10 << 20)])
    found = info(t + "/full.bin.001")
    # what is a hole in the one and not in the other is looked at in another way: the statistics differ
    def rows_of(r):
        return [(p["name"], p["start"], p["size"], p["content"], p["state"]) for p in r["partitions"]]

    assert rows_of(found) == rows_of(whole) and found["image"]["size"] == len(data)
    named = info(*[f"{t}/full.bin.{i:03}" for i in range(1, 6)])
    assert rows_of(named) == rows_of(whole)
    run("split", t + "/full.bin.001", "-o", t + "/out")
    name, start, length = rows[5]
    assert sha256_file(t + "/out/userdata.img") == sha256(data[start:start + length])


def part_missing(t):
    """a part in the middle is missing: damage, which one, and where the dump ends; not a dump cut short and nothing else"""
    dump, _, rows = phone(t, 3)
    data = open(dump, "rb").read()
    size = 10 << 20
    cuts = [data[at:at + size] for at in range(0, len(data), size)]
    for first, names in ((1, "full.bin.{:03}"), (0, "full.bin.{}"), (0, "ROM_{}")):
        os.mkdir(f"{t}/{names}")
        paths = [f"{t}/{names}/" + names.format(first + i) for i in range(len(cuts))]
        for path, cut in zip(paths, cuts):
            write(path, cut)
        os.rename(paths[2], t + "/away")
        there = [p for p in paths if p != paths[2]]
        cases = [(paths[0],)] if "ROM" in names else [(paths[0],), there]
        for args in cases:
            r = info(*args, status=1)
            notes = [n["text"] for n in r["notes"] if n["level"] == "damage" and "is missing" in n["text"]]
            assert len(notes) == 1 and all(os.path.basename(p) in notes[0] for p in paths[1:4]), r["notes"]
            assert hex(2 * size) in notes[0] and r["image"]["size"] == 2 * size and not r["image"]["complete"], r["image"]
            text = run("info", *args, status=1).decode()
            assert notes[0] in text, text
        run("split", paths[0], "-o", f"{t}/{names}/out", status=1)
        assert notes[0] in run.stderr, run.stderr
        os.rename(t + "/away", paths[2])
        assert info(paths[0])["image"]["size"] == len(data)
        os.unlink(paths[-1])  # at the end none is missed: this is what a dump cut short looks like
        assert not any("is missing, but" in n["text"] for n in info(paths[0], status=1)["notes"])
    # named in an order of the user's own: all are there
    paths = [t + f"/full.bin.{{:03}}/full.bin.{i:03}" for i in (1, 3, 2, 4)]
    assert info(*paths, status=None)["image"]["size"] == 4 * size


def sparse(t):
    """an Android sparse image is read in place"""
    import shutil
    if not shutil.which("img2simg"):
        raise Skip("img2simg is not installed")
    media = tree(t + "/data")
    ext4(t + "/raw", t + "/data")
    tool("img2simg", t + "/raw", t + "/simg")
    assert os.path.getsize(t + "/simg") < os.path.getsize(t + "/raw") // 2
    a, b = info(t + "/raw"), info(t + "/simg")
    assert a["partitions"] == b["partitions"] and a["userdata"] == b["userdata"]
    run("extract", t + "/simg", "-o", t + "/out")
    for path, row in listing(media).items():
        if row[0] == 8:
            assert listing(t + "/out")[path][4] == row[4], path


main([not_there, empty, folder, no_permission, compressed, jpeg, noise, magic_by_chance, wiped, superblock_gone, usage, output, not_writable, parts, part_missing, sparse])
