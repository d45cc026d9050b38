#!/usr/bin/env python3
"""Names of partitions and files that try to steer the terminal, the scatter file or the output folder."""
import os
import re
import struct
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

NAMES = ["x\x1b[31m", "y\x1b]0;title\x07", "lk\n  is_download: true", "cr\rUSERDATA", "\u202egpj.exe", "../../etc", "..", "a/b",
         "back\\slash", "c1\x9b2J", "del\x7f", "%s%n", "'; rm -rf ~", "<b>", "-rf", "con", "proinfo", "nvram", "lk",
         "seccfg", "para", "logo"]  # the last: so that it is a MediaTek phone


def hostile(path, overlap=False):
    """sgdisk writes the table, its names are replaced afterwards; overlap: the second lies inside of the first."""
    gpt(path, [(f"n{i}", 1, None) for i in range(len(NAMES))], len(NAMES) + 4)
    with open(path, "r+b") as f:
        dump = bytearray(f.read())
        entries = bytearray(dump[1024:1024 + 128 * 128])
        for i, name in enumerate(NAMES):
            entries[i * 128 + 56:i * 128 + 128] = name.encode("utf-16-le")[:72].ljust(72, b"\0")
        if overlap:
            first, last = struct.unpack_from("<QQ", entries, 32)
            struct.pack_into("<QQ", entries, 128 + 32, first + 8, last - 8)
        for header, table in ((512, 1024), (len(dump) - 512, len(dump) - 33 * 512)):
            dump[table:table + len(entries)] = entries
            struct.pack_into("<I", dump, header + 0x58, zlib.crc32(entries))
            struct.pack_into("<I", dump, header + 0x10, 0)
            struct.pack_into("<I", dump, header + 0x10, zlib.crc32(dump[header:header + 92]))
        f.seek(0)
        f.write(dump)
    return path


def harmless(text, what):
    """Nothing but printable characters and ends of lines: no control, no C1, no mark that turns the direction."""
    bad = re.search("[^\\n\\x20-\\x7e\u00a0-\u200a\u2010-\u2027\u202f-\u2065\u206a-\ufefe\uff00-\U0010ffff]", text)
    assert not bad, f"{what} prints {bad[0]!r}: {text[max(0, bad.start() - 60):bad.end() + 20]!r}"


def said(*args, status=0):
    out = run(*args, status=status).decode()
    harmless(out, " ".join(args[:1]) + " (stdout)")
    harmless(run.stderr, " ".join(args[:1]) + " (stderr)")
    return out


def terminal(t):
    """names of partitions steer no terminal"""
    dump = hostile(t + "/d")
    names = [p["name"] for p in info(dump)["partitions"] if p["name"] and p["name"] not in ("pgpt", "sgpt")]
    assert len(names) == len(NAMES), names
    for args in (["info"], ["info", "-v"], ["split", "-o", t + "/o", "--no-sync"], ["scatter", "--platform", "MT6797"]):
        said(args[0], dump, *args[1:], status=None)


def overlapping(t):
    """nor do they in a warning"""
    dump = hostile(t + "/d", overlap=True)
    r = info(dump)
    assert any("inside" in n["text"] for n in r["notes"]), r["notes"]
    said("info", dump)
    said("info", dump, "-v")


def asked_for(t):
    """nor when a name is asked for that is not there"""
    dump = hostile(t + "/d")
    for name in ("no\x1b[31m", "no\nsecond line: ok", NAMES[0]):
        said("split", dump, "-p", name, "-o", t + "/o", "--no-sync", status=None)
        said("ls", dump, "/", "-p", name, status=None)
        said("ls", dump, "/\x1b[31m", status=None)


def scatter(t):
    """a line break in a name adds no line to a scatter file"""
    dump = hostile(t + "/d")
    text = said("scatter", dump, "--platform", "MT6797")
    rows = re.split(r"^- partition_index: ", text, flags=re.M)[1:]
    for row in rows:
        keys = re.findall(r"^  (\w+):", row, re.M)
        assert len(keys) == len(set(keys)) and len(keys) == len(re.findall(r"^  (\w+):", rows[0], re.M)), row


def stays_inside(t):
    """every file of split lies in the folder, one for each partition"""
    dump = hostile(t + "/d")
    os.makedirs(t + "/in")
    run("split", dump, "-o", t + "/in/out", "--no-sync")
    assert sorted(os.listdir(t)) == ["d", "in"] and os.listdir(t + "/in") == ["out"]
    files = os.listdir(t + "/in/out")
    assert all(os.path.isfile(t + "/in/out/" + f) and not os.path.islink(t + "/in/out/" + f) for f in files)
    cut = [f for f in files if os.path.getsize(t + "/in/out/" + f) == 1 << 20 and f != "pgpt.bin"]
    assert len(cut) == len(NAMES), sorted(cut)


main([terminal, overlapping, asked_for, scatter, stays_inside])
