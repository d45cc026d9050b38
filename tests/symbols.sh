#!/bin/bash
# symbols.sh BUILD_DIR: checks that every symbol the library defines begins with
# rom_, and that file names are unique in the tree, except in src/os, which has
# one set of files for each system
set -u
shopt -s lastpipe # verdict, at the end of a pipe, sets status
cd "$(dirname "$0")/.." || exit 1
B=${1:-${BUILD_DIR:-build/release}}
status=0

verdict() { # NAME; the problems come from standard input
	local found
	found=$(cat)
	if [ "$found" ]; then
		echo "not ok $1"
		sed 's/^/#   /' <<<"$found"
		status=1
	else
		echo "ok $1"
	fi
}

# sanitizers add symbols of their own
foreign() { awk 'NF == 3 { print $3 }' | grep -vE '^(rom_|__(odr_)?(asan|ubsan|tsan|sanitizer|odr))' | sort -u; }

if [ "$(nm -g --defined-only "$B/libromsplit.a" 2>/dev/null | grep -c ' [A-Z] rom_')" -gt 0 ]; then
	nm -g --defined-only "$B/libromsplit.a" | foreign | verdict 'every symbol of libromsplit.a begins with rom_'
else
	echo "$B/libromsplit.a is missing or empty" | verdict 'every symbol of libromsplit.a begins with rom_'
fi
for so in "$B"/libromsplit.so.*; do
	[ -e "$so" ] || continue
	nm -D --defined-only "$so" | foreign | verdict "every symbol of $(basename "$so") begins with rom_"
done
find src tests -name '*.[ch]' ! -path 'src/os/*' -printf '%f\n' | sort | uniq -d | while read -r name; do
	find src tests -name "$name" | paste -sd ' '
done | verdict 'file names are unique in the tree'
exit $status
