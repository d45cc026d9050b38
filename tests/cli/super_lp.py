#!/usr/bin/env python3
"""super: logical partitions (LP metadata) as partitions: listed, recognised, cut, read.

What is taken for granted of the program, where the specification leaves it open:
  - rows super/NAME have parent "super"; start is where its one extent begins in the region, null with several;
    extents, when given, are places in the region too;
  - a logical partition that only the metadata of another slot or a backup has is a row all the same;
  - damaged geometry or metadata makes a note; what the sound copies say is read;
  - in a bare super image (raw, sparse, or the compact super_empty) the rows are called super/NAME as well."""
import hashlib
import os
import random
import shutil
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import contents
import lp
from dumps import *

A, B = "super/system_a", "super/vendor_a"


def logical(report):
    return {p["name"]: p for p in report["partitions"] if p["parent"]}


def pieces(p):
    """[(start, length)] of a row."""
    return [(e["start"], e["size"]) for e in p["extents"]] if p["extents"] else [(p["start"], p["size"])]


def make(t, **kw):
    """A super with two ext4 filesystems: its path, {name: bytes}, {name: places}."""
    data = {"system_a": open(contents.small_ext4(t + "/system_a", 6, 30), "rb").read(),
            "vendor_a": open(contents.small_ext4(t + "/vendor_a", 4, 10, 5), "rb").read()}
    where = lp.build(t + "/super", 20 * MIB, list(data.items()), **kw)
    return t + "/super", data, where


def inside(t, image):
    """A dump with that super in it: path, first byte of super."""
    mib = os.path.getsize(image) // MIB
    rows = gpt(t + "/full.bin", [("proinfo", 1, None), ("nvram", 1, None), ("lk", 1, None), ("super", mib, image),
                                 ("userdata", 4, None), ("flashinfo", 1, None)], mib + 10)
    return t + "/full.bin", next(s for n, s, _ in rows if n == "super")


def files_of(t, name):
    tree = f"{t}/{name}.tree"
    return {os.path.relpath(os.path.join(f, n), tree) for f, _, names in os.walk(tree) for n in names}


def cut(t, image, name, status=0):
    out = t + "/cut"
    shutil.rmtree(out, ignore_errors=True)
    run("split", image, "-p", name, "-o", out, status=status)
    found = [os.path.join(f, n) for f, _, names in os.walk(out) for n in names if n != "SHA256SUMS" and not n.endswith("scatter.txt")]
    assert len(found) == 1, found
    return open(found[0], "rb").read()


def in_a_dump(t):
    """in a dump: rows, contents, listing, a file, the cut partition"""
    image, data, where = make(t)
    dump, base = inside(t, image)
    r = info(dump)
    rows = logical(r)
    assert set(rows) == {A, B}, set(rows)
    for name in (A, B):
        p, short = rows[name], name[6:]
        assert p["parent"] == "super" and p["size"] == len(data[short]) and p["content"] == "ext4" and p["state"] == "complete"
        assert p["start"] == base + where[short][0][0] and p["region"] == "EMMC_USER", p
        assert cut(t, dump, name) == data[short]
    physical = [p for p in r["partitions"] if not p["parent"]]
    assert sum(p["size"] for p in physical) == os.path.getsize(dump)
    assert next(p for p in physical if p["name"] == "super")["content"] == "super"
    listed = run("ls", dump, "/", "-p", A).decode()
    assert "build.prop" in listed and "dir" in listed
    assert run("cat", dump, "/build.prop", "-p", A) == open(t + "/system_a.tree/build.prop", "rb").read()
    run("extract", dump, "/", "-p", B, "-o", t + "/out")
    for n in files_of(t, "vendor_a"):
        assert sha256_file(f"{t}/out/{n}") == sha256_file(f"{t}/vendor_a.tree/{n}"), n
    run("split", dump, "-o", t + "/all")  # only super itself is cut by the whole job
    sums = [sha256_file(os.path.join(t + "/all", n)) for n in os.listdir(t + "/all")]
    assert sha256_file(image) in sums and sha256(data["system_a"]) not in sums
    run("ls", dump, "/", "-p", "super/none", status=None)
    assert run.status not in (0, 4) and run.stderr.count("\n") == 1


def several_extents(t):
    """torn into many extents that lie between others': read in the right order"""
    image, data, where = make(t, extent_bytes=300 * 4096)
    dump, base = inside(t, image)
    rows = logical(info(dump))
    for name in (A, B):
        p, short = rows[name], name[6:]
        assert p["start"] is None and len(p["extents"]) == len(where[short]) > 1
        assert pieces(p) == [(base + s, l) for s, l in where[short]], p["extents"]
        assert p["content"] == "ext4" and cut(t, dump, name) == data[short]
        assert b"build.prop" in run("ls", dump, "/", "-p", name)
    run("extract", dump, "/dir", "-p", A, "-o", t + "/out")
    for n in os.listdir(t + "/system_a.tree/dir"):
        assert sha256_file(f"{t}/out/{n}") == sha256_file(f"{t}/system_a.tree/dir/{n}"), n


def header_1_2(t):
    """metadata 10.2 with its header of 256 bytes; another metadata size and three slots"""
    image, data, where = make(t, minor=2, max_size=32768, slots=3)
    dump, base = inside(t, image)
    rows = logical(info(dump))
    assert set(rows) == {A, B} and cut(t, dump, A) == data["system_a"]


def slots(t):
    """slots that differ: partitions of both are listed"""
    image, data, where = make(t, slot_contents=[["system_a"], ["system_a", "vendor_a"]])
    dump, base = inside(t, image)
    rows = logical(info(dump, status=None))
    assert set(rows) == {A, B}, set(rows)
    assert cut(t, dump, B, status=None) == data["vendor_a"]


def zero_extents(t):
    """extents of zeros, empty partitions, names in both slots"""
    data = random.Random(1).randbytes(MIB)
    parts = [("odd_a", lp.READONLY, 1, [(2048, lp.LINEAR, 2048, 0), (2048, lp.ZERO, 0, 0), (1024, lp.LINEAR, 8192, 0)]),
             ("none_a", lp.READONLY, 1, []), ("odd_b", lp.READONLY, 1, [(2048, lp.LINEAR, 2048, 0)])]
    table = lp.metadata(parts, [(2048, 1 << 20, 0, 8 * MIB, "super", 0)], [("default", 0, 0), ("main", 0, 8 * MIB)])
    with open(t + "/super", "wb") as f:
        f.truncate(8 * MIB)
    edit(t + "/super", 0, lp.head([table, table]))
    edit(t + "/super", MIB, data)
    edit(t + "/super", 4 * MIB, data[:MIB // 2][::-1])
    dump, base = inside(t, t + "/super")
    rows = logical(info(dump, status=None))
    p = rows["super/odd_a"]
    assert p["size"] == 2 * MIB + MIB // 2
    assert cut(t, dump, "super/odd_a", status=None) == data + bytes(MIB) + data[:MIB // 2][::-1]
    assert rows["super/odd_b"]["start"] == base + MIB and cut(t, dump, "super/odd_b", status=None) == data
    assert "super/none_a" not in rows or rows["super/none_a"]["size"] == 0


def backups(t):
    """damaged geometry, damaged metadata: the sound copies are used, and it is said"""
    image, data, where = make(t)
    n = 2
    places = {
        "geometry": [(4096, 4096)],
        "metadata of slot 0": [(lp.slot_at(0, n), 65536)],
        "metadata of both slots": [(lp.slot_at(0, n), 2 * 65536)],
        "geometry and primary metadata": [(4096, 4096), (lp.slot_at(0, n), 2 * 65536)],
        "one byte of the tables": [(lp.slot_at(0, n) + 140, 1)],
    }
    whole = open(image, "rb").read()
    for what, harm in places.items():
        bad = bytearray(whole)
        for at, length in harm:
            bad[at:at + length] = bytes(length) if length > 1 else bytes([bad[at] ^ 0x20])
        contents.write(image, bytes(bad))
        dump, base = inside(t, image)
        r = info(dump, status=None)
        assert set(logical(r)) == {A, B}, f"{what}: {set(logical(r))} {r['notes']}"
        assert cut(t, dump, A, status=None) == data["system_a"], what
        assert any(x["level"] in ("warning", "damage", "info") for x in r["notes"]), what
    bad = bytearray(whole)
    bad[4096:12288] = bytes(8192)  # both geometries: nothing to go by but the metadata itself
    contents.write(image, bytes(bad))
    r = info(inside(t, image)[0], status=None)
    assert run.status in (0, 1)


def hostile(t):
    """numbers that lie: no crash, nothing read outside of super"""
    dev = [(2048, 1 << 20, 0, 8 * MIB, "super", 0)]
    groups = [("default", 0, 0), ("main", 0, 8 * MIB)]
    cases = {
        "outside": [("x_a", 1, 1, [(2048, 0, 1 << 40, 0)])],
        "wraps": [("x_a", 1, 1, [(1 << 63, 0, 1 << 63, 0), (1 << 63, 0, 2048, 0)])],
        "no such device": [("x_a", 1, 1, [(2048, 0, 2048, 9)])],
        "odd type": [("x_a", 1, 1, [(2048, 77, 2048, 0)])],
        "no such group": [("x_a", 1, 99, [(2048, 0, 2048, 0)])],
        "escape": [("../../evil", 1, 1, [(2048, 0, 2048, 0)])],
        "over the metadata": [("x_a", 1, 1, [(2048, 0, 0, 0)])],
        "twins": [("x_a", 1, 1, [(2048, 0, 2048, 0)]), ("x_a", 1, 1, [(2048, 0, 4096, 0)])],
        "overlap": [("x_a", 1, 1, [(2048, 0, 2048, 0)]), ("y_a", 1, 1, [(2048, 0, 3000, 0)])],
        "many": [(f"p{i}_a", 1, 1, [(8, 0, 2048 + 8 * i, 0)]) for i in range(400)],
    }
    for what, parts in cases.items():
        with open(t + "/super", "wb") as f:
            f.truncate(8 * MIB)
        table = lp.metadata(parts, dev, groups)
        edit(t + "/super", 0, lp.head([table, table]))
        dump, base = inside(t, t + "/super")
        r = info(dump, status=None)
        assert run.status in (0, 1), f"{what}: {run.status}"
        size = os.path.getsize(dump)
        for p in logical(r).values():
            assert what == "wraps" or what == "outside" or all(s + l <= base + 8 * MIB for s, l in pieces(p) if s is not None), what
            assert p["state"] != "complete" or what not in ("outside", "wraps", "no such device"), f"{what}: {p}"
        for name in list(logical(r))[:2]:
            run("split", dump, "-p", name, "-o", t + "/deep/er", status=None)
            assert run.status in (0, 1, 2, 3), f"{what}: {run.status}"
        written = [os.path.join(f, n) for f, _, names in os.walk(t) for n in names]
        assert all(os.path.dirname(p).startswith((t + "/deep/er",)) or os.path.dirname(p) == t for p in written), what
        shutil.rmtree(t + "/deep", ignore_errors=True)
    good = lp.metadata([("x_a", 1, 1, [(2048, 0, 2048, 0)])], dev, groups)
    rng = random.Random(8)
    for i in range(80):
        bad = bytearray(good)
        for _ in range(rng.choice([1, 3])):
            at = rng.choice([rng.randrange(len(bad)), rng.randrange(80, 128)])
            bad[at] = rng.randrange(256)
        if i % 2:  # with sums that agree, so that the numbers themselves are looked at
            size, = struct.unpack_from("<I", good, 8)
            tables = struct.unpack_from("<I", good, 44)[0]
            bad[8:12], bad[44:48] = good[8:12], good[44:48]
            bad[48:80] = hashlib.sha256(bytes(bad[size:size + tables])).digest()
            bad[12:44] = bytes(32)
            bad[12:44] = hashlib.sha256(bytes(bad[:size])).digest()
        with open(t + "/super", "wb") as f:
            f.truncate(8 * MIB)
        edit(t + "/super", 0, lp.head([bytes(bad), bytes(bad)]))
        run("info", "--json", t + "/super", status=None)
        assert run.status in (0, 1, 3), f"{i}: {run.status} {run.stderr}"
    for field, value in ((40, 0xFFFFFFFF), (44, 0xFFFFFFFF), (48, 0), (44, 0)):
        with open(t + "/super", "wb") as f:
            f.truncate(8 * MIB)
        bad = bytearray(lp.geometry())
        struct.pack_into("<I", bad, field, value)
        bad[8:40] = bytes(32)
        bad[8:40] = hashlib.sha256(bytes(bad)).digest()
        edit(t + "/super", 4096, bytes(bad))
        edit(t + "/super", 8192, bytes(bad))
        edit(t + "/super", 12288, good)
        run("info", "--json", t + "/super", status=None)
        assert run.status in (0, 1, 3), f"geometry: {run.status} {run.stderr}"


def bare(t):
    """a bare super image, raw and Android sparse, torn and whole"""
    image, data, where = make(t, extent_bytes=300 * 4096)
    for kind in ("raw", "sparse"):
        path = image
        if kind == "sparse":
            if not shutil.which("img2simg"):
                raise Skip("img2simg is not installed")
            path = t + "/super.simg"
            tool("img2simg", image, path)
            assert os.path.getsize(path) < os.path.getsize(image)
        rows = logical(info(path, status=None))
        assert {n.split("/")[-1] for n in rows} == {"system_a", "vendor_a"}, f"{kind}: {set(rows)}"
        assert {p["content"] for p in rows.values()} == {"ext4"}
        assert cut(t, path, A) == data["system_a"], kind
        assert b"build.prop" in run("ls", path, "/", "-p", A)
    dump, base = inside(t, t + "/super")
    padded = open(t + "/super.simg", "rb").read().ljust(20 * MIB, b"\0")
    contents.write(t + "/flashed", padded)  # a sparse image that somebody wrote as it is into the partition
    rows = logical(info(inside(t, t + "/flashed")[0], status=None))
    assert not rows or {p["content"] for p in rows.values()} == {"ext4"}


def cut_short(t):
    """a dump that ends within super: partial and missing logical partitions"""
    image, data, where = make(t)
    dump, base = inside(t, image)
    with open(dump, "r+b") as f:
        f.truncate(base + where["system_a"][0][0] + 2 * MIB)
    rows = logical(info(dump, status=1))
    assert rows[A]["state"] == "partial" and rows[B]["state"] == "missing", {n: p["state"] for n, p in rows.items()}


def retrofit(t):
    """retrofit: several block devices, which are partitions of the dump"""
    system = open(contents.small_ext4(t + "/system", 6, 20), "rb").read()
    vendor = open(contents.small_ext4(t + "/vendor", 4, 10, 5), "rb").read()
    # system lies in two pieces on two devices, vendor on the second
    half = 4 * MIB
    devices = [(2048, 1 << 20, 0, 8 * MIB, "system", 0), (2048, 1 << 20, 0, 12 * MIB, "vendor", 0)]
    groups = [("default", 0, 0), ("main", 0, 20 * MIB)]
    parts = [("system", 1, 1, [(half // 512, 0, 2048, 0), ((len(system) - half) // 512, 0, 2048, 1)]),
             ("vendor", 1, 1, [(len(vendor) // 512, 0, 2048 + (4 * MIB) // 512, 1)])]
    table = lp.metadata(parts, devices, groups)
    first, second = bytearray(8 * MIB), bytearray(12 * MIB)
    head = lp.head([table, table])
    first[:len(head)] = head
    first[MIB:MIB + half] = system[:half]
    second[MIB:MIB + len(system) - half] = system[half:]
    second[5 * MIB:5 * MIB + len(vendor)] = vendor
    contents.write(t + "/one", bytes(first))
    contents.write(t + "/two", bytes(second))
    gpt(t + "/full.bin", [("proinfo", 1, None), ("nvram", 1, None), ("lk", 1, None), ("system", 8, t + "/one"), ("vendor", 12, t + "/two"),
                          ("userdata", 4, None)], 32)
    r = info(t + "/full.bin", status=None)
    rows = {n.split("/")[-1]: p for n, p in logical(r).items()}
    assert set(rows) == {"system", "vendor"}, [p["name"] for p in r["partitions"]]
    assert rows["system"]["content"] == "ext4" and len(rows["system"]["extents"]) == 2
    assert cut(t, t + "/full.bin", rows["system"]["name"], status=None) == system
    assert cut(t, t + "/full.bin", rows["vendor"]["name"], status=None) == vendor


def real(t):
    """real: a vendor's super_empty with three block devices"""
    path = REAL + "/super/oneplus_retrofit_super_empty.img"
    if not os.path.exists(path):
        raise Skip("it is not here")
    data = open(path, "rb").read()
    assert lp.empty_image(*lp.parse(data, 4096)[:3]) == data  # the reading of the format above is right
    r = info(path, status=None)
    assert run.status in (0, 1)
    assert any(p["content"] == "super" for p in r["partitions"]), [p["content"] for p in r["partitions"]]
    assert all(p["size"] == 0 for p in logical(r).values())


main([in_a_dump, several_extents, header_1_2, slots, zero_extents, backups, hostile, bare, cut_short, retrofit, real])
