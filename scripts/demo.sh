#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh PROGRAM FOLDER: makes the dump of an invented phone in FOLDER and runs PROGRAM on it
set -eu

if [ $# -ne 2 ]; then
  echo "usage: demo.sh PROGRAM FOLDER" >&2
  exit 2
fi
program=$1 folder=$2
dump=$folder/full.bin out=$folder/full.romsplit

mkdir -p "$folder"
if [ -d "$out" ]; then
  chmod -R u+rwX "$out" # directories have the modes that they have on the phone
  rm -rf "$out"
fi
echo "Making a small dump of an MT6797 phone: $dump"
"$(dirname "$0")/make_demo.py" "$dump"
echo
echo "\$ $program $dump"
"$program" "$dump"
cat << END

Look at
  $out/media/                            the photos, as on the phone
  $out/rom/MT6797_Android_scatter.txt    the scatter file for SP Flash Tool, beside the partitions
and try
  $program info -v $dump
  $program ls $dump /media/0/DCIM/Camera
  $program verify $out
END
