#!/usr/bin/env python3
"""The same dump gives the same files: whatever -j, and whichever thread was quicker."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

THREADS = (1, 2, 8, 8)


def many_files(t, damage):
    """A dump with 700 files of all sizes, some with two names; with damage, blocks of it are overwritten."""
    r = random.Random(7)
    for i in range(700):
        folder = f"{t}/tree/media/0/{i % 40:02}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/IMG_{i:04}.jpg", "wb") as f:
            f.write(r.randbytes(r.choice((0, 100, 5000, 40000, 90000))))
        os.utime(f"{folder}/IMG_{i:04}.jpg", (1600000000, 1600000000))
        if i % 50 == 0:
            os.link(f"{folder}/IMG_{i:04}.jpg", f"{folder}/again {i}.jpg")
    ext4(t + "/userdata", t + "/tree", 96)
    (_, start, size), = gpt(t + "/full.bin", [("userdata", 96, t + "/userdata")], 100)
    if damage:
        for _ in range(600):
            edit(t + "/full.bin", start + r.randrange(size // 4096) * 4096, r.randbytes(4096))
    return t + "/full.bin"


def output(folder):
    """The logs and the report of a folder, without what is different in every run."""
    report = json.load(open(folder + "/report.json"))
    del report["run"]
    with open(folder + "/SHA256SUMS", "rb") as f:
        sums = [line for line in f if not line.endswith(b" report.json\n")]
    with open(folder + "/manifest.jsonl", "rb") as f:
        return f.read(), sums, report


def same_for_all(t, damage, status):
    dump, outputs = many_files(t, damage), []
    for threads in THREADS:
        run(dump, "-o", t + "/out", "-j", threads, "--no-sync", status=status)
        outputs.append(output(t + "/out"))
        tool("rm", "-r", t + "/out")
    manifest, sums, _ = outputs[0]
    assert manifest.count(b"\n") > 700 and len(sums) > 600, (manifest.count(b"\n"), len(sums))
    for threads, other in zip(THREADS, outputs):
        assert other[0] == manifest and other[1] == sums, f"-j {threads}: the order differs"
        assert other == outputs[0], f"-j {threads}: the report differs"


def sound(t):
    """manifest.jsonl, SHA256SUMS and report.json of a sound dump are the same for every -j"""
    same_for_all(t, False, 0)


def damaged(t):
    """the same of a damaged dump"""
    same_for_all(t, True, 1)


def extracted(t):
    """the same of extract, with all file logs"""
    dump, outputs = many_files(t, True), []
    for threads in THREADS:
        run("extract", dump, "-o", t + "/out", "-j", threads, "--bodyfile", t + "/body", "--sha256sums", t + "/sums", status=1)
        outputs.append([open(path, "rb").read() for path in (t + "/out.manifest.jsonl", t + "/body", t + "/sums")])
        tool("rm", "-r", t + "/out")
    assert all(part.count(b"\n") > 600 for part in outputs[0])
    assert all(o == outputs[0] for o in outputs)


main([sound, damaged, extracted])
