#!/usr/bin/env python3
"""What is written of each file: manifest, bodyfile, checksum lines; and what a second run recognises."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def schema(t):
    """every line of a manifest follows docs/manifest.schema.json: of the whole job, of damage, of what has lost its name"""
    try:
        import jsonschema
    except ImportError:
        raise Skip("python3-jsonschema is not installed")
    with open(ROOT + "/docs/manifest.schema.json") as f:
        validator = jsonschema.Draft7Validator(json.load(f))
    dump, media, _ = phone(t, 8)
    run(dump, "--hash", "md5,sha1")
    run("extract", t + "/userdata", "/", "-o", t + "/all")
    # the directory of the camera is gone: its files have lost their names
    block = int(tool("debugfs", "-R", "blocks /media/0/DCIM/Camera", t + "/userdata").split()[0])
    size = int(re.search(r"Block size: +(\d+)", tool("dumpe2fs", "-h", t + "/userdata"))[1])
    edit(t + "/userdata", block * size, bytes(size))
    run("extract", t + "/userdata", "-o", t + "/damaged", status=1)
    of_job, of_all, of_damaged = (lines(p) for p in (t + "/full.romsplit/manifest.jsonl", t + "/all.manifest.jsonl",
                                                     t + "/damaged.manifest.jsonl"))
    for row in of_job + of_all + of_damaged:
        validator.validate(row)
    assert {r["provenance"] for r in of_all} == {"allocated"}
    assert of_damaged and of_job
    # one of the eight photos has a second name
    lost = [r for r in of_damaged if r["provenance"] == "unattached"]
    assert len(lost) == 7, [r["path"] for r in of_damaged]
    assert all(r["name_grade"] == "none" and r["path"].startswith(".lost/#") for r in lost), lost


def options(t):
    """each file log has an option of its own, the same for the whole job and for extract; what it writes is checked by others"""
    dump, media, _ = phone(t, 8)
    run(dump, "--bodyfile", t + "/job.body", "--sha256sums", t + "/job.sums")
    run("extract", dump, "-o", t + "/out", "--sha256sums", t + "/extract.sums", "--bodyfile", t + "/extract.body")
    for sums, folder in (("job.sums", "full.romsplit/media"), ("extract.sums", "out")):
        text = open(t + "/" + sums, "rb").read()
        files = sum(len(f) for _, _, f in os.walk(t + "/" + folder)) - 1  # a symbolic link has no digest
        assert text.count(b"\n") == files, (text, files)
        tool("sha256sum", "--strict", "--quiet", "-c", t + "/" + sums, cwd=t + "/" + folder)
    bodies = [sorted(open(t + "/" + b, "rb")) for b in ("job.body", "extract.body")]
    assert bodies[0] == bodies[1] and len(bodies[0]) == len(lines(t + "/out.manifest.jsonl"))
    run("extract", dump, "-o", t + "/out2", "--sha256sums", t + "/none/sums", status=5)
    assert "none/sums: cannot write" in run.stderr
    run("info", dump, "--bodyfile", t + "/b", status=2)
    help_text = run("extract", "--help").decode()
    assert "--bodyfile FILE" in help_text and "--sha256sums FILE" in help_text
    assert "--sha256sums FILE" not in run("info", "--help").decode()


def same_run_for_any_threads(t):
    """many equal names: which of them gets which number does not depend on threads"""
    folder = t + "/tree/media/0"
    os.makedirs(folder)
    for i in range(200):
        with open(f"{folder}/n{i:04}", "w") as f:
            f.write(f"{i}" * (i * 37 % 5000))
    ext4(t + "/u", t + "/tree", 16, "-O", "^dir_index,^metadata_csum,^has_journal")
    with open(t + "/u", "rb") as f:
        data = f.read()
    data = re.sub(rb"(\x05\x01)n0[01][0-9]{2}", rb"\1n0000", data)  # name length 5, a regular file
    with open(t + "/u", "wb") as f:
        f.write(data)
    manifests = []
    for threads in ("1", "2", "9"):
        run("extract", t + "/u", "-o", f"{t}/out{threads}", "-j", threads)
        with open(f"{t}/out{threads}.manifest.jsonl") as f:
            manifests.append(f.read())
    assert manifests[0] == manifests[1] == manifests[2]
    assert "n0000~200" in manifests[0]
    before = sorted(os.listdir(t + "/out1"))
    run("extract", t + "/u", "-o", t + "/out1")  # what became ~2 stays ~2
    assert sorted(os.listdir(t + "/out1")) == before
    with open(t + "/out1.manifest.jsonl") as f:
        assert f.read() == manifests[0]


def coarse_times(t):
    """a disk that keeps times by the second knows again what an earlier run wrote"""
    dump, media, _ = phone(t, 8)
    run("extract", dump, "-o", t + "/out")
    before = listing(t + "/out")
    for folder, _, files in os.walk(t + "/out"):
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                os.utime(path, (int(os.stat(path).st_mtime),) * 2)
    run("extract", dump, "-o", t + "/out")
    assert sorted(listing(t + "/out")) == sorted(before)


def changed_files(t):
    """what was changed since the earlier run is not taken for it: the file of the dump gets another name"""
    dump, media, _ = phone(t, 8)
    run("extract", dump, "-o", t + "/out")
    path = t + "/out/DCIM/Camera/IMG_0003.jpg"
    stat = os.stat(path)
    size = stat.st_size
    with open(path, "r+b") as f:
        f.write(b"X" * min(4, size))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    for args in ((), ("--no-hash",)):
        run("extract", dump, "-o", t + "/out", *args)
        want = sha256_file(media + "/DCIM/Camera/IMG_0003.jpg")
        assert sha256_file(t + "/out/DCIM/Camera/IMG_0003~2.jpg") == want
        assert not os.path.exists(t + "/out/DCIM/Camera/IMG_0003~3.jpg")


main([schema, options, same_run_for_any_threads, coarse_times, changed_files])
