"""Reads scatter files for the tests, independently of the program; builds the GPT that one describes."""
import re
import subprocess


def read(path_or_bytes):
    data = path_or_bytes if isinstance(path_or_bytes, bytes) else open(path_or_bytes, "rb").read()
    general, rows, row = {}, [], None
    for line in data.decode("utf-8", "replace").splitlines():
        m = re.match(r"\s*-?\s*(\w+):\s*(.*?)\s*$", line)
        if not m:
            continue
        key, value = m.groups()
        if key == "partition_index":
            row = {}
            rows.append(row)
        if row is None:
            general[key] = value
        else:
            row[key] = value
    return general, rows


def number(text):
    return int(text, 16)


def is_code(value):
    return value >> 16 == 0xFFFF


def layout(rows, size):
    """(name, start, size) of every GPT partition the rows describe on a medium of that size; userdata grows."""
    user = [r for r in rows if r["region"] == "EMMC_USER" and r["partition_name"] not in ("pgpt", "sgpt")]
    sgpt = next(r for r in rows if r["partition_name"] == "sgpt")
    end = size - number(sgpt["partition_size"])
    tail = {}
    for r in reversed(user):
        real = number(r["physical_start_addr"])
        behind = is_code(real) or r["is_reserved"] == "true" or r["partition_name"] in ("sdrpmb",)
        if not behind:
            break
        end -= number(r["partition_size"])
        tail[r["partition_name"]] = end
    parts = []
    for r in user:
        start = tail.get(r["partition_name"], number(r["physical_start_addr"]))
        length = number(r["partition_size"])
        if r["partition_name"] == "userdata":
            length = end - start
        parts.append((r["partition_name"], start, length))
    return parts


def make_gpt(path, parts, size):
    with open(path, "wb") as f:
        f.truncate(size)
    args = ["sgdisk", "-a", "1"]
    for i, (name, start, length) in enumerate(parts, 1):
        args += ["-n", f"{i}:{start // 512}:{(start + length) // 512 - 1}", "-c", f"{i}:{name}"]
    subprocess.run(args + [path], check=True, stdout=subprocess.DEVNULL)
