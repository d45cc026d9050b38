#!/usr/bin/env python3
"""The whole job reads the dump once: files are written while the pass brings their bytes; what it cannot bring is counted."""
import os
import random
import re
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

RNG = random.Random(11)


def noise_tree(root, files, size):
    os.makedirs(root + "/media/0/DCIM")
    for i in range(files):
        with open(f"{root}/media/0/DCIM/{i:04}.jpg", "wb") as f:
            f.write(RNG.randbytes(size(i)))


def dump_of(t, userdata, mib):
    gpt(t + "/full.bin", [("proinfo", 1, None), ("nvram", 1, None), ("seccfg", 1, None), ("userdata", mib, userdata)], mib + 8)
    return t + "/full.bin"


def truth(t, userdata):
    """The files as debugfs reads them."""
    os.makedirs(t + "/truth")
    tool("debugfs", "-R", f"rdump /media/0 {t}/truth", userdata)
    return sums(t + "/truth/0")


def sums(root):
    return {os.path.relpath(os.path.join(d, f), root): sha256_file(os.path.join(d, f))
            for d, _, names in os.walk(root) for f in names}


def counted(text):
    """Of --stats: files, and those read once more."""
    return tuple(map(int, re.search(r"files\s+(\d+); (\d+) of them", text).groups()))


class ForgetsBehind(threading.Thread):
    """Takes out of the page cache what the program has read, as happens with a dump larger than the memory."""

    def __init__(self, path, pid):
        super().__init__()
        self.path, self.pid, self.ended = path, pid, threading.Event()

    def read_so_far(self):
        try:
            return int(open(f"/proc/{self.pid}/io").read().split()[1])
        except OSError:
            return 0

    def run(self):
        fd = os.open(self.path, os.O_RDONLY)
        while not self.ended.wait(0.002):
            # what is read before the pass is less than this
            os.posix_fadvise(fd, 0, max(1, self.read_so_far() - (16 << 20)), os.POSIX_FADV_DONTNEED)
        os.close(fd)

    def __exit__(self, *_):
        self.ended.set()
        self.join()

    def __enter__(self):
        self.start()


def forget(path):
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def read_once(t):
    """from a cold cache that keeps little, the medium is read 1.05 times at most"""
    noise_tree(t + "/data", 60, lambda i: RNG.randrange(100_000, 4_000_000))
    ext4(t + "/userdata", t + "/data", 140, "-E", "nodiscard")
    dump = dump_of(t, t + "/userdata", 140)
    want = truth(t, t + "/userdata")
    run("info", t + "/userdata")  # the program itself and its libraries are in memory now
    os.sync()
    stored = os.stat(dump).st_blocks * 512
    forget(dump)
    p = subprocess.Popen([PROGRAM, "-q", "--no-sync", dump], stdout=subprocess.DEVNULL)
    with ForgetsBehind(dump, p.pid):
        _, status, usage = os.wait4(p.pid, 0)
    p.returncode = 0
    assert os.waitstatus_to_exitcode(status) == 0, status
    assert sums(t + "/full.romsplit/media") == want
    ratio = usage.ru_inblock * 512 / stored
    if ratio < 0.95:
        raise Skip(f"the kernel counts reads of {ratio:.2f} of the dump: no disk lies under this folder, or its cache does not forget")
    assert ratio <= 1.05, f"{usage.ru_inblock * 512} read of {stored}"


def resident(path):
    """Bytes of it that the page cache has."""
    return int(tool("fincore", "-b", "-n", "-o", "RES", path))


def past_the_cache(t):
    """a cold dump and its output stay out of the page cache, wherever in a page a partition begins, and every byte is right"""
    noise_tree(t + "/data", 40, lambda i: RNG.choice([65_536, 70_001, 300_000, 1_048_576, 3_000_001]))
    ext4(t + "/userdata", t + "/data", 140, "-E", "nodiscard")
    want = truth(t, t + "/userdata")
    for shift in (0, 1, 7):  # sectors
        dump, first = f"{t}/{shift}.bin", 2048 + shift
        with open(dump, "wb") as f:
            f.truncate(145 << 20)
        tool("sgdisk", "-a", "1", "-n", f"1:{first}:{first + 140 * 2048 - 1}", "-c", "1:userdata", dump)
        tool("dd", "if=" + t + "/userdata", "of=" + dump, "bs=1M", "oflag=seek_bytes", f"seek={first * 512}", "conv=notrunc")
        os.sync()
        forget(dump)
        cold = resident(dump) == 0
        run("-q", dump)
        out = f"{t}/{shift}.romsplit"
        assert sha256_file(out + "/rom/userdata.img") == sha256_file(t + "/userdata")
        assert sums(out + "/media") == want
        if not shift:
            run("extract", "-q", "--no-sync", t + "/userdata", "-o", t + "/own")
            assert sums(t + "/own") == want
            forget(dump)
            shutil.rmtree(out)
            run("-q", dump)
            kept = resident(dump), resident(out + "/rom/userdata.img"), cold
    if not kept[2] or kept[1] > 100 << 20:
        raise Skip("the filesystem under this folder has no way past the page cache, or its disk is slow")
    assert kept[0] < 40 << 20, kept


def swap_blocks(t, image, pairs):
    """Gives files of a block-mapped ext2 each other's blocks: (inode a, block of a, inode b, block of b)."""
    script = []
    where = {}
    ask = "".join(f"bmap <{a}> {i}\nbmap <{b}> {j}\n" for a, i, b, j in pairs)
    answer = [int(x) for x in tool("debugfs", "-f", "/dev/stdin", image, input=ask.encode()).splitlines()
              if x.isdigit()]
    assert len(answer) == 2 * len(pairs), answer[:10]
    for (a, i, b, j), at_a, at_b in zip(pairs, answer[::2], answer[1::2]):
        script += [f"sif <{a}> block[{i}] {at_b}", f"sif <{b}> block[{j}] {at_a}"]
    tool("debugfs", "-w", "-f", "/dev/stdin", image, input=("\n".join(script) + "\n").encode())


def inodes(image, names):
    text = tool("debugfs", "-R", "ls -l /media/0/DCIM", image)
    found = {m[2]: int(m[1]) for m in re.finditer(r"^\s*(\d+)\s.*\s(\S+)\s*$", text, re.M)}
    return [found[n] for n in names]


def block_mapped(t, files, size):
    noise_tree(t + "/data", files, size)
    ext4(t + "/userdata", t + "/data", 32, "-b", "4096", "-O", "^extents,^has_journal,^64bit,^metadata_csum", "-N", str(files + 100))
    return inodes(t + "/userdata", [f"{i:04}.jpg" for i in range(files)])


def out_of_order(t):
    """a file in pieces out of order is read for itself, right, and counted"""
    ino = block_mapped(t, 20, lambda i: 8 * 4096)
    swap_blocks(t, t + "/userdata", [(n, 0, n, 5) for n in ino[3:6]])
    want = truth(t, t + "/userdata")
    run("--no-sync", "--stats", dump_of(t, t + "/userdata", 32))
    assert sums(t + "/full.romsplit/media") == want
    assert counted(run.stderr) == (20, 3), run.stderr


def interleaved(t):
    """hundreds of files that all lie across each other: as many as there are descriptors for at a time, the others after"""
    n = 800
    ino = block_mapped(t, n, lambda i: 2 * 4096)
    # file i begins in the first half and ends in the second; those of the second half go backwards
    swap_blocks(t, t + "/userdata", [(ino[i], 1, ino[n // 2 + i], 1) for i in range(n // 2)])
    want = truth(t, t + "/userdata")
    run("--no-sync", "--stats", dump_of(t, t + "/userdata", 32))
    assert sums(t + "/full.romsplit/media") == want
    files, again = counted(run.stderr)
    assert files == n and n // 2 < again < n, (files, again)


def second_names(t):
    """names that are met before and after the pass has brought the file are links to it, in folders with their own times"""
    noise_tree(t + "/data", 8, lambda i: 70_000)
    root = t + "/data/media/0"
    os.makedirs(root + "/Aaa/deep/deeper")
    os.link(root + "/DCIM/0003.jpg", root + "/Aaa/deep/deeper/first.jpg")
    os.link(root + "/DCIM/0003.jpg", root + "/zzz.jpg")
    os.chmod(root + "/Aaa/deep", 0o500)
    for i, folder in enumerate(["/Aaa/deep/deeper", "/Aaa/deep", "/Aaa", "/DCIM"]):
        os.utime(root + folder, (1_500_000_000 + i, 1_400_000_000 + i))
    ext4(t + "/userdata", t + "/data", 16)
    run("--no-sync", dump_of(t, t + "/userdata", 16))
    out = t + "/full.romsplit/media"
    names = ["/DCIM/0003.jpg", "/Aaa/deep/deeper/first.jpg", "/zzz.jpg"]
    assert len({os.stat(out + n).st_ino for n in names}) == 1
    assert sha256_file(out + names[0]) == sha256_file(root + "/DCIM/0003.jpg")
    for i, folder in enumerate(["/Aaa/deep/deeper", "/Aaa/deep", "/Aaa", "/DCIM"]):
        st = os.stat(out + folder)
        assert int(st.st_mtime) == 1_400_000_000 + i and st.st_mode == os.stat(root + folder).st_mode, folder
    tool("sha256sum", "-c", "--quiet", "SHA256SUMS", cwd=t + "/full.romsplit")


def several_users(t):
    """the files of two users lie across each other: every line of manifest and sums is whole, every file counted once"""
    for user in ("0", "10"):
        os.makedirs(f"{t}/data/media/{user}")
    for i in range(1500):
        with open(f"{t}/data/media/{'0' if i % 2 else '10'}/{i:04}.txt", "wb") as f:
            f.write(RNG.randbytes(200 + i % 5000))
    ext4(t + "/userdata", t + "/data", 32, "-N", "3000")
    run("--no-sync", "--stats", dump_of(t, t + "/userdata", 32))
    out = t + "/full.romsplit"
    rows = [json.loads(line) for line in open(out + "/manifest.jsonl")]
    assert sum(r["type"] == "file" for r in rows) == 1500 and counted(run.stderr)[0] == 1500, run.stderr
    tool("sha256sum", "-c", "--quiet", "SHA256SUMS", cwd=out)
    assert sums(out + "/media/.user-10") == sums(t + "/data/media/10")


def together_or_apart(t):
    """sums of dump, partitions and files are those of sha256sum, whatever lies in them"""
    noise_tree(t + "/data", 30, lambda i: RNG.choice([0, 1, 63, 64, 65, 4095, 4097, 300_001]))
    ext4(t + "/userdata", t + "/data", 16)
    dump = dump_of(t, t + "/userdata", 16)
    edit(dump, 1 << 20, RNG.randbytes(1 << 20))
    run("--no-sync", dump)
    report = json.load(open(t + "/full.romsplit/report.json"))
    data = open(dump, "rb").read()
    assert report["image"]["sha256"] == sha256(data)
    for p in report["partitions"]:
        if p["name"]:
            assert p["sha256"] == sha256(data[p["start"]:p["start"] + p["size"]]), p["name"]
    assert sums(t + "/full.romsplit/media") == sums(t + "/data/media/0")


main([read_once, past_the_cache, out_of_order, interleaved, second_names, several_users, together_or_apart])
