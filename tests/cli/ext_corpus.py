#!/usr/bin/env python3
"""e2fsprogs' own test images, most of them damaged on purpose: no crash, no hang, and every file debugfs lists comes
out equal or is reported. With --table it prints the table for docs/EXT_CORPUS.md instead."""
import bz2
import gzip
import lzma
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "EXT_CORPUS.md")
HEAD = """# The images of e2fsprogs' own tests

Made by `python3 tests/cli/ext_corpus.py --table > docs/EXT_CORPUS.md`; `make
check` compares it with this file if the corpus is there.

- *files debugfs*: the files that `debugfs -R "rdump / DIR"` writes.
- *equal*: both give the same bytes (cut to the size; if a journal was replayed:
  equal to debugfs without the replay, and to debugfs after `e2fsck -fy` with
  it).
- *reported*: listed by romsplit as damaged, encrypted or lost. Every file of
  debugfs is in one of these two columns: none is missing silently.
- If romsplit has more files than debugfs, it found them under other names
  (.lost), or debugfs gave up earlier.
- *status* 1: something was damaged and reported.
"""
CORPUS = REAL + "/ext-e2fsprogs"


def raw(path, out):
    opener = {"gz": gzip.open, "xz": lzma.open, "bz2": bz2.open}.get(path.rsplit(".", 1)[1], open)
    with opener(path, "rb") as f, open(out, "wb") as g:
        while block := f.read(1 << 20):
            g.write(block)


def index():
    rows = open(CORPUS + "/INDEX.tsv").read().splitlines()
    head = next(r for r in rows if r.startswith("file\t")).split("\t")
    return [dict(zip(head, r.split("\t"))) for r in rows if not r.startswith("#") and not r.startswith("file\t")]


def walk(root):
    root = os.fsencode(root)
    files = {}
    for folder, dirs, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                files[os.path.relpath(path, root)] = path
    return files


def debugfs_tree(image, out):
    os.makedirs(out)
    try:
        subprocess.run(["debugfs", "-R", f"rdump / {out}", image], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       timeout=20, env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))
    except subprocess.TimeoutExpired:
        return {}
    return walk(out)


def same(ours, theirs, size):
    """debugfs writes whole blocks where a map reaches past the size: its copy is cut to the size we know."""
    a = open(ours, "rb").read()
    b = open(theirs, "rb").read(size + 1)[:size]
    return a == b.ljust(size, b"\0") or a == b


def same_without_journal(image, path, theirs, t):
    p = subprocess.run([PROGRAM, "cat", "--no-journal", image, b"/" + path], capture_output=True)
    if p.stdout != open(theirs, "rb").read():
        return False
    if not os.path.exists(t + "/fixed"):
        shutil.copy(image, t + "/fixed")
        subprocess.run(["e2fsck", "-fy", t + "/fixed"], capture_output=True,
                       env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))
    fixed = subprocess.run(["debugfs", "-R", f"cat \"/{os.fsdecode(path)}\"", t + "/fixed"], capture_output=True,
                           env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")).stdout
    return fixed == subprocess.run([PROGRAM, "cat", image, b"/" + path], capture_output=True).stdout


def compare(image, t):
    """What became of the files: by debugfs, by us, equal, reported, silently missing; status, messages and remarks."""
    out = t + "/out"
    p = subprocess.run([PROGRAM, "extract", image, "/", "-o", out, "--no-sync", "--hash-holes"], capture_output=True, timeout=30)
    if p.returncode < 0 or b"AddressSanitizer" in p.stderr or b"runtime error" in p.stderr:
        raise AssertionError(f"died: {p.returncode} {p.stderr[-300:]}")
    theirs = debugfs_tree(image, t + "/theirs")
    rows = {}
    if os.path.exists(out + ".manifest.jsonl"):
        for line in open(out + ".manifest.jsonl"):
            r = json.loads(line)
            rows[bytes.fromhex(r["path_hex"]) if "path_hex" in r else r["path"].encode()] = r
    ours = walk(out)
    hidden = sum(bool(r.get("encrypted")) for r in rows.values())
    equal, reported, silent, remarks = 0, 0, 0, []
    for path, theirs_path in theirs.items():
        row = rows.get(path)
        if row is None and hidden:
            hidden -= 1  # debugfs shows the ciphertext of a name, the manifest its no-key form
            reported += 1
        elif row is None:
            # a name debugfs lists and we do not: is it reported?
            if p.stderr:
                reported += 1
            else:
                silent += 1
                remarks.append(f"{path.decode(errors='replace')} missing")
        elif row.get("damage") or row.get("error") or row.get("encrypted"):
            reported += 1
        elif path in ours and same(ours[path], theirs_path, row["size"]):
            equal += 1
        elif same_without_journal(image, path, theirs_path, t):
            equal += 1  # debugfs reads past the journal; e2fsck -fy gives what we give
        else:
            silent += 1
            remarks.append(f"{path.decode(errors='replace')} differs")
    return dict(debugfs=len(theirs), ours=len(ours), equal=equal, reported=reported, silent=silent, status=p.returncode,
                words=p.stderr.decode(errors="replace").strip().splitlines(), remarks=remarks)


def main_corpus():
    table = "--table" in sys.argv
    known = open(TABLE).read() if os.path.exists(TABLE) else ""
    stale = []
    if table:
        print(HEAD)
        print("| image | defect | e2fsck | files debugfs | files romsplit | equal | reported | status |\n|---|---|---|---|---|---|---|---|")
    for row in index():
        name = row["file"]
        with tempfile.TemporaryDirectory() as t:
            raw(f"{CORPUS}/{name}", t + "/img")
            try:
                c = compare(t + "/img", t)
            except Exception as e:
                print(f"not ok corpus {name}\n#   {type(e).__name__} {str(e)[:300]}")
                continue
            line = (f"| {name.split('.img')[0]} | {row['about'].replace('|', '/')} | {'clean' if row['e2fsck_fn_rc'] == '0' else 'errors'} | "
                      f"{c['debugfs']} | {c['ours']} | {c['equal']} | {c['reported']} | {c['status']} |")
            if line not in known:
                stale.append(line)
            if table:
                print(line)
            elif c["silent"]:
                print(f"not ok corpus {name}" + "".join("\n#   " + r for r in c["remarks"][:5]))
            else:
                print(f"ok corpus {name}: {c['debugfs']} files by debugfs, {c['ours']} by us, {c['equal']} equal, {c['reported']} reported")


    if not table:
        print(f"{'not ok' if stale else 'ok'} docs/EXT_CORPUS.md is what this corpus gives" +
              "".join("\n#   " + l for l in stale[:5]))


if not os.path.isdir(CORPUS):
    print("skip the images of e2fsprogs: there are none here")
else:
    main_corpus()
