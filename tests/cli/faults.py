#!/usr/bin/env python3
"""Calls that fail, one after the other, through the whole job on a small dump: memory, threads, disk. tests/lib/faults.c makes them fail.

Whatever fails: the status says so, one line says why, no file under a final name is wrong, and the same command run again gives what an
undisturbed run gives. FAULTS=all (make faults) tries each of the first 5,000 places instead of a sample."""
import errno
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

HERE = os.path.dirname(os.path.abspath(__file__))
ALL = os.environ.get("FAULTS") == "all"
PLACES = 5000
CC = os.environ.get("CC", "cc").split()


def shim(t):
    """The library that makes calls fail; skips where it cannot be built, or where something else allocates."""
    if b"__asan_init" in subprocess.run(["nm", PROGRAM], capture_output=True).stdout or "tsan" in PROGRAM:
        raise Skip("the sanitizers have an allocator of their own")
    try:
        tool(*CC, "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-Wno-nonnull", "-o", t + "/faults.so", HERE + "/../lib/faults.c", "-ldl")
    except (FileNotFoundError, subprocess.CalledProcessError) as e:
        raise Skip("no C compiler that makes shared libraries") from e
    return t + "/faults.so"


def normal(path, data):
    """Without what differs from run to run: when it ran, the digests of the files that say so, the order that threads make."""
    if path == b"report.json":
        return re.sub(rb'"(started|command)": "[^"]*"', b"", data)
    if path == b"SHA256SUMS":
        return sorted(line for line in data.split(b"\n") if not line.endswith((b"  report.json", b"  manifest.jsonl")))
    if path == b"manifest.jsonl":
        return sorted(data.split(b"\n"))
    return data


def tree_of(root):
    """{path: what is there} of an output folder, without .part/."""
    rows = {}
    root = os.fsencode(root)
    for folder, dirs, files in os.walk(root):
        if folder == root and b".part" in dirs:
            dirs.remove(b".part")
        for name in dirs + files:
            full = os.path.join(folder, name)
            path = os.path.relpath(full, root)
            if os.path.islink(full):
                rows[path] = ("link", os.readlink(full))
            elif os.path.isdir(full):
                rows[path] = ("directory",)
            else:
                rows[path] = ("file", normal(path, read(full, 0, 1 << 26)))
    return rows


class Sweep:
    """One dump, one undisturbed run, and runs in which something fails."""

    def __init__(self, t, *args):
        self.t, self.args, self.shim = t, args, shim(t)
        self.dump = phone(t, 6)[0]
        self.out = t + "/out"
        self.wanted = self.job()
        assert self.wanted.returncode == 0, self.wanted.stderr
        self.tree = tree_of(self.out)
        assert len(self.tree) > 30

    def job(self, **fault):
        """Runs the job into the folder as it is."""
        env = dict(os.environ, **{k: str(v) for k, v in fault.items()})
        if fault:
            env["LD_PRELOAD"] = self.shim
        return subprocess.run([PROGRAM, self.dump, "-o", self.out, *self.args], env=env, capture_output=True, timeout=120)

    def fresh(self):
        shutil.rmtree(self.out, ignore_errors=True)

    def count(self, op):
        """How many calls of this kind an undisturbed run makes."""
        self.fresh()
        self.job(FI_OP=op, FI_COUNT=self.t + "/count")
        with open(self.t + "/count") as f:
            return int(f.read())

    def wrong(self, p, tree):
        """What is wrong about a run; None: nothing."""
        lines = [line for line in p.stderr.decode(errors="replace").split("\n") if line]
        if p.returncode < 0:
            return f"signal {-p.returncode}"
        if p.returncode == 0 and tree != self.tree:
            return f"status 0, but these differ: {[k for k in tree.keys() | self.tree if tree.get(k) != self.tree.get(k)][:3]}"
        if p.returncode and (len(lines) != 1 or not lines[0].startswith("romsplit: ") or "Success" in lines[0]):
            return f"status {p.returncode}, {len(lines)} lines: {lines[:3]}"
        bad = [k for k, v in tree.items() if v[0] == "file" and v != self.tree.get(k)]
        if p.returncode and bad:
            return f"status {p.returncode}, wrong under a final name: {bad[:3]}"
        return None

    def fail(self, op, n, reason, statuses, sticky=0, rerun=True):
        """What is wrong when call number n fails; None: nothing."""
        self.fresh()
        p = self.job(FI_OP=op, FI_N=n, FI_ERR=reason, FI_STICKY=sticky)
        tree = tree_of(self.out) if os.path.isdir(self.out) else {}
        wrong = self.wrong(p, tree)
        # without memory nothing can be tidied up: the next run does that
        if not wrong and op not in ("malloc", "unlinkat") and os.path.lexists(self.out + "/.part"):
            wrong = f"status {p.returncode}, .part is left"
        if not wrong and p.returncode not in statuses:
            wrong = f"status {p.returncode}: {p.stderr.decode(errors='replace')[:200]}"
        if not wrong and rerun and p.returncode:
            p = self.job()
            wrong = "the second run: " + p.stderr.decode()[:200] if p.returncode else None
            if not wrong and tree_of(self.out) != self.tree:
                after = tree_of(self.out)
                wrong = f"the second run differs: {[k for k in after.keys() | self.tree if after.get(k) != self.tree.get(k)][:3]}"
        return wrong

    def places(self, op, sample):
        n = min(self.count(op), PLACES)
        return range(1, n + 1, 1 if ALL else max(n // sample, 1))

    def all(self, op, reason, statuses, sample, **kw):
        found = []
        for i, n in enumerate(self.places(op, sample)):
            wrong = self.fail(op, n, reason, statuses, rerun=ALL or i % 8 == 0, **kw)
            if wrong:
                found.append(f"{op} {n}: {wrong}")
                if os.environ.get("FAULTS_VERBOSE"):
                    print("#", found[-1], flush=True)
        assert not found, f"{len(found)} bad: " + "; ".join(found[:3])


def memory(t):
    """no memory: one line, status 5, and nothing wrong, wherever it happens"""
    Sweep(t, "--no-sync").all("malloc", errno.ENOMEM, (0, 3, 5), 200)


def threads(t):
    """no thread, or only some: the job is done with those that there are"""
    s = Sweep(t, "--no-sync")
    for sticky in (0, 1):
        for n in range(1, s.count("pthread_create") + 1, 1 if ALL else 3):
            wrong = s.fail("pthread_create", n, errno.EAGAIN, (0,), sticky)
            assert not wrong, f"{n}: {wrong}"


def durable(t):
    """syncfs, fsync and close that fail count: what was written may not be on the disk"""
    s = Sweep(t)
    wrong = s.fail("syncfs", 1, errno.EIO, (5,))
    assert not wrong, wrong
    s.all("close", errno.EIO, (0, 5), 40)
    p = subprocess.run([PROGRAM, "fit", t + "/userdata", s.dump, "--as", "userdata", "-o", t + "/padded"], capture_output=True,
                           env=dict(os.environ, LD_PRELOAD=s.shim, FI_OP="fsync", FI_N="1", FI_ERR=str(errno.EIO)))
    assert p.returncode == 5 and b"Input/output error" in p.stderr, p
    assert not os.path.exists(t + "/padded") and not os.path.exists(t + "/padded.part")


def disk(t):
    """a disk that is full, or fails: one line with a reason, no .part left, nothing wrong under a final name"""
    s = Sweep(t, "--no-sync")
    for op, reason, sample in (("pwrite", errno.ENOSPC, 20), ("write", errno.ENOSPC, 10), ("openat", errno.EMFILE, 30),
                               ("mkdirat", errno.EACCES, 12), ("renameat2", errno.EIO, 12), ("ftruncate", errno.ENOSPC, 8),
                               ("fdopen", errno.ENOMEM, 4), ("pwrite", -1, 8)):
        s.all(op, reason, (0, 5), sample)


def reads(t):
    """a read that fails while the dump is analysed, once or from then on, changes no answer without a word"""
    library, dump = shim(t), phone(t, 6)[0]

    def info(**fault):
        env = dict(os.environ, LD_PRELOAD=library, **{k: str(v) for k, v in fault.items()})
        p = subprocess.run([PROGRAM, "info", dump], env=env, capture_output=True, timeout=60)
        return p.stdout + p.stderr

    right = info(FI_OP="pread", FI_N=0, FI_COUNT=t + "/count")
    with open(t + "/count") as f:
        n = int(f.read())
    assert n > 100 and b"userdata is not encrypted" in right
    told = 0
    for i in range(1, n + 1, 1 if os.environ.get("FAULTS") == "all" else 3):
        for sticky in (0, 1):
            got = info(FI_OP="pread", FI_N=i, FI_ERR=errno.EIO, FI_STICKY=sticky)
            if got != right:
                told += 1
                assert b"nput/output error" in got, f"read {i} of {n}, sticky {sticky}: {got.decode(errors='replace')[-300:]}"
    assert told > 50, told


main([memory, threads, durable, disk, reads])
