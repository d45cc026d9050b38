#!/usr/bin/env python3
"""For every real factory scatter file with a pgpt row: the GPT it describes, built by sgdisk, gives it back.

Names, order, addresses, sizes and regions must be equal (the size of userdata apart: the factory has a
placeholder). type, operation_type and is_download must be equal, but for the rows listed here, where the real
files differ among themselves."""
import glob
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import scatter

REAL = os.environ["ROMSPLIT_REAL"] + "/scatter"
PROGRAM = os.environ["ROMSPLIT"]
GIB = 1 << 30

# rows whose factory value is another of those on record for that name (docs/FORMATS.md)
KNOWN = {
    ("MT8163", "secro", "type"): "EXT4_IMG in this file alone",
    ("MT6768", "cust", "operation_type"): "INVISIBLE here, UPDATE on MT6797",
    ("MT6768", "cust", "is_download"): "as above",
}


def compare(name, want, have, wwr):
    problems = []
    for key in ("partition_name", "region", "linear_start_addr", "physical_start_addr", "partition_size"):
        a, b = want[key], have[key]
        if key.endswith(("addr", "size")):
            if key == "partition_size" and want["partition_name"] == "userdata" and not wwr:
                continue
            a, b = a.lower(), b.lower()
        if a != b:
            problems.append(f"{want['partition_name']}: {key}: {a} != {b}")
    for key in ("type", "operation_type", "is_download"):
        if want[key] != have[key] and (name, want["partition_name"], key) not in KNOWN:
            problems.append(f"{want['partition_name']}: {key}: {want[key]} != {have[key]}")
    return problems


def layout_bytes(text, wwr):
    """The lines that no partition changes: banners and general, with platform and project taken out."""
    lines = text.split(b"\r\n" if wwr else b"\n")
    head = lines[: lines.index(b"- partition_index: SYS0")]
    return [l for l in head if b"platform:" not in l and b"project:" not in l and b"config_version" not in l]


def check(path):
    general, rows = scatter.read(path)
    wwr = b"WwR_MTK" in open(path, "rb").read(400)
    # a WwR scatter has the true size of the medium: where sgpt ends
    size = 32 * GIB
    if wwr:
        size = scatter.number(rows[-1]["physical_start_addr"]) + scatter.number(rows[-1]["partition_size"])
    with tempfile.TemporaryDirectory() as tmp:
        dump = tmp + "/full.bin"
        scatter.make_gpt(dump, scatter.layout(rows, size), size)
        args = [PROGRAM, "scatter", dump, "--platform", general["platform"]] + (["--style", "wwr"] if wwr else [])
        out = subprocess.run(args, check=True, capture_output=True).stdout
    _, have = scatter.read(out)
    problems = []
    if [r["partition_name"] for r in rows] != [r["partition_name"] for r in have]:
        problems.append("names or order differ")
    for want, got in zip(rows, have):
        problems += compare(general["platform"], want, got, wwr)
        if list(want) != list(got):
            problems.append(f"{want['partition_name']}: keys {list(want)} != {list(got)}")
    real = open(path, "rb").read()
    crlf_by_accident = b"\r\n" in real and not wwr
    other_version = general["config_version"] != "V1.1.2"  # V1.1.6 and V1.1.8 have keys of their own up there
    if not crlf_by_accident and not other_version and layout_bytes(real, wwr) != layout_bytes(out, wwr):
        problems.append("general section is laid out differently")
    return problems


def main():
    for path in sorted(glob.glob(REAL + "/*.txt")):
        general, rows = scatter.read(path)
        name = os.path.basename(path)
        if not general.get("config_version", "").startswith("V1.1.") or rows[1]["partition_name"] != "pgpt":
            continue
        problems = check(path)
        print(f"{'not ok' if problems else 'ok'} scatter of {name}" + "".join("\n#   " + p for p in problems[:12]))


if not os.path.isdir(REAL):
    print("skip scatter of real files: there are none here")
else:
    main()
