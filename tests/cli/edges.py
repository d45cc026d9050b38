#!/usr/bin/env python3
"""At the edges: rows without a name, broken lists of checksums, pipes and devices in the place of files."""
import os
import resource
import shutil
import signal
import stat
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

HOSTILE = REAL + "/hostile"
SUM = "0123456789abcdef" * 4


def hostile(name):
    """A file of the collection of faults; skips where that is not there."""
    path = os.path.join(HOSTILE, name)
    if not REAL or not os.path.exists(path):
        raise Skip("../shared/real/hostile is not here")
    return path


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def nameless(t):
    """what has no name has a label: diff, info, ls and the rest of bare images print no NULL"""
    os.makedirs(t + "/tree")
    ext4(t + "/a.img", t + "/tree", 4)
    shutil.copy(t + "/a.img", t + "/b.img")
    edit(t + "/b.img", 3 << 20, random.Random(3).randbytes(1 << 18))
    tool("mkfs.vfat", "-C", t + "/e.img", 2048)
    assert run("diff", t + "/a.img", t + "/a.img") == b"0 of 1 partitions differ\n"
    text = run("diff", t + "/a.img", t + "/b.img", status=1).decode()
    assert re.search(r"^  image +content +64 of 1024 blocks of 4 KiB differ, the first at 0x300000\n1 of 1", text), text
    row, = json.loads(run("diff", "--json", t + "/a.img", t + "/b.img", status=1))["rows"]
    assert row["name"] is None and row["different"] == 64
    run("diff", t + "/e.img", t + "/a.img", status=1)
    dump, _, _ = phone(t, 4)
    run("diff", t + "/a.img", dump, status=1)
    run("diff", dump, t + "/e.img", status=1)
    for image in ("a.img", "e.img"):
        for args in (("info", "-v"), ("info", "--json"), ("ls",), ("readback",), ("fit", dump), ("cat", "x"), ("scatter",)):
            out = run(args[0], t + "/" + image, *args[1:], status=None)
            assert run.status in range(6) and "(null)" not in out.decode() + run.stderr, (image, args, run.status)


def nameless_real(t):
    """diff of the two images that made it crash"""
    a, b = hostile("diff-a.img"), hostile("diff-b.img")
    run("diff", a, b, status=None)
    assert run.status in (0, 1), run.status


def checksum_lists(t):
    """verify: an empty, cut or garbage SHA256SUMS is bad, and its lines are counted against report.json"""
    dump, _, _ = phone(t, 4)
    run(dump)
    out = t + "/full.romsplit"
    path = out + "/SHA256SUMS"
    good = read(path, 0, 1 << 20)
    lines = good.splitlines(True)
    report = json.loads(read(out + "/report.json", 0, 1 << 20))
    assert report["checksums"] == len(lines)
    run("verify", out)
    for bad in (b"", b"\n", good[:-1], good[:len(good) // 2], b"".join(lines[:-1]), b"".join(lines[1:]), good + lines[0],
                bytes(100000), random.Random(1).randbytes(5000), b"a" * 3000000 + b"\n" + good, good.replace(b"  rom", b"\0 rom", 1),
                good.replace(lines[3][:64], b"xyz")):
        write(path, bad)
        said = run("verify", out, status=1).decode()
        assert "SHA256SUMS: " in run.stderr and "all as they" not in said, (bad[:80], said, run.stderr)
        assert json.loads(run("verify", out, "--json", status=1))["bad"] > 0
    write(path, good)
    run("verify", out)
    # without the report's count too
    os.makedirs(t + "/alone")
    for bad, said in ((b"", "nothing was checked"), (f"{SUM}  a".encode(), "cannot be read")):
        write(t + "/alone/SHA256SUMS", bad)
        run("verify", t + "/alone", status=1)
        assert said in run.stderr, run.stderr


def checksum_paths(t):
    """verify reads nothing outside its folder, through no link, and regular files only"""
    write(t + "/outside", b"secret")
    os.makedirs(t + "/o/media")
    write(t + "/o/media/in", b"secret")
    os.symlink("../../outside", t + "/o/media/link")
    os.symlink("..", t + "/o/up")
    os.symlink("media", t + "/o/inner")
    os.mkfifo(t + "/o/media/fifo")
    true = sha256(b"secret")
    for path in ("../outside", "media/../../outside", t + "/outside", "media/link", "up/outside", "inner/in", "media/fifo", "/dev/zero",
                 "media", "media/", ".", "./media/in", "media//in"):
        write(t + "/o/SHA256SUMS", f"{true}  {path}\n".encode())
        run("verify", t + "/o", status=1, timeout=20)
    write(t + "/o/SHA256SUMS", f"{true}  media/in\n".encode())
    run("verify", t + "/o")


def in_the_place(t):
    """a pipe, a device or a folder as SHA256SUMS or report.json hangs neither verify nor a job"""
    dump, _, _ = phone(t, 4)
    run(dump)
    out = t + "/full.romsplit"
    for name in ("SHA256SUMS", "report.json"):
        for kind in ("fifo", "link", "directory"):
            path = f"{out}/{name}"
            os.rename(path, t + "/kept")
            if kind == "fifo":
                os.mkfifo(path)
            elif kind == "link":
                os.symlink("/dev/zero", path)
            else:
                os.mkdir(path)
            run("verify", out, status=3 if name == "SHA256SUMS" else 1, timeout=20)
            assert run.stderr.startswith("romsplit: "), run.stderr
            run(dump, status=5 if kind == "directory" else 0, timeout=60)
            if kind == "directory":
                os.rmdir(path)
                run(dump)
            run("verify", out)
            os.unlink(t + "/kept")


def stop_verify(t):
    """the first signal ends verify, within a large file too"""
    os.makedirs(t + "/o")
    with open(t + "/o/large", "wb") as f:
        f.truncate(1 << 43)
    write(t + "/o/SHA256SUMS", f"{SUM}  large\n".encode())
    p = subprocess.Popen([PROGRAM, "verify", t + "/o"], stderr=subprocess.PIPE)
    time.sleep(0.5)
    p.send_signal(signal.SIGTERM)
    try:
        p.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        p.kill()
        raise
    assert p.returncode == 130, p.returncode


def verify_real(t):
    """verify of the lists that passed, or never ended"""
    for name in ("empty", "cut", "devzero"):
        shutil.copytree(hostile("verify-" + name), t + "/" + name)
        run("verify", t + "/" + name, status=1, timeout=20)
        assert run.stderr.startswith("romsplit: "), run.stderr


def sparse(path, blocks, *chunks):
    """An Android sparse image of blocks of 64 KiB: chunks of (type, blocks, bytes of its body)."""
    body = b"".join(struct.pack("<HHII", kind, 0, n, 12 + len(data)) + data for kind, n, data in chunks)
    return write(path, struct.pack("<IHHHHIIII", 0xed26ff3a, 1, 0, 28, 12, 1 << 16, blocks, len(chunks), 0) + body)


def small_and_costly(t):
    """44 bytes that stand for 256 TiB of one pattern cost nothing: it is skipped by the map, in the search and in a full scan"""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))

    fill = sparse(t + "/fill.img", 0xffffffff, (0xcac2, 0xffffffff, b"AAAA"))
    hole = sparse(t + "/hole.img", 0xffffffff, (0xcac3, 0xffffffff, b""))
    mixed = sparse(t + "/mixed.img", 0xffffffff, *[(0xcac2 + i % 2, 0xffffff, b"ABCD" if i % 2 == 0 else b"") for i in range(256)])
    for image in (fill, hole, mixed):
        for args in (("info",), ("ls",), ("extract", "-o", t + "/out")):
            run(args[0], image, *args[1:], status=None, preexec_fn=limit)
            assert run.status in (0, 1, 3), (image, args, run.status, run.stderr)


def small_and_costly_real(t):
    """the 44 bytes that cost 217 s"""
    run("info", hostile("sparsefill.img"), status=3, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (20, 20)))


def cost_of_info(t, image):
    """(bytes read of anything, peak of memory in KiB, output) of info."""
    if not shutil.which("strace") or os.path.basename(os.path.dirname(PROGRAM)) in ("asan", "tsan"):
        raise Skip("strace is not installed, or sanitizers change what is read")
    p = subprocess.run(["strace", "-f", "-o", t + "/trace", "-e", "trace=read,pread64,preadv,mmap", PROGRAM, "info", image],
                       capture_output=True, text=True)
    bytes_read = sum(int(n) for n in re.findall(r" (?:read|pread64|preadv)\(.*\) += (\d+)$", open(t + "/trace").read(), re.M))
    assert bytes_read > 0, p.stderr
    # a small process in between: the peak that wait4 tells begins with the parent's
    script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    memory = int(subprocess.run([sys.executable, "-c", script, PROGRAM, "info", image], capture_output=True, check=True).stdout)
    return bytes_read, memory, p.stdout


def huge(t):
    """an ext4 of 4 TiB, and one with a superblock at every backup place and none in front, cost info 64 MiB at most"""
    image = t + "/u"
    try:
        tool("mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-E", "lazy_itable_init=1", image, "4T")
    except subprocess.CalledProcessError as e:
        raise Skip("this filesystem has no files of 4 TiB") from e
    read_bytes, memory, text = cost_of_info(t, image)
    assert "not encrypted: ext4" in text, text
    assert read_bytes < 16 << 20 and memory < 64 << 10, (read_bytes, memory)
    first = read(image, 1024, 1024)
    per_group = struct.unpack_from("<I", first, 0x20)[0]
    edit(image, 1024, bytes(1024))
    with open(image, "r+b") as f:
        for group in range(1, (4 << 40) // 4096 // per_group):
            f.seek(group * per_group * 4096)
            f.write(first[:0x5a] + struct.pack("<H", group) + first[0x5c:])
    read_bytes, memory, text = cost_of_info(t, image)
    assert "not encrypted" in text and "backup" in text, text
    assert read_bytes < 64 << 20 and memory < 64 << 10, (read_bytes, memory)


def set_id(t):
    """set-id bits and capabilities of the phone come out with --preserve-setid alone; the manifest has them"""
    os.makedirs(t + "/tree/media/0/dir")
    for name, mode in (("suid", 0o4755), ("sgid", 0o2755), ("sticky", 0o1644), ("cap", 0o755)):
        write(f"{t}/tree/media/0/{name}", name.encode())
        os.chmod(f"{t}/tree/media/0/{name}", mode)
    os.chmod(t + "/tree/media/0/dir", 0o2775)
    write(t + "/capability", bytes.fromhex("0100000200200000000000000000000000000000"))
    ext4(t + "/u", t + "/tree", 8)
    tool("debugfs", "-w", "-R", f"ea_set -f {t}/capability /media/0/cap security.capability", t + "/u")
    gpt(t + "/full.bin", [("userdata", 8, t + "/u")], 12)
    want = {"suid": 0o4755, "sgid": 0o2755, "sticky": 0o1644, "cap": 0o755, "dir": 0o2775}
    for i, args in enumerate(((), ("--preserve-setid",))):
        run("extract", t + "/u", "-o", f"{t}/e{i}", *args)
        run(t + "/full.bin", "-o", f"{t}/j{i}", *args)
        for folder, manifest in ((f"{t}/e{i}", f"{t}/e{i}.manifest.jsonl"), (f"{t}/j{i}/media", f"{t}/j{i}/manifest.jsonl")):
            mode = {n: stat.S_IMODE(os.stat(f"{folder}/{n}").st_mode) for n in want}
            assert mode == (want if i else {n: m & ~0o6000 for n, m in want.items()}), (args, mode)
            rows = {r["path"]: r for r in map(json.loads, open(manifest))}
            assert {n: int(rows[n]["mode"], 8) & 0o7777 if isinstance(rows[n]["mode"], str) else rows[n]["mode"] & 0o7777
                    for n in want} == want
            assert "security.capability" in rows["cap"]["xattrs"]
            if os.geteuid() == 0:
                assert ("security.capability" in os.listxattr(folder + "/cap")) == bool(i), (args, os.listxattr(folder + "/cap"))


def foreign_staging(t):
    """.part of another user, or a link in its place, is refused; root is warned in the folder of another user"""
    dump, _, _ = phone(t, 4)
    os.makedirs(t + "/victim/000000.0")
    write(t + "/victim/000000.0/1", b"mine")
    before = listing(t + "/victim")
    os.mkdir(t + "/out")
    os.symlink("../victim", t + "/out/.part")
    run(dump, "-o", t + "/out", status=5)
    run("extract", dump, "-o", t + "/out", status=5)
    assert listing(t + "/victim") == before and os.listdir(t + "/out") == [".part"]
    if os.geteuid():
        raise Skip("only root can give folders away")
    os.unlink(t + "/out/.part")
    os.mkdir(t + "/out/.part")
    os.chown(t + "/out/.part", 12345, 12345)
    run(dump, "-o", t + "/out", status=5)
    assert ".part: belongs to another user" in run.stderr, run.stderr
    os.rmdir(t + "/out/.part")
    assert "another user" not in run(dump, "-o", t + "/out").decode() + run.stderr
    os.chown(t + "/out", 12345, 12345)
    for args in ((dump, "-o", t + "/out"), ("extract", dump, "-o", t + "/out"), ("split", dump, "-o", t + "/out")):
        said = run(*args).decode() + run.stderr
        assert "belongs to another user" in said, (args, said)


def swapped_staging(t):
    """whoever swaps the folders of .part for links while a job runs gets nothing written where they lead"""
    dump, media, _ = phone(t, 40)
    os.makedirs(t + "/elsewhere")
    os.makedirs(t + "/out")
    p = subprocess.Popen([PROGRAM, "extract", dump, "-o", t + "/out", "-j", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    swapped = 0
    while p.poll() is None:
        try:
            for name in os.listdir(t + "/out/.part"):
                path = f"{t}/out/.part/{name}"
                if not os.path.islink(path) and "x" not in name:
                    os.rename(path, path + "x")
                    os.symlink(t + "/elsewhere", path)
                    swapped += 1
        except OSError:
            pass
    assert os.listdir(t + "/elsewhere") == []
    if not swapped:
        raise Skip("the job was quicker than the test")
    assert p.returncode in (0, 5)


main([huge, set_id, foreign_staging, swapped_staging, small_and_costly, small_and_costly_real, nameless, nameless_real, checksum_lists, checksum_paths, in_the_place, stop_verify, verify_real])
