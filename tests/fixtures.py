#!/usr/bin/env python3
"""Each directory of tests/fixtures has an image and what other programs say about it: the report must contain
everything in expect.json.

A row whose name is null is the only row; "evidence" must occur in the evidence of the verdict."""
import json
import lzma
import os
import subprocess
import tempfile

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")


def differences(want, have, path=""):
    if isinstance(want, dict) and isinstance(have, dict):
        for key, value in want.items():
            yield from differences(value, have.get(key, "(no such key)"), f"{path}.{key}")
    elif isinstance(want, list) and isinstance(have, list):
        if len(want) != len(have):
            yield f"{path}: {len(want)} items expected, {len(have)} there"
        for i, (a, b) in enumerate(zip(want, have)):
            yield from differences(a, b, f"{path}[{i}]")
    elif want != have:
        yield f"{path}: expected {want!r}, got {have!r}"


def check(case, expect, report):
    rows = {r["name"]: r for r in report["partitions"]} if report["table"]["kind"] != "none" else \
        {None: report["partitions"][0]}
    for row in expect.get("rows", []):
        yield from differences(row, rows.get(row["name"], {}), f"{row['name']}")
    for key in ("table", "image", "platform", "userdata"):
        yield from differences(expect.get(key, {}), report[key], key)
    if expect.get("evidence") and not any(expect["evidence"] in e["text"] for e in report["userdata"]["evidence"]):
        yield f"evidence: {expect['evidence']!r} is missing"


def main():
    program = os.environ["ROMSPLIT"]
    for case in sorted(os.listdir(FIXTURES)):
        folder = f"{FIXTURES}/{case}"
        if not os.path.exists(folder + "/image.xz"):
            continue
        with tempfile.NamedTemporaryFile() as image:
            image.write(lzma.open(folder + "/image.xz").read())
            image.flush()
            run = subprocess.run([program, "info", "--json", image.name], capture_output=True)
        problems = [f"status {run.returncode}: {run.stderr.decode()[:200]}"] if run.returncode else \
            list(check(case, json.load(open(folder + "/expect.json")), json.loads(run.stdout)))
        print(f"{'not ok' if problems else 'ok'} fixture {case}" + "".join("\n#   " + p for p in problems[:10]))


main()
