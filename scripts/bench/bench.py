#!/usr/bin/env python3
"""bench.py PROGRAM: times romsplit against the tools one would use instead, in turn, and measures how its cost grows.

Environment:
IMAGE=full.bin   uses that dump, whose userdata must be a readable ext4; without it, one is made in build/bench, by
                 ../shared/bench/make_dump.sh if that exists
QUICK=1          a small dump, each command once, no growth tables; docs/BENCHMARKS.md stays as it is
RUNS=3           how often each command runs
FILES=1000000    the largest tree of the growth tables"""
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys

import dump
from dump import ENV, MIB, sh
from timing import HYPERFINE, ROOM, Held, Timing, cold, warm

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PROGRAM = os.path.abspath(sys.argv[1])
QUICK = os.environ.get("QUICK") == "1"
WORK = ROOT + "/build/bench"
MAKER = ROOT + "/../shared/bench/make_dump.sh"  # the goals are for its dump; if it is missing, one of our own is made
MADE = WORK + "/make_dump.bin"
TIMING = Timing(WORK, int(os.environ.get("RUNS", "1" if QUICK else "3")))
MAX_FILES = int(os.environ.get("FILES", "1000000"))


def have(tool):
    return shutil.which(tool, path=ENV["PATH"])


def shown(command):
    return command.replace(PROGRAM, "romsplit").replace(WORK, "build/bench")


def say(line=""):
    print(line, flush=True)
    LINES.append(line)


LINES = []


# ---- against others ----------------------------------------------------------------------------------------------

def make_image(image):
    print(f"making {image} ...", flush=True)
    if QUICK:
        dump.full_phone(image, 200, 300)
    elif image == MADE:
        dump.made_by(MAKER, image)
    else:
        dump.full_phone(image, 4096, 4000)


def prepare():
    os.makedirs(WORK, exist_ok=True)
    image = os.environ.get("IMAGE") or (WORK + "/quick.bin" if QUICK else MADE if os.path.exists(MAKER) else WORK + "/full.bin")
    if not os.path.exists(image):
        make_image(image)
    parts = dump.rows_of(PROGRAM, image)
    user = next(p for p in parts if p["name"] == "userdata")
    userdata = WORK + "/userdata.img"
    sh(f"dd if={image} of={userdata} bs=4M iflag=skip_bytes,count_bytes skip={user['start']} count={user['size']} status=none")
    return os.path.abspath(image), userdata, parts


def source(image):
    return ", by make_dump.sh" if image == MADE else ""


def peers(image, userdata, parts):
    """What is compared: the job, the command, its peer, the goal, and what comes before each run."""
    r = PROGRAM
    dd = "; ".join(f"dd if={image} of=OUT/{i} bs=4M iflag=skip_bytes,count_bytes skip={p['start']} count={p['size']} "
                   "status=none" for i, p in enumerate(parts))
    extract = f"{r} extract -q --no-sync {userdata} -o OUT/x"
    in_cache, on_disk = (lambda: warm(image, userdata)), (lambda: cold(image))
    yield "everything", f"{r} -q --no-sync {image} -o OUT/x", f"openssl dgst -sha256 {image}", 1.7, in_cache
    yield "split --no-hash", f"{r} split -q --no-sync --no-hash {image} -o OUT/x", f"cp --sparse=always {image} OUT/c", 1.0, in_cache
    yield "split", f"{r} split -q --no-sync {image} -o OUT/x", f"{dd}; sha256sum OUT/*", 0.3, in_cache
    if have("debugfs"):
        yield "extract", extract, f'debugfs -R "rdump /media/0 OUT" {userdata}', 0.33, in_cache
    if have("7z"):
        yield "extract", extract, f"7z x -y -bd -oOUT {userdata} media/0", 0.33, in_cache
    if have("tsk_recover"):
        yield "extract", extract, f"tsk_recover -a {userdata} OUT", 0.33, in_cache
    if os.geteuid() == 0:
        yield "extract --no-hash", f"{extract} --no-hash", \
            f"mkdir OUT/m; mount -o loop,ro,noload {userdata} OUT/m && cp -a OUT/m/media/0 OUT/; umount OUT/m", 1.0, in_cache
    yield "everything, cold cache", f"{r} -q --no-sync {image} -o OUT/x", f"cat {image} > /dev/null", 1.15, on_disk


def row(name, peer, a, b, goal):
    middle = [statistics.median(x) for x in (a, b)]
    spread = [f"{m:.2f} ({min(x):.2f}-{max(x):.2f})" for m, x in zip(middle, (a, b))]
    say(f"| {name} | {peer} | {spread[0]} | {spread[1]} | {middle[0] / middle[1]:.2f} | {goal} |")


def peer_name(command):
    return "loop mount, cp -a" if "mount" in command else "dd, then sha256sum" if "sha256sum" in command else \
        "cat" if command.startswith("cat") else " ".join(command.split()[:2]).replace(" -R", " rdump").replace(" -a", "")


HEAD = "| job | against | romsplit s (min-max) | peer s (min-max) | ratio | goal |\n|---|---|---|---|---|---|"


def deleted_before(image, userdata, parts):
    """The short rows again in the other way to measure."""
    say("\n## The same, each output deleted before the next run\n\nThe kernel then has warm pages at hand, and peers that leave their "
        "output in memory gain most.\n")
    say(HEAD)
    for name, ours, peer, goal, before in peers(image, userdata, parts):
        if name in ("everything", "split --no-hash", "extract", "extract --no-hash"):
            row(name, peer_name(peer), *TIMING.pair(ours, peer, before, delete=True), goal)


def held_disk(image, rate=400):
    """From a cold cache, on a disk that reads as fast as most do: that of a virtual machine may be memory of its host."""
    with Held(image, rate * 1000000) as held:
        if held.group is None:
            say(f"| everything, cold cache, disk held to {rate} MB/s | not measured: no control group for that | | | | |")
            return
        ours, peer = f"{PROGRAM} -q --no-sync {image} -o OUT/x", f"cat {image}"
        row(f"everything, cold cache, disk held to {rate} MB/s", "cat",
            *TIMING.pair(held.command(ours), held.command(peer) + " > /dev/null", lambda: cold(image)), 1.15)


def against_others():
    image, userdata, parts = prepare()
    say(f"Dump of {os.path.getsize(image) // MIB} MiB{source(image)}, {TIMING.runs} runs of each in turn, medians"
        f"{', by hyperfine' if HYPERFINE else ''}; the cache is warm unless stated, and the output of each run is kept until its pair is over.\n")
    say(HEAD)
    commands = []
    for name, ours, peer, goal, before in peers(image, userdata, parts):
        row(name, peer_name(peer), *TIMING.pair(ours, peer, before), goal)
        commands += [ours, peer]
    if not QUICK:
        held_disk(image)
    cipher()
    say("\nThe commands (OUT is an empty folder):\n")
    for command in dict.fromkeys(commands):
        say("    " + (shown(command) if len(command) < 400 else shown(command[:200]) + " ...; sha256sum OUT/*"))
    if not QUICK:
        deleted_before(image, userdata, parts)
    return image, userdata


def cipher():
    """The decrypting image alone, read into memory on one core, against the bare AES of openssl in pieces of the same size.
    Both give rates; they are written as the seconds that 4 GiB take."""
    ours = os.path.dirname(PROGRAM) + "/bench_cipher"
    peer = "openssl speed -seconds 1 -evp aes-128-cbc -decrypt -bytes 512"
    rates = [(float(subprocess.check_output(ours)),
              1000 * float(re.search(r"AES-128-CBC\s+([0-9.]+)k", subprocess.run(
                  peer.split(), capture_output=True, text=True).stdout)[1])) for _ in range(TIMING.runs)]
    a, b = ([4 * 2**30 / r[i] for r in rates] for i in (0, 1))
    row("AES-CBC-ESSIV, 4 GiB, one core", "openssl speed", a, b, 2.0)


# ---- where blocks can be shared ---------------------------------------------------------------------------------------

def sharing():
    """A dump of 64 GiB, no byte of it a hole, on xfs in a loop device; most of it is allocated and never written, so that it
    fits into a smaller disk."""
    if os.geteuid() or not have("mkfs.xfs"):
        say("| not measured: it needs root and mkfs.xfs | | | | | |")
        return
    where = WORK + "/xfs"
    sh(f"truncate -s 80G {where}.img; mkfs.xfs -q -f {where}.img; mkdir -p {where}; mount -o loop {where}.img {where}")
    try:
        full = where + "/full.bin"
        dump.noise(WORK + "/part", 1024)
        dump.phone(full, [("system", 1024, WORK + "/part"), ("userdata", 64000, WORK + "/part")])
        os.unlink(WORK + "/part")
        sh(f"fallocate -l $(stat -c %s {full}) {full}; sync")
        timing = Timing(where, TIMING.runs)
        ours, peer = timing.pair(f"{PROGRAM} split -q --no-sync --no-hash {full} -o OUT/x",
                                 f"cp --reflink=never --sparse=always {full} OUT/c", lambda: None)
        row("split --no-hash, 64 GiB, xfs", "cp", ours, peer, "under 2 s")
        stats = subprocess.run([PROGRAM, "split", "-q", "--stats", "--no-hash", full, "-o", where + "/x"],
                               capture_output=True, text=True).stderr
        read, written = re.search(r"read +(\d+) bytes", stats)[1], " ".join(re.search(r"written .*", stats)[0].split())
        say(f"\nWhere the filesystem shares blocks: {read} bytes read; {written}.")
    finally:
        sh(f"umount {where}; rm -rf {where} {where}.img")


# ---- how the cost grows -------------------------------------------------------------------------------------------------

def info_row(what, image):
    args = [PROGRAM, "info", image]
    ms, read = TIMING.read(args)
    say(f"| {what} | {ms:.0f} | {TIMING.cost(args)[1]:.1f} | {read:.1f} |")


def info_costs(image):
    say("\n## What `info` costs\n\n| dump | ms | MiB resident | MiB read |\n|---|---|---|---|")
    empty = WORK + "/empty.bin"
    dump.phone(empty, [("userdata", 4000 if QUICK else 64000, None)])
    info_row("64 GiB, all holes", empty)
    os.unlink(empty)
    info_row("the dump of the first table", image)
    noisy = WORK + "/noisy.bin"
    dump.noise(WORK + "/part", 100 if QUICK else 4000)
    dump.phone(noisy, [("userdata", 100 if QUICK else 4000, WORK + "/part")])
    info_row("4 GiB, userdata nothing but noise", noisy)
    os.unlink(noisy)
    os.unlink(WORK + "/part")


def memory_costs(image, userdata):
    say("\n## Memory\n\n| command | s | MiB resident |\n|---|---|---|")
    for words, args in (("(the whole job)", ["-q", "--no-sync", image, "-o", "OUT/x"]),
                        ("split", ["split", "-q", "--no-sync", image, "-o", "OUT/x"]),
                        ("extract", ["extract", "-q", "--no-sync", userdata, "-o", "OUT/x"]),
                        ("ls", ["ls", userdata]),
                        ("readback", ["readback", image])):
        say("| `%s` | %.2f | %.1f |" % (words, *TIMING.cost([PROGRAM, *args])))


def growth(title, head, sizes, make, jobs, runs=1, keep=False):
    """keep: a million files take minutes to delete, and the filesystem is slow for a while after: that comes at the very end."""
    say(f"\n## {title}\n\n| {head} | command | s | MiB resident |\n|---|---|---|---|")
    path, first, last = WORK + "/growing.bin", {}, {}
    for size in sizes:
        make(path, size)
        TIMING.room = max(ROOM, 2 * os.path.getsize(path))
        for name, args in jobs:
            warm(path)
            seconds, memory = TIMING.cost([PROGRAM, *args, path, *([] if name == "info" else ["-o", "OUT/x"])], runs, keep)
            say(f"| {size} | {name} | {seconds:.2f} | {memory:.1f} |")
            first.setdefault(name, (size, seconds, memory))
            last[name] = (size, seconds, memory)
        os.unlink(path)
    for name in first:
        (n, s, m), (n1, s1, m1) = first[name], last[name]
        longer = f"{s1 / s:.1f} times as long" if s >= 0.01 else "a time too short to tell"
        say(f"\n`{name}`: {n1 / n:.0f} times as much takes {longer} and {m1 / m:.1f} times the memory.")


def grow():
    jobs = [("whole job", ["-q", "--no-sync"]), ("info", ["info"])]
    growth("Larger dumps", "MiB", [1024 << i for i in range(5)],
           lambda path, mib: dump.full_phone(path, mib, mib), jobs, TIMING.runs)
    growth("More files", "files", [n for n in (1000, 10_000, 100_000, 1_000_000) if n <= MAX_FILES], dump.many_files,
           [("whole job", ["-q", "--no-sync"]), ("extract", ["extract", "-q", "--no-sync"]), ("info", ["info"])], keep=True)


# ---- the report ------------------------------------------------------------------------------------------------------------

def versions():
    asked = [("romsplit", f"{PROGRAM} --version | head -1"), ("openssl", "openssl version"), ("coreutils", "cp --version | head -1"),
             ("debugfs", "debugfs -V 2>&1 | head -1"), ("7-Zip", "7z | sed -n 2p"), ("tsk_recover", "tsk_recover -V")]
    return "; ".join(sh(command).strip() for tool, command in asked if have(command.split()[0]) or tool == "romsplit")


def hand_written(path):
    """The section about the reasons: it stays when the figures are made anew."""
    text = open(path).read() if os.path.exists(path) else ""
    at = text.find("## What bounds it")
    return "\n" + text[at:] if at >= 0 else ""


def main():
    cpu = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    say(f"# Benchmarks\n\nMade by `make bench`; only the section \"What bounds it\" is written by hand.\n\n"
        f"Machine: {os.cpu_count()} cores, {cpu[1] if cpu else platform.machine()}, Linux {platform.release()}. {versions()}.\n")
    if QUICK:
        say("QUICK: a dump of 200 MiB, each command once, shows that all of it runs; the goals are of 4 GiB.\n")
    image, userdata = against_others()
    if not QUICK:
        say("\n## Sharing blocks\n\n" + HEAD)
        sharing()
    info_costs(image)
    memory_costs(image, userdata)
    if QUICK:
        return
    grow()
    path = ROOT + "/docs/BENCHMARKS.md"
    text = "\n".join(LINES) + "\n" + hand_written(path)
    with open(path, "w") as f:
        f.write(text)
    TIMING.clean()


main()
