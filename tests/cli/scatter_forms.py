#!/usr/bin/env python3
"""Scatter files in every form: written from a dump, read and written back, used as the table, abused.

What is taken for granted of the program, where the specification leaves it open:
  - `romsplit scatter --scatter FILE` without an image reads that file and writes it back in its own version and style;
  - `romsplit scatter IMAGE --format X` writes to standard output; without --format the era of the table decides:
    V1.1.1 with linear addresses for a PMT with linear offsets, V1.1.2 else;
  - v2 and xml may hold a section for the other medium; only the section of the dump's medium is looked at;
  - what is no scatter file, or lacks what a row needs, is refused with status 2 or 3 and one line."""
import glob
import os
import random
import re
import sys
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import contents
import scatter
import scatter_dump
from dumps import *

HASHES = "#" * 108
V111 = ["partition_index", "partition_name", "file_name", "is_download", "type", "linear_start_addr", "physical_start_addr",
        "partition_size", "region", "storage", "boundary_check", "is_reserved", "operation_type", "reserve"]
V112 = V111[:-1] + ["is_upgradable", "empty_boot_needed", "reserve"]
V2 = V112[:-1] + ["combo_partsize_check", "reserve"]

# lines of real files that were typed by hand: a writer with one style a file may write their hex digits in the other case
BY_HAND = {
    "wiko_sunset2_MT6572_scatter.txt": ({174, 189, 204, 219, 249, 251}, "upper-case digits in a file of lower-case ones"),
    "MT6735_Android_scatter__c227v35.txt": ({341}, "0xA0000000 in a file of lower-case digits"),
}


def real_files():
    found = sorted(glob.glob(REAL + "/scatter/MT*")) + glob.glob(REAL + "/partition-tables/*scatter.txt")
    if not found:
        raise Skip("there are none here")
    return found


def real(name):
    path = f"{REAL}/scatter/{name}"
    if not os.path.exists(path):
        raise Skip("there are none here")
    return path


NEW_PARTS = [("recovery", 0x8000, 0x1000000), ("para", 0x1008000, 0x80000), ("expdb", 0x1088000, 0xA00000),
             ("nvdata", 0x1A88000, 0x2000000), ("protect1", 0x3A88000, 0x800000), ("seccfg", 0x4288000, 0x800000),
             ("proinfo", 0x4A88000, 0x300000), ("nvram", 0x4D88000, 0x500000), ("lk", 0x5288000, 0x100000),
             ("boot", 0x5388000, 0x1000000), ("logo", 0x6388000, 0x800000), ("tee1", 0x6B88000, 0x500000),
             ("system", 0x8000000, 0x40000000), ("cache", 0x48000000, 0x10000000)]
NEW_SIZE = 8 << 30


def new_era(path):
    """A GPT dump with nothing in it; its rows."""
    end = NEW_SIZE - 0x4200 - 0x1000000
    parts = NEW_PARTS + [("userdata", 0x58000000, end - 0x58000000), ("flashinfo", end, 0x1000000)]
    scatter.make_gpt(path, parts, NEW_SIZE)
    return parts


OLD_PARTS = [("MBR", 0, 0x80000), ("EBR1", 0x80000, 0x80000), ("PRO_INFO", 0x100000, 0x300000), ("NVRAM", 0x400000, 0x500000),
             ("PROTECT_F", 0x900000, 0xA00000), ("PROTECT_S", 0x1300000, 0xA00000), ("SECCFG", 0x1D00000, 0x20000),
             ("UBOOT", 0x1D20000, 0x60000), ("BOOTIMG", 0x1D80000, 0x600000), ("RECOVERY", 0x2380000, 0x600000),
             ("SEC_RO", 0x2980000, 0x40000), ("MISC", 0x29C0000, 0x80000), ("LOGO", 0x2A40000, 0x300000),
             ("EXPDB", 0x2D40000, 0xA00000), ("ANDROID", 0x3740000, 0x40000000), ("CACHE", 0x43740000, 0x8000000)]


def old_era(path, base=0xC00000):
    """An MBR + PMT dump; its rows. base 0: MT6592, offsets within the region."""
    size = 4 << 30
    end = size - scatter_dump.BMTPOOL
    parts = OLD_PARTS + [("USRDATA", 0x4B740000, end - 0x4B740000), ("BMTPOOL", end, scatter_dump.BMTPOOL)]
    scatter_dump.make_old(path, parts, size, base)
    return parts


def rows_of(text):
    return scatter.read(text)[1]


def text_layout(text, old_banner=None):
    """The lines around the rows: banners, general, blanks (mediatek.md 1.4)."""
    assert "\r" not in text and text.endswith("reserve: 0x00\n\n"), repr(text[-40:])
    lines = text.split("\n")
    assert lines[0] == lines[4] == HASHES and lines[1] == "#" and lines[2].rstrip() == "#  General Setting"
    assert lines[3].rstrip() == "#" and lines[5] == "- general: MTK_PLATFORM_CFG" and lines[6] == "  info: "
    assert lines[7].startswith("    - config_version: ")
    at = lines.index("#  Layout Setting")
    assert lines[at - 2] == lines[at + 2] == HASHES and lines[at - 1] == lines[at + 1] == "#"
    assert lines[at + 3] == "- partition_index: SYS0"
    for key, value in re.findall(r"^ +(\w+): (0x\S*)$", text, re.M):
        assert key == "reserve" or re.fullmatch(r"0x(0|[1-9a-f][0-9a-f]*|FFFF[0-9a-f]{4})", value), (key, value)


# ---- writing ---------------------------------------------------------------------------------------------------------------

def write_v112(t):
    """--format v1.1.2, and the default for a GPT: every row, region-relative, with the upgrade keys"""
    parts = new_era(t + "/d")
    for args in ((), ("--format", "v1.1.2")):
        text = run("scatter", t + "/d", "--platform", "MT6797", *args).decode()
        text_layout(text)
        general, rows = scatter.read(text.encode())
        assert general["config_version"] == "V1.1.2" and general["platform"] == "MT6797" and general["storage"] == "EMMC"
        assert [r["partition_name"] for r in rows] == ["preloader", "pgpt"] + [n for n, _, _ in parts] + ["sgpt"]
        assert all(list(r) == V112 for r in rows)
        assert [r["partition_index"] for r in rows] == [f"SYS{i}" for i in range(len(rows))]
        for r, (name, start, length) in zip(rows[2:-2], parts):
            assert r["linear_start_addr"] == r["physical_start_addr"] == f"0x{start:x}" and r["partition_size"] == f"0x{length:x}"
        assert rows[-2]["linear_start_addr"] == "0xFFFF0080" and rows[-1]["linear_start_addr"] == "0xFFFF0000"


def write_v111(t):
    """--format v1.1.1, and the default for a PMT with linear offsets: boot areas count"""
    for base, chip in ((0xC00000, "MT6572"), (0x1400000, "MT6582"), (0x600000, "MT6582")):
        parts = old_era(t + "/d", base)
        for args in ((), ("--format", "v1.1.1")):
            text = run("scatter", t + "/d", "--platform", chip, *args).decode()
            text_layout(text)
            general, rows = scatter.read(text.encode())
            assert general["config_version"] == "V1.1.1" and general["platform"] == chip
            assert [r["partition_name"] for r in rows] == ["PRELOADER"] + [n for n, _, _ in parts]
            assert all(list(r) == V111 for r in rows), list(rows[0])
            assert rows[0]["partition_size"] == f"0x{base:x}" and rows[0]["region"] == "EMMC_BOOT_1"
            for r, (name, start, length) in zip(rows[1:-1], parts):
                assert r["linear_start_addr"] == f"0x{start + base:x}", (name, r["linear_start_addr"])
                assert r["physical_start_addr"] in ("0x0", f"0x{start:x}") and r["partition_size"] == f"0x{length:x}"
            assert rows[-1]["linear_start_addr"] == "0xFFFF00a8" and rows[-1]["is_reserved"] == "true"
    old_era(t + "/d", 0)
    general, rows = scatter.read(run("scatter", t + "/d", "--platform", "MT6592"))
    assert general["config_version"] == "V1.1.2" and all(list(r) == V111 for r in rows)
    assert all(r["linear_start_addr"] == r["physical_start_addr"] for r in rows)


def write_v111_like_real(t):
    """a V1.1.1 from the dump that a real file describes: its names, addresses, sizes, regions, types"""
    for name in ("MT6572_Android_scatter__zechin.txt", "MT6582_Android_scatter__oppo15066.txt", "MT6592_Android_scatter__aquaris_e10.txt"):
        s = scatter_dump.Scatter(real(name))
        s.make(t + "/d", 8 << 30)
        rows = rows_of(run("scatter", t + "/d", "--platform", s.general["platform"]))
        assert [r["partition_name"] for r in rows] == s.names, name
        for want, have in zip(s.rows, rows):
            # what the factory chose for a few names differs from project to project; addresses do not
            for key in ("linear_start_addr", "partition_size", "region", "is_reserved", "boundary_check", "storage", "operation_type"):
                if key == "partition_size" and want["partition_name"] == "USRDATA":
                    continue
                assert want[key] == have[key], f"{name}: {want['partition_name']}: {key}: {have[key]}, real {want[key]}"
            assert list(want) == list(have)


def write_v0(t):
    """--format v0: names and linear addresses, __NODL_ before what is not downloaded"""
    parts = old_era(t + "/d", 0x600000)
    text = run("scatter", t + "/d", "--platform", "MT6589", "--format", "v0").decode()
    found = re.findall(r"(\S+) (0x\w+)\n{\n}\n", text)
    assert text == "".join(f"{n} {a}\n{{\n}}\n" for n, a in found) + "\n\n"
    plain = [re.sub(r"^__NODL_(RSV_)?", "", n) for n, _ in found]
    assert plain == ["PRELOADER"] + [n for n, _, _ in parts]
    assert [int(a, 16) for _, a in found[1:-1]] == [s + 0x600000 for _, s, _ in parts[:-1]] and found[0][1] == "0x0"
    names = [n for n, _ in found]
    for n in ("__NODL_PRO_INFO", "__NODL_NVRAM", "__NODL_SECCFG", "UBOOT", "BOOTIMG", "RECOVERY", "LOGO", "ANDROID", "MBR", "EBR1"):
        assert n in names, n
    assert found[-1][1] == "0xFFFF00a8" and found[-1][0].startswith("__NODL_")


def write_v2(t):
    """--format v2: a storage section, rows indented, combo_partsize_check"""
    parts = new_era(t + "/d")
    text = run("scatter", t + "/d", "--platform", "MT6785", "--format", "v2").decode()
    s = scatter_dump.Scatter(text.encode())
    assert s.kind == "v2" and s.general["config_version"].startswith("V2.") and s.general["platform"] == "MT6785"
    assert "boot_channel" not in text.split("storage_type")[0]
    assert "#  EMMC Layout Setting\n#\n" + HASHES + "\n- storage_type: EMMC\n  description: \n  - general: MTK_STORAGE_CFG\n" \
           "    info: \n      - storage: EMMC\n        boot_channel: MSDC_0\n        block_size: 0x20000\n\n  - partition_index: SYS0\n" in text
    keys = [[m for m in r if m in V2] for r in s.rows]
    assert all(k == V2 for k in keys), keys[0]
    assert s.names == ["preloader", "pgpt"] + [n for n, _, _ in parts] + ["sgpt"]
    for r, (name, start, length) in zip(s.rows[2:-2], parts):
        assert (r["physical_start_addr"], r["partition_size"]) == (f"0x{start:x}", f"0x{length:x}")


def write_xml(t):
    """--format xml: well-formed, elements in their order, two blanks a level"""
    parts = new_era(t + "/d")
    text = run("scatter", t + "/d", "--platform", "MT6768", "--format", "xml").decode()
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n\n<root>\n  <general name="MTK_PLATFORM_CFG">\n') and text.endswith("</root>\n")
    s = scatter_dump.Scatter(text.encode())
    version = s.general["config_version"]
    assert version in ("V1.1.8", "V2.1.0") and s.general["platform"] == "MT6768"
    want = (V2 if version == "V2.1.0" else V112)
    assert all(list(r) == want for r in s.rows), list(s.rows[0])
    assert s.names == ["preloader", "pgpt"] + [n for n, _, _ in parts] + ["sgpt"]
    for r, (name, start, length) in zip(s.rows[2:-2], parts):
        assert (r["physical_start_addr"], r["partition_size"]) == (f"0x{start:x}", f"0x{length:x}")
    root = xml.etree.ElementTree.fromstring(text)
    assert (root.find("storage_type") is None) == (version == "V1.1.8")


def write_like_real_v2(t):
    """text and XML of V2 from the dump a real pair describes, eMMC and UFS: its rows"""
    for kind, name in (("v2", "MT6893_Android_scatter__k6893v1_64.txt"), ("xml", "MT6893_Android_scatter__k6893v1_64.xml")):
        for storage, sector in (("EMMC", 512), ("UFS", 4096)):
            s = scatter_dump.Scatter(real(name), storage)
            s.make(t + "/d", 64 << 30, sector)
            out = run("scatter", t + "/d", "--platform", "MT6893", "--format", kind)
            have = scatter_dump.Scatter(out, storage)
            assert have.names == s.names, f"{kind} {storage}: {[n for n in s.names if n not in have.names]}"
            for a, b in zip(s.rows, have.rows):
                for key in ("linear_start_addr", "physical_start_addr", "partition_size", "region", "storage", "is_reserved"):
                    if key == "partition_size" and a["partition_name"] == "userdata" or (key == "is_reserved" and a[key] == "false"):
                        continue
                    assert a[key] == b[key], f"{kind} {storage} {a['partition_name']}: {key} {b[key]}, real {a[key]}"


def write_rawprogram(t):
    """--format rawprogram: Qualcomm's real rawprogram0.xml from its own GPT"""
    gpt_path = REAL + "/partition-tables/lgh1_gpt_main0.bin"
    if not os.path.exists(gpt_path):
        raise Skip("there are none here")
    out = run("scatter", gpt_path, "--format", "rawprogram", status=None)
    have = [e.attrib for e in xml.etree.ElementTree.fromstring(out).iter("program")]
    want = [e.attrib for e in xml.etree.ElementTree.parse(REAL + "/partition-tables/lgh1_rawprogram0.xml").getroot().iter("program")]
    facts = open(REAL + "/partition-tables/facts/lgh1_gpt_main0.bin.txt").read()
    labels = [n for n in re.findall(r"^ +\d+ +\d+ +\d+ 0x\w+ (\S+) type=", facts, re.M)]
    keys = ("SECTOR_SIZE_IN_BYTES", "file_sector_offset", "label", "num_partition_sectors", "physical_partition_number", "size_in_KB",
            "sparse", "start_byte_hex", "start_sector")
    a = [{k: e[k] for k in keys} for e in want if e["label"] in labels]
    b = [{k: e.get(k) for k in keys} for e in have if e["label"] in labels]
    assert len(b) == len(labels) == 45
    assert [e for e in a if e not in b] == [], [e for e in a if e not in b][:2]
    assert all(set(e) >= set(want[0]) for e in have), "the attributes of the real file"
    ends = {e["label"]: e for e in have}
    assert ends["PrimaryGPT"]["start_sector"] == "0" and ends["PrimaryGPT"]["num_partition_sectors"] == "34"
    assert "BackupGPT" in ends and ends["BackupGPT"]["num_partition_sectors"] == "33"
    new_era(t + "/d")
    sound = [e.attrib for e in xml.etree.ElementTree.fromstring(run("scatter", t + "/d", "--format", "rawprogram")).iter("program")]
    boot = next(e for e in sound if e["label"] == "boot")
    assert (boot["start_sector"], boot["num_partition_sectors"]) == (str(0x5388000 // 512), str(0x1000000 // 512))


def usage(t):
    """a format there is not, a format that cannot be: a clear refusal"""
    new_era(t + "/d")
    run("scatter", t + "/d", "--format", "v9", status=2)
    assert run.stderr.count("\n") == 1
    run("info", t + "/d", "--format", "v2", status=2)
    run("scatter", "--scatter", t + "/none", status=None)
    assert run.status in (2, 3) and run.stderr.count("\n") == 1


# ---- round trip ------------------------------------------------------------------------------------------------------------

def round_trip(t):
    """every real file, read and written back: the same bytes"""
    problems = []
    for path in real_files():
        name = os.path.basename(path)
        data = open(path, "rb").read()
        out = run("scatter", "--scatter", path, status=None)
        if run.status:
            problems.append(f"{name}: status {run.status}: {run.stderr.strip()}")
            continue
        allowed, _ = BY_HAND.get(name, (set(), ""))
        a, b = data.split(b"\n"), out.split(b"\n")
        wrong = [i for i, (x, y) in enumerate(zip(a, b), 1) if x != y and not (i in allowed and x.lower() == y.lower())]
        if wrong or len(a) != len(b):
            i = wrong[0] if wrong else min(len(a), len(b))
            problems.append(f"{name}: {len(wrong)} lines differ, {len(b)} lines instead of {len(a)}; line {i}: "
                            f"{b[i - 1] if i <= len(b) else None} instead of {a[i - 1]}")
    assert not problems, f"{len(problems)} files: " + " | ".join(problems)


def round_trip_other_form(t):
    """a real file written in another form and read again: the same rows"""
    for name in ("MT6797_Android_scatter__nikel.txt", "MT6768_Android_scatter__biloba.txt"):
        s = scatter_dump.Scatter(real(name))
        for form in ("xml", "v1.1.2"):
            out = run("scatter", "--scatter", real(name), "--format", form)
            have = scatter_dump.Scatter(out)
            assert have.names == s.names
            for a, b in zip(s.rows, have.rows):
                assert all(a[k] == b[k] for k in V111), f"{name} as {form}: {a['partition_name']}"


# ---- the scatter as the table ------------------------------------------------------------------------------------------------

def split_by_scatter(t):
    """a dump without a table is cut by a scatter"""
    dump, rows, files = contents.phone(t, "ext4")
    text = run("scatter", dump, "--platform", "MT6797")
    path = contents.write(t + "/MT6797_Android_scatter.txt", text)
    before = {n: sha256(read(dump, s, l)) for n, s, l in rows}
    contents.wipe_gpt(dump)
    r = info(dump, "--scatter", path, status=None)
    assert (r["table"]["kind"], r["table"]["source"]) == ("scatter", "file"), r["table"]
    have = [(p["name"], p["start"], p["size"]) for p in r["partitions"] if p["name"] not in (None, "pgpt", "sgpt") and p["region"] == "EMMC_USER"
            and not p["parent"]]
    assert have == rows, [x for x in rows if x not in have]
    assert all(p["source"] == "file" for p in r["partitions"] if p["name"] in ("boot", "lk", "userdata"))
    run("split", dump, "--scatter", path, "-o", t + "/out", status=None)
    sums = {sha256_file(os.path.join(t + "/out", n)) for n in os.listdir(t + "/out")}
    for name in ("boot", "recovery", "lk", "logo", "super", "cache", "userdata", "proinfo"):
        assert before[name] in sums, name
    assert b"file0" in run("ls", dump, "/dir", "--scatter", path, status=None)
    short = contents.write(t + "/short.bin", open(dump, "rb").read(rows[-3][1] + 4096))
    r = info(short, "--scatter", path, status=None)
    states = {p["name"]: p["state"] for p in r["partitions"]}
    assert states["lk"] == "complete" and states["userdata"] == "missing", states


def split_old_by_scatter(t):
    """a dump of the MBR era without any table, cut by real files of every form: linear addresses, physical ones, v0"""
    for name in ("MT6572_Android_scatter__mobiwire_s10_mtdt.txt", "MT6572_Android_scatter__zechin.txt",
                 "MT6589_Android_scatter_emmc__s960_v0.txt", "MT6592_Android_scatter__aquaris_e10.txt"):
        s = scatter_dump.Scatter(real(name))
        size = 8 << 30
        with open(t + "/d", "wb") as f:
            f.truncate(size)
        where = {n: (a, l) for n, a, l in s.layout(size)}
        for n in ("UBOOT", "BOOTIMG", "LOGO"):
            edit(t + "/d", where[n][0], n.encode() * 100)
        edit(t + "/d", where["LOGO"][0] + where["LOGO"][1] - 8, b"the end!")
        r = info(t + "/d", "--scatter", real(name), status=None)
        assert r["table"]["kind"] == "scatter", f"{name}: {r['table']}"
        have = {p["name"]: (p["start"], p["size"]) for p in r["partitions"] if p["region"] == "EMMC_USER" and p["name"]}
        for n, place in where.items():
            if n in ("USRDATA", "BMTPOOL"):
                assert n not in have or have[n][0] == place[0], f"{name}: {n}: 0x{have[n][0]:x}"
            else:
                assert have.get(n) == place, f"{name}: {n}: {have.get(n)}, not {place}"
        run("split", t + "/d", "--scatter", real(name), "-p", "LOGO", "-o", t + "/" + name, status=None)
        cut = [os.path.join(t, name, n) for n in os.listdir(t + "/" + name)]
        cut = [c for c in cut if os.path.getsize(c) == where["LOGO"][1]]
        assert cut and read(cut[0], 0, 4) == b"LOGO" and read(cut[0], where["LOGO"][1] - 8, 8) == b"the end!", name


# ---- abuses ----------------------------------------------------------------------------------------------------------------

def abuses_read_right(t):
    """CRLF, no final newline, odd indentation, upper-case hex, missing unimportant keys: read right"""
    parts = new_era(t + "/d")
    good = run("scatter", t + "/d", "--platform", "MT6797").decode()
    def dropped(*keys):
        return "".join(l + "\n" for l in good.split("\n")[:-1] if l.strip().split(":")[0] not in keys)

    variants = {
        "as it is": good,
        "CRLF": good.replace("\n", "\r\n"),
        "CR and LF by turns": good.replace("\n", "\r\n", 200),
        "no final newline": good.rstrip("\n"),
        "many empty lines": good.replace("\n\n", "\n\n\n\n") + "\n" * 20,
        "no empty lines": good.replace("\n\n", "\n"),
        "two blanks more": "".join("  " + l + "\n" for l in good.split("\n")[:-1]),
        "tabs": good.replace("  ", "\t"),
        "no indentation": re.sub(r"^ +(?!-)", "", good, flags=re.M),
        "blanks at the ends": good.replace("\n", "  \n"),
        "several blanks after the colon": good.replace(": ", ":   "),
        "no blank after the colon": good.replace(": ", ":"),
        "upper-case hex": re.sub(r"0x[0-9a-fA-F]+", lambda m: "0x" + m[0][2:].upper(), good),
        "0X": good.replace("0x", "0X"),
        "no banners": "".join(l + "\n" for l in good.split("\n")[:-1] if not l.startswith("#")),
        "comments": good.replace("  type:", "# a comment\n  type:"),
        "a byte order mark": "\ufeff" + good,
        "leading zeros": re.sub(r"addr: 0x(?!F)", "addr: 0x0000", good),
        "no reserve, boundary_check, boot_channel": dropped("reserve", "boundary_check", "boot_channel"),
        "no file_name, type, is_download": dropped("file_name", "type", "is_download"),
        "unknown keys": good.replace("  region:", "  my_own_key: 17\n  region:"),
        "garbage in front": "some words that mean nothing\n" * 100 + good,
        "garbage behind": good + "\n" + "trailing words\n" * 300,
    }
    for what, text in variants.items():
        path = t + "/MT6797_Android_scatter.txt"
        with open(path, "w", newline="", encoding="utf-8") as f:
            f.write(text)
        r = json.loads(run("check", t + "/d", "--scatter", path, "--json", status=None) or b"{}")
        bad = [x for x in r.get("rows", []) if x["status"] != "same"]
        if what == "unknown keys":  # read right, but SP Flash Tool refuses it: STATUS_UNKNOWN_SCATTER_FIELD
            assert bad == [] and r["accepted"] is False and run.status == 1 and "my_own_key" in r["reason"], r["reason"]
            continue
        assert r.get("accepted") is True and run.status == 0, f"{what}: status {run.status} {bad[:2]} {run.stderr}"
        assert {x["name"] for x in r["rows"]} >= {n for n, _, _ in parts}, what


def abuses_refused(t):
    """missing keys, doubled sections, binary, torn, endless: a clear message or read right, never a crash"""
    new_era(t + "/d")
    good = run("scatter", t + "/d", "--platform", "MT6797")
    rng = random.Random(3)
    one = good.index(b"- partition_index: SYS5")
    two = good.index(b"- partition_index: SYS6")
    row = good[one:two]
    body = good[good.index(b"- partition_index: SYS0"):]

    def without(key):
        return good[:one] + b"".join(l + b"\n" for l in row.split(b"\n")[:-1] if key not in l) + good[two:]

    cases = {  # what: (bytes, must it be refused?)
        "empty": (b"", True), "blanks": (b"\n \n\n", True), "one word": (b"hello", True), "noise": (rng.randbytes(20000), True),
        "zeros": (bytes(8192), True), "an ELF": (b"\x7fELF" + rng.randbytes(3000), True),
        "general alone": (good[:good.index(b"- partition_index")], True),
        "no partition_size": (without(b"partition_size"), True), "no addresses": (without(b"_start_addr"), True),
        "no partition_name": (without(b"partition_name"), True),
        "a size that is no number": (good.replace(b"partition_size: 0x1000000", b"partition_size: big", 1), True),
        "a number of 40 digits": (good.replace(b"partition_size: 0x1000000", b"partition_size: 0x" + b"f" * 40, 1), True),
        "a negative number": (good.replace(b"physical_start_addr: 0x8000\n", b"physical_start_addr: -0x8000\n", 1), True),
        "the rows twice": (good + body, False), "a row twice": (good[:two] + row + good[two:], False),
        "two general sections": (good[:good.index(b"- partition_index")] + good, False),
        "8 KiB of noise inside": (good[:one] + rng.randbytes(8192) + b"\n" + good[one:], False),
        "a line of 1 MiB": (good[:one] + b"x" * MIB + b"\n" + good[one:], False),
        "a name of 10000 letters": (good.replace(b"partition_name: boot\n", b"partition_name: " + b"b" * 10000 + b"\n"), False),
        "a name that escapes": (good.replace(b"partition_name: boot\n", b"partition_name: ../../boot\n"), False),
        "NUL inside": (good[:one] + b"\0\0\0" + good[one:], False),
        "another version": (good.replace(b"V1.1.2", b"V9.9.9"), False),
        "100000 rows": (good + b"".join(b"- partition_index: SYS%d\n  partition_name: p%d\n  linear_start_addr: 0x0\n"
                                        b"  physical_start_addr: 0x0\n  partition_size: 0x200\n  region: EMMC_USER\n\n" % (i, i)
                                        for i in range(100000)), False),
        "UTF-16": (good.decode().encode("utf-16"), False),
    }
    for what, (data, refuse) in cases.items():
        path = contents.write(t + "/MT6797_Android_scatter.txt", data)
        for args in (("check", t + "/d", "--scatter", path), ("info", t + "/d", "--scatter", path), ("scatter", "--scatter", path)):
            run(*args, status=None, timeout=60)
            assert 0 <= run.status <= 3, f"{what}: {args[0]} ends with {run.status}: {run.stderr[:200]}"
            assert run.status == 0 or args[0] == "info" or run.stderr.strip() or args[0] == "check", what
        run("check", t + "/d", "--scatter", path, status=None)
        assert not refuse or run.status in (1, 2, 3), f"{what}: accepted"
        if what in ("empty", "noise", "one word", "zeros"):
            assert run.status in (2, 3) and run.stderr.count("\n") == 1, f"{what}: {run.status} {run.stderr}"
    for cut in range(1, good.rindex(b"- partition_index"), len(good) // 40):
        path = contents.write(t + "/MT6797_Android_scatter.txt", good[:cut])
        run("check", t + "/d", "--scatter", path, status=None)
        assert run.status in (1, 2, 3), f"cut at {cut}: {run.status}"


def abuses_xml(t):
    """XML: torn, entities that swell, wrong nesting, another encoding: refused, never a crash or a swollen memory"""
    new_era(t + "/d")
    good = run("scatter", t + "/d", "--platform", "MT6768", "--format", "xml")
    bomb = b'<?xml version="1.0"?>\n<!DOCTYPE root [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)) + b"]>\n<root>&j;</root>\n"
    outside = b'<?xml version="1.0"?>\n<!DOCTYPE root [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<root><general>&x;</general></root>\n'
    cases = {"bomb": bomb, "an entity from a file": outside, "half": good[:len(good) // 2], "no end": good.replace(b"</root>\n", b""),
             "deep": b"<root>" * 100000, "another root": good.replace(b"root>", b"tree>"), "empty root": b"<root></root>\n",
             "noise": b"<?xml" + random.Random(1).randbytes(3000)}
    for what, data in cases.items():
        path = contents.write(t + "/MT6768_Android_scatter.xml", data)
        run("check", t + "/d", "--scatter", path, status=None, timeout=60)
        assert run.status in (1, 2, 3) and b"root:x" not in run.stderr.encode(), f"{what}: {run.status}"
    path = contents.write(t + "/MT6768_Android_scatter.xml", good.replace(b"\n", b"\r\n").replace(b"    <", b"\t<"))
    r = json.loads(run("check", t + "/d", "--scatter", path, "--json", status=None))
    assert r["accepted"] is True, [x for x in r["rows"] if x["status"] != "same"][:2]


main([write_v112, write_v111, write_v111_like_real, write_v0, write_v2, write_xml, write_like_real_v2, write_rawprogram, usage,
      round_trip, round_trip_other_form, split_by_scatter, split_old_by_scatter, abuses_read_right, abuses_refused, abuses_xml])
