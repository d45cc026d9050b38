#!/usr/bin/env python3
"""fit, readback, diff, explain: the small tools of the workbench.

What is taken for granted of the program, where the specification leaves it open:
  - fit: status 0 fits and is of its kind, 1 not; -o writes only what fits; a partition that is not there is status 1, 2 or 3;
  - readback: a line has the partition's name or the region's, then start and length in hex (any width, with or without 0x); the
    line for the whole region has the region's name and start 0;
  - diff: status 0 equal, 1 not; text names the partitions that differ and no other; --json has a list "partitions" (or "rows")
    whose rows have "name" and, in "status" (or "state"), "same" or what differs;
  - explain: text or JSON has the number, the name and a remedy; --json of a code is an object (or a list with one) with "code" and
    "name"; of a log with a table it has a list "partitions" (or "rows") of {name, start, size}; a log of a medium that equals
    IMAGE is status 0, one that does not is 1 and names the partition; an unknown code is refused."""
import os
import random
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import contents
import scatter
from dumps import *

HEX = re.compile(r"\b(?:0[xX])?([0-9a-fA-F]{1,16})\b")


# ---- fit ---------------------------------------------------------------------------------------------------------------------

def fit_good(t):
    """fit: boot image as recovery, lk, ext4 as system, sparse, raw: fits; padded to the partition's size"""
    dump, rows, files = contents.phone(t)
    length = {n: l for n, _, l in rows}
    twrp = contents.boot_image(t + "/twrp.img", 99)
    good = [(twrp, "recovery"), (twrp, "boot"), (files["lk"], "lk"), (files["logo"], "logo"), (files["tee1"], "tee1"),
            (files["cache"], "cache"), (files["super"], "super"), (files["userdata"], "userdata"),
            (contents.write(t + "/nv", random.Random(4).randbytes(1000)), "proinfo")]
    for path, name in good:
        out = run("fit", path, "--as", name, dump).decode()
        assert name in out + run.stderr, out
        run("fit", path, "--as", name, dump, "-o", t + "/padded")
        data = open(path, "rb").read()
        padded = open(t + "/padded", "rb").read()
        assert len(padded) == length[name] and padded[:len(data)] == data, name
        assert len(set(padded[len(data):])) <= 1, "the padding is of one kind"
        os.unlink(t + "/padded")
    exact = contents.write(t + "/exact", open(twrp, "rb").read().ljust(length["recovery"], b"\0"))
    run("fit", exact, "--as", "recovery", dump)
    if shutil.which("img2simg"):
        tool("img2simg", files["cache"], t + "/cache.simg")
        run("fit", t + "/cache.simg", "--as", "cache", dump)


def fit_too_large(t):
    """fit: one byte too much; a sparse image of a larger filesystem"""
    dump, rows, files = contents.phone(t)
    length = {n: l for n, _, l in rows}
    twrp = contents.boot_image(t + "/twrp.img", 99)
    large = contents.write(t + "/large", open(twrp, "rb").read().ljust(length["recovery"] + 1, b"\0"))
    out = run("fit", large, "--as", "recovery", dump, "-o", t + "/out", status=1).decode() + run.stderr
    assert str(length["recovery"]) in out.replace(",", "").replace(" ", "") or f"{length['recovery']:x}" in out.lower(), out
    assert not os.path.exists(t + "/out")
    if shutil.which("img2simg"):
        big = contents.small_ext4(t + "/big", 12, 3)
        tool("img2simg", big, t + "/big.simg")
        assert os.path.getsize(t + "/big.simg") < length["cache"]
        run("fit", t + "/big.simg", "--as", "cache", dump, status=1)


def fit_wrong_kind(t):
    """fit: a logo as recovery, a boot image as logo, ext4 as boot, an archive as boot: not of its kind"""
    dump, rows, files = contents.phone(t)
    small = contents.small_ext4(t + "/small", 1, 1)
    archive = contents.write(t + "/twrp.zip", b"PK\x03\x04" + random.Random(1).randbytes(50000))
    for path, name in ((files["logo"], "recovery"), (files["boot"], "logo"), (small, "boot"), (files["lk"], "boot"), (files["boot"], "lk"),
                       (archive, "recovery"), (files["boot"], "userdata"), (files["lk"], "logo")):
        out = run("fit", path, "--as", name, dump, status=1).decode() + run.stderr
        assert name in out, out


def fit_usage(t):
    """fit: no such partition, no such file, an empty file, no --as"""
    dump, rows, files = contents.phone(t)
    for args, allowed in (((files["boot"], "--as", "nothing", dump), (1, 2, 3)), ((t + "/none", "--as", "boot", dump), (2, 3)),
                          ((contents.write(t + "/empty", b""), "--as", "boot", dump), (1, 3)), ((files["boot"], dump), (2,)),
                          ((files["boot"], "--as", "boot"), (2,))):
        run("fit", *args, status=None)
        assert run.status in allowed and run.stderr.strip(), f"{args}: {run.status} {run.stderr}"
    run("fit", files["boot"], "--as", "boot", dump, "-o", "/proc/none/x", status=5)
    before = sha256_file(dump)
    run("fit", files["boot"], "--as", "boot", dump, "-o", dump, status=None)
    assert sha256_file(dump) == before, "the dump is never written"


# ---- the preloader's row --------------------------------------------------------------------------------------------------------

def no_preloader(t):
    """a dump without its preloader: the scatter file has the row, and it is said that its file is not there"""
    dump, rows, files = contents.phone(t)
    contents.write(t + "/boot1.bin", contents.boot1(4 * MIB))
    for args in (("split",), ("split", "-p", "recovery"), ()):
        for boot1 in ((), ("--boot1", t + "/boot1.bin")):
            shutil.rmtree(t + "/out", ignore_errors=True)
            text = run(*args, dump, *boot1, "-o", t + "/out", status=None).decode()
            assert run.status in (0, 1), run.stderr
            here = t + "/out" + ("" if args else "/rom")
            scatter_file = next(f for f in os.listdir(here) if f.endswith("scatter.txt"))
            name = re.search(r"partition_name: preloader\s+file_name: (\S+)\s+is_download: true", open(f"{here}/{scatter_file}").read())[1]
            if "-p" in args and boot1:  # it is in the dump, but was not asked for
                assert "unticked" in text and "-p preloader" in text and not os.path.exists(f"{here}/{name}"), text
                run("split", "-p", "preloader", dump, *boot1, "-o", here)
                assert os.path.exists(f"{here}/{name}")
                continue
            assert os.path.exists(f"{here}/{name}") == bool(boot1), name
            said = "preloader is not in EMMC_USER" in text and "unticked" in text and "5007" in text and "--boot1" in text
            assert said == (not boot1), text


# ---- readback ------------------------------------------------------------------------------------------------------------------

def numbers(line):
    return [int(m, 16) for m in HEX.findall(line)]


def readback(t):
    """readback: region, start and length in hex for each partition and for the whole"""
    dump, rows, files = contents.phone(t)
    size = os.path.getsize(dump)
    lines = run("readback", dump).decode().splitlines()
    for name, start, length in rows:
        mine = [l for l in lines if re.search(rf"(^|\W){re.escape(name)}(\W|$)", l)]
        assert any("EMMC_USER" in l and start in numbers(l) and length in numbers(l) for l in mine), f"{name}: {mine}"
    whole = [l for l in lines if "EMMC_USER" in l and size in numbers(l)]
    assert whole and any(0 in numbers(l) for l in whole), lines[-3:]
    # a readback of the table alone gives the same rows: that is what one has before the full readback
    short = contents.write(t + "/short.bin", read(dump, 0, 0x8000))
    again = run("readback", short, status=None).decode().splitlines()
    assert run.status == 0 and [l for l in again if "EMMC_USER" in l] == [l for l in lines if "EMMC_USER" in l]
    contents.write(t + "/boot1.bin", contents.boot1(4 * MIB))
    lines = run("readback", dump, "--boot1", t + "/boot1.bin").decode().splitlines()
    assert any("EMMC_BOOT_1" in l and 4 * MIB in numbers(l) for l in lines), lines


def readback_old(t):
    """readback: of a phone of the MBR era; of a dump without a table"""
    import scatter_dump
    end = (1 << 30) - scatter_dump.BMTPOOL
    parts = [("MBR", 0, 0x80000), ("EBR1", 0x80000, 0x80000), ("PRO_INFO", 0x100000, 0x300000), ("NVRAM", 0x400000, 0x500000),
             ("ANDROID", 0x900000, 0x8000000), ("USRDATA", 0x8900000, end - 0x8900000), ("BMTPOOL", end, scatter_dump.BMTPOOL)]
    scatter_dump.make_old(t + "/d", parts, 1 << 30, 0xC00000)
    lines = run("readback", t + "/d").decode().splitlines()
    for name, start, length in parts:
        assert any(name in l and start in numbers(l) and length in numbers(l) for l in lines), name
    contents.write(t + "/none", random.Random(1).randbytes(4000))
    run("readback", t + "/none", status=None)
    assert run.status in (1, 2, 3) and run.stderr.count("\n") == 1


# ---- diff ----------------------------------------------------------------------------------------------------------------------

def changed_rows(answer):
    rows = answer.get("partitions", answer.get("rows"))
    assert isinstance(rows, list) and rows, list(answer)
    out = set()
    for r in rows:
        state = str(r.get("status", r.get("state", ""))).lower()
        assert state, r
        if state not in ("same", "equal", "identical"):
            out.add(r["name"])
    return out


def diff_equal(t):
    """diff: the same dump twice, a sparse copy, the same in parts: status 0"""
    dump, rows, files = contents.phone(t)
    shutil.copy(dump, t + "/other.bin")
    data = open(dump, "rb").read()
    contents.write(t + "/p.001", data[:30 * MIB])
    contents.write(t + "/p.002", data[30 * MIB:])
    for other in (dump, t + "/other.bin", t + "/p.001"):
        run("diff", dump, other, status=0)
        answer = json.loads(run("diff", "--json", dump, other, status=0))
        assert not changed_rows(answer), changed_rows(answer)


def diff_contents(t):
    """diff: one byte in a partition, zeros where there was a filesystem, a byte between partitions: named, and no other"""
    dump, rows, files = contents.phone(t)
    where = {n: (s, l) for n, s, l in rows}
    whole = open(dump, "rb").read()
    cases = {"a byte in boot": {"boot": (100000, b"\x77")}, "last byte of lk": {"lk": (where["lk"][1] - 1, b"\x01")},
             "cache wiped": {"cache": (0, bytes(where["cache"][1]))},
             "two": {"logo": (5000, b"xyz"), "nvram": (77, b"abc")}}
    for what, harm in cases.items():
        data = bytearray(whole)
        for name, (at, new) in harm.items():
            at += where[name][0]
            assert data[at:at + len(new)] != new
            data[at:at + len(new)] = new
        other = contents.write(t + "/other.bin", bytes(data))
        text = run("diff", dump, other, status=1).decode()
        answer = json.loads(run("diff", "--json", dump, other, status=1))
        assert changed_rows(answer) == set(harm), f"{what}: {changed_rows(answer)}"
        for name in harm:
            assert re.search(rf"\b{name}\b", text), f"{what}: {text}"
        for name in set(where) - set(harm) - {"para", "proinfo"}:
            told = [l for l in text.splitlines() if re.search(rf"(^|\s){name}(\s|:|$)", l)]
            assert not told or all(re.search("same|equal|identical", l) for l in told), f"{what}: {told}"
    start, length = where["cache"]
    other = contents.write(t + "/other.bin", whole[:start] + bytes(length) + whole[start + length:])
    text = run("diff", dump, other, status=1).decode()
    assert "ext4" in text and "zero" in text, f"what cache held and what it holds is said: {text}"


def diff_layout(t):
    """diff: partitions moved, resized, missing; another phone; a shorter dump"""
    a = [("proinfo", 1, None), ("nvram", 2, None), ("lk", 1, None), ("boot", 4, None), ("seccfg", 1, None), ("userdata", 16, None),
         ("flashinfo", 1, None)]
    b = [("proinfo", 1, None), ("nvram", 2, None), ("lk", 2, None), ("boot", 4, None), ("seccfg", 1, None), ("userdata", 15, None),
         ("flashinfo", 1, None)]
    c = [x for x in a if x[0] != "seccfg"]
    for name, parts in (("a", a), ("b", b), ("c", c)):
        gpt(f"{t}/{name}", parts, 40)
    found = changed_rows(json.loads(run("diff", "--json", t + "/a", t + "/b", status=1)))
    assert {"lk", "boot", "seccfg", "userdata"} <= found and "nvram" not in found and "proinfo" not in found, found
    found = changed_rows(json.loads(run("diff", "--json", t + "/a", t + "/c", status=1)))
    assert "seccfg" in found and "nvram" not in found, found
    shutil.copy(t + "/a", t + "/short")
    with open(t + "/short", "r+b") as f:
        f.truncate(12 * MIB)
    found = changed_rows(json.loads(run("diff", "--json", t + "/a", t + "/short", status=1)))
    assert "userdata" in found and "nvram" not in found, found
    for args in ((t + "/a",), (t + "/a", t + "/none"), (t + "/a", t + "/b", t + "/c")):
        run("diff", *args, status=None)
        assert run.status in (2, 3) and run.stderr.count("\n") == 1, (args, run.status)


# ---- explain -------------------------------------------------------------------------------------------------------------------

# number, name, a word of the meaning or the remedy (formats/mediatek.md 5.3)
CODES = [("4050", "S_FT_NEED_DOWNLOAD_ALL_FAIL", "scatter|userdata|PMT"), ("0xC003000A", "STATUS_LAYOUT_CHANGED", "scatter|userdata|PMT"),
         ("1003", "S_INVALID_BBCHIP_TYPE", "scatter|chip"), ("1013", "S_COM_PORT_OPEN_FAIL", "driver|port"),
         ("3149", "S_DA_EMMC_FLASH_NOT_FOUND", "preloader|eMMC|hardware"), ("5069", "S_DL_PMT_ERR_NO_SPACE", "size"),
         ("5066", "S_DL_PC_BL_INVALID_GFH_FILE_INFO", "preloader"), ("0xC0030004", "STATUS_PRELOADER_INVALID", "boot1|preloader"),
         ("0xC0060003", "STATUS_BROM_CMD_SEND_DA_FAIL", "driver|port|DA"), ("6012", "S_SECURITY_SF_CODE_FORMAT_FORBIDDEN", "lock|vendor"),
         ("0xC0030012", "STATUS_SEC_AUTH_FILE_NEEDED", "auth"), ("3184", "S_CHIP_TYPE_NOT_MATCH", "platform")]


def explain_codes(t):
    """explain: by number, in hex and decimal, by name, in any case"""
    for number, name, words in CODES:
        value = int(number, 0)
        forms = {number, name, name.lower(), hex(value), str(value), f"0x{value:X}"}
        if value > 0x7FFFFFFF:
            forms.add(f"{value:X}")  # logs print them without 0x too
        for form in sorted(forms):
            text = run("explain", form).decode()
            assert name in text and re.search(words, text, re.I), f"{form}: {text}"
        answer = json.loads(run("explain", "--json", number))
        answer = answer[0] if isinstance(answer, list) else answer
        flat = json.dumps(answer)
        assert name in flat and re.search(words, flat, re.I), flat
    for bad in ("999999999", "S_NO_SUCH_NAME_AT_ALL", "", "0x", "4050x"):
        run("explain", bad, status=None)
        assert run.status in (1, 2, 3) and run.stderr.count("\n") == 1, f"{bad!r}: {run.status} {run.stderr}"


def explain_pasted(t):
    """explain: a message in quotes, a line copied from the tool's window, signed numbers, bare hex; a folder is refused"""
    # as the windows of older and newer SP Flash Tools show them, and as people hand them on
    cases = [("PMT changed for the ROM; it must be downloaded", "S_FT_NEED_DOWNLOAD_ALL_FAIL"),
             ("pmt changed for the rom;it must be downloaded!", "S_FT_NEED_DOWNLOAD_ALL_FAIL"),
             ("BROM ERROR : S_FT_DOWNLOAD_FAIL (4008)", "S_FT_DOWNLOAD_FAIL"),
             ("BROM ERROR : S_BROM_DOWNLOAD_DA_FAIL (2004) , MSP ERROR CODE : 0x00.", "S_BROM_DOWNLOAD_DA_FAIL"),
             ("[H/W] Fail to download DA to baseband chip's internal SRAM!", "S_BROM_DOWNLOAD_DA_FAIL"),
             ("ERROR : STATUS_BROM_CMD_SEND_DA_FAIL (-1073348605) , MSP ERROE CODE : 0x00.", "STATUS_BROM_CMD_SEND_DA_FAIL"),
             ("(-1073348605)", "STATUS_BROM_CMD_SEND_DA_FAIL"), ("(4050)", "S_FT_NEED_DOWNLOAD_ALL_FAIL"),
             (" 4050\n", "S_FT_NEED_DOWNLOAD_ALL_FAIL"), ("error 0xFC0, 4032", "S_FT_ENABLE_DRAM_FAIL"), ("FC0", "S_FT_ENABLE_DRAM_FAIL"),
             ("0xfc0", "S_FT_ENABLE_DRAM_FAIL"), ("S_BROM_CMD_STARTCMD_FAIL(2005)", "S_BROM_CMD_STARTCMD_FAIL"),
             ("STATUS_LAYOUT_CHANGED(0xC003000A)", "STATUS_LAYOUT_CHANGED")]
    for text, name in cases:
        assert name in run("explain", text).decode(), text
        assert json.loads(run("explain", "--json", text))["name"] == name, text
    assert "STATUS_LAYOUT_CHANGED" in run("explain", "--", "-1073545206").decode()
    both = json.loads(run("explain", "--json", "S_FT_DOWNLOAD_FAIL (4008), then 4050"))
    assert [e["code"] for e in both["errors"]] == [4008, 4050]
    for folder in (t, ".", "/"):
        run("explain", folder, status=3)
        assert "is a folder" in run.stderr and "BROM_DLL" in run.stderr and run.stderr.count("\n") == 1, run.stderr
    for bad in ("no words of an error", "S_NO_SUCH_ERROR (4999)", "./none.log"):
        run("explain", bad, status=3)
        assert "in quotes" in run.stderr and run.stderr.count("\n") == 1, run.stderr


def log_lines(parts, tag="PART"):
    """As BROM_DLL writes them."""
    out = []
    for i, (name, start, length) in enumerate(parts):
        head = f"[0000{i:04}] [11:22:33:123456] [Tid0x00001a2c] [debug] "
        if tag == "PART":
            out.append(f"{head}PART[{i:2}]({name:<10}) - offset (0x{start:016X}) - size (0x{length:016X}) - partID (8) - mask (0x{0:016X})"
                       " #(da_cmd.cpp, line:4142)")
        else:
            out.append(f"{head}NEW_PART[{i:2}]({name:<10}) - offset (0x{start:016x}) - size (0x{length:016x}) - part_id (0x00000008) - mask (0x0)")
    return out


def explain_log(t):
    """explain LOG: the code in it is found; PART and NEW_PART lines become tables; compared with a dump"""
    dump, rows, files = contents.phone(t)
    new = [(n, s, l if n != "userdata" else 0x1000000) for n, s, l in rows]
    lines = ["[00000001] [11:22:33:000001] [Tid0x00001a2c] [info] -->[C12] FlashTool_Connect_BROM #(api.cpp, line:105)"]
    lines += log_lines(rows) + log_lines(new, "NEW_PART")
    lines += ["[00000900] [11:22:34:123456] [Tid0x00001a2c] [error] PMT changed for the ROM; it must be downloaded",
              "[00000901] [11:22:34:123459] [Tid0x00001a2c] [error] ERROR : S_FT_NEED_DOWNLOAD_ALL_FAIL (4050)"]
    for end, encoding in (("\n", "utf-8"), ("\r\n", "utf-8"), ("\r\n", "utf-16")):
        log = contents.write(t + "/BROM_DLL_V5.log", (end.join(lines) + end).encode(encoding))
        if encoding == "utf-16":
            run("explain", log, status=None)
            assert run.status in (0, 1, 2, 3)
            continue
        text = run("explain", log, status=None).decode()
        assert run.status in (0, 1) and "S_FT_NEED_DOWNLOAD_ALL_FAIL" in text, text
        for name, start, length in rows:
            assert any(re.search(rf"\b{name}\b", l) and {start, length} <= set(numbers(l)) for l in text.splitlines()), f"{name}: {text}"
        assert any("userdata" in l and 0x1000000 in numbers(l) for l in text.splitlines()), "what the scatter says of userdata"
    contents.write(t + "/BROM_DLL_V5.log", ("\n".join(log_lines(rows)) + "\n").encode())
    run("explain", t + "/BROM_DLL_V5.log", dump, status=0)
    moved = [(n, s + (0x200 if n == "logo" else 0), l) for n, s, l in rows]
    contents.write(t + "/BROM_DLL_V5.log", ("\n".join(log_lines(moved)) + "\n").encode())
    text = run("explain", t + "/BROM_DLL_V5.log", dump, status=1).decode() + run.stderr
    assert re.search(r"\blogo\b", text), text


def explain_json(t):
    """explain --json LOG: the table as numbers"""
    dump, rows, files = contents.phone(t)
    log = contents.write(t + "/x.log", ("\n".join(log_lines(rows)) + "\n").encode())
    answer = json.loads(run("explain", "--json", log, status=None))
    have = answer.get("partitions", answer.get("rows"))
    assert [(r["name"], r["start"], r["size"]) for r in have] == rows


def explain_hostile(t):
    """explain: logs that are none, lie or are large"""
    rng = random.Random(2)
    cases = {"empty": b"", "noise": rng.randbytes(100000), "a photo": b"\xff\xd8\xff\xe0" + rng.randbytes(3000),
             "no codes": b"all is well\n" * 100, "torn": b"PART[", "no end": b"PART[ 0](boot) - offset (0x",
             "long name": b"PART[ 0](" + b"n" * 100000 + b") - offset (0x1000) - size (0x1000)\n",
             "large numbers": b"PART[99999999999](a) - offset (0x" + b"F" * 60 + b") - size (0xFFFFFFFFFFFFFFFF)\n",
             "escape": b"PART[ 0](\x1b[31m\n../x) - offset (0x1000) - size (0x1000)\n",
             "many": b"".join(b"PART[%d](p%d) - offset (0x%x) - size (0x200)\n" % (i, i, i * 512) for i in range(100000)),
             "a line of 4 MiB": b"x" * (4 * MIB)}
    for what, data in cases.items():
        out = run("explain", contents.write(t + "/x.log", data), status=None, timeout=60)
        assert run.status in (0, 1, 2, 3), f"{what}: {run.status} {run.stderr}"
        assert b"\x1b[31m" not in out and "\x1b[31m" not in run.stderr, what
        assert out or run.stderr, what


main([no_preloader, fit_good, fit_too_large, fit_wrong_kind, fit_usage, readback, readback_old, diff_equal, diff_contents, diff_layout,
      explain_codes, explain_pasted, explain_log, explain_json, explain_hostile])
