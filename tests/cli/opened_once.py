#!/usr/bin/env python3
"""A job opens each filesystem of a dump once, and replays its journal once, whoever asks for it: the phone's model, the fstab, the
verdict, the photos."""
import lzma
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")


def fixture(case, path):
    with open(path, "wb") as f:
        f.write(lzma.open(f"{FIXTURES}/{case}/image.xz").read())
    return path


def mib(path):
    return -(-os.path.getsize(path) // MIB)


def counted(*args, status=0):
    """Of --stats: filesystems opened, journals replayed."""
    run(*args, "--no-sync", "--stats", status=status)
    return tuple(map(int, re.search(r"opened\s+(\d+) filesystems; (\d+) journals", run.stderr).groups()))


def sums(root):
    """SHA-256 of the files below root; f2fs-crash has one of many GiB, all holes, that is left out."""
    out = {}
    for folder, _, files in os.walk(root):
        for path in (os.path.join(folder, f) for f in files):
            if not os.path.islink(path) and os.path.getsize(path) < 1 << 30:
                out[os.path.relpath(path, root)] = sha256_file(path)
    return out


def below_media(rows):
    return {p[len("media/0/"):]: s for p, s in rows.items() if p.startswith("media/0/")}


def system_of(t):
    """A system partition that is asked twice: for its properties, and for its fstab."""
    os.makedirs(t + "/sys/vendor/etc")
    with open(t + "/sys/build.prop", "w") as f:
        f.write("ro.product.model=Test Phone\n")
    with open(t + "/sys/vendor/etc/fstab.mt6797", "w") as f:
        f.write("/dev/block/userdata /data ext4 noatime wait,check,encryptable=/dev/block/metadata\n")
    ext4(t + "/system", t + "/sys", 4)
    return t + "/system"


def dump_of(t, *parts):
    """parts: (name, image)"""
    rows = [("proinfo", 1, None)] + [(name, mib(image), image) for name, image in parts]
    gpt(t + "/full.bin", rows, sum(r[1] for r in rows) + 4)
    return t + "/full.bin"


def dirty_ext4(t):
    """ext4 that was not unmounted, and a system partition"""
    userdata = fixture("ext4-crash", t + "/u")
    assert "needs_recovery" in tool("dumpe2fs", "-h", userdata)
    system = system_of(t)
    assert "needs_recovery" not in tool("dumpe2fs", "-h", system)
    dump = dump_of(t, ("system", system), ("userdata", userdata))
    assert counted(dump) == (2, 1), run.stderr
    report = json.load(open(t + "/full.romsplit/report.json"))
    assert report["platform"]["model"] == "Test Phone"
    assert any("encryptable=" in e["text"] for e in report["userdata"]["evidence"]), report["userdata"]
    want = below_media(json.load(open(FIXTURES + "/ext4-crash/recovered.json")))
    assert want and sums(t + "/full.romsplit/media") == want
    notes = [n for n in report["notes"] if "replayed in memory" in n["text"]]
    assert len(notes) == 1, report["notes"]


def without_journal(t):
    """--no-journal: once for the verdict, with the journal, and once for the photos, without"""
    dump = dump_of(t, ("userdata", fixture("ext4-crash", t + "/u")))
    assert counted(dump, "--no-journal") == (2, 1), run.stderr
    want = below_media(json.load(open(FIXTURES + "/ext4-crash/before.json")))
    assert want and sums(t + "/full.romsplit/media") == want


def rolled_forward(t):
    """f2fs with files synced after its last checkpoint"""
    dump = dump_of(t, ("userdata", fixture("f2fs-crash", t + "/u")))
    assert counted(dump) == (1, 1), run.stderr
    rows = json.load(open(FIXTURES + "/f2fs-crash/recovered.json"))
    want = {p: r[8] for p, r in below_media(rows).items() if r[0] == 8 and r[3] < 1 << 30}
    assert want and sums(t + "/full.romsplit/media") == want
    notes = [n for n in json.load(open(t + "/full.romsplit/report.json"))["notes"] if "recovered in memory" in n["text"]]
    assert len(notes) == 1, notes


def storage(t):
    """a FAT storage beside userdata"""
    fat = fixture("fat16-kernel", t + "/fat")
    userdata = fixture("ext4-crash", t + "/u")
    assert counted(dump_of(t, ("fat", fat), ("userdata", userdata))) == (2, 1), run.stderr
    report = json.load(open(t + "/full.romsplit/report.json"))
    assert [s["partition"] for s in report["media"]["storages"]] == ["fat"], report["media"]
    assert sums(t + "/full.romsplit/media/.fat") and os.path.exists(t + "/full.romsplit/media/DCIM")


def keys_added_later(t):
    """keys of files that lie in the dump: what was opened without them is not opened again"""
    dump = dump_of(t, ("userdata", fixture("fbe-softkey", t + "/u")))
    assert counted(dump, status=None) == (1, 0), run.stderr
    report = json.load(open(t + "/full.romsplit/report.json"))
    assert "a software keymaster protects" in report["userdata"]["sentence"], report["userdata"]


def extraction(t):
    """extract opens what it needs: userdata for the verdict and the files, or another partition alone"""
    dump = dump_of(t, ("system", system_of(t)), ("userdata", fixture("ext4-crash", t + "/u")))
    assert counted("extract", dump, "-o", t + "/photos") == (2, 1), run.stderr
    assert counted("extract", dump, "-p", "system", "/", "-o", t + "/sys2") == (1, 0), run.stderr


def damage_of_others(t):
    """damage that a question met before the photos are saved stands in the report, once"""
    os.makedirs(t + "/data/media/0/DCIM")
    os.makedirs(t + "/data/user/0")
    with open(t + "/data/media/0/DCIM/a.jpg", "wb") as f:
        f.write(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40)
    ext4(t + "/u", t + "/data", 8)
    block = int(tool("debugfs", "-R", "bmap /user 0", t + "/u"))
    size = int(re.search(r"Block size:\s+(\d+)", tool("dumpe2fs", "-h", t + "/u"))[1])
    edit(t + "/u", block * size, b"\xff" * size)
    counted(dump_of(t, ("userdata", t + "/u")), status=1)
    notes = json.load(open(t + "/full.romsplit/report.json"))["notes"]
    texts = [(n["offset"], n["text"]) for n in notes if n["level"] == "damage"]
    assert texts and len(texts) == len(set(texts)), notes
    assert sums(t + "/full.romsplit/media").get("DCIM/a.jpg")


main([dirty_ext4, without_journal, rolled_forward, storage, keys_added_later, extraction, damage_of_others])
