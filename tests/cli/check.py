#!/usr/bin/env python3
"""check: does this scatter fit that medium? Every real scatter against a dump built from it, and with every value changed.

The dumps are sparse files: a GPT by sgdisk (by tests/lib/gptmake.py for sectors of 4096), MBR + EBR + PMT by tests/lib.
What is taken for granted of the program, where the specification leaves it open:
  - `check --json` is as in DESIGN.md; every row of the scatter (of the medium's section of it) has one row there, and so has
    every partition of the medium that the scatter lacks; of a row that is on one side only, the other side is null;
  - a row with another name shows as one row that is extra, one that is missing, or both: only old and new name may appear;
  - of PRELOADER and preloader the medium knows little: only its region is changed here;
  - `--fix` prints the corrected scatter alone on standard output; its exit status is not tested;
  - a size that grows ("placeholder") and a row counted from the end ("placed-by-tool") are accepted, with a note;
  - words of the reason: "placeholder" for userdata alone, "variant" where layouts are alike but sizes differ, "phone" or "device"
    where the partitions are others. These words are looked for in the JSON's "reason"."""
import concurrent.futures
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import contents
import pmt
import scatter
import scatter_dump
from dumps import *

STATES = {"same", "moved", "resized", "placeholder", "placed-by-tool", "missing", "extra", "region"}
FITS = {"same", "placeholder", "placed-by-tool"}  # what SP Flash Tool sizes or places itself is taken
GIB = 1 << 30


def files():
    return sorted(glob.glob(REAL + "/scatter/MT*")) + glob.glob(REAL + "/partition-tables/wiko*scatter.txt")


def is_wwr(s):
    return b"WwR_MTK" in s.data[:400]


def has_true_size(s):
    """WwR and MTK Droid Tools wrote what they found on a phone; v0 has no sizes."""
    return is_wwr(s) or s.kind == "v0" or s.general.get("project") == "MTDTtest"


def medium(s):
    last = s.rows[-1]
    if is_wwr(s):
        return scatter.number(last["physical_start_addr"]) + scatter.number(last["partition_size"])
    if s.general.get("project") == "MTDTtest":
        data = s.rows[s.userdata()]
        return scatter.number(data["physical_start_addr"]) + scatter.number(data["partition_size"]) + scatter_dump.BMTPOOL
    return 8 * GIB if s.old else 64 * GIB


def sector(s):
    return 4096 if s.storage == "UFS" else 512


def name_of(s, path):
    """A name SP Flash Tool would take, in a folder of its own."""
    return f"{s.general.get('platform', 'MT6589')}_Android_scatter" + os.path.splitext(path)[1]


def check(dump, path, *args):
    """(exit status, answer) of check --json; keeps apart from run(), which threads cannot share."""
    p = subprocess.run([PROGRAM, "check", dump, "--scatter", path, "--json", *args], capture_output=True)
    if p.returncode not in (0, 1):
        raise AssertionError(f"check ends with {p.returncode}: {p.stderr.decode(errors='replace')[:300]}")
    answer = json.loads(p.stdout)
    assert (p.returncode == 0) == answer["accepted"], f"status {p.returncode}, accepted {answer['accepted']}"
    assert all(r["status"] in STATES for r in answer["rows"]), {r["status"] for r in answer["rows"]}
    return p.returncode, answer


def wrong(answer):
    return [(r["name"], r["status"]) for r in answer["rows"] if r["status"] != "same"]


def put(folder, s, data, path):
    return contents.write(os.path.join(folder, name_of(s, path)), data)


# ---- one test a real file ------------------------------------------------------------------------------------------------------

def accepted(t, s, path, dump, size, parts):
    """With its true size of userdata: every row the same, and the numbers are those of the file and of the medium."""
    good = put(t, s, s.with_true_userdata(size), path)
    status, a = check(dump, good)
    assert status == 0 and not wrong(a), f"not accepted: {wrong(a)[:6]} {a['reason']}"
    where = {n: (b, l) for n, b, l in parts}
    rows = {r["name"]: r for r in a["rows"]}
    assert [n for n in s.names if n not in rows] == [], [n for n in s.names if n not in rows]
    for name, (start, length) in where.items():
        m = rows[name]["medium"]
        assert (m["start"], m["size"]) == (start, length), f"{name}: {m}"
        assert s.kind == "v0" or rows[name]["scatter"]["size"] == length, f"{name}: {rows[name]['scatter']}"


def as_it_stands(t, s, path, dump):
    """As the factory shipped it: exactly userdata is a placeholder, which the tool lets grow; --fix touches no valid row."""
    stands = put(t, s, s.data, path)
    status, a = check(dump, stands)
    if has_true_size(s):
        assert status == 0 and not wrong(a), f"it has the true size: {wrong(a)}"
        return
    name = s.rows[s.userdata()]["partition_name"]
    assert status == 0 and wrong(a) == [(name, "placeholder")], wrong(a)
    assert "placeholder" in a["reason"].lower() and "grows" in a["reason"], a["reason"]
    assert [r["name"] for r in a["rows"] if r["note"]] == [name], [r["note"] for r in a["rows"]]
    fixed = subprocess.run([PROGRAM, "check", dump, "--scatter", stands, "--fix"], capture_output=True).stdout
    old, new = s.data.lower().split(b"\n"), fixed.lower().split(b"\n")
    assert old == new, [(x, y) for x, y in zip(old, new) if x != y][:3]


def hex_like(old, value):
    return f"0x{value:X}" if any(c in "ABCDEF" for c in old[2:]) and not old.startswith("0xFFFF") else f"0x{value:x}"


def moved(old):
    value = scatter.number(old)
    if scatter.is_code(value):
        return f"0xFFFF{(value & 0xFFFF) + 8:04x}"
    return hex_like(old, value + 0x20000)


def only_code(s, row):
    """It counts from the end of the medium, and says nothing else (WwR MTK writes the true address beside the code)."""
    physical = row.get("physical_start_addr", "0x0")
    return scatter.is_code(scatter.number(row["linear_start_addr"])) and \
        (s.only_linear() or scatter.is_code(scatter.number(physical)))


def changes(s):
    """(row, what, names that may be refused, values): every single value that can be changed."""
    for i, row in enumerate(s.rows):
        name = row["partition_name"]
        boot = name.lower() in ("preloader", "dsp_bl")
        if not boot:
            yield i, "name", {name, name + "_x"}, {"partition_name": name + "_x"}
            linear = row["linear_start_addr"]
            if s.kind == "v0":  # the end of a row is the start of the next
                near = {name, s.rows[i - 1]["partition_name"]}
                yield i, "address", near, {"linear_start_addr": moved(linear)}
                continue
            physical = row["physical_start_addr"]
            if s.only_linear():
                yield i, "linear address", {name}, {"linear_start_addr": moved(linear)}
            else:
                yield i, "both addresses", {name}, {"linear_start_addr": moved(linear), "physical_start_addr": moved(physical)}
            if i % 4 == 1 and not s.only_linear():
                yield i, "physical address alone", {name}, {"physical_start_addr": moved(physical)}
                yield i, "linear address alone", {name}, {"linear_start_addr": moved(linear)}
            size = row["partition_size"]
            step = 0x200 if name == "sgpt" else 0x20000
            yield i, "size", {name}, {"partition_size": hex_like(size, scatter.number(size) + step)}
        if s.kind != "v0":
            other = "EMMC_USER" if boot and "EMMC" in row["region"] else "UFS_LU2" if boot else \
                "UFS_LU0" if "UFS" in row["region"] else "EMMC_BOOT_2"
            yield i, "region", {name}, {"region": other}


def refused(t, s, path, dump, size):
    """Each single value changed: that row, and no other; a code alone is only noted."""
    base = scatter_dump.Scatter(s.with_true_userdata(size), s.storage)

    def one(job):
        number, (i, what, names, values) = job
        folder = f"{t}/{number}"
        os.mkdir(folder)
        row = base.rows[i]["partition_name"]
        try:
            status, a = check(dump, put(folder, s, base.changed(i, **values), path))
        except AssertionError as e:
            return f"{row}: {what}: {e}"
        if what in ("both addresses", "linear address", "address") and only_code(base, base.rows[i]):
            # the phone has it at its end: the tool puts it there, whatever the code
            return None if (status, wrong(a)) == (0, [(row, "placed-by-tool")]) else f"{row}: {what}: {status}, {wrong(a)[:4]}"
        found = {n for n, _ in wrong(a)}
        if status != 1 or not found or not found <= names:
            return f"{row}: {what}: status {status}, refused {wrong(a)[:4]}"
        want = {"size": {"resized", "placeholder"}, "region": {"region"}}.get(what, {"moved"} if "address" in what else {"extra", "missing"})
        # the last row of the medium's normal ones is resized where the reserved row behind it moved: only its own status counts
        if s.kind != "v0" and not {x for n, x in wrong(a)} <= want:
            return f"{row}: {what}: {wrong(a)[:4]}, expected {sorted(want)}"
        return None

    jobs = list(enumerate(changes(base)))
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        bad = [x for x in pool.map(one, jobs) if x]
    assert not bad, f"{len(bad)} of {len(jobs)} changes: " + " | ".join(bad[:8])


def own(era):
    """Scatter files of our own, so that there is something to check where the real ones are not: GPT, linear PMT, MT6592."""
    if era == "gpt":
        rows = [(n, b, b, l, False) for n, b, l in (
            ("pgpt", 0, 0x8000), ("recovery", 0x8000, 0x1000000), ("nvdata", 0x1008000, 0x2000000), ("protect1", 0x3008000, 0x7F8000),
            ("seccfg", 0x3800000, 0x800000), ("proinfo", 0x4000000, 0x300000), ("nvram", 0x4300000, 0x500000),
            ("lk", 0x4800000, 0x100000), ("boot", 0x4900000, 0x1000000), ("logo", 0x5900000, 0x800000), ("tee1", 0x6100000, 0x500000),
            ("system", 0x6800000, 0x40000000), ("cache", 0x46800000, 0x10000000), ("userdata", 0x56800000, 0xC0000000))]
        rows += [("otp", "0xFFFF01d8", "0xFFFF01d8", 0x2B00000, True), ("flashinfo", "0xFFFF0080", "0xFFFF0080", 0x1000000, True),
                 ("sgpt", "0xFFFF0000", "0xFFFF0000", 0x4200, True)]
        return scatter_dump.text("MT6797", "V1.1.2", rows)
    base = 0xC00000 if era == "linear" else 0
    rows = [(n, b + base, 0 if base else b, l, False) for n, b, l in (
        ("MBR", 0, 0x80000), ("EBR1", 0x80000, 0x80000), ("PRO_INFO", 0x100000, 0x300000), ("NVRAM", 0x400000, 0x500000),
        ("PROTECT_F", 0x900000, 0xA00000), ("PROTECT_S", 0x1300000, 0xA00000), ("SECCFG", 0x1D00000, 0x20000),
        ("UBOOT", 0x1D20000, 0x60000), ("BOOTIMG", 0x1D80000, 0x600000), ("RECOVERY", 0x2380000, 0x600000),
        ("LOGO", 0x2980000, 0x300000), ("ANDROID", 0x2C80000, 0x40000000), ("CACHE", 0x42C80000, 0x8000000),
        ("USRDATA", 0x4AC80000, 0x40000000))]
    rows += [("BMTPOOL", "0xFFFF00a8", 0 if base else "0xFFFF00a8", 0x1500000, True)]
    return scatter_dump.text("MT6572" if base else "MT6592", "V1.1.1" if base else "V1.1.2", rows, base or 0x40000)


def own_test(era):
    def test(t):
        real_test(contents.write(t + "/own.txt", own(era)), "EMMC")(t)

    test.__doc__ = f"a scatter of our own ({era}): accepted with its true userdata, each changed value refused"
    return test


def real_test(path, storage):
    def test(t):
        s = scatter_dump.Scatter(path, storage)
        size, dump = medium(s), t + "/dump.bin"
        parts = s.make(dump, size, sector(s))
        problems = []
        for step in (lambda: accepted(t, s, path, dump, size, parts), lambda: as_it_stands(t, s, path, dump),
                     lambda: refused(t, s, path, dump, size)):
            try:
                step()
            except AssertionError as e:
                problems.append(str(e))
        assert not problems, " || ".join(problems)

    test.__doc__ = f"{os.path.basename(path)} {storage}: accepted with its true userdata, each changed value refused"
    return test


# ---- which kind of wrong ---------------------------------------------------------------------------------------------------------

def nikel(t, **replace):
    """The MT6797 file and a dump of which some sizes are others (what follows moves)."""
    path = REAL + "/scatter/MT6797_Android_scatter__nikel.txt"
    if not os.path.exists(path):
        raise Skip("there are none here")
    s = scatter_dump.Scatter(path)
    size = 32 * GIB
    parts, shift = [], 0
    for n, a, l in s.layout(size):
        grow = replace.get(n, l) - l
        behind = n in ("otp", "flashinfo", "sgpt")
        parts.append((n, a + (0 if behind else shift), l - shift if n == "userdata" else l + grow))
        shift += grow
    scatter.make_gpt(t + "/dump.bin", [p for p in parts if p[0] not in ("pgpt", "sgpt")], size)
    return s, path, t + "/dump.bin", size


def wrong_variant(t):
    """a wrong variant: system of another size; a scatter with the true sizes of a larger medium"""
    s, path, dump, size = nikel(t, system=0x100000000)
    status, a = check(dump, put(t, s, s.with_true_userdata(size), path))
    found = dict(wrong(a))
    assert status == 1 and found["system"] == "resized" and found["cache"] == "moved" and "boot" not in found, found
    assert "userdata" in found and "variant" in a["reason"].lower() and "placeholder" not in a["reason"].lower(), a["reason"]
    s, path, dump, size = nikel(t)
    larger = put(t, s, s.with_true_userdata(64 * GIB), path)
    status, a = check(dump, larger)
    assert status == 1 and wrong(a) == [("userdata", "resized")], wrong(a)
    assert "variant" in a["reason"].lower(), a["reason"]
    fixed = subprocess.run([PROGRAM, "check", dump, "--scatter", larger, "--fix"], capture_output=True).stdout
    assert check(dump, put(t, s, fixed, path))[0] == 0


def wrong_wwr_variant(t):
    """a WwR scatter of a 64 GB phone on a 16 GB one"""
    path = REAL + "/scatter/MT6750_Android_scatter__magc6750_wwr.txt"
    if not os.path.exists(path):
        raise Skip("there are none here")
    s = scatter_dump.Scatter(path)
    s.make(t + "/dump.bin", 15 * GIB)
    status, a = check(t + "/dump.bin", put(t, s, s.data, path))
    found = dict(wrong(a))
    assert status == 1 and found.get("userdata") == "resized" and set(found) <= {"userdata", "flashinfo", "sgpt"}, found
    assert "variant" in a["reason"].lower(), a["reason"]
    fixed = subprocess.run([PROGRAM, "check", t + "/dump.bin", "--scatter", put(t, s, s.data, path), "--fix"], capture_output=True).stdout
    assert check(t + "/dump.bin", put(t, s, fixed, path))[0] == 0


def wrong_phone(t):
    """a wrong phone: another chip's scatter, another era's; --fix makes one that fits"""
    s, path, dump, size = nikel(t)
    for other in ("MT6763_Android_scatter__a5_pro.txt", "MT6580_Android_scatter__w370.txt", "MT6572_Android_scatter__zechin.txt"):
        o = scatter_dump.Scatter(f"{REAL}/scatter/{other}")
        bad = put(t, o, o.data, other)
        status, a = check(dump, bad)
        assert status == 1 and len(wrong(a)) > 5, other
        assert re.search("phone|device", a["reason"].lower()) and "placeholder" not in a["reason"].lower(), f"{other}: {a['reason']}"
        p = subprocess.run([PROGRAM, "check", dump, "--scatter", bad, "--fix"], capture_output=True)
        assert check(dump, put(t, s, p.stdout, path))[0] == 0, other


def wrong_phone_pmt(t):
    """the scatter of another phone with a PMT, physical addresses and all: --fix makes one that is accepted"""
    size, base = 256 << 20, 0xC00000
    rows = [("MBR", 0, 0x80000), ("EBR1", 0x80000, 0x80000), ("PRO_INFO", 0x100000, 0x300000), ("SECCFG", 0x400000, 0x20000),
            ("PROTECT_S", 0x420000, 0xA00000), ("ANDROID", 0xE20000, 0x2000000), ("USRDATA", 0x2E20000, 0x4000000)]
    rows.append(("FAT", 0x6E20000, size - pmt.BMTPOOL - 0x6E20000))
    with open(t + "/d", "wb") as f:
        f.truncate(size)
        f.seek(size - pmt.TAIL)
        f.write(pmt.pair(pmt.entries(rows, 88, base), pmt.NEW, 88))
    for path in (p for p in files() if "MT6572" in p or "MT6592" in p):
        fixed = subprocess.run([PROGRAM, "check", t + "/d", "--scatter", path, "--fix"], capture_output=True).stdout
        with open(t + "/fixed", "wb") as f:
            f.write(fixed)
        status, answer = check(t + "/d", t + "/fixed")
        assert status == 0, f"{path}: {wrong(answer)}"


def missing_and_extra(t):
    """a partition the scatter lacks, and one the medium lacks"""
    s, path, dump, size = nikel(t)
    good = s.with_true_userdata(size)
    blocks = good.split(b"- partition_index")
    i = next(i for i, b in enumerate(blocks) if b"partition_name: boot\n" in b)
    status, a = check(dump, put(t, s, b"- partition_index".join(blocks[:i] + blocks[i + 1:]), path))
    assert status == 1 and [n for n, _ in wrong(a)] == ["boot"], wrong(a)
    row = next(r for r in a["rows"] if r["name"] == "boot")
    assert row["scatter"] is None and row["medium"]["size"] == 0x1000000 and row["status"] == "missing", row
    extra = blocks[i].replace(b"partition_name: boot\n", b"partition_name: boot2\n").replace(b"0xb800000", b"0xda00200")
    status, a = check(dump, put(t, s, b"- partition_index".join(blocks[:i] + [extra] + blocks[i:]), path))
    row = next(r for r in a["rows"] if r["name"] == "boot2")
    assert status == 1 and [n for n, _ in wrong(a)] == ["boot2"] and row["medium"] is None and row["status"] == "extra", wrong(a)


def text(t):
    """without --json: the rows that are wrong are named, with both values, and the error SP Flash Tool would show"""
    s, path, dump, size = nikel(t)
    p = subprocess.run([PROGRAM, "check", dump, "--scatter", put(t, s, s.data, path)], capture_output=True)
    said = p.stdout.decode() + p.stderr.decode()
    true = next(l for n, _, l in s.layout(size) if n == "userdata")
    assert p.returncode == 0 and "userdata" in said and "placeholder" in said.lower(), said
    assert f"{true:x}" in said.lower() and "c0000000" in said.lower(), said
    larger = put(t, s, s.with_true_userdata(2 * size), path)
    p = subprocess.run([PROGRAM, "check", dump, "--scatter", larger], capture_output=True)
    said = p.stdout.decode() + p.stderr.decode()
    assert p.returncode == 1 and f"{true:x}" in said.lower() and "userdata" in said, said
    assert "4050" in said or "0xC003000A" in said or "PMT changed" in said, said
    p = subprocess.run([PROGRAM, "check", dump, "--scatter", put(t, s, s.with_true_userdata(size), path)], capture_output=True)
    assert p.returncode == 0 and p.stdout.strip(), p.stderr
    for args in (("check", dump), ("check", "--scatter", path), ("check", dump, "--scatter", t + "/none.txt")):
        run(*args, status=None)
        assert run.status in (2, 3) and run.stderr.count("\n") == 1, (args, run.status, run.stderr)


def own_output(t):
    """what `scatter` prints is accepted, of a GPT and of a PMT, in every format"""
    s, path, dump, size = nikel(t)
    for form in ("v1.1.2", "v2", "xml"):
        out = contents.write(t + "/MT6797_Android_scatter." + ("xml" if form == "xml" else "txt"),
                             run("scatter", dump, "--platform", "MT6797", "--format", form))
        assert check(dump, out)[0] == 0, form
    out = contents.write(t + "/MT6797_Android_scatter.txt", run("scatter", dump, "--platform", "MT6797", "--style", "wwr"))
    assert check(dump, out)[0] == 0
    for name, form in (("MT6572_Android_scatter__zechin.txt", "v1.1.1"), ("MT6592_Android_scatter__aquaris_e10.txt", "v1.1.2"),
                       ("MT6589_Android_scatter_emmc__s960_v0.txt", "v0")):
        o = scatter_dump.Scatter(f"{REAL}/scatter/{name}")
        o.make(dump, 8 * GIB)
        chip = name[:6]
        out = contents.write(f"{t}/{chip}_Android_scatter.txt", run("scatter", dump, "--platform", chip, "--format", form))
        assert check(dump, out)[0] == 0, f"{name}: {wrong(check(dump, out)[1])[:4]}"


def damaged_dump(t):
    """a dump of which the primary GPT is zeroed, and one cut short: check answers all the same"""
    s, path, dump, size = nikel(t)
    good = put(t, s, s.with_true_userdata(size), path)
    contents.wipe_gpt(dump, backup=False)
    assert subprocess.run([PROGRAM, "check", dump, "--scatter", good, "--json"], capture_output=True).stdout.count(b'"same"') >= 30
    s.make(dump, size)
    with open(dump, "r+b") as f:
        f.truncate(0x10000)
    p = subprocess.run([PROGRAM, "check", dump, "--scatter", good, "--json"], capture_output=True)
    assert json.loads(p.stdout)["accepted"] is True, "a readback of the table alone is enough"
    with open(dump, "wb") as f:
        f.truncate(4 << 20)
    run("check", dump, "--scatter", good, status=None)
    assert run.status in (1, 2, 3) and run.stderr.count("\n") >= 1, "nothing to compare with"


jobs = [own_test(era) for era in ("gpt", "linear", "region")]
jobs += [real_test(f, "EMMC") for f in files()]
jobs += [real_test(f, "UFS") for f in files() if "6893" in f and f.endswith(".txt")]
if not files():
    print("skip check of real scatters: there are none here")
main(jobs + [wrong_variant, wrong_wwr_variant, wrong_phone, wrong_phone_pmt, missing_and_extra, text, own_output, damaged_dump])
