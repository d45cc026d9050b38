"""Dumps to be timed: the layout of a phone in small, of any size and with any number of files."""
import json
import os
import random
import re
import shutil
import subprocess
import tempfile

MIB = 1 << 20
ENV = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", LC_ALL="C.UTF-8")


def sh(command):
    return subprocess.run(["bash", "-c", command], check=True, capture_output=True, env=ENV).stdout.decode()


def photos(root, files, mib, rng):
    """Photos of all sizes, a third of them large; together mib MiB."""
    os.makedirs(root + "/media/0/DCIM/Camera")
    os.makedirs(root + "/media/0/WhatsApp/Media")
    for i in range(files):
        where = "DCIM/Camera/IMG" if i % 3 == 0 else "WhatsApp/Media/IMG"
        size = int(mib * MIB / files * (2.2 if i % 3 == 0 else .4) * (.5 + rng.random()))
        with open(f"{root}/media/0/{where}_{i:05}.jpg", "wb") as f:
            f.write(b"\xff\xd8\xff\xe0" + rng.randbytes(size))


def small_files(root, files):
    """Folders of a thousand files of some bytes."""
    for i in range(files):
        if i % 1000 == 0:
            os.makedirs(f"{root}/media/0/{i // 1000:04}")
        with open(f"{root}/media/0/{i // 1000:04}/{i:07}.txt", "wb") as f:
            f.write(b"%d\n" % i * 10)


def ext4(tree, image, mib, inodes=0):
    sh(f"mke2fs -q -F -t ext4 -b 4096 {'-N %d' % inodes if inodes else ''} -d {tree} {image} {mib}M")
    shutil.rmtree(tree)


def put(image, at, source):
    sh(f"dd if={source} of={image} bs=4M oflag=seek_bytes seek={at} conv=notrunc,sparse status=none")


def phone(path, parts):
    """parts: (name, MiB, file or None); three small ones of MediaTek's come first. No byte of the dump is a hole but
    where a part has no file."""
    parts = [("proinfo", 1, None), ("nvram", 1, None), ("seccfg", 1, None)] + parts
    at, args = 2048, []
    for i, (name, mib, _) in enumerate(parts, 1):
        args.append(f"-n {i}:{at}:{at + mib * 2048 - 1} -c {i}:{name}")
        at += mib * 2048
    with open(path, "wb") as f:
        f.truncate(at * 512 + 16 * MIB)
    sh(f"sgdisk -a 1 {' '.join(args)} {path}")
    at = MIB
    for _, mib, source in parts:
        if source:
            put(path, at, source)
        at += mib * MIB


def noise(path, mib, seed=2):
    rng = random.Random(seed)
    with open(path, "wb") as f:
        for _ in range(mib):
            f.write(rng.randbytes(MIB))


def fill(path):
    """Writes out the holes: a dump read back from a phone has none."""
    sh(f"cp --sparse=never {path} {path}.full && mv {path}.full {path}")


def full_phone(path, mib, files):
    """A phone of mib MiB: a quarter is the system, the rest userdata, of which 60 % are photos."""
    work = path + ".parts"
    os.makedirs(work, exist_ok=True)
    system, data = mib // 4, mib - mib // 4 - 24
    noise(work + "/system", system)
    photos(work + "/tree", files, data * 6 // 10, random.Random(1))
    ext4(work + "/tree", work + "/userdata", data)
    phone(path, [("system", system, work + "/system"), ("userdata", data, work + "/userdata")])
    shutil.rmtree(work)
    fill(path)


def in_memory(size, otherwise):
    """A folder for a tree that takes size bytes: in memory where that is less than half of what is free, for small files
    take many minutes on a disk."""
    available = re.search(r"MemAvailable:\s+(\d+)", open("/proc/meminfo").read())
    if os.path.isdir("/dev/shm") and available and 2 * size < int(available[1]) << 10:
        return tempfile.mkdtemp(prefix="romsplit-bench-", dir="/dev/shm")
    return otherwise


def made_by(maker, image):
    """The dump that a script outside of this project makes, as it is without options."""
    work = image + ".made"
    stage = in_memory(8 << 30, work + "/stage")
    sh(f"{maker} {work} --stage {stage}")
    os.rename(work + "/full.bin", image)
    shutil.rmtree(work)
    shutil.rmtree(stage, ignore_errors=True)


def many_files(path, files):
    work = path + ".parts"
    os.makedirs(work, exist_ok=True)
    mib = 64 + files * 5 // 1024
    tree = in_memory(files * 8192, work + "/tree")
    small_files(tree, files)
    ext4(tree, work + "/userdata", mib, files + files // 500 + 2000)
    phone(path, [("userdata", mib, work + "/userdata")])
    shutil.rmtree(work)


def rows_of(program, image):
    answer = subprocess.run([program, "info", "--json", image], capture_output=True).stdout
    return [p for p in json.loads(answer)["partitions"] if p["name"]]
