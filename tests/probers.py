#!/usr/bin/env python3
"""Every prober has a row in probers.def, every row has a prober, and for every content name a fixture shows it."""
import glob
import json
import os
import re

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def read(path):
    with open(path) as f:
        return f.read()


def contents(value):
    """Every value of a key "content", however deep."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from [item] if key == "content" and isinstance(item, str) else contents(item)
    elif isinstance(value, list):
        for item in value:
            yield from contents(item)


def say(name, problems):
    print(("not ok " if problems else "ok ") + name + "".join(f"\n#   {p}" for p in problems))


def media():
    """Every format of media has its row; a row without its format does not link."""
    rows = re.findall(r"^ROM_MEDIA\((\w+)\)", read(ROOT + "/src/media/formats.def"), re.M)
    defined = {}
    for path in sorted(glob.glob(ROOT + "/src/media/*.c")):
        text = read(path)
        for name in re.findall(r"^const struct rom_media_walker rom_media_(\w+) = \{|^KIND\((\w+),", text, re.M):
            defined[name[0] or name[1]] = os.path.basename(path)
    say("every media format has a row in formats.def",
        [f"{file}: no row ROM_MEDIA({name})" for name, file in defined.items() if name not in rows] +
        ([] if defined else ["found none: has their form changed?"]))


def main():
    media()
    rows = re.findall(r"^ROM_PROBER\((\w+)\)", read(ROOT + "/src/probe/probers.def"), re.M)
    defined, names, silent = {}, {}, []
    for path in sorted(glob.glob(ROOT + "/src/probe/*.c")):
        text, file = read(path), os.path.basename(path)
        found = re.findall(r"^const struct rom_prober rom_prober_(\w+) = \{(.*?)^\};", text, re.M | re.S)
        for prober, body in found:
            name = re.search(r'\.name = "([^"]+)"', body)
            defined[prober] = file
            if name:
                names[name[1]] = file
            else:
                silent.append(f"{file}: rom_prober_{prober} has no name")
            if not re.search(r"^\t\.usage = ROM_USAGE_", body, re.M):
                silent.append(f"{file}: rom_prober_{prober} does not say what its format is for (.usage)")
        # contents that a prober sets itself, as ext4 does for ext2 and ext3
        for name in re.findall(r'format = "([^"]+)"', text):
            names.setdefault(name, file)
    shown = set()
    for path in glob.glob(ROOT + "/tests/fixtures/*/expect.json"):
        shown.update(contents(json.loads(read(path))))
    say("every prober has a row in probers.def",
        [f"{file}: no row ROM_PROBER({p})" for p, file in defined.items() if p not in rows] + silent)
    say("every row of probers.def has a prober", [f"ROM_PROBER({r}): nothing defines it" for r in rows if r not in defined] +
        [f"ROM_PROBER({r}) stands there {rows.count(r)} times" for r in sorted(set(rows)) if rows.count(r) > 1])
    # "other" is what libmagic says: no format of ours
    missing = sorted(n for n in names if n not in shown and n != "other")
    say("every content has a fixture", [f"{names[n]}: no tests/fixtures/*/expect.json has the content {n}" for n in missing])
    if not rows or not defined:
        say("there are probers", ["found none: has their form changed?"])


main()
