#!/usr/bin/env python3
"""GPTs, healthy and damaged: what sgdisk wrote is what is read."""
import os
import re
import struct
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

MIB = 1 << 20
PARTS = [("proinfo", 1, None), ("nvram", 2, None), ("lk", 1, None), ("boot", 4, None), ("seccfg", 1, None),
         ("userdata", 16, None), ("flashinfo", 1, None)]


def named(report):
    return [(p["name"], p["start"], p["size"]) for p in report["partitions"] if p["name"] and p["name"] not in ("pgpt", "sgpt")]


def sgdisk_says(path):
    rows = []
    for line in tool("sgdisk", "-p", path).splitlines():
        m = re.match(r"\s+(\d+)\s+(\d+)\s+(\d+)\s+\S+ \S+\s+\S+\s+(.*)", line)
        if m:
            rows.append((m[4], int(m[2]) * 512, (int(m[3]) - int(m[2]) + 1) * 512))
    return rows


def recrc(path, header_at, entries_at):
    """Makes both checksums of a header good again after an edit of its entries."""
    h = bytearray(read(path, header_at, 92))
    n, size = struct.unpack_from("<II", h, 0x50)
    h[0x58:0x5C] = struct.pack("<I", zlib.crc32(read(path, entries_at, n * size)))
    h[0x10:0x14] = bytes(4)
    h[0x10:0x14] = struct.pack("<I", zlib.crc32(bytes(h)))
    edit(path, header_at, bytes(h))


def healthy(t):
    """a healthy GPT: sgdisk's rows, pgpt, sgpt and gaps add up to the medium"""
    gpt(t + "/d", PARTS, 40)
    r = info(t + "/d")
    assert named(r) == sgdisk_says(t + "/d")
    assert r["table"] == {"kind": "gpt", "source": "primary", "sector_size": 512, "vendor": "mediatek"}
    assert r["image"]["device_size"] == 40 * MIB and r["image"]["complete"] and not r["notes"]
    rows = r["partitions"]
    assert rows[0]["name"] == "pgpt" and rows[0]["size"] == MIB
    assert rows[-1]["name"] == "sgpt" and rows[-1]["size"] == 0x4200
    assert sum(p["size"] for p in rows) == 40 * MIB
    assert [p["start"] for p in rows[1:]] == [p["start"] + p["size"] for p in rows[:-1]]


def sector_4096(t):
    """a GPT with sectors of 4096 bytes (UFS)"""
    parts = [("lk", 6, 300), ("nvram", 306, 100), ("userdata", 406, 1000)]
    entries = b""
    for name, first, n in parts:
        entries += bytes.fromhex("a2a0d0ebe5b9334487c068b6b72699c7") + os.urandom(16)
        entries += struct.pack("<QQQ", first, first + n - 1, 0) + name.encode("utf-16-le").ljust(72, b"\0")
    entries = entries.ljust(128 * 128, b"\0")
    last = 2047

    def header(my, other, at):
        h = bytearray(struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, my, other, 6, last - 5, bytes(16), at,
                                  128, 128, zlib.crc32(entries)))
        h[0x10:0x14] = struct.pack("<I", zlib.crc32(bytes(h)))
        return bytes(h)

    with open(t + "/d", "wb") as f:
        f.truncate((last + 1) * 4096)
    edit(t + "/d", 4096, header(1, last, 2))
    edit(t + "/d", 8192, entries)
    edit(t + "/d", last * 4096, header(last, 1, last - 4))
    edit(t + "/d", (last - 4) * 4096, entries)
    r = info(t + "/d")
    assert r["table"]["sector_size"] == 4096 and r["image"]["device_size"] == 8 * MIB
    assert named(r) == [(n, f * 4096, c * 4096) for n, f, c in parts], named(r)
    edit(t + "/d", 0, bytes(24576))
    r = info(t + "/d", status=1)
    assert r["table"]["source"] == "backup" and named(r) == [(n, f * 4096, c * 4096) for n, f, c in parts]


def primary_gone(t):
    """the primary zeroed: the backup is used and said"""
    gpt(t + "/d", PARTS, 40)
    want = sgdisk_says(t + "/d")
    edit(t + "/d", 0, bytes(34 * 512))
    r = info(t + "/d", status=1)
    assert r["table"]["source"] == "backup" and named(r) == want and r["image"]["device_size"] == 40 * MIB
    assert any(n["level"] == "damage" and "backup" in n["text"] for n in r["notes"])
    assert all(p["source"] == "backup" for p in r["partitions"])


def one_bit(t):
    """one flipped bit in an entry, or in the header: the healthy copy is taken"""
    gpt(t + "/d", PARTS, 40)
    want = sgdisk_says(t + "/d")
    for at in (2 * 512 + 0x20, 512 + 0x30):
        old = read(t + "/d", at, 1)
        edit(t + "/d", at, bytes([old[0] ^ 4]))
        r = info(t + "/d", status=1)
        assert r["table"]["source"] == "backup" and named(r) == want, at
        edit(t + "/d", at, old)


def both_bad(t):
    """both copies damaged but plausible: used, and marked"""
    gpt(t + "/d", PARTS, 40)
    want = sgdisk_says(t + "/d")
    edit(t + "/d", 512 + 0x10, b"\0\0\0\0")
    edit(t + "/d", 40 * MIB - 512, bytes(512))
    r = info(t + "/d", status=1)
    assert named(r) == want
    assert any(n["level"] == "damage" and "checksum" in n["text"] for n in r["notes"]), r["notes"]


def headless(t):
    """entries without any header: used, and marked"""
    gpt(t + "/d", PARTS, 40)
    want = sgdisk_says(t + "/d")
    edit(t + "/d", 512, bytes(512))
    edit(t + "/d", 40 * MIB - 512, bytes(512))
    r = info(t + "/d", status=1)
    assert named(r) == want and any("header is missing" in n["text"] for n in r["notes"])


def mediatek_habits(t):
    """MediaTek's habits: only the entries in use are counted, a backup header that points at LBA 2"""
    gpt(t + "/d", PARTS, 40)
    want = sgdisk_says(t + "/d")
    last = 40 * MIB - 512
    edit(t + "/d", 512 + 0x38, bytes(16))
    edit(t + "/d", 512 + 0x50, struct.pack("<I", len(PARTS)))
    recrc(t + "/d", 512, 1024)
    edit(t + "/d", last + 0x50, struct.pack("<I", len(PARTS)))
    edit(t + "/d", last + 0x48, struct.pack("<Q", 2))
    recrc(t + "/d", last, last - 32 * 512)
    r = info(t + "/d")
    assert named(r) == want and not r["notes"], r["notes"]
    edit(t + "/d", 0, bytes(34 * 512))
    r = info(t + "/d", status=1)
    assert named(r) == want and r["table"]["source"] == "backup"


def truncated(t):
    """a dump cut short: complete, partial, missing; what is missing in hex; the rest is cut"""
    rows = gpt(t + "/d", PARTS, 40)
    cut = rows[5][1] + 4 * MIB
    with open(t + "/d", "r+b") as f:
        f.truncate(cut)
    r = info(t + "/d", status=1)
    states = {p["name"]: p["state"] for p in r["partitions"]}
    assert states["boot"] == "complete" and states["userdata"] == "partial" and states["flashinfo"] == "missing"
    assert not r["image"]["complete"] and r["image"]["device_size"] == 40 * MIB
    text = run("info", t + "/d", status=1).decode()
    assert f"0x{40 * MIB:X}" in text and f"0x{40 * MIB - cut:X}" in text
    run("split", t + "/d", "-o", t + "/out", status=1)
    assert os.path.getsize(t + "/out/boot.img") == 4 * MIB and not os.path.exists(t + "/out/userdata.img")
    run("split", t + "/d", "-o", t + "/out2", "-p", "userdata", status=1)
    assert os.path.getsize(t + "/out2/userdata.img") == 4 * MIB


def table_only(t):
    """a readback of the table alone: list, length for a full readback, scatter"""
    gpt(t + "/d", PARTS, 40)
    want = sgdisk_says(t + "/d")
    with open(t + "/d", "r+b") as f:
        f.truncate(MIB)
        run("info", t + "/d")
        f.truncate(32 * 1024)
    r = info(t + "/d")
    assert named(r) == want
    assert f"0x{40 * MIB:X}" in run("info", t + "/d").decode()
    scatter = run("scatter", t + "/d", "--platform", "MT6797").decode()
    for name, start, size in want[:-1]:
        assert f"partition_name: {name}\n" in scatter and f"physical_start_addr: 0x{start:x}\n" in scatter


def hostile(t):
    """hostile entries: absurd, overlapping, wrapping, names that escape"""
    gpt(t + "/d", [(n, 1, None) for n in ("a", "b", "c", "d", "e", "f", "g")], 16)
    table = bytearray(read(t + "/d", 1024, 128 * 128))

    def entry(i, name=None, first=None, last=None):
        if name is not None:
            table[i * 128 + 0x38:i * 128 + 0x80] = name.encode("utf-16-le").ljust(72, b"\0")
        if first is not None:
            table[i * 128 + 0x20:i * 128 + 0x30] = struct.pack("<QQ", first, last)

    entry(0, "../../evil")
    entry(1, "..")
    entry(2, "new\nline")
    entry(3, "same", 8192, 8193)
    entry(4, "same", 8192, 8195)
    entry(5, "wraps", 1 << 62, (1 << 64) - 1)
    entry(6, "backwards", 9000, 8000)
    edit(t + "/d", 1024, bytes(table))
    recrc(t + "/d", 512, 1024)
    r = info(t + "/d", status=1)
    names = [n for n, _, _ in named(r)]
    assert names.count("same") == 2 and "../../evil" in names and "wraps" not in names and "backwards" not in names
    assert sum("left out" in n["text"] for n in r["notes"]) == 2, r["notes"]
    assert any("repeats the name" in n["text"] for n in r["notes"])
    assert any("inside " in n["text"] for n in r["notes"])
    run("split", t + "/d", "-o", t + "/deep/er/out", status=1)
    written = [os.path.join(f, n) for f, _, files in os.walk(t) for n in files]
    assert all(p.startswith(t + "/deep/er/out/") for p in written if p != t + "/d"), written
    for count, size in ((0xFFFFFFFF, 128), (128, 0xFFFFFFFF), (0, 0)):
        edit(t + "/d", 512 + 0x50, struct.pack("<II", count, size))
        edit(t + "/d", 16 * MIB - 512, bytes(512))
        run("info", t + "/d", status=1)


def real(t):
    """the real tables: a MediaTek phone's, Qualcomm's, sgdisk's"""
    folder = REAL + "/partition-tables"
    if not os.path.isdir(folder):
        raise Skip("there are none here")
    r = info(folder + "/emtee40_gpt.bin")
    facts = open(folder + "/facts/emtee40_gpt.bin.txt").read()
    want = [(m[3], int(m[1]) * 512, (int(m[2]) - int(m[1]) + 1) * 512) for m in
            re.finditer(r"^\s+\d+\s+(\d+)\s+(\d+)\s+\S+ \S+\s+\S+\s+(\S+)$", facts, re.M)]
    assert len(want) == 36 and named(r) == want and r["image"]["device_size"] == 0xE8F800000
    assert r["table"]["vendor"] == "mediatek"
    assert info(folder + "/lgh1_gpt_main0.bin", status=None)["table"]["vendor"] == "qualcomm"
    rows = None
    for name, sector in (("tool_gpt512", 512), ("tool_gpt4096", 4096), ("tool_gpt512_primary_zeroed", 512)):
        with open(t + "/d", "wb") as f:
            subprocess.run(["xz", "-dc", f"{folder}/{name}.img.xz"], stdout=f, check=True)
        r = info(t + "/d", status=1 if "zeroed" in name else 0)
        assert r["table"]["sector_size"] == sector
        if name == "tool_gpt512":
            rows = sgdisk_says(t + "/d")
        assert sector != 512 or named(r) == rows, name


main([healthy, sector_4096, primary_gone, one_bit, both_bad, headless, mediatek_habits, truncated, table_only, hostile, real])
