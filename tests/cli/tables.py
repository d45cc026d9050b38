#!/usr/bin/env python3
"""PMT, MBR and EBR of MediaTek's MBR era, and the real partition tables.

What is taken for granted of the program, where the specification leaves it open:
  - a row's start counts from the first byte of its region, also where boot areas lie in front of the user area;
  - rows of boot areas (PRELOADER) have a region that begins with EMMC_BOOT; here only EMMC_USER rows are compared;
  - BMTPOOL, in the PMT an 0xFFFFnnnn code, is a row with its true place;
  - pt_info of the newer PMT form stands right before the second signature, as in the old form;
  - a table that is not as it should be (damaged copy, contradiction, overlap) makes a note; its words are not tested
    but for the name of what it is about."""
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "fixtures"))
import lib as makers
import mbr
import pmt
import scatter_dump
from dumps import *

MIB = 1 << 20
SIZE = 256 * MIB
BMT = SIZE - pmt.BMTPOOL
ROWS = [("MBR", 0, 0x80000), ("EBR1", 0x80000, 0x80000), ("PRO_INFO", 0x100000, 0x300000), ("NVRAM", 0x400000, 0x500000),
        ("PROTECT_F", 0x900000, 0xA00000), ("PROTECT_S", 0x1300000, 0xA00000), ("SECCFG", 0x1D00000, 0x20000),
        ("UBOOT", 0x1D20000, 0x60000), ("BOOTIMG", 0x1D80000, 0x600000), ("RECOVERY", 0x2380000, 0x600000),
        ("SEC_RO", 0x2980000, 0x40000), ("MISC", 0x29C0000, 0x80000), ("LOGO", 0x2A40000, 0x300000),
        ("EXPDB", 0x2D40000, 0xA00000), ("ANDROID", 0x3740000, 0x2000000), ("CACHE", 0x5740000, 0x1000000),
        ("USRDATA", 0x6740000, BMT - 0x6740000)]
ALL = ROWS + [("BMTPOOL", BMT, pmt.BMTPOOL)]
CHAINED = [r for r in ROWS if r[0] in ("PROTECT_F", "PROTECT_S", "ANDROID", "CACHE", "USRDATA")]


def user(report):
    return [(p["name"], p["start"], p["size"]) for p in report["partitions"] if p["name"] and p["region"] == "EMMC_USER"]


def row(report, name):
    return next(p for p in report["partitions"] if p["name"] == name and p["region"] == "EMMC_USER")


def adds_up(report, size=SIZE):
    assert sum(p["size"] for p in report["partitions"] if p["region"] == "EMMC_USER" and not p["parent"]) == size


def noted(report, *words):
    return any(all(w.lower() in (n["text"] + " " + (n["partition"] or "")).lower() for w in words) for n in report["notes"])


def blank(path, size=SIZE):
    with open(path, "wb") as f:
        f.truncate(size)
    return path


def chained(path, parts=CHAINED, ebrs=(0x80000,), at=0):
    mbr.write(path, {at + k: v for k, v in mbr.chain(ebrs, [p[1:] for p in parts]).items()})


def dump(path, block, at=SIZE - pmt.TAIL, chain=True, size=SIZE):
    blank(path, size)
    if chain:
        chained(path)
    edit(path, at, block)
    return path


# ---- PMT -----------------------------------------------------------------------------------------------------------------

def pmt_forms(t):
    """PMT: both forms, three entry sizes, linear and region-relative, at every place"""
    places = {pmt.NEW: [SIZE - pmt.TAIL], pmt.OLD: [1024 + 512, 0x100000, 0x2A7400]}
    for form in (pmt.OLD, pmt.NEW):
        for width in (76, 88, 96):
            for at in places[form]:
                for base in (0x600000, 0xC00000, 0x1400000) if width != 96 and at in places[form][:1] else (0xC00000,):
                    for chain in (True, False) if base == 0xC00000 else (True,):
                        what = f"form {form} entry {width} at 0x{at:x} base 0x{base:x} chain {chain}"
                        dump(t + "/d", pmt.pair(pmt.entries(ROWS, width, base), form, width), at, chain)
                        r = info(t + "/d")
                        assert (r["table"]["kind"], r["table"]["source"]) == ("pmt", "pmt"), f"{what}: {r['table']}"
                        assert user(r) == ALL, f"{what}: {[x for x in user(r) if x not in ALL]}"
                        assert all(p["source"] == "pmt" for p in r["partitions"] if p["name"] in dict((n, 0) for n, _, _ in ROWS)), what
                        assert r["table"]["vendor"] == "mediatek" and r["image"]["device_size"] == SIZE, what
                        adds_up(r)


def pmt_generations(t):
    """PMT: the signatures PTv2 (MT6571) and PTv3 as well as PTv1"""
    for main, mirror in ((pmt.MAIN2, pmt.MIRROR2), (pmt.MAIN3, pmt.MIRROR3)):
        for harm in ({}, {"main": False}):
            r = info(dump(t + "/d", pmt.pair(pmt.entries(ROWS), signature=main, **harm)), status=None)
            assert user(r) == ALL and r["table"]["source"] == ("mirror" if harm else "pmt"), f"0x{main:x} {harm}: {r['table']}"


def pmt_partition(t):
    """PMT in its own partition, as MT6589 has it"""
    rows = ROWS[:2] + [("PMT", 0x100000, 0x400000)] + [(n, s + 0x400000, l) for n, s, l in ROWS[2:-1]]
    rows += [("USRDATA", ROWS[-1][1] + 0x400000, BMT - ROWS[-1][1] - 0x400000)]
    for at in (0x100000, 0x100000 + 0x400000 - 4096):
        blank(t + "/d")
        chained(t + "/d", [r for r in rows if r[0] in dict((c[0], 0) for c in CHAINED)])
        edit(t + "/d", at, pmt.pair(pmt.entries(rows, 76, 0x600000), pmt.OLD, 76))
        r = info(t + "/d")
        assert r["table"]["kind"] == "pmt" and user(r)[:-1] == rows, hex(at)


def pmt_mirror(t):
    """PMT: a damaged main copy with a good mirror, and the reverse"""
    good = pmt.entries(ROWS)
    for form, width, at in ((pmt.NEW, 88, SIZE - pmt.TAIL), (pmt.OLD, 76, 0x100000)):
        entries = pmt.entries(ROWS, width)
        for harm in ({"main": False}, {"mirror": False}):
            dump(t + "/d", pmt.pair(entries, form, width, **harm), at)
            r = info(t + "/d", status=None)
            want = "mirror" if "main" in harm else "pmt"
            assert r["table"]["source"] == want and user(r) == ALL, f"{form} {harm}: {r['table']}"
            assert all(row(r, n)["source"] == want for n, _, _ in ROWS)
        if form:
            dump(t + "/d", pmt.pair(entries, form, width, main=False), at)
            run("info", t + "/d", status=1)
            assert noted(info(t + "/d", status=1), "mirror")
    # a main copy of which one signature is torn, and one full of noise
    torn = pmt.block(good, end=False) + pmt.block(good, signature=pmt.MIRROR)
    noise = random.Random(1).randbytes(4096) + pmt.block(good, signature=pmt.MIRROR)
    late = pmt.block(good, begin=False) + pmt.block(good, signature=pmt.MIRROR)
    for what, data in (("no end", torn), ("noise", noise), ("no begin", late)):
        r = info(dump(t + "/d", data), status=1)
        assert r["table"]["source"] == "mirror" and user(r) == ALL, what


def pmt_both_ends(t):
    """PMT: without both signatures it is none; the MBR chain is taken"""
    for harm in ({"end": False}, {"begin": False}):
        for form, width, at in ((pmt.NEW, 88, SIZE - pmt.TAIL), (pmt.OLD, 76, 0x100000)):
            r = info(dump(t + "/d", pmt.pair(pmt.entries(ROWS, width), form, width, **harm), at), status=None)
            assert r["table"]["kind"] == "mbr" and r["table"]["source"] == "mbr-chain", f"{harm} {form}: {r['table']}"
    r = info(dump(t + "/d", b"1vTP" + bytes(4088) + b"1vTP", chain=False), status=None)  # no entry at all
    assert r["table"]["kind"] != "pmt" or not user(r), r["table"]


def pmt_sequence(t):
    """PMT: of two sound copies the one with the higher sequence number"""
    moved = [(n, s, l) for n, s, l in ROWS if n not in ("CACHE", "USRDATA")]
    moved += [("CACHE", 0x5740000, 0x2000000), ("USRDATA", 0x7740000, BMT - 0x7740000)]
    for form, width, at in ((pmt.OLD, 76, 0x100000), (pmt.NEW, 88, SIZE - pmt.TAIL)):
        for main, mirror in ((1, 2), (2, 1), (255, 3), (7, 7)):
            block = pmt.pair(pmt.entries(moved, width), form, width, mirror_entries=pmt.entries(ROWS, width), sequence=main,
                             mirror_sequence=mirror)
            r = info(dump(t + "/d", block, at, chain=False), status=None)
            want = ROWS if mirror > main else moved
            assert user(r)[:-1] == want, f"form {form} main {main} mirror {mirror}"
            assert r["table"]["source"] == ("mirror" if mirror > main else "pmt")


def pmt_last(t):
    """PMT: the last partition has size 0 or too much: it ends where BMTPOOL begins"""
    for width, lengths in ((88, (0, 0xFFFFFFFFFFFFFFFF, 0x7000000000, SIZE)), (76, (0, 0xFFFFFFFF)), (96, (0, 1 << 63))):
        for length in lengths:
            for last in ("USRDATA", "FAT"):
                rows = ROWS[:-1] + [("USRDATA", 0x6740000, 0x1000000), ("FAT", 0x7740000, length)] if last == "FAT" else \
                    ROWS[:-1] + [("USRDATA", 0x6740000, length)]
                r = info(dump(t + "/d", pmt.pair(pmt.entries(rows, width), pmt.NEW, width)), status=None)
                p = row(r, last)
                assert p["start"] + p["size"] == BMT, f"entry {width} length 0x{length:x}: 0x{p['size']:x}"
                assert user(r)[:len(rows) - 1] == rows[:-1]


def pmt_hostile(t):
    """PMT: absurd counts, offsets, lengths and names: no crash, no escape, the sound rows stay"""
    sound = [r for r in ROWS[:9]]

    def bad(name, length, offset):
        return (name, length, offset, 0, pmt.USER)

    base = 0xC00000
    cases = {
        "wraps": [bad("WRAPS", (1 << 64) - 1, (1 << 64) - 512)],
        "far": [bad("FAR", 0x100000, 1 << 62)],
        "escape": [bad("../../../evil", 0x80000, base + 0x3000000)],
        "root": [bad("/etc/x", 0x80000, base + 0x3000000)],
        "dots": [bad("..", 0x80000, base + 0x3000000)],
        "newline": [bad(b"new\nline\x1b[31m", 0x80000, base + 0x3000000)],
        "64 letters, no NUL": [bad("N" * 64, 0x80000, base + 0x3000000)],
        "same name": [bad("NVRAM", 0x80000, base + 0x3000000)],
        "overlap": [bad("OVER", 0x800000, base + 0x400000)],
        "below the base": [bad("LOW", 0x80000, 0x1000)],
        "odd offset": [bad("ODD", 0x80001, base + 0x3000001)],
        "40 entries": [bad(f"P{i}", 0x20000, base + 0x3000000 + i * 0x20000) for i in range(30)],
    }
    for what, extra in cases.items():
        entries = pmt.entries(sound)[:-1] + extra
        entries = entries[:40]
        r = info(dump(t + "/d", pmt.pair(entries), chain=False), status=None)
        assert run.status in (0, 1), what
        found = user(r)
        for x in sound[:3]:
            assert x in found, f"{what}: {x[0]} is gone"
        for p in r["partitions"]:
            assert p["parent"] or p["start"] is None or p["start"] + p["size"] <= max(SIZE, r["image"]["device_size"] or 0), f"{what}: {p}"
        run("split", t + "/d", "-o", t + "/deep/er/out", "--no-hash", status=None)
        assert run.status in (0, 1), f"{what}: split ends with {run.status}: {run.stderr}"
        written = [os.path.join(f, n) for f, _, files in os.walk(t) for n in files]
        assert all(p == t + "/d" or p.startswith(t + "/deep/er/out/") for p in written), what
        subprocess.run(["rm", "-rf", t + "/deep"], check=True)
    rng = random.Random(4)
    whole = pmt.pair(pmt.entries(ROWS))
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.choice([1, 4, 40])):
            data[rng.randrange(4, 4090)] = rng.randrange(256)
        run("info", "--json", dump(t + "/d", bytes(data)), status=None)
        assert run.status in (0, 1), run.stderr


def pmt_linear_dump(t):
    """PMT: boot areas in front of the user area are told apart"""
    pl = makers.preloader(b"preloader_hxt6582.bin", "mt6582", b"MT6582")
    boot = makers.boot1("EMMC_BOOT", pl)
    for base in (0x600000, 0xC00000, 0x1400000):
        blank(t + "/d", SIZE + base)
        edit(t + "/d", 0, boot)
        chained(t + "/d", at=base)
        edit(t + "/d", base + SIZE - pmt.TAIL, pmt.pair(pmt.entries(ROWS, 88, base)))
        edit(t + "/d", base + 0x1D20000, b"here is UBOOT")
        r = info(t + "/d", status=None)
        assert r["table"]["kind"] == "pmt" and user(r) == ALL, f"base 0x{base:x}: {user(r)[:3]}"
        assert any(p["region"] == "EMMC_BOOT_1" and p["content"] == "mtk-preloader" for p in r["partitions"]), \
            {(p["region"], p["name"], p["content"]) for p in r["partitions"]}
        adds_up(r)
        run("split", t + "/d", "-p", "UBOOT", "-o", t + f"/o{base}", status=None)
        files = [os.path.join(t, f"o{base}", n) for n in os.listdir(t + f"/o{base}")]
        assert any(read(f, 0, 13) == b"here is UBOOT" and os.path.getsize(f) == 0x60000 for f in files), files


# ---- MBR and EBR -----------------------------------------------------------------------------------------------------------

def chain_alone(t):
    """MBR + EBR1: what is in the chain, its last length clamped; what lies between says how it is known"""
    r = info_chain = info(dump(t + "/d", b"", 0), status=None)
    assert (r["table"]["kind"], r["table"]["source"], r["table"]["vendor"]) == ("mbr", "mbr-chain", "mediatek"), r["table"]
    places = {(p["start"], p["size"]): p for p in r["partitions"]}
    for name, start, size in CHAINED[:-1]:
        p = places.get((start, size))
        assert p and p["source"] == "mbr-chain", f"{name}: {[(hex(a), hex(b)) for a, b in places]}"
    for name in ("PROTECT_F", "PROTECT_S"):  # the sequence is the same on all of them
        assert row(info_chain, name)["start"] == dict((n, s) for n, s, _ in ROWS)[name]
    last = next(p for p in r["partitions"] if p["start"] == CHAINED[-1][1])
    assert last["start"] + last["size"] in (SIZE, BMT) and last["state"] == "complete", last
    for p in r["partitions"]:
        assert p["source"] in ("mbr-chain", "signatures", None) or p["source"] not in ("pmt", "primary", "backup", "file"), p
    adds_up(r)


def chain_of_three(t):
    """MBR + EBR1 + EBR2 + EBR3: starts relative to the block they stand in, links relative to EBR1"""
    parts = [(f"P{i}", 0x4000000 + i * 0x1000000, 0x1000000) for i in range(10)]
    for ebrs in ((0x80000, 0x3000000), (0x80000, 0x3000000, 0x3080000)):
        fit = parts[:3 + 3 * (len(ebrs) - 1) + 4]
        blank(t + "/d")
        chained(t + "/d", fit, ebrs)
        r = info(t + "/d", status=None)
        places = {(p["start"], p["size"]): p["source"] for p in r["partitions"]}
        for name, start, size in fit[:-1]:
            assert places.get((start, size)) == "mbr-chain", f"{len(ebrs)} EBRs: {name}"
        assert any(a == fit[-1][1] for a, _ in places)


def chain_damaged(t):
    """MBR chains that loop, lead outside or overlap: no hang, the rest is told"""
    loop = mbr.chain((0x80000, 0x3000000), [p[1:] for p in CHAINED])
    loop[0x3000000] = mbr.block([(0x83, 0x8000, 0x1000), (0x05, 0, mbr.ALL)])  # to EBR1 again
    cases = {
        "loop": loop,
        "self": {0: mbr.block([(0x05, 0, mbr.ALL), (0x83, 0x4800, 0x5000)])},
        "outside": {0: mbr.block([(0x05, 0xF0000000, mbr.ALL), (0x83, 0x4800, 0x5000)])},
        "wraps": {0: mbr.block([(0x05, 0x400, mbr.ALL), (0x83, 0x4800, 0x5000)]),
                  0x80000: mbr.block([(0x83, 0xFFFFFFFF, 0xFFFFFFFF)])},
        "overlap": {0: mbr.block([(0x05, 0x400, mbr.ALL), (0x83, 0x4800, 0x5000), (0x83, 0x4900, 0x5000)]),
                    0x80000: mbr.block([(0x83, 0x4400, 0x100)])},
        "EBR1 gone": {0: mbr.chain((0x80000,), [p[1:] for p in CHAINED])[0]},
    }
    for what, blocks in cases.items():
        blank(t + "/d")
        mbr.write(t + "/d", blocks)
        r = info(t + "/d", status=None)
        assert run.status in (0, 1), what
        assert any((p["start"], p["size"]) == (0x900000, 0xA00000) for p in r["partitions"]), what
        if what in ("loop", "outside", "EBR1 gone"):
            assert run.status == 1 and (noted(r, "EBR") or noted(r, "chain")), f"{what}: {r['notes']}"


def chain_and_pmt(t):
    """MBR and PMT together: the PMT names all; where they contradict, it is said"""
    r = info(dump(t + "/d", pmt.pair(pmt.entries(ROWS))))
    assert user(r) == ALL and not [n for n in r["notes"] if n["level"] != "info"], r["notes"]
    other = [(n, s + (0x100000 if n == "ANDROID" else 0), l) for n, s, l in CHAINED]
    blank(t + "/d")
    chained(t + "/d", other)
    edit(t + "/d", SIZE - pmt.TAIL, pmt.pair(pmt.entries(ROWS)))
    r = info(t + "/d", status=None)
    assert user(r) == ALL and r["table"]["kind"] == "pmt"
    said = [n for n in r["notes"] if n["level"] in ("warning", "damage") and ("MBR" in n["text"] or "EBR" in n["text"])]
    assert said and any("ANDROID" in (n["partition"] or "") + n["text"] for n in said), r["notes"]
    assert not any("PROTECT_F" in (n["partition"] or "") + n["text"] for n in said)


def chain_and_scatter(t):
    """MBR without PMT, with a scatter: what is not in the chain comes from the file"""
    rows = [(n, s + 0xC00000, s, l, n == "BMTPOOL") for n, s, l in ALL]
    with open(t + "/MT6582_Android_scatter.txt", "wb") as f:
        f.write(scatter_dump.text("MT6582", "V1.1.1", rows, 0xC00000))
    r = info(dump(t + "/d", b"", 0), "--scatter", t + "/MT6582_Android_scatter.txt", status=None)
    assert user(r) == ALL, [x for x in ALL if x not in user(r)]
    assert row(r, "UBOOT")["source"] == "file" and row(r, "BOOTIMG")["source"] == "file"


def chain_and_signatures(t):
    """MBR without PMT or scatter: images between the chain's partitions are found by what they begin with"""
    dump(t + "/d", b"", 0)
    with open(t + "/kernel", "wb") as f:
        f.write(random.Random(1).randbytes(300000))
    tool("mkbootimg", "--kernel", t + "/kernel", "--pagesize", 2048, "-o", t + "/boot")
    boot = open(t + "/boot", "rb").read()
    edit(t + "/d", 0x1D20000, makers.mtk_header("LK", random.Random(2).randbytes(200000), extended=False))
    edit(t + "/d", 0x1D80000, boot)
    edit(t + "/d", 0x2380000, boot)
    edit(t + "/d", 0x2A40000, makers.mtk_header("LOGO", random.Random(3).randbytes(100000), extended=False))
    r = info(t + "/d", status=None)
    for name, start, content in (("UBOOT", 0x1D20000, "mtk-image"), ("BOOTIMG", 0x1D80000, "boot"), ("RECOVERY", 0x2380000, "boot"),
                                 ("LOGO", 0x2A40000, None)):
        found = [p for p in r["partitions"] if p["start"] == start]
        assert found, f"nothing begins at 0x{start:x}: {name}"
        assert found[0]["source"] == "signatures", f"{name}: source {found[0]['source']}"
        assert not content or found[0]["content"] == content, f"{name}: {found[0]['content']}"
        assert found[0]["name"] == name, found[0]["name"]


def chain_names(t):
    """MBR alone: two boot images are BOOTIMG and RECOVERY in the sequence's order, whatever is in them; U-Boot is UBOOT"""
    with open(t + "/kernel", "wb") as f:
        f.write(random.Random(1).randbytes(300000))

    def boot(what, n):
        with open(t + "/ramdisk", "wb") as f:
            content = random.Random(n).randbytes(n)
            f.write(makers.mtk_header(what, content, extended=False) if what else content)
        tool("mkbootimg", "--kernel", t + "/kernel", "--ramdisk", t + "/ramdisk", "--pagesize", 2048, "-o", t + "/boot")
        return open(t + "/boot", "rb").read()

    kinds = [(("ROOTFS", 9000), ("RECOVERY", 90000)), (("ROOTFS", 9000), ("ROOTFS", 9000)), (("RECOVERY", 9000), ("RECOVERY", 9000)),
             (("RECOVERY", 9000), ("ROOTFS", 9000)), ((None, 90000), (None, 9000)), ((None, 9000), (None, 90000)),
             ((None, 9000), ("RECOVERY", 90000)), ((None, 9000), (None, 9000))]
    for name in ("LK", "UBOOT", "uboot"):
        for first, second in kinds[:8 if name == "LK" else 1]:
            dump(t + "/d", b"", 0)
            edit(t + "/d", 0x1D20000, makers.mtk_header(name, random.Random(2).randbytes(200000), extended=False))
            edit(t + "/d", 0x1D80000, boot(*first))
            edit(t + "/d", 0x2380000, boot(*second))
            rows = {p["start"]: p["name"] for p in info(t + "/d", status=None)["partitions"]}
            assert [rows.get(at) for at in (0x1D20000, 0x1D80000, 0x2380000)] == ["UBOOT", "BOOTIMG", "RECOVERY"], (name, first, second, rows)
    # one alone: what it says of itself
    dump(t + "/d", b"", 0)
    edit(t + "/d", 0x2380000, boot("RECOVERY", 9000))
    assert row(info(t + "/d", status=None), "RECOVERY")["start"] == 0x2380000


def truncated(t):
    """cut at 30 %: the PMT at the end is lost, the chain says what it can"""
    dump(t + "/d", pmt.pair(pmt.entries(ROWS)))
    with open(t + "/d", "r+b") as f:
        f.truncate(SIZE * 3 // 10 // 512 * 512)
    r = info(t + "/d", status=None)
    assert r["table"]["kind"] == "mbr", r["table"]
    places = {(p["start"], p["size"]): p["state"] for p in r["partitions"]}
    assert places.get((0x900000, 0xA00000)) == "complete" and places.get((0x3740000, 0x2000000)) in ("partial", "complete"), places
    assert not any(p["state"] == "complete" and p["start"] is not None and p["start"] + p["size"] > SIZE * 3 // 10 and p["name"]
                   for p in r["partitions"])


# ---- real tables -----------------------------------------------------------------------------------------------------------

def folder():
    path = REAL + "/partition-tables"
    if not os.path.isdir(path):
        raise Skip("there are none here")
    return path


def sfdisk(facts):
    return [(int(a) * 512, int(b) * 512, k) for a, b, k in re.findall(r"start= *(\d+), size= *(\d+), type=(\w+)", facts)]


def real_wiko(t):
    """real: Wiko's MBR and EBR1 (MT6572), sfdisk and its scatter say where"""
    where = folder()
    size = 0xE8E40000
    blank(t + "/d", size)
    edit(t + "/d", 0, open(where + "/wiko_sunset2_MBR.bin", "rb").read())
    edit(t + "/d", 0x80000, open(where + "/wiko_sunset2_EBR1.bin", "rb").read())
    r = info(t + "/d", status=None)
    assert r["table"]["kind"] == "mbr" and r["table"]["vendor"] == "mediatek"
    truth = scatter_dump.Scatter(where + "/wiko_sunset2_MT6572_scatter.txt")
    rows = {n: (s, l) for n, s, l in truth.layout(size)}
    linux = [(s, l) for s, l, k in sfdisk(open(where + "/facts/wiko_sunset2_MBR.bin.txt").read()) if k == "83"]
    assert linux == [rows["PROTECT_F"], rows["PROTECT_S"], rows["ANDROID"]]  # sfdisk and the scatter agree
    places = [(p["start"], p["size"]) for p in r["partitions"] if p["source"] == "mbr-chain"]
    for x in linux + [rows["CACHE"]]:
        assert x in places, [hex(v) for v in x]
    assert any(a == rows["USRDATA"][0] and a + b in (size, size - pmt.BMTPOOL) for a, b in places)
    r = info(t + "/d", "--scatter", where + "/wiko_sunset2_MT6572_scatter.txt", status=None)
    for name in ("UBOOT", "BOOTIMG", "RECOVERY", "LOGO", "ANDROID", "CACHE"):
        p = row(r, name)
        assert (p["start"], p["size"]) == rows[name], name


def real_mtktool(t):
    """real: EBR1 and EBR2 of a repartitioned phone"""
    where = folder()
    blank(t + "/d", 4 << 30)
    edit(t + "/d", 0, mbr.block([(0x05, 0x400, mbr.ALL), (0x83, 0x4800, 0x5000), (0x83, 0x9800, 0x5000)]))
    edit(t + "/d", 0x80000, open(where + "/mtktool_EBR1.bin", "rb").read())
    one = sfdisk(open(where + "/facts/mtktool_EBR1.bin.txt").read())
    two = sfdisk(open(where + "/facts/mtktool_EBR2.bin.txt").read())
    second = 0x80000 + next(s for s, _, k in one if k == "5")
    edit(t + "/d", second, open(where + "/mtktool_EBR2.bin", "rb").read())
    r = info(t + "/d", status=None)
    places = [(p["start"], p["size"]) for p in r["partitions"] if p["source"] == "mbr-chain"]
    for s, l, k in one:
        assert k != "83" or (0x80000 + s, l) in places, hex(0x80000 + s)
    assert any(a == second + two[0][0] and a + b <= 4 << 30 for a, b in places)


def real_standard(t):
    """real: a standard chain of logical partitions by sfdisk"""
    where = folder()
    with open(t + "/d", "wb") as f:
        subprocess.run(["xz", "-dc", where + "/tool_mbr_ebr.img.xz"], stdout=f, check=True)
    r = info(t + "/d", status=None)
    want = [(s, l) for s, l, k in sfdisk(open(where + "/facts/tool_mbr_ebr.img.xz.txt").read()) if k not in ("5", "f", "85")]
    places = [(p["start"], p["size"]) for p in r["partitions"]]
    assert r["table"]["kind"] == "mbr" and r["table"]["vendor"] != "mediatek", r["table"]
    assert len(want) >= 4 and all(x in places for x in want), [x for x in want if x not in places]


def real_qualcomm(t):
    """real: Qualcomm's GPT files: main, both copies, and the backup alone"""
    where = folder()
    for name in ("main0", "both0", "backup0"):
        facts = open(f"{where}/facts/lgh1_gpt_{name}.bin.txt").read()
        table = facts.split("header@")[1]
        want = [(n, int(a) * 512, (int(b) - int(a) + 1) * 512) for a, b, n in
                re.findall(r"^ +\d+ +(\d+) +(\d+) 0x\w+ (\S+) type=", table, re.M) if int(b) >= int(a)]
        r = info(f"{where}/lgh1_gpt_{name}.bin", status=None)
        have = [(p["name"], p["start"], p["size"]) for p in r["partitions"] if p["name"] not in (None, "pgpt", "sgpt")]
        assert r["table"]["kind"] == "gpt" and r["table"]["vendor"] == "qualcomm", f"{name}: {r['table']}"
        assert len(want) >= 45 and [w for w in want if w in have] == want, f"{name}: {[w for w in want if w not in have][:4]}"
        run("scatter", f"{where}/lgh1_gpt_{name}.bin", status=None)
        assert run.status != 0 and "qualcomm" in run.stderr.lower(), run.stderr


main([pmt_forms, pmt_generations, pmt_partition, pmt_mirror, pmt_both_ends, pmt_sequence, pmt_last, pmt_hostile, pmt_linear_dump, chain_alone,
      chain_of_three, chain_damaged, chain_and_pmt, chain_and_scatter, chain_and_signatures, chain_names, truncated, real_wiko, real_mtktool,
      real_standard, real_qualcomm])
