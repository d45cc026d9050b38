#!/usr/bin/env python3
"""The whole job on a small phone: what is written, whole, right, and nothing else."""
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def without_fifo(rows):
    return {k: v for k, v in rows.items() if v[0] != 1}


def check_tree(media, out):
    want, have = without_fifo(listing(media)), listing(out)
    for path, row in want.items():
        # mke2fs -d drops the nanoseconds; folders of the source change while the test makes them
        got = have.get(path)
        assert got, f"{path}: missing"
        if row[0] == 8:
            assert got[:2] == row[:2] and got[2] // 10**9 == row[2] // 10**9 and got[3:] == row[3:], f"{path}: {row} {got}"
        else:
            assert got[0] == row[0] and got[4] == row[4] and (row[0] == 10 or got[1] == row[1]), f"{path}: {row} {got}"
    assert set(have) == set(want), set(have) - set(want)


def whole_job(t):
    """the whole job saves partitions, photos, scatter, report and sums"""
    dump, media, rows = phone(t)
    before = sha256_file(dump)
    text = run(dump).decode()
    out = t + "/full.romsplit"
    check_tree(media, out + "/media")
    names = {"proinfo": "proinfo.bin", "system": "system.img", "userdata": "userdata.img"}
    data = open(dump, "rb").read()
    report = json.load(open(out + "/report.json"))
    by_name = {p["name"]: p for p in report["partitions"]}
    for name, start, length in rows:
        part = data[start:start + length]
        path = f"{out}/rom/{names.get(name, by_name[name]['file'][4:])}"
        assert open(path, "rb").read() == part, name
        assert by_name[name]["sha256"] == sha256(part), name
    assert report["image"]["sha256"] == before == sha256_file(dump)
    assert sum(p["size"] for p in report["partitions"]) == len(data)
    tool("sha256sum", "-c", "--quiet", "SHA256SUMS", cwd=out)
    listed = {l.split("  ", 1)[1] for l in open(out + "/SHA256SUMS", errors="surrogateescape").read().splitlines()}
    assert "report.json" in listed and "manifest.jsonl" in listed and "rom/MT6797_Android_scatter.txt" in listed
    assert len(listed) == sum(len(f) for _, _, f in os.walk(out)) - 1 - 1, "every file but SHA256SUMS and one symlink"
    assert sorted(os.listdir(out)) == ["SHA256SUMS", "manifest.jsonl", "media", "report.json", "rom"]
    used = os.stat(out + "/rom/userdata.img").st_blocks * 512
    blocks = [data[rows[5][1] + i:rows[5][1] + i + 4096] for i in range(0, rows[5][2], 4096)]
    # 64 KiB for the output filesystem's own map of the file
    assert used <= sum(4096 for b in blocks if b.strip(b"\0")) + 65536, used
    assert os.stat(out + "/media/sparse.bin").st_blocks * 512 < 100000
    a, b = os.stat(out + "/media/DCIM/Camera/IMG_0001.jpg"), os.stat(out + "/media/second name.jpg")
    assert a.st_ino == b.st_ino
    for word in ("Test Phone", "MT6797", "userdata is not encrypted: ext4, superblock magic 53 EF at 0x438", "nvram"):
        assert word in text, word


def schema(t):
    """report.json follows docs/report.schema.json, encrypted, truncated and bare dumps too"""
    try:
        import jsonschema
    except ImportError:
        raise Skip("python3-jsonschema is not installed")
    with open(ROOT + "/docs/report.schema.json") as f:
        validator = jsonschema.Draft7Validator(json.load(f))
    dump, _, rows = phone(t)
    for args, status in (((dump,), 0), ((t + "/userdata",), 0)):
        validator.validate(info(*args, status=status))
    with open(dump, "r+b") as f:
        f.truncate(20 << 20)
    validator.validate(info(dump, status=1))
    run(dump, status=1)
    validator.validate(json.load(open(t + "/full.romsplit/report.json")))


def read_only(t):
    """the dump is opened read-only, by strace"""
    if not shutil.which("strace"):
        raise Skip("strace is not installed")
    if os.environ.get("VARIANT") not in (None, "", "release", "debug"):
        raise Skip("sanitizers and strace do not go together")
    dump, _, _ = phone(t, 5)
    p = subprocess.run(["strace", "-f", "-o", t + "/trace", "-e", "trace=open,openat,openat2,unlink,unlinkat,rename,"
                        "renameat,renameat2,truncate,mmap", PROGRAM, dump], capture_output=True)
    if p.returncode:
        raise Skip("strace cannot trace here")
    opens = [l for l in open(t + "/trace") if "full.bin\"" in l]
    assert opens and all("O_RDONLY" in l and "O_WRONLY" not in l and "O_RDWR" not in l for l in opens), opens


def again(t):
    """a second run finishes what is missing and keeps what is there"""
    dump, media, _ = phone(t)
    run(dump)
    out = t + "/full.romsplit"
    kept = os.stat(out + "/rom/userdata.img").st_ino
    os.unlink(out + "/rom/system.img")
    os.unlink(out + "/media/DCIM/Camera/IMG_0003.jpg")
    os.unlink(out + "/SHA256SUMS")
    run(dump)
    check_tree(media, out + "/media")
    assert os.stat(out + "/rom/userdata.img").st_ino == kept
    assert os.path.exists(out + "/rom/system.img")
    tool("sha256sum", "-c", "--quiet", "SHA256SUMS", cwd=out)


def never_overwrites(t):
    """a partition file that differs from the dump is not overwritten"""
    dump, _, _ = phone(t, 3)
    run(dump)
    path = t + "/full.romsplit/rom/proinfo.bin"
    with open(path, "r+b") as f:
        f.write(b"mine")
    run(dump, status=5)
    assert open(path, "rb").read(4) == b"mine"
    assert "proinfo.bin" in run.stderr and run.stderr.count("\n") == 1, run.stderr


def other_dump(t):
    """results of one dump do not mix with those of another"""
    dump, _, _ = phone(t, 3)
    run(dump)
    with open(dump, "ab") as f:
        f.write(bytes(4096))
    run(dump, "-o", t + "/full.romsplit", status=5)
    assert "another dump" in run.stderr


def interrupted(t):
    """Ctrl-C leaves no half file, and the next run finishes"""
    dump, media, _ = phone(t, 400)
    p = subprocess.Popen([PROGRAM, dump], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(2000):
        if os.path.isdir(t + "/full.romsplit/media/DCIM/Camera"):
            break
        time.sleep(0.001)
    p.send_signal(signal.SIGINT)
    status = p.wait()
    assert status in (130, 0), status
    have, want = listing(t + "/full.romsplit"), listing(media)
    for path, row in have.items():
        if path.startswith(b"media/") and row[0] == 8:
            assert row[4] == want[path[6:]][4], f"{path}: half a file"
    assert not os.path.exists(t + "/full.romsplit/.part")
    run(dump)
    check_tree(media, t + "/full.romsplit/media")


def full_disk(t):
    """a full disk: what is needed, what is free, and how to save the pictures alone"""
    if os.geteuid():
        raise Skip("needs root for a small tmpfs")
    dump, _, _ = phone(t)
    os.mkdir(t + "/small")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", t + "/small"], capture_output=True).returncode:
        raise Skip("no tmpfs can be mounted here")
    try:
        run(dump, "-o", t + "/small/out", status=5)
        assert "free" in run.stderr and "romsplit extract" in run.stderr, run.stderr
        assert not any(files for _, _, files in os.walk(t + "/small/out"))
        run("extract", dump, "-o", t + "/small/photos", status=5)
        assert not any(files or ".part" in folder for folder, _, files in os.walk(t + "/small/photos"))
        assert not os.path.exists(t + "/small/photos.manifest.jsonl")
        assert "bytes" in run.stderr and "free" in run.stderr and "-o DIR" in run.stderr, run.stderr
    finally:
        subprocess.run(["umount", t + "/small"])


def extract_space(t):
    """extract with too little room: said before the first file, with the bytes needed and free; what fits is copied, holes count nothing"""
    if os.geteuid():
        raise Skip("needs root for a small tmpfs")
    dump, media, _ = phone(t)
    camera = media + "/DCIM/Camera"
    used = sum((os.path.getsize(f"{camera}/{f}") + 4095) // 4096 * 4096 for f in os.listdir(camera))
    small = t + "/small"
    os.mkdir(small)

    def mounted(size):
        subprocess.run(["umount", small], capture_output=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", small], capture_output=True).returncode:
            raise Skip("no tmpfs can be mounted here")

    try:
        mounted(used // 2)
        run("extract", dump, "/media/0/DCIM/Camera", "-o", small + "/a", status=5)
        have = [int(n) for n in re.findall(r"(\d+) bytes|, (\d+) \(", run.stderr) for n in n if n]
        need, free = have
        assert used <= need <= used + 64 * 1024 and used // 2 - 65536 <= free <= used // 2 + 4096, (used, run.stderr)
        assert run.stderr.count("\n") == 1 and not any(f for _, _, f in os.walk(small)), run.stderr
        # what is chosen fits: a folder of it, a name, one file of 5 MiB with 2 blocks
        run("extract", dump, "--glob", "IMG_000?.jpg", "-o", small + "/b")
        assert len(os.listdir(small + "/b/DCIM/Camera")) == 10
        run("extract", dump, "/media/0/sparse.bin", "-o", small + "/c")
        assert os.path.getsize(small + "/c/sparse.bin") == 5 << 20
        # what is there already needs no room: a second run into the same folder
        mounted(used + (500 << 10))
        for _ in range(2):
            run("extract", "-j", 1, dump, "/media/0/DCIM/Camera", "-o", small + "/a")
        assert len(os.listdir(small + "/a")) == len(os.listdir(camera))
        os.unlink(small + "/a/" + sorted(os.listdir(small + "/a"))[-1])
        run("extract", "-j", 1, dump, "/media/0/DCIM/Camera", "-o", small + "/a")
        assert sorted(os.listdir(small + "/a")) == sorted(os.listdir(camera))
    finally:
        subprocess.run(["umount", small], capture_output=True)


def verify(t):
    """verify notices a changed file, a missing file and a changed dump"""
    dump, _, _ = phone(t, 5)
    run(dump)
    out = t + "/full.romsplit"
    run("verify", out)
    with open(out + "/rom/lk.bin", "r+b") as f:
        f.write(b"x")
    run("verify", out, status=1)
    assert "rom/lk.bin" in run.stderr
    os.unlink(out + "/media/DCIM/Camera/IMG_0002.jpg")
    run("verify", out, status=1)
    assert "IMG_0002.jpg: is missing" in run.stderr
    with open(dump, "r+b") as f:
        f.seek(1 << 20)
        f.write(b"changed")
    run("verify", out, status=1)
    assert "the dump has changed" in run.stderr
    run("verify", t, status=3)


def damage_by_the_hundred(t):
    """100 damaged files: a handful of lines and a number; those of which nothing was read are counted apart, also in report.json"""
    media, dump, size = tree(t + "/data", 300), t + "/full.bin", 4096
    ext4(t + "/userdata", t + "/data", 48, "-b", size)
    start = gpt(dump, [("proinfo", 1, None), ("nvram", 1, None), ("seccfg", 1, None), ("userdata", 48, t + "/userdata")], 56)[3][1]
    names = sorted(os.listdir(media + "/DCIM/Camera"))
    requests = "".join(f"blocks /media/0/{n}\n" for n in ["sparse.bin"] + ["DCIM/Camera/" + n for n in names])
    with open(t + "/requests", "w") as f:
        f.write(requests)
    blocks = [[int(b) for b in line.split()] for line in tool("debugfs", "-f", t + "/requests", t + "/userdata").splitlines()
              if not line.startswith("debugfs")]
    assert len(blocks) == 1 + len(names)
    linked = {"IMG_0001.jpg"}  # has a second name, and is one file
    large = [b for n, b in zip(names, blocks[1:]) if len(b) > 1 and n not in linked]
    small = [b for n, b in zip(names, blocks[1:]) if len(b) == 1 and n not in linked]
    gone = [blocks[0]] + large[:20] + small[:20]  # sparse.bin: all that is stored of it
    part = [b[-1:] for b in large[20:90]]
    assert len(part) > 40 and len(gone) == 41 and len(blocks[0]) == 2, (len(part), len(gone), blocks[0])
    at, total = 0, os.path.getsize(dump)
    with open(dump + ".map", "w") as f:
        f.write("# Mapfile. Created by GNU ddrescue version 1.27\n0x0 + 1\n")
        for b in sorted(b for bs in gone + part for b in bs):
            if start + b * size > at:
                f.write(f"0x{at:X} 0x{start + b * size - at:X} +\n")
            f.write(f"0x{start + b * size:X} 0x{size:X} -\n")
            at = start + (b + 1) * size
        f.write(f"0x{at:X} 0x{total - at:X} +\n")
    text = run(dump, status=1).decode()
    lines = [l for l in text.splitlines() if "could not be read and are zeros" in l]
    more = [int(n) for n in re.findall(r"and (\d+) more of this kind in report.json; manifest.jsonl", text)]
    assert 1 <= len(lines) <= 8 and more == [len(gone + part) - len(lines)], (len(lines), more)
    assert f"{len(gone + part)} are damaged: {len(part)} in part, {len(gone)} could not be read at all" in text, text
    report = json.load(open(t + "/full.romsplit/report.json"))
    assert (report["media"]["damaged"], report["media"]["unreadable"]) == (len(gone + part), len(gone)), report["media"]
    assert sum("could not be read" in n["text"] for n in report["notes"]) == len(gone + part)
    try:
        import jsonschema
        with open(ROOT + "/docs/report.schema.json") as f:
            jsonschema.Draft7Validator(json.load(f)).validate(report)
    except ImportError:
        pass
    run("extract", dump, "-o", t + "/x", status=1)
    assert run.stderr.count("could not be read and") == len(lines) and f"and {more[0]} more of this kind" in run.stderr, run.stderr
    run("extract", "-v", dump, "-o", t + "/y", status=1)
    assert run.stderr.count("could not be read and") == len(gone + part) and "more of this kind" not in run.stderr


def path_not_utf8(t):
    """a dump whose path is no UTF-8: all JSON is valid, the true path is in it, and verify finds the dump"""
    dump, media, _ = phone(t, 5)
    folder = os.fsencode(t) + b"/u\xe9 \xff"
    os.mkdir(folder)
    path = folder + b"/full \x80\\x80.bin"
    os.rename(dump, path)
    for args in (("info",), (), ("extract", "-o", t + "/x"), ("split", "-o", t + "/y"), ("unlock",), ("readback",), ("diff", os.fsdecode(path)),
                 ("ls",)):
        out = run(*args, "--json", os.fsdecode(path)).decode("utf-8")
        answer = [json.loads(l) for l in (out.splitlines() if args[:1] == ("ls",) else [out])]
        if args in ((), ("info",)):
            assert bytes.fromhex(answer[0]["image"]["path_hex"]) == path, answer[0]["image"]
            assert answer[0]["image"]["path"].endswith("u\\xe9 \\xff/full \\x80\\\\x80.bin"), answer[0]["image"]
    out = folder + b"/full \x80\\x80.romsplit"
    report = json.loads(open(out + b"/report.json", "rb").read().decode("utf-8"))
    assert bytes.fromhex(report["image"]["path_hex"]) == path
    try:
        import jsonschema
        with open(ROOT + "/docs/report.schema.json") as f:
            jsonschema.Draft7Validator(json.load(f)).validate(report)
    except ImportError:
        pass
    assert b"the dump is unchanged" in run("verify", os.fsdecode(out)), run.stderr
    assert "path_hex" not in info(t + "/userdata")["image"]


def verify_stopped(t):
    """verify of a run that was stopped or killed: says so, status 1, and the advice holds"""
    dump, media, _ = phone(t, 400)
    out = t + "/full.romsplit"
    for how, word in ((signal.SIGINT, "finishes the rest"), (signal.SIGKILL, "was stopped before it was done")):
        p = subprocess.Popen([PROGRAM, dump], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while p.poll() is None and not os.path.isdir(out + "/media/DCIM/Camera"):
            time.sleep(0.0005)
        p.send_signal(how)
        if p.wait() == 0:
            raise Skip("this machine is done before it can be stopped")
        assert os.path.isdir(out + "/.part") == (how == signal.SIGKILL)
        run("verify", out, status=1)
        assert word in run.stderr and "finishes the rest" in run.stderr and run.stderr.count("\n") == 1, run.stderr
        run(dump)
        run("verify", out)
        shutil.rmtree(out)
    run("extract", dump, "-o", t + "/alone", "/media/0/DCIM")
    run("verify", t + "/alone", status=3)
    assert "no SHA256SUMS" in run.stderr


def memory(t):
    """256 GiB with holes: answers at once, in little memory"""
    dump = t + "/huge.bin"
    with open(dump, "wb") as f:
        f.truncate(256 << 30)
    tool("sgdisk", "-a", "1", "-n", "1:64:+1M", "-c", "1:proinfo", "-n", "2:0:+1M", "-c", "2:nvram", "-n", "3:0:+1M",
         "-c", "3:seccfg", "-n", "4:0:0", "-c", "4:userdata", dump)
    report = info(dump)
    assert report["image"]["size"] == 256 << 30 and report["userdata"]["verdict"] == "wiped"
    assert report["partitions"][-1]["name"] == "sgpt"
    # a small process in between: the peak that wait4 tells begins with the parent's
    measure = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
               "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    peak = int(subprocess.run([sys.executable, "-c", measure, PROGRAM, dump, "--no-sync"], check=True,
                              capture_output=True).stdout)
    assert os.stat(t + "/huge.romsplit/rom/userdata.img").st_size == report["partitions"][4]["size"]
    if os.environ.get("VARIANT") in (None, "", "release", "debug"):
        assert peak < 64 * 1024, f"{peak} KiB"


def superblock_gone(t):
    """userdata without its first superblock: the photos are saved all the same"""
    media = tree(t + "/data", 20)
    ext4(t + "/userdata", t + "/data", 40, "-b", "1024")
    rows = gpt(t + "/full.bin", [("proinfo", 1, None), ("nvram", 1, None), ("seccfg", 1, None),
                                 ("userdata", 40, t + "/userdata")], 50)
    with open(t + "/full.bin", "r+b") as f:
        f.seek(rows[3][1] + 1024)
        f.write(bytes(1024))
    run(t + "/full.bin", status=1)
    check_tree(media, t + "/full.romsplit/media")
    r = json.load(open(t + "/full.romsplit/report.json"))
    assert r["userdata"]["verdict"] == "damaged" and r["userdata"]["openable"] == "yes"


def encrypted(t):
    """encrypted userdata: status 0, the verdict, partitions and no media"""
    rng = random.Random(7)
    with open(t + "/userdata", "wb") as f:
        f.write(rng.randbytes(4 << 20))
    gpt(t + "/full.bin", [("proinfo", 1, None), ("nvram", 1, None), ("seccfg", 1, None),
                          ("userdata", 4, t + "/userdata")], 12)
    run(t + "/full.bin")
    r = json.load(open(t + "/full.romsplit/report.json"))
    assert r["userdata"]["verdict"] == "encrypted-unknown" and r["media"] is None
    assert not os.path.exists(t + "/full.romsplit/media") and os.path.exists(t + "/full.romsplit/rom/userdata.img")


main([superblock_gone, encrypted, whole_job, schema, read_only, again, never_overwrites, other_dump, interrupted, full_disk, extract_space, verify, damage_by_the_hundred, path_not_utf8, verify_stopped, memory])
