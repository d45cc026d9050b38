#!/usr/bin/env python3
"""split --no-hash: no sums, so nothing is read that need not be. Shared where the filesystem can, else by several readers at once
when the dump is in memory; the bytes are those that dd cuts out, either way."""
import os
import random
import re
import resource
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

RNG = random.Random(23)


def noise(path, mib, zeros=()):
    """A file of noise; the MiB named in zeros are written as zeros."""
    with open(path, "wb") as f:
        for i in range(mib):
            f.write(bytes(MIB) if i in zeros else RNG.randbytes(MIB))
    return path


def dump_of(t):
    """proinfo, nvram with something in it, a system of noise, a userdata with zeros and a hole; all rows."""
    noise(t + "/system", 20, zeros=(3, 4, 19))
    noise(t + "/userdata", 40, zeros=range(10, 30))
    noise(t + "/nvram", 1)
    path = t + "/full.bin"
    rows = gpt(path, [("proinfo", 1, None), ("nvram", 1, t + "/nvram"), ("lk", 1, None), ("system", 20, t + "/system"),
                      ("userdata", 40, t + "/userdata")], 66)
    return path, rows


def check_files(path, rows, out):
    """Each row's file has the bytes of the dump, and takes no more room than its blocks that are not zero."""
    files = {name: next(f for f in os.listdir(out) if f.rsplit(".", 1)[0] == name) for name, _, _ in rows}
    for name, at, size in rows:
        file = f"{out}/{files[name]}"
        assert subprocess.run(["cmp", "-s", "-i", f"{at}:0", "-n", str(size), path, file]).returncode == 0, name
        assert os.path.getsize(file) == size, name


def read_bytes(text):
    return int(re.search(r"read\s+(\d+) bytes", text)[1])


def forget(path):
    """Out of the page cache, as after a restart; the bytes must be on the disk for that."""
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def split(path, out, *args):
    run("split", "--no-hash", "--no-sync", "--stats", path, "-o", out, *args)
    return run.stderr


def from_memory_and_disk(t):
    """the files of a dump in memory and of one on the disk alone are those that dd cuts; zeros are holes in them"""
    path, rows = dump_of(t)
    split(path, t + "/warm")
    check_files(path, rows, t + "/warm")
    stored = os.stat(t + "/warm/userdata.img").st_blocks * 512
    assert 20 * MIB <= stored <= 20 * MIB + 65536, stored
    forget(path)
    split(path, t + "/cold")
    check_files(path, rows, t + "/cold")
    assert sorted(os.listdir(t + "/cold")) == sorted(os.listdir(t + "/warm"))


def second_run(t):
    """what is there already is compared, not written again; a file with another byte is not overwritten"""
    path, rows = dump_of(t)
    split(path, t + "/out")
    before = {f: os.stat(f"{t}/out/{f}").st_mtime_ns for f in os.listdir(t + "/out") if "scatter" not in f}
    os.unlink(t + "/out/userdata.img")
    split(path, t + "/out")
    check_files(path, rows, t + "/out")
    for file, mtime in before.items():
        assert file == "userdata.img" or os.stat(f"{t}/out/{file}").st_mtime_ns == mtime, file
    edit(t + "/out/system.img", 12345, b"other")
    run("split", "--no-hash", path, "-o", t + "/out", status=5)
    assert "system.img: exists already and differs" in run.stderr, run.stderr
    assert read(t + "/out/system.img", 12345, 5) == b"other"


def only_what_is_wanted(t):
    """-p of the first and a later partition does not read what lies between them"""
    path, rows = dump_of(t)
    wanted = [r for r in rows if r[0] in ("nvram", "userdata")]
    for cold in (False, True):
        if cold:
            forget(path)
        stats = split(path, f"{t}/out{cold}", "-p", "nvram", "-p", "userdata")
        check_files(path, wanted, f"{t}/out{cold}")
        assert 1 * MIB <= read_bytes(stats) <= 41 * MIB, stats
        assert not os.path.exists(f"{t}/out{cold}/system.img")


def no_room(t):
    """not enough space: told before anything is written"""
    if os.geteuid():
        raise Skip("mounting a small tmpfs needs root")
    path, _ = dump_of(t)
    os.mkdir(t + "/small")
    tool("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", t + "/small")
    try:
        with open(t + "/small/other", "wb") as f:
            f.write(bytes(50 * MIB))
        run("split", "--no-hash", path, "-o", t + "/small/out", status=None)
        assert run.status == 5 and "not enough space" in run.stderr, (run.status, run.stderr)
        assert not any(f.endswith(".img") for f in os.listdir(t + "/small/out"))
    finally:
        tool("umount", t + "/small")


def sharing(t):
    """on a filesystem that shares blocks the dump is not read: its blocks are shared, unaligned ends are written"""
    if os.geteuid() or not shutil.which("mkfs.xfs", path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
        raise Skip("it needs root and mkfs.xfs")
    path, rows = dump_of(t)
    tool("truncate", "-s", "400M", t + "/xfs")
    tool("mkfs.xfs", "-q", t + "/xfs")
    os.mkdir(t + "/m")
    try:
        tool("mount", "-o", "loop", t + "/xfs", t + "/m")
    except subprocess.CalledProcessError:
        raise Skip("no loop device with xfs can be mounted here")
    try:
        shutil.copyfile(path, t + "/m/full.bin")
        os.sync()
        stats = split(t + "/m/full.bin", t + "/m/out")
        check_files(path, rows, t + "/m/out")
        assert read_bytes(stats) < MIB, stats
        written, shared = map(int, re.search(r"written\s+(\d+) bytes; (\d+) shared", stats).groups())
        assert written <= 65536 and shared >= 60 * MIB, stats
        extents = tool("filefrag", "-v", t + "/m/out/userdata.img")
        assert "shared" in extents, extents
        assert not os.path.exists(t + "/m/out/.part")
    finally:
        tool("umount", t + "/m")


def all_hole(t):
    """a dump of 15 TiB that is nothing but a hole costs no more memory than one of 64 MiB"""
    memory = []
    for size in (64 << 20, 15 << 40):
        path = f"{t}/{size}.bin"
        try:
            with open(path, "wb") as f:
                f.truncate(size)
        except OSError:
            raise Skip("this filesystem has no files of 15 TiB")
        tool("sgdisk", "-a", "1", "-n", "1:2048:+1M", "-c", "1:lk", "-n", "2:0:0", "-c", "2:userdata", path)
        split(path, f"{t}/{size}", "-q")
        memory.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)  # the most of any so far
        stat = os.stat(f"{t}/{size}/userdata.img")
        assert stat.st_size > size - (4 << 20) and stat.st_blocks == 0, stat
    assert memory[1] - memory[0] < 4 << 10, memory


main([all_hole, from_memory_and_disk, second_run, only_what_is_wanted, no_room, sharing])
