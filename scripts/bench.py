#!/usr/bin/env python3
"""bench.py PROGRAM: times romsplit against what one would use instead, in turn, and prints ratios of medians.

Environment: IMAGE=full.bin takes that dump (its userdata must be a readable ext4); else a dump is made in build/bench.
QUICK=1 makes a small one and runs each command once. RUNS=5. WRITE=1 writes docs/BENCHMARKS.md."""
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PROGRAM = os.path.abspath(sys.argv[1])
QUICK = os.environ.get("QUICK") == "1"
RUNS = int(os.environ.get("RUNS", "1" if QUICK else "5"))
WORK = ROOT + "/build/bench"
ENV = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", LC_ALL="C.UTF-8")


def sh(command):
    return subprocess.run(["bash", "-c", command], check=True, capture_output=True, env=ENV).stdout.decode()


def make_dump(path):
    """userdata with photos of all sizes, a system of random files, holes between: the layout of a phone in small."""
    mib = 96 if QUICK else 1400
    files = 300 if QUICK else 3500
    rng = random.Random(1)
    tree = WORK + "/tree"
    shutil.rmtree(tree, ignore_errors=True)
    os.makedirs(tree + "/media/0/DCIM/Camera")
    os.makedirs(tree + "/media/0/WhatsApp/Media")
    for i in range(files):
        where = "DCIM/Camera/IMG" if i % 3 == 0 else "WhatsApp/Media/IMG"
        size = int((mib << 20) / files * (2.2 if i % 3 == 0 else .4) * (.5 + rng.random()))
        with open(f"{tree}/media/0/{where}_{i:05}.jpg", "wb") as f:
            f.write(b"\xff\xd8\xff\xe0" + rng.randbytes(size))
    sh(f"mke2fs -q -F -t ext4 -b 4096 -d {tree} {WORK}/userdata {int(mib * 1.6)}M")
    shutil.rmtree(tree)
    total = int(mib * 1.6) + 64
    start = 32768
    with open(path, "wb") as f:
        f.truncate(total << 20)
    length = int(mib * 1.6) * 2048
    sh(f"sgdisk -a 1 -n 1:2048:4095 -c 1:proinfo -n 2:4096:6143 -c 2:nvram -n 3:6144:8191 -c 3:seccfg "
       f"-n 4:{start}:{start + length - 1} -c 4:userdata {path}")
    sh(f"dd if={WORK}/userdata of={path} bs=4M oflag=seek_bytes seek={start * 512} conv=notrunc status=none")
    os.unlink(WORK + "/userdata")


def prepare():
    os.makedirs(WORK, exist_ok=True)
    image = os.environ.get("IMAGE") or WORK + ("/quick.bin" if QUICK else "/full.bin")
    if not os.path.exists(image):
        print(f"making {image} ...", flush=True)
        make_dump(image)
    import json
    report = json.loads(subprocess.run([PROGRAM, "info", "--json", image], capture_output=True).stdout)
    rows = [p for p in report["partitions"] if p["name"]]
    user = next(p for p in rows if p["name"] == "userdata")
    ud = WORK + "/userdata.img"
    sh(f"dd if={image} of={ud} bs=4M iflag=skip_bytes,count_bytes skip={user['start']} count={user['size']} status=none")
    return os.path.abspath(image), ud, rows


def once(command):
    out = WORK + "/out"
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    t = time.monotonic()
    p = subprocess.run(["bash", "-c", command.replace("OUT", out)], capture_output=True, env=ENV)
    t = time.monotonic() - t
    if p.returncode not in (0, 1):
        raise RuntimeError(f"{command}: {p.returncode}: {p.stderr[-200:]}")
    return t


def pair(name, ours, peer_name, peer, goal):
    """The two in turn, so that a machine that drifts drifts for both."""
    a, b = [], []
    once(ours), once(peer)
    for _ in range(RUNS):
        a.append(once(ours))
        b.append(once(peer))
    ratio = statistics.median(a) / statistics.median(b)
    row = (name, peer_name, statistics.median(a), min(a), max(a), statistics.median(b), min(b), max(b), ratio, goal)
    print(f"| {name} | {peer_name} | {row[2]:.2f} ({row[3]:.2f}-{row[4]:.2f}) | {row[5]:.2f} ({row[6]:.2f}-{row[7]:.2f}) | "
          f"{ratio:.2f} | {goal} |", flush=True)
    return row, ours, peer


def cipher():
    """The decrypting image alone, read into memory on one core, against the bare AES of openssl in pieces of the same size.
    Both give rates; they are written as the seconds that 4 GiB take."""
    ours, peer = os.path.dirname(PROGRAM) + "/bench_cipher", "openssl speed -seconds 1 -evp aes-128-cbc -decrypt -bytes 512"
    rates = [(float(subprocess.check_output(ours)),
              1000 * float(re.search(r"AES-128-CBC\s+([0-9.]+)k", subprocess.run(
                  peer.split(), capture_output=True, text=True).stdout)[1])) for _ in range(RUNS)]
    a, b = ([4 * 2**30 / r[i] for r in rates] for i in (0, 1))
    ratio = statistics.median(a) / statistics.median(b)
    row = ("AES-CBC-ESSIV, 4 GiB", "openssl speed", statistics.median(a), min(a), max(a), statistics.median(b), min(b), max(b),
           ratio, "2.0")
    print(f"| {row[0]} | {row[1]} | {row[2]:.2f} ({row[3]:.2f}-{row[4]:.2f}) | {row[5]:.2f} ({row[6]:.2f}-{row[7]:.2f}) | "
          f"{ratio:.2f} | {row[9]} |", flush=True)
    return row, ours, peer


def rows_of(image, ud, parts):
    have = lambda tool: shutil.which(tool, path=ENV["PATH"])
    r = PROGRAM
    dd = "; ".join(f"dd if={image} of=OUT/{i} bs=4M iflag=skip_bytes,count_bytes skip={p['start']} count={p['size']} "
                   f"status=none" for i, p in enumerate(parts))
    extract = f"{r} extract -q --no-sync {ud} -o OUT/x"
    yield "everything", f"{r} -q --no-sync {image} -o OUT/x", "openssl dgst -sha256", f"openssl dgst -sha256 {image}", "1.7"
    yield "split --no-hash", f"{r} split -q --no-sync --no-hash {image} -o OUT/x", "cp --sparse=always", \
        f"cp --sparse=always {image} OUT/c", "1.0"
    yield "split with sums", f"{r} split -q --no-sync {image} -o OUT/x", "dd and sha256sum of each", f"{dd}; sha256sum OUT/*", "0.3"
    if have("debugfs"):
        yield "extract with sums", extract, "debugfs rdump", f'debugfs -R "rdump /media/0 OUT" {ud}', "0.33"
    if have("7z"):
        yield "extract with sums", extract, "7-Zip", f"7z x -y -bd -oOUT {ud} media/0", "0.33"
    if have("tsk_recover"):
        yield "extract with sums", extract, "tsk_recover", f"tsk_recover -a {ud} OUT", "0.33"
    if os.geteuid() == 0:
        yield "extract --no-hash", f"{extract} --no-hash", "loop mount, cp -a", \
            f"mkdir OUT/m; mount -o loop,ro,noload {ud} OUT/m && cp -a OUT/m/media/0 OUT/; umount OUT/m", "1.0"


def main():
    image, ud, parts = prepare()
    sh(f"cat {image} {ud} > /dev/null")
    head = "| job | against | romsplit s (min-max) | peer s (min-max) | ratio | goal |\n|---|---|---|---|---|---|"
    print(head)
    done = []
    for row in rows_of(image, ud, parts):
        done.append(pair(*row))
        sh(f"cat {image} {ud} > /dev/null")
    done.append(cipher())
    shutil.rmtree(WORK + "/out", ignore_errors=True)
    if os.environ.get("WRITE") == "1":
        write(head, done, image)


def hand_written():
    """The section about the reasons: it stays when the figures are made anew."""
    path = ROOT + "/docs/BENCHMARKS.md"
    text = open(path).read() if os.path.exists(path) else ""
    at = text.find("## What bounds it")
    return "\n" + text[at:] if at >= 0 else ""


def write(head, done, image):
    reasons = hand_written()
    cpu = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    with open(ROOT + "/docs/BENCHMARKS.md", "w") as f:
        f.write("# Benchmarks\n\nMade by `make bench WRITE=1`; nothing here is written by hand but the section \"What bounds it\".\n\n"
                f"Machine: {os.cpu_count()} cores, {cpu[1] if cpu else platform.machine()}, Linux {platform.release()}; "
                f"dump of {os.path.getsize(image) >> 20} MiB, warm cache, {RUNS} runs of each in turn, medians.\n\n{head}\n")
        for (name, peer, a, amin, amax, b, bmin, bmax, ratio, goal), _, _ in done:
            f.write(f"| {name} | {peer} | {a:.2f} ({amin:.2f}-{amax:.2f}) | {b:.2f} ({bmin:.2f}-{bmax:.2f}) | {ratio:.2f} | {goal} |\n")
        f.write("\nThe commands (OUT is an empty folder):\n\n")
        for _, ours, peer in done:
            f.write(f"    {ours}\n    {peer}\n".replace(os.path.abspath(WORK), "build/bench").replace(PROGRAM, "romsplit")
                    .replace(WORK, "build/bench"))
        f.write(reasons)


main()
