#!/bin/sh
# install-deps.sh [build] [test] [bench]: installs missing packages on Debian and
# its relatives, after it has named them; quick and silent if none is missing.
# Optional libraries are installed if root runs this, or along with required
# ones: nobody is asked for a password for their sake.
set -eu

missing=
optional=
has() { # command-or-pkg-config-name
  case $1 in
    pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
    *) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1 ;;
  esac
}
need() { has "$1" || missing="$missing $2"; } # command-or-pkg-config-name package
want() { has "$1" || optional="$optional $2"; }

for set in "$@"; do
  case $set in
    build)
      need "${CC:-gcc}" gcc
      need make make
      need pkg-config pkg-config
      need pc:ext2fs libext2fs-dev
      need pc:com_err comerr-dev
      need pc:libcrypto libssl-dev
      need pc:libmagic libmagic-dev
      need pc:jansson libjansson-dev
      want pc:expat libexpat1-dev
      want pc:libewf libewf-dev
      want pc:liblz4 liblz4-dev
      want pc:libsquashfs1 libsquashfs-dev
      want pc:libzstd libzstd-dev
      want pc:lzo2 liblzo2-dev
      test -e /usr/include/stdlib.h || missing="$missing libc6-dev" ;;
    test)
      need pc:cmocka libcmocka-dev
      need python3 python3
      need sgdisk gdisk
      need mke2fs e2fsprogs
      need debugfs e2fsprogs
      need xz xz-utils
      need strace strace
      need mkfs.f2fs f2fs-tools
      need mkfs.erofs erofs-utils
      need mksquashfs squashfs-tools
      need mkfs.vfat dosfstools
      need mcopy mtools
      need mkbootimg mkbootimg
      need img2simg android-sdk-libsparse-utils
      need openssl openssl
      need file file
      # a program that links libromsplit.a links what libmagic needs
      test -e /usr/include/bzlib.h || missing="$missing libbz2-dev"
      need pc:zlib zlib1g-dev
      need pc:liblzma liblzma-dev
      want g++ g++
      want ewfacquire ewf-tools
      want ntfs-3g ntfs-3g
      want mount.exfat-fuse exfat-fuse
      want mkfs.exfat exfatprogs
      want fincore util-linux-extra
      want sfdisk fdisk
      python3 -c 'import cryptography' 2>/dev/null || optional="$optional python3-cryptography"
      python3 -c 'import jsonschema' 2>/dev/null || missing="$missing python3-jsonschema" ;;
    bench)
      need python3 python3
      need sgdisk gdisk
      need mke2fs e2fsprogs
      need openssl openssl
      test -x /usr/bin/time || missing="$missing time"
      want hyperfine hyperfine
      want 7z p7zip-full
      want tsk_recover sleuthkit
      want mkfs.xfs xfsprogs ;;
    *) echo "install-deps.sh: no such set: $set" >&2; exit 2 ;;
  esac
done

[ -n "$missing" ] || [ "$(id -u)" = 0 ] || exit 0
[ -n "$missing$optional" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  [ -n "$missing" ] || exit 0
  echo "missing:$missing (the names of Debian's packages); install them with your package manager" >&2
  exit 1
fi
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
install() { # packages
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}
echo "installing what is missing:$missing$optional"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q || [ -z "$missing" ]
# shellcheck disable=SC2086 # lists of words
if [ -n "$missing" ]; then install $missing; fi
# shellcheck disable=SC2086
if [ -n "$optional" ]; then install $optional || echo "left out:$optional"; fi
