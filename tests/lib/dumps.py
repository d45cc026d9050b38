"""Small dumps for the tests, made by sgdisk and mke2fs; and the one-line reporting all tests share."""
import hashlib
import json
import lzma
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback

PROGRAM = os.environ["ROMSPLIT"]
REAL = os.environ.get("ROMSPLIT_REAL", "")
SECTOR = 512
MIB = 1 << 20


class Skip(Exception):
    pass


def run(*args, status=0, **kw):
    """Runs romsplit; its standard output. The exit status must be the one expected (None: any)."""
    p = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, **kw)
    if status is not None and p.returncode != status:
        raise AssertionError(f"romsplit {' '.join(map(str, args))}: status {p.returncode}, expected {status}: "
                             f"{p.stderr.decode(errors='replace')[:300]}")
    run.stderr = p.stderr.decode(errors="replace")
    run.status = p.returncode
    return p.stdout


def info(*args, status=0):
    return json.loads(run("info", "--json", *args, status=status))


def tool(*args, **kw):
    env = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", LC_ALL="C.UTF-8", TZ="UTC")
    return subprocess.run(list(map(str, args)), check=True, capture_output=True, env=env, **kw).stdout.decode()


def edit(path, at, data):
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(data)


def read(path, at, n):
    with open(path, "rb") as f:
        f.seek(at)
        return f.read(n)


def reported_file(t, kind, name):
    """The path of a reported file (real/reports/KIND), unpacked and sparse where it is squeezed; skips where there is none."""
    path = f"{REAL}/reports/{kind}/{name}"
    if os.path.exists(path):
        return path
    if not os.path.exists(path + ".xz"):
        raise Skip("there are none here")
    with lzma.open(path + ".xz") as f, open(f"{t}/{name}", "wb") as out:
        while block := f.read(1 << 20):
            out.write(block) if block.strip(b"\0") else out.seek(len(block), 1)
        out.truncate(out.tell())
    return f"{t}/{name}"


def used_blocks(path, size):
    """The numbers of the blocks that are not all zero; holes are not read."""
    zeros, used = bytes(size), []
    with open(path, "rb") as f:
        end, at = os.fstat(f.fileno()).st_size, 0
        while at < end:
            try:
                at = os.lseek(f.fileno(), at, os.SEEK_DATA) // size * size
            except OSError:  # nothing but a hole to the end
                break
            f.seek(at)
            data = f.read(size << 8)
            used += [(at + i) // size for i in range(0, len(data) // size * size, size) if data[i:i + size] != zeros]
            at += len(data)
    return used


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def sha256_file(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            h.update(block)
    return h.hexdigest()


def tree(path, files=40, seed=1):
    """A /data with photos, odd names, links, holes; names and contents from the seed."""
    rng = random.Random(seed)
    media = os.path.join(path, "media/0")
    os.makedirs(media + "/DCIM/Camera")
    os.makedirs(media + "/empty folder")
    for i in range(files):
        name = f"{media}/DCIM/Camera/IMG_{i:04}.jpg"
        with open(name, "wb") as f:
            f.write(b"\xff\xd8\xff\xe0" + rng.randbytes(rng.choice([0, 10, 59, 60, 4092, 5000, 30000, 200000])))
        os.utime(name, ns=(1500000000123456789 + i * 10**9,) * 2)
        os.chmod(name, rng.choice([0o660, 0o644, 0o600]))
    odd = os.fsencode(media) + b"/odd"
    os.mkdir(odd)
    for n in (b"new\nline", b"back\\slash", b"latin1 \xe9", b"tab\t", b"-dash", "\u7167\u7247.jpg".encode(), b"x" * 255,
              b"trailing ", b"esc\x1b[31m", b"CON", b"cr\rhere"):
        with open(odd + b"/" + n, "wb") as f:
            f.write(n)
    with open(media + "/sparse.bin", "wb") as f:
        f.write(b"begin")
        f.seek(3 << 20)
        f.write(b"end")
        f.truncate(5 << 20)
    with open(media + "/zeros.bin", "wb") as f:
        f.write(bytes(1 << 20))
    os.symlink("../../../../etc/passwd", media + "/escape")
    os.link(media + "/DCIM/Camera/IMG_0001.jpg", media + "/second name.jpg")
    os.mkfifo(media + "/fifo")
    os.makedirs(path + "/app/com.example")
    with open(path + "/app/com.example/base.apk", "wb") as f:
        f.write(rng.randbytes(20000))
    return media


def ext4(path, source, mib=32, *options):
    tool("mke2fs", "-q", "-F", "-t", "ext4", "-d", source, *options, path, f"{mib}M")


def inode_at(path, name):
    """Where the inode of a file of an ext2, ext3 or ext4 begins."""
    block, offset = re.search(r"at block (\d+), offset (0x\w+)", tool("debugfs", "-R", f"imap {name}", path)).groups()
    size, = re.search(r"Block size:\s+(\d+)", tool("dumpe2fs", "-h", path)).groups()
    return int(block) * int(size) + int(offset, 16)


def gpt(path, parts, mib, sector=SECTOR):
    """parts: (name, MiB, file or None). Returns (name, first byte, length)."""
    with open(path, "wb") as f:
        f.truncate(mib << 20)
    args, at, rows = ["sgdisk", "-a", "1"], (1 << 20) // SECTOR, []
    for i, (name, size, content) in enumerate(parts, 1):
        n = size * 2048
        args += ["-n", f"{i}:{at}:{at + n - 1}", "-c", f"{i}:{name}"]
        rows.append((name, at * SECTOR, n * SECTOR))
        at += n
    tool(*args, path)
    with open(path, "r+b") as f:
        for (name, size, content), (_, start, length) in zip(parts, rows):
            if content:
                f.seek(start)
                with open(content, "rb") as g:
                    while block := g.read(1 << 20):
                        f.write(block) if block.strip(b"\0") else f.seek(len(block), 1)
    return rows


def phone(folder, files=40, seed=1):
    """A small MediaTek dump with a readable userdata: its path, the tree, the rows."""
    media = tree(folder + "/data", files, seed)
    ext4(folder + "/userdata", folder + "/data")
    os.makedirs(folder + "/sys")
    with open(folder + "/sys/build.prop", "w") as f:
        f.write("ro.mediatek.platform=MT6797\nro.product.model=Test Phone\nro.build.version.release=7.1\n"
                "ro.build.product=testphone\n")
    ext4(folder + "/system", folder + "/sys", 4)
    with open(folder + "/proinfo", "wb") as f:
        f.write(random.Random(seed).randbytes(100000))
    rows = gpt(folder + "/full.bin", [("proinfo", 1, folder + "/proinfo"), ("nvram", 1, None), ("lk", 1, None),
                                      ("seccfg", 1, None), ("system", 4, folder + "/system"),
                                      ("userdata", 32, folder + "/userdata"), ("flashinfo", 1, None)], 44)
    return folder + "/full.bin", media, rows


def listing(root):
    """{relative path: (type, mode, mtime in ns, size, content or target)} of a tree, all names as bytes."""
    root = os.fsencode(root)
    rows = {}
    for folder, dirs, files in os.walk(root):
        for name in dirs + files:
            path = os.path.join(folder, name)
            st = os.lstat(path)
            kind = st.st_mode >> 12
            what = os.readlink(path) if kind == 10 else sha256(open(path, "rb").read()) if kind == 8 else None
            rows[os.path.relpath(path, root)] = (kind, st.st_mode & 0o7777 if kind != 10 else 0,
                                                 st.st_mtime_ns if kind == 8 else st.st_mtime_ns // 10**9,
                                                 st.st_size if kind == 8 else 0, what)
    return rows


def main(tests):
    """Runs the functions, each with a folder of its own; one line each, as tests/run.sh counts them. TEST_TIMES=1: how long it took."""
    for test in tests:
        name, begin = (test.__doc__ or test.__name__).strip().splitlines()[0], time.monotonic()
        with tempfile.TemporaryDirectory(prefix="romsplit-test-") as folder:
            try:
                test(folder)
                print(f"ok {name}")
            except Skip as e:
                print(f"skip {name}: {e}")
            except Exception as e:
                where = traceback.extract_tb(sys.exc_info()[2])[-1]
                print(f"not ok {name}\n#   {type(e).__name__}: {str(e)[:500]} ({os.path.basename(where.filename)}:{where.lineno})")
        if os.environ.get("TEST_TIMES"):
            print(f"# {time.monotonic() - begin:.1f} s")
        sys.stdout.flush()
