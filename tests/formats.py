#!/usr/bin/env python3
"""Names of formats occur only where formats are known: in probe, fs and render.

All other code asks a claim for its usage and traits, and a filesystem for what it can do. The names come from the rows of
the probers and of the readers, so a new format is covered as soon as it has its row. Comments do not count, nor do
texts in which the name is one word among others.

A name that is also that of a partition (scatter_names.def) may occur in table and scatter, which name partitions; but
no code compares a format with it. A name that the table of an enum has as well ("other") is allowed there. disk decodes
a superblock that several filesystems share, and may return the name of the one that it is."""
import glob
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
FREE = ("probe", "fs", "render")
NAMES_PARTITIONS = ("table", "scatter")
STRING = r'"((?:[^"\\]|\\.)*)"'
COMPARES = re.compile(r"\b(?:str(?:n|case|ncase)?cmp|strstr)\s*\(")


def read(path):
    with open(path) as f:
        return f.read()


# a command may be called as a format is: its row, and messages about its usage
COMMANDS = re.findall(r'^\t\{ "(\w+)", ', read(f"{ROOT}/src/cli/commands.c"), re.M)


def source(text):
    """Without comments; line breaks stay, so that lines can be counted."""
    def blank(m):
        return m[0] if m[0][0] == '"' or m[0][0] == "'" else re.sub(r"[^\n]", " ", m[0])
    return re.sub(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|/\*.*?\*/|//[^\n]*', blank, text, flags=re.S)


def rows(directory, kind):
    """Names in the rows (const structs of that kind) of a directory."""
    for path in glob.glob(f"{ROOT}/src/{directory}/**/*.c", recursive=True):
        for body in re.findall(rf"^const struct {kind} \w+ = \{{(.*?)^\}};", read(path), re.M | re.S):
            yield from re.findall(r'^\t\.name = "([^"]+)"', body, re.M)


def format_names():
    names = set(rows("probe", "rom_prober")) | set(rows("fs", "rom_fs_(?:ops|reader)"))
    # what a prober or a reader calls it otherwise: ext3, mtk-logo, zero
    for path in glob.glob(f"{ROOT}/src/probe/*.c"):
        names |= set(re.findall(r'(?:\bformat = |\b(?:add_)?claim\(p, )"([^"]+)"', source(read(path))))
    for path in glob.glob(f"{ROOT}/src/disk/*_super.c"):
        for body in re.findall(r"^const char \*rom_\w+_kind\(.*?^\}", source(read(path)), re.M | re.S):
            names |= set(re.findall(STRING, body))
    return names


def words_of_enums():
    for path in glob.glob(f"{ROOT}/src/*/*.c"):
        yield from re.findall(r'\[ROM_\w+\] = "([^"]+)"', read(path))


def call(text, start):
    """The arguments of a call, from behind its parenthesis on."""
    depth = 1
    for i in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if not depth:
            return text[start:i]
    return text[start:]


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def problems_of(module, text, names, partitions, enums):
    for m in re.finditer(STRING, text):
        name = m[1]
        before = text[:m.start()].rstrip()
        if name not in names:
            continue
        if name in partitions and module in NAMES_PARTITIONS:
            continue
        if module == "cli" and name in COMMANDS and re.search(r"(?:^|\s)\{$|\bcli_usage\($", before):
            continue
        if name in enums and re.search(r"\[ROM_\w+\] =$", before):
            continue
        if module == "disk" and re.search(r"\breturn\b[^;{}]*$", before):
            continue
        yield line_of(text, m.start()), f'"{name}" is the name of a format'
    for m in COMPARES.finditer(text):
        arguments = call(text, m.end())
        if names & set(re.findall(STRING, arguments)) and re.search(r"format|kind|filesystem|content", arguments):
            yield line_of(text, m.start()), "a format is compared with a name: " + " ".join(arguments.split())


def check(names, partitions, enums):
    for path in sorted(glob.glob(f"{ROOT}/src/**/*.[ch]", recursive=True)):
        module = os.path.relpath(path, ROOT + "/src").split(os.sep)[0]
        if module in FREE:
            continue
        for line, what in sorted(set(problems_of(module, source(read(path)), names, partitions, enums))):
            yield f"{os.path.relpath(path, ROOT)}:{line}: {what}"


def say(name, problems):
    print(("not ok " if problems else "ok ") + name + "".join(f"\n#   {p}" for p in problems))
    return bool(problems)


# What must be found, and what must not: (module, code, is it forbidden)
SAMPLES = (
    ("job", 'if (!strcmp(rom_partition_format(p), "squashfs"))', True),
    ("analyze", 'static const char *const names[] = { "ext3",\n\t"f2fs" };', True),
    ("crypt", 'return rom_claim(p, "mtk-preloader");', True),
    ("cli", 'bool b = strcasecmp(\n\tc->format,\n\t"boot") == 0;', True),
    ("scatter", 'return !strcmp(rom_partition_format(p), "super");', True),
    ("disk", 'return !strcmp(kind, "f2fs");', True),
    ("table", 'set_name(f, "super");', False),
    ("analyze", '/* "ext4" or "f2fs" */ f();', False),
    ("job", 'puts("a f2fs is packed");', False),
    ("model", '\t[ROM_VENDOR_OTHER] = "other",', False),
    ("disk", 'return a ? "ext3" : "ext2";', False),
)


def main():
    names, enums = format_names(), set(words_of_enums())
    partitions = set(re.findall(r'^ROW\("([^"]+)"', read(ROOT + "/src/scatter/scatter_names.def"), re.M))
    least = {"ext2", "ext4", "f2fs", "squashfs", "vfat", "boot", "zero", "noise", "mtk-logo", "other"}
    bad = say("names of formats are found", [f"{n} is not among them" for n in sorted(least - names)])
    bad |= say("a name of a format is seen where it is put in", [
        f"{module}: {text}" for module, text, forbidden in SAMPLES
        if bool(list(problems_of(module, source(text), names, partitions, enums))) != forbidden])
    bad |= say("names of formats stand in probe, fs and render alone", list(check(names, partitions, enums)))
    return bad


sys.exit(main())
