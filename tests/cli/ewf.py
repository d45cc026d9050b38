#!/usr/bin/env python3
"""Expert Witness images (E01), made by ewfacquire: read as the raw dump is; what is missing or damaged is never taken for data."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

SEGMENT = 8 * MIB


def need():
    if not shutil.which("ewfacquire"):
        raise Skip("ewfacquire is not here (package ewf-tools)")


def e01(t, dump, *options):
    """The first segment of an image of the dump, and how many there are."""
    need()
    tool("ewfacquire", "-u", "-q", "-t", t + "/case", "-f", "encase6", "-S", SEGMENT, "-C", "1", "-D", "test", "-e", "test",
         "-E", "1", "-N", "test", "-m", "fixed", "-M", "logical", *options, dump)
    first = t + "/case.E01"
    run("info", first, status=None)
    if "this build cannot read" in run.stderr:
        raise Skip("this build has no libewf")
    return first, len([n for n in os.listdir(t) if n.startswith("case.E")])


def facts(r):
    return [(p["name"], p["start"], p["size"], p["content"], p["state"], p["source"]) for p in r["partitions"]]


def compare(t, *options):
    dump, _, rows = phone(t, 3)
    first, n = e01(t, dump, *options)
    raw, ewf = info(dump), info(first)
    assert facts(ewf) == facts(raw)
    for key in ("size", "device_size", "complete"):
        assert ewf["image"][key] == raw["image"][key], key
    assert ewf["userdata"]["verdict"] == raw["userdata"]["verdict"] and ewf["platform"] == raw["platform"]
    run("split", first, "-o", t + "/ewf")
    run("split", dump, "-o", t + "/raw")
    names = sorted(os.listdir(t + "/raw"))
    assert sorted(os.listdir(t + "/ewf")) == names and len(names) > len(rows)
    for name in names:
        a, b = (open(f"{t}/{way}/{name}", "rb").read() for way in ("raw", "ewf"))
        assert a == b, name
    return dump, first, n


def same(t):
    """split in segments, not compressed: rows, verdict and files are those of the raw dump"""
    _, _, n = compare(t, "-c", "none")
    assert n == 6, n


def same_compressed(t):
    """compressed: the same, and the sums of the whole job"""
    dump, first, _ = compare(t, "-c", "deflate:best")
    run(first, "-o", t + "/job")
    r = json.load(open(t + "/job/report.json"))
    assert r["image"]["sha256"] == sha256_file(dump) and r["image"]["size"] == os.path.getsize(dump)
    for p in r["partitions"]:
        if p["name"] and p["sha256"]:
            assert p["sha256"] == sha256(read(dump, p["start"], p["size"])), p["name"]


def streamed(t):
    """made from a stream (ewfacquirestream)"""
    dump, _, _ = phone(t, 3)
    need()
    with open(dump, "rb") as f:
        tool("ewfacquirestream", "-q", "-t", t + "/case", "-f", "encase6", "-c", "deflate:fast", "-S", SEGMENT, stdin=f)
    run("info", t + "/case.E01", status=None)
    if "this build cannot read" in run.stderr:
        raise Skip("this build has no libewf")
    a, b = info(dump), info(t + "/case.E01")
    assert facts(a) == facts(b) and a["image"]["size"] == b["image"]["size"]


def missing_segment(t):
    """a segment is missing: what is behind is not there, and never zeros; what is before is read"""
    dump, _, rows = phone(t, 3)
    first, n = e01(t, dump, "-c", "none")
    os.rename(t + "/case.E03", t + "/away")
    r = info(first, status=1)
    assert not r["image"]["complete"]
    states = {p["name"]: p["state"] for p in r["partitions"]}
    assert states["system"] == "complete" and states["userdata"] == "partial" and states["flashinfo"] == "missing", states
    assert [x for x in r["notes"] if x["level"] == "damage" and "segment" in x["text"] and "missing" in x["text"]], r["notes"]
    assert r["userdata"]["verdict"] != "wiped"
    run("split", first, "-o", t + "/out", status=1)
    assert "not in this dump" in run.stderr, run.stderr
    start, size = next((s, n) for name, s, n in rows if name == "system")
    assert sha256_file(t + "/out/system.img") == sha256(read(dump, start, size))
    run("split", first, "-p", "flashinfo", "-o", t + "/none", status=1)
    assert not os.path.exists(t + "/none/flashinfo.bin")


def segment_cut_short(t):
    """the last segment is cut short: its end is not there"""
    first, n = e01(t, phone(t, 3)[0], "-c", "none")
    last = f"{t}/case.E0{n}"
    os.truncate(last, os.path.getsize(last) // 2)
    r = info(first, status=1)
    states = {p["name"]: p["state"] for p in r["partitions"]}
    assert not r["image"]["complete"] and states["system"] == "complete" and states["sgpt"] == "missing", states


def damaged_chunk(t):
    """a byte is wrong under its checksum: said with its place, and only that file is touched"""
    dump, _, rows = phone(t, 3)
    first, _ = e01(t, dump, "-c", "none")
    at = next(s for name, s, _ in rows if name == "proinfo") + 50000  # noise; before it are some KiB of the image's own
    edit(first, at, bytes([read(first, at, 1)[0] ^ 0x55]))
    run("split", first, "-o", t + "/out", status=1)
    assert "checksum" in run.stderr and "0x" in run.stderr, run.stderr
    for name, start, size in rows:
        path = next(f"{t}/out/{n}" for n in os.listdir(t + "/out") if n.split(".")[0] == name)
        assert (sha256_file(path) == sha256(read(dump, start, size))) == (name != "proinfo"), name


def no_image(t):
    """only the head of one: a clear word, status 3"""
    need()
    with open(t + "/x.E01", "wb") as f:
        f.write(b"EVF\x09\x0d\x0a\xff\0\x01\x01\0\0\0" + bytes(5000))
    run("info", t + "/x.E01", status=3)
    assert run.stderr.count("\n") == 1 and ("segments" in run.stderr or "cannot read" in run.stderr), run.stderr


main([same, same_compressed, streamed, missing_segment, segment_cut_short, damaged_chunk, no_image])
