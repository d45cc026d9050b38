#!/usr/bin/env python3
"""What make install puts there serves a program of somebody else: in C and C++, with the static and the shared library.

The programs of tests/consumer are built by what pkg-config says of the installed tree and print the partitions of a dump, which
sgdisk knows. Headers that romsplit.h does not include stay at home."""
import glob
import lzma
import os
import re
import shlex
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ["BUILD_DIR"]
VARIANT = os.path.basename(BUILD)
# a library made with sanitizers is linked with them
SANITIZERS = {"asan": ["-fsanitize=address,undefined"], "tsan": ["-fsanitize=thread"]}.get(VARIANT, [])
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def install(t):
    """Into t/dest, as make install does once all is built: a test builds nothing."""
    tool("make", "-s", "-C", ROOT, "install-built", f"VARIANT={VARIANT}", f"DESTDIR={t}/dest", "PREFIX=/usr")
    return t + "/dest"


def pkg_config(dest, *args):
    path = [dest + "/usr/lib/pkgconfig", os.environ.get("PKG_CONFIG_PATH", "")]
    env = dict(os.environ, PKG_CONFIG_PATH=":".join(filter(None, path)), PKG_CONFIG_SYSROOT_DIR=dest,
               PKG_CONFIG_ALLOW_SYSTEM_CFLAGS="1", PKG_CONFIG_ALLOW_SYSTEM_LIBS="1")
    p = subprocess.run(["pkg-config", *args, "romsplit"], capture_output=True, text=True, env=env)
    assert p.returncode == 0, p.stderr
    return shlex.split(p.stdout)


def libraries(dest, static):
    """The linker's arguments. Of two of one name it takes the shared one, so that static ones come by their file."""
    if not static:
        return [*pkg_config(dest, "--libs"), f"-Wl,-rpath,{dest}/usr/lib"]
    return [f"{dest}/usr/lib/libromsplit.a" if lib == "-lromsplit" else lib for lib in pkg_config(dest, "--static", "--libs")]


def build(t, dest, compiler, source, static):
    program = f"{t}/{os.path.basename(source)}-{'static' if static else 'shared'}"
    args = [*compiler, *STRICT, *SANITIZERS, *pkg_config(dest, "--cflags"), source, "-o", program, *libraries(dest, static)]
    p = subprocess.run(args, capture_output=True, text=True)
    assert p.returncode == 0, shlex.join(args) + "\n" + p.stderr
    return program


def by_sgdisk(image):
    rows = re.findall(r"^ +(\d+) +(\d+) +(\d+) .* (\S+)$", tool("sgdisk", "-p", image), re.M)
    return sorted((name, int(first) * 512, (int(last) + 1 - int(first)) * 512) for _, first, last, name in rows)


def by_program(program, image):
    lines = tool(program, image).splitlines()
    return sorted((name, int(offset), int(size)) for name, offset, size in map(str.split, lines))


def consume(t, compiler, source):
    if not shutil.which(compiler[0]):
        raise Skip(f"{compiler[0]} is not installed")
    dest, image = install(t), t + "/dump.bin"
    with lzma.open(ROOT + "/tests/fixtures/gpt-contents/image.xz") as src, open(image, "wb") as dst:
        shutil.copyfileobj(src, dst)
    for static in (True, False):
        program = build(t, dest, compiler, f"{ROOT}/tests/consumer/{source}", static)
        needed = re.findall(r"NEEDED.*\[(\S+)\]", tool("readelf", "-d", program))
        assert any("romsplit" in n for n in needed) != static, f"static: {static}, but linked to {needed}"
        got, want = by_program(program, image), by_sgdisk(image)
        assert len(want) > 20 and got == want, f"expected {want}, got {got}"


def test_c(t):
    """a C program is built with the installed library, static and shared"""
    consume(t, ["gcc", "-std=c11"], "consumer.c")


def test_cpp(t):
    """a C++ program is built with the installed library, static and shared"""
    consume(t, ["g++", "-std=c++17"], "consumer.cpp")


def test_headers(t):
    """only romsplit.h and what it includes is installed"""
    here = install(t) + "/usr/include/"
    listed = tool("gcc", "-M", "-I" + here, here + "romsplit/romsplit.h")
    included = {os.path.normpath(f) for f in listed.replace("\\\n", " ").split() if f.startswith(here)}
    there = set(glob.glob(here + "**/*.h", recursive=True))
    assert len(there) > 5 and there == included, f"only installed: {there - included}, only included: {included - there}"


main([test_c, test_cpp, test_headers])
