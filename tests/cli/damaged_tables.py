#!/usr/bin/env python3
"""Dumps whose GPT is damaged, elsewhere, in pieces, incomplete or gone; boot areas; ddrescue maps; other makers' phones.

What is taken for granted of the program, where the specification leaves it open:
  - a row's start counts from the first byte of its region (as in a scatter file), also where boot areas lie in front;
  - regions are EMMC_BOOT_1, EMMC_BOOT_2, EMMC_RPMB, EMMC_USER; the rows of one region add up to its size;
  - the map of IMAGE is IMAGE.map, IMAGE.mapfile or IMAGE.log (full.bin.map), or what --map names;
  - a partition of which nothing was read is missing, one of which a part was not read is partial;
  - rows of a rebuilt table: start and content are tested, of a filesystem the size too; names are a guess."""
import os
import random
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import contents
import ddmap
import gptmake
from dumps import *


def named(report, region="EMMC_USER"):
    return [(p["name"], p["start"], p["size"]) for p in report["partitions"]
            if p["name"] not in (None, "pgpt", "sgpt") and p["region"] == region and not p["parent"]]


def region_size(report, region):
    return sum(p["size"] for p in report["partitions"] if p["region"] == region and not p["parent"])


def states(report):
    return {p["name"]: p["state"] for p in report["partitions"] if p["name"]}


def noted(report, word, levels=("warning", "damage")):
    return any(word.lower() in n["text"].lower() for n in report["notes"] if n["level"] in levels)


def cut_equal(t, dump, rows, files, names, *args, status=0):
    """split -p gives for each of them the bytes that were put there."""
    out = t + "/cut"
    shutil.rmtree(out, ignore_errors=True)
    run("split", dump, "-o", out, "--no-sync", *[a for n in names for a in ("-p", n)], *args, status=status)
    sums = {sha256_file(os.path.join(out, n)) for n in os.listdir(out)}
    for name in names:
        length = next(l for n, _, l in rows if n == name)
        want = open(files[name], "rb").read().ljust(length, b"\0")
        assert sha256(want) in sums, f"{name} is not among {os.listdir(out)}"


def primary_zeroed(t):
    """primary GPT zeroed: the backup has all"""
    dump, rows, files = contents.phone(t)
    contents.wipe_gpt(dump, backup=False)
    r = info(dump, status=1)
    assert (r["table"]["kind"], r["table"]["source"]) == ("gpt", "backup") and named(r) == rows
    assert all(p["source"] == "backup" for p in r["partitions"] if p["name"] and not p["parent"])
    cut_equal(t, dump, rows, files, ["boot", "lk"], status=None)


def both_zeroed(t):
    """both GPTs zeroed: rebuilt from signatures, and marked"""
    dump, rows, files = contents.phone(t)
    contents.wipe_gpt(dump)
    r = info(dump, status=1)
    assert (r["table"]["kind"], r["table"]["source"]) == ("scan", "signatures"), r["table"]
    at = {p["start"]: p for p in r["partitions"] if p["source"] == "signatures" and not p["parent"]}
    where = {n: (s, l) for n, s, l in rows}
    kinds = {"recovery": "boot", "boot": "boot", "lk": "mtk-image", "logo": "mtk-logo", "tee1": "mtk-image", "protect1": "ext4",
             "cache": "ext4", "super": "super", "userdata": "f2fs"}
    for name, content in kinds.items():
        start, length = where[name]
        p = at.get(start)
        assert p, f"nothing found at 0x{start:x} ({name}): {[hex(a) for a in sorted(at)]}"
        assert p["content"] == content or (name == "logo" and p["content"] == "mtk-image"), f"{name}: {p['content']}"
        if content in ("ext4", "super"):
            assert p["size"] == length, f"{name}: 0x{p['size']:x}, put there 0x{length:x}"
        elif content == "f2fs":
            assert contents.f2fs_size(files["userdata"]) <= p["size"] <= length, f"userdata: 0x{p['size']:x}"
        else:
            assert os.path.getsize(files[name]) <= p["size"], name
            assert p["start"] + p["size"] <= next(s for n, s, _ in rows if s > start), f"{name} reaches into the next"
    assert region_size(r, "EMMC_USER") == os.path.getsize(dump)
    assert noted(r, "signature") or noted(r, "superblock") or noted(r, "table"), r["notes"]
    logical = {p["name"] for p in r["partitions"] if p["parent"]}
    assert {"super/system_a", "super/vendor_a"} <= logical, logical
    assert b"build.prop" in run("ls", dump, "/", "-p", "super/system_a", status=None)
    # the filesystem of userdata is read and judged as with a table
    assert r["userdata"]["filesystem"] == "f2fs", r["userdata"]


def scan_ext4_userdata(t):
    """both GPTs zeroed, userdata is ext4: the photos come out"""
    dump, rows, files = contents.phone(t, "ext4")
    want = info(dump)["userdata"]["verdict"]
    contents.wipe_gpt(dump)
    r = info(dump, status=1)
    start = next(s for n, s, _ in rows if n == "userdata")
    p = next((p for p in r["partitions"] if p["start"] == start), None)
    assert p and p["content"] == "ext4" and p["size"] == 52 * MIB, p
    name = p["name"] or "userdata"
    run("extract", dump, "/dir", "--partition", name, "-o", t + "/out", status=None)
    tree = files["userdata"] + ".tree/dir"
    for n in os.listdir(tree):
        assert sha256_file(f"{t}/out/{n}") == sha256_file(f"{tree}/{n}"), n
    assert r["userdata"]["verdict"] == want, r["userdata"]


def cut_short(t):
    """cut at 30 %: every partition listed, each with what is there of it"""
    dump, rows, files = contents.phone(t)
    size = os.path.getsize(dump)
    cut = size * 3 // 10 // 512 * 512
    with open(dump, "r+b") as f:
        f.truncate(cut)
    r = info(dump, status=1)
    assert named(r) == rows and r["table"]["source"] == "primary" and r["image"]["device_size"] == size
    assert not r["image"]["complete"]
    have = states(r)
    for name, start, length in rows:
        want = "complete" if start + length <= cut else "missing" if start >= cut else "partial"
        assert have[name] == want, f"{name}: {have[name]}, not {want}"
    contents.wipe_gpt(dump, backup=False)  # and the primary zeroed: the backup is past the end
    r = info(dump, status=1)
    assert r["table"]["kind"] == "scan", r["table"]
    found = {p["start"] for p in r["partitions"] if p["source"] == "signatures"}
    for name in ("recovery", "protect1", "lk", "boot", "logo", "tee1"):
        start = next(s for n, s, _ in rows if n == name)
        assert start in found or start >= cut, f"{name} at 0x{start:x}"


def in_front(t):
    """boot1 in front; boot1, boot2 and RPMB in front: regions are told apart, offsets are those of the user area"""
    dump, rows, files = contents.phone(t)
    user = open(dump, "rb").read()
    boot1 = contents.boot1(4 * MIB)
    fronts = {"boot1": [("EMMC_BOOT_1", boot1)],
              "boot1, boot2, RPMB": [("EMMC_BOOT_1", boot1), ("EMMC_BOOT_2", boot1), ("EMMC_RPMB", bytes(4 * MIB))],
              "boot1, blank boot2, RPMB": [("EMMC_BOOT_1", boot1), ("EMMC_BOOT_2", bytes(4 * MIB)), ("EMMC_RPMB", bytes(4 * MIB))]}
    for what, front in fronts.items():
        contents.write(t + "/linear", b"".join(d for _, d in front) + user)
        r = info(t + "/linear", status=None)
        assert r["table"]["kind"] == "gpt" and r["table"]["source"] == "primary", f"{what}: {r['table']}"
        assert named(r) == rows, f"{what}: {named(r)[:3]}"
        assert region_size(r, "EMMC_USER") == len(user), what
        assert any(p["region"] == "EMMC_BOOT_1" and p["content"] == "mtk-preloader" for p in r["partitions"]), what
        assert region_size(r, "EMMC_BOOT_1") == 4 * MIB, f"{what}: {region_size(r, 'EMMC_BOOT_1')}"
        if len(front) > 1 and "blank" not in what:
            assert region_size(r, "EMMC_BOOT_2") == 4 * MIB, f"{what}: {[(p['region'], p['size']) for p in r['partitions']][:6]}"
        cut_equal(t, t + "/linear", rows, files, ["boot", "logo", "protect1"], status=None)
        assert b"build.prop" in run("ls", t + "/linear", "/", "-p", "cache", status=None)
        text = run("scatter", t + "/linear", "--platform", "MT6797", status=None).decode()
        assert all(f"physical_start_addr: 0x{s:x}\n" in text for n, s, _ in rows[:-1]), what


def in_front_primary_gone(t):
    """boot areas in front and the primary GPT zeroed"""
    dump, rows, files = contents.phone(t)
    contents.wipe_gpt(dump, backup=False)
    user = open(dump, "rb").read()
    for front in (4, 12):
        contents.write(t + "/linear", contents.boot1(4 * MIB).ljust(front * MIB, b"\0") + user)
        r = info(t + "/linear", status=1)
        assert r["table"]["source"] == "backup" and named(r) == rows, f"{front} MiB: {r['table']} {named(r)[:2]}"


def parts(t):
    """in four parts .001 to .004, and ROM_0 to ROM_3, found from the first"""
    dump, rows, files = contents.phone(t)
    data = open(dump, "rb").read()
    cuts = [0, 11 * MIB + 512, 40 * MIB, 90 * MIB, len(data)]
    for style in ("full.img.{:03}", "ROM_{}"):
        first = 1 if "03" in style else 0
        for i in range(4):
            contents.write(t + "/" + style.format(i + first), data[cuts[i]:cuts[i + 1]])
        r = info(t + "/" + style.format(first))
        assert named(r) == rows and r["image"]["size"] == len(data) and r["image"]["complete"], style
        cut_equal(t, t + "/" + style.format(first), rows, files, ["boot", "super"])
        os.unlink(t + "/" + style.format(first + 2))  # one is not there: no silent splice
        r = info(t + "/" + style.format(first), status=1)
        assert not r["image"]["complete"] and states(r)["userdata"] != "complete", style


def where_damage_is(t):
    """Damage of a filesystem is told with its partition, and with the offset in the dump"""
    dump, rows, files = contents.phone(t, "ext4")
    out = tool("debugfs", "-R", "blocks /dir", files["userdata"])
    at = next(s for n, s, _ in rows if n == "userdata") + int(out.split()[0]) * 4096
    edit(dump, at, b"\xee" * 4096)
    run("extract", dump, "/", "-o", t + "/all", status=1)
    assert any("userdata: inode" in line and f"(offset 0x{at:x})" in line for line in run.stderr.splitlines()), run.stderr


def boot_files(t):
    """--boot1 and --boot2: their rows in regions of their own; the preloader is cut"""
    dump, rows, files = contents.phone(t)
    contents.write(t + "/boot1.bin", contents.boot1(4 * MIB))
    contents.write(t + "/boot2.bin", bytes(4 * MIB))
    r = info(dump, "--boot1", t + "/boot1.bin", "--boot2", t + "/boot2.bin")
    assert named(r) == rows
    assert region_size(r, "EMMC_BOOT_1") == region_size(r, "EMMC_BOOT_2") == 4 * MIB
    assert any(p["region"] == "EMMC_BOOT_1" and p["content"] == "mtk-preloader" for p in r["partitions"])
    assert r["platform"]["chip"] == "MT6797", r["platform"]
    run("split", dump, "--boot1", t + "/boot1.bin", "-o", t + "/out")
    name = next(n for n in os.listdir(t + "/out") if n.startswith("preloader"))
    assert open(t + "/out/" + name, "rb").read() == contents.PRELOADER
    text = run("scatter", dump, "--boot1", t + "/boot1.bin").decode()
    assert "platform: MT6797" in text and "file_name: " + name in text
    run("info", dump, "--boot1", t + "/none.bin", status=3)
    r = info(dump, "--boot1", t + "/boot2.bin")  # zeros: no preloader, and no scatter file says so
    assert any(n["level"] == "warning" and n["partition"] == "preloader" for n in r["notes"]), r["notes"]
    run("split", dump, "--boot1", t + "/boot2.bin", "-o", t + "/wrong")
    assert "boot1.bin" in os.listdir(t + "/wrong") and not any(n.startswith("preloader") for n in os.listdir(t + "/wrong"))
    area = contents.boot1(4 * MIB)  # a dump that has its own boot areas takes no others
    for front in (area, area + bytes(8 * MIB)):
        contents.write(t + "/linear", front + open(dump, "rb").read())
        run("info", t + "/linear", "--boot1", t + "/boot1.bin", status=2)
        assert named(info(t + "/linear")) == rows


def merged(t):
    """primary and backup each with gaps: merged"""
    dump, rows, files = contents.phone(t)
    size = os.path.getsize(dump)
    edit(dump, 3 * 512, bytes(512))            # entries 5 to 8 of the primary
    edit(dump, size - 33 * 512, bytes(512))    # entries 1 to 4 of the backup
    r = info(dump, status=1)
    assert r["table"]["kind"] == "gpt" and r["table"]["source"] == "merged", r["table"]
    assert named(r) == rows, [x for x in rows if x not in named(r)]
    assert {p["source"] for p in r["partitions"] if p["name"] and not p["parent"]} <= {"primary", "backup", "merged"}
    edit(dump, 4 * 512, random.Random(1).randbytes(512))  # noise in the primary where the backup is sound
    r = info(dump, status=1)
    assert named(r) == rows, [x for x in rows if x not in named(r)]


def inner_gpt(t):
    """a disk image among the user's files does not pass for the table"""
    dump, rows, files = contents.phone(t)
    where = next(s for n, s, _ in rows if n == "userdata")
    inner = t + "/inner"
    gptmake.write(inner, [("EFI system", 34 * 512, 512 * 512), ("root", 1024 * 512, 2048 * 512)], 4 * MIB)
    edit(dump, where + 30 * MIB, open(inner, "rb").read())
    contents.wipe_gpt(dump, backup=False)
    r = info(dump, status=1)
    assert r["table"]["source"] == "backup" and named(r) == rows, r["table"]
    contents.wipe_gpt(dump)
    r = info(dump, status=1)
    assert r["table"]["kind"] == "scan" and not any(p["name"] == "EFI system" for p in r["partitions"]), r["table"]


def hostile(t):
    """entries that overlap, wrap, lie outside, repeat a name"""
    size = 64 * MIB
    parts_ = [("good", MIB, MIB), ("twin", 2 * MIB, MIB), ("twin", 3 * MIB, MIB), ("over", 3 * MIB + MIB // 2, MIB),
              ("outside", 100 * MIB, MIB), ("edge", 63 * MIB, 4 * MIB), ("userdata", 8 * MIB, 8 * MIB)]
    gptmake.write(t + "/d", parts_, size)
    table = b"".join(gptmake.entry(n, s // 512, (s + l) // 512 - 1) for n, s, l in parts_)
    table += gptmake.entry("wraps", 1 << 62, (1 << 64) - 1) + gptmake.entry("backwards", 9000, 8000)
    table += gptmake.entry("zero", 0, (1 << 64) - 1)
    for at, head in ((1024, 512), (size - 33 * 512, size - 512)):
        edit(t + "/d", at, table)
        gptmake.recrc(t + "/d", head, at)
    r = info(t + "/d", status=1)
    have = named(r)
    assert ("good", MIB, MIB) in have and ("userdata", 8 * MIB, 8 * MIB) in have and have.count(("twin", 2 * MIB, MIB)) == 1
    assert sum(n == "twin" for n, _, _ in have) == 2 and noted(r, "name", ("info", "warning", "damage"))
    assert not any(n in ("wraps", "backwards", "zero") for n, _, _ in have)
    bad = {p["name"]: p["state"] for p in r["partitions"] if p["name"] in ("outside", "edge")}
    assert "complete" not in bad.values(), bad
    run("split", t + "/d", "-o", t + "/out", status=1)
    assert len(os.listdir(t + "/out")) >= 4


# ---- ddrescue ----------------------------------------------------------------------------------------------------------------

def map_phone(t):
    dump, media, rows = phone(t, 12)
    return dump, media, {n: (s, l) for n, s, l in rows}, os.path.getsize(dump)


def blocks_of(image, path):
    """Bytes of the file's blocks in the filesystem, by debugfs."""
    numbers = [int(b) for b in tool("debugfs", "-R", f"blocks {path}", image).split()]
    size = int(next(l.split(":")[1] for l in tool("dumpe2fs", "-h", image).splitlines() if l.startswith("Block size")))
    return [n * size for n in numbers], size


def map_states(t):
    """a map beside the dump: what was not read is not zeros: partial, missing"""
    dump, _, where, size = map_phone(t)
    bad = [(where["nvram"][0] + 4096, 512, "-"), (where["lk"][0], where["lk"][1], "?"), (where["system"][0] + MIB, 65536, "/"),
           (where["seccfg"][0] + 1000 * 512, 512, "*")]
    before = info(dump)
    text = ddmap.text(ddmap.cover(size, bad))
    for name in (dump + ".map", dump + ".mapfile", dump + ".log", t + "/elsewhere"):
        contents.write(name, text.encode())
        r = info(dump, *(("--map", name) if name.endswith("elsewhere") else ()), status=1)
        have = states(r)
        assert have["nvram"] == have["system"] == have["seccfg"] == "partial" and have["lk"] == "missing", f"{name}: {have}"
        assert have["proinfo"] == have["userdata"] == have["flashinfo"] == "complete", have
        assert not any(p["content"] == "zero" for p in r["partitions"] if p["name"] in ("lk",)), "unread is not zero"
        assert named(r) == named(before)
        os.unlink(name)
    contents.write(dump + ".log", b"2026-01-02 dump made with a tool\nok\n")
    assert states(info(dump)) == states(before)  # some other log
    assert info(dump)["image"]["complete"]
    contents.write(dump + ".map", ddmap.text(ddmap.cover(size, [])).encode())
    assert states(info(dump)) == states(before)  # all was read


def map_files(t):
    """a map: files that touch unread ranges are marked, the others come out whole"""
    dump, media, where, size = map_phone(t)
    name, start = "IMG_0006.jpg", where["userdata"][0]
    blocks, step = blocks_of(t + "/userdata", "/media/0/DCIM/Camera/" + name)
    victims = sorted(n for n in os.listdir(media + "/DCIM/Camera") if os.path.getsize(f"{media}/DCIM/Camera/{n}") > 2 * step)
    name = victims[0]
    blocks, step = blocks_of(t + "/userdata", "/media/0/DCIM/Camera/" + name)
    at = start + blocks[1]
    edit(dump, at, bytes(step))  # what ddrescue leaves in the output
    contents.write(t + "/m", ddmap.text(ddmap.cover(size, [(at, step, "-")])).encode())
    run("extract", dump, "--map", t + "/m", "-o", t + "/out", status=1)
    rows = [json.loads(l) for l in open(t + "/out.manifest.jsonl")]
    damaged = [x for x in rows if x.get("damage")]
    assert [os.path.basename(x["path"]) for x in damaged if x["path"].endswith(".jpg")] == [name], damaged
    for n in os.listdir(media + "/DCIM/Camera"):
        if n != name:
            assert sha256_file(f"{t}/out/DCIM/Camera/{n}") == sha256_file(f"{media}/DCIM/Camera/{n}"), n
    r = info(dump, "--map", t + "/m", status=1)
    assert states(r)["userdata"] == "partial" and r["userdata"]["verdict"] == "plain", r["userdata"]
    run("split", dump, "--map", t + "/m", "-p", "userdata", "-o", t + "/cut", status=1)


def map_table(t):
    """a map: the primary GPT was not read: the backup is used; nothing of the table is taken from zeros"""
    dump, _, where, size = map_phone(t)
    want = named(info(dump))
    edit(dump, 0, bytes(34 * 512))
    contents.write(dump + ".map", ddmap.text(ddmap.cover(size, [(0, 34 * 512, "-")])).encode())
    r = info(dump, status=1)
    assert r["table"]["source"] == "backup" and named(r) == want, r["table"]


def map_hostile(t):
    """maps that lie, are torn or are none: a clear line, no crash"""
    dump, _, where, size = map_phone(t)
    head = ddmap.text([]).encode()
    bad = {"none": b"hello\n", "binary": random.Random(1).randbytes(5000), "empty": b"",
           "torn": ddmap.text(ddmap.cover(size, [(MIB, MIB, "-")])).encode()[:-9]}
    for what, data in bad.items():
        contents.write(t + "/m", data)
        run("info", dump, "--map", t + "/m", status=None)
        assert run.status in (1, 2, 3) and run.stderr.strip(), f"{what}: {run.status}"
    for what, ranges in {"past the end": b"0x0  0x7FFFFFFFFFFFFFFF  -\n", "wraps": b"0xFFFFFFFFFFFFFFFF  0xFFFFFFFFFFFFFFFF  -\n",
                         "backwards": b"0x2000000 0x1000 -\n0x1000 0x1000 -\n"}.items():
        contents.write(t + "/m", head + ranges)
        run("info", dump, "--map", t + "/m", status=None)
        assert run.status in (0, 1, 2, 3), f"{what}: {run.status}"
    many = ddmap.cover(size, [(i * 1024, 512, "-") for i in range(1, 20000)])
    contents.write(t + "/m", ddmap.text(many).encode())
    info(dump, "--map", t + "/m", status=1)
    run("info", dump, "--map", t + "/none", status=None)
    assert run.status in (2, 3) and run.stderr.count("\n") == 1


# ---- other makers ----------------------------------------------------------------------------------------------------------

def other_makers(t):
    """Qualcomm, UNISOC, Samsung: cut just as well; the scatter is declined with a reason"""
    kinds = {"qualcomm": ([("sbl1", 1), ("rpm", 1), ("tz", 1), ("aboot", 1), ("modemst1", 1), ("fsg", 1), ("boot", 2), ("userdata", 16)],
                          bytes.fromhex("2cbaa0deddcb0548b4f9f428251c3e98")),
             "unisoc": ([("prodnv", 1), ("miscdata", 1), ("l_fixnv1_a", 1), ("uboot_a", 1), ("boot_a", 2), ("userdata", 16)], None),
             "samsung": ([("BOTA0", 1), ("BOTA1", 1), ("EFS", 1), ("PARAM", 1), ("BOOT", 2), ("USERDATA", 16)], None)}
    for maker, (sizes, kind) in kinds.items():
        at, parts_ = MIB, []
        for name, mib in sizes:
            parts_.append((name, at, mib * MIB))
            at += mib * MIB
        gptmake.write(t + "/d", parts_, 32 * MIB, kind=kind or gptmake.BASIC_DATA)
        data = {}
        for i, (name, start, length) in enumerate(parts_):
            data[name] = random.Random(i).randbytes(min(length, MIB)).ljust(length, b"\0")
            edit(t + "/d", start, data[name])
        r = info(t + "/d")
        assert named(r) == parts_ and r["table"]["vendor"] == ("qualcomm" if kind else "other"), f"{maker}: {r['table']}"
        run("split", t + "/d", "-o", f"{t}/{maker}", status=0)
        sums = {sha256_file(f"{t}/{maker}/{n}") for n in os.listdir(f"{t}/{maker}")}
        assert all(sha256(d) in sums for d in data.values()), maker
        assert not [n for n in os.listdir(f"{t}/{maker}") if n.endswith("scatter.txt")], maker
        out = run("scatter", t + "/d", status=None)
        assert run.status in (1, 2) and not out and "mediatek" in run.stderr.lower(), f"{maker}: {run.status} {run.stderr}"


main([primary_zeroed, both_zeroed, scan_ext4_userdata, cut_short, in_front, in_front_primary_gone, parts, where_damage_is,
      boot_files, merged,
      inner_gpt, hostile, map_states, map_files, map_table, map_hostile, other_makers])
