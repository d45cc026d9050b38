#!/bin/bash
# layers.sh: checks that includes point down the layers of docs/ARCHITECTURE.md,
# that each foreign library and the system are included in one place, and that
# only cli and render print
set -u
shopt -s lastpipe # verdict, at the end of a pipe, sets status
cd "$(dirname "$0")/.." || exit 1
status=0

# A module may include what stands on a lower line, never its neighbours
layers='
cli
mount
job
analyze
extract recover
render
output fs table probe crypt flash_log
scatter pass media printed
disk model image
os
base
'
# Headers that belong to a module of another name
declare -A owner=([cipher]=base [file]=fs [gpt]=table [romsplit]=cli)

# Says ok NAME, or not ok NAME and what stands on standard input.
verdict() {
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

# FILE:LINE:the header, for every #include of the files
includes() { # EXPRESSION FILE...
	local what=$1
	shift
	grep -nHE "^[[:space:]]*#[[:space:]]*include[[:space:]]*$what" -- "$@" 2>/dev/null |
		sed -E 's/^([^:]*:[0-9]+:).*#[[:space:]]*include[[:space:]]*/\1/'
}

below() { # MODULE: the modules that it may include
	sed "1,/\\b$1\\b/d" <<<"$layers" | tr '\n' ' '
	echo "$1"
}

# Whether HEADER, as a source of MODULE names it, is its own: beside it, or
# the private header of the module for the files of a subdirectory.
is_own_header() { # MODULE FILE HEADER
	[[ $3 != */* && -e $(dirname "$2")/$3 ]] && return
	[[ $3 == "../$1_priv.h" && $2 == src/$1/*/* ]]
}

check_module() { # MODULE
	local module=$1 allowed line header name file
	local files=(src/"$module"/*.[ch] src/"$module"/*/*.[ch])
	shopt -s nullglob
	files=(src/"$module"/*.[ch] src/"$module"/*/*.[ch])
	shopt -u nullglob
	grep -qw "$module" <<<"$layers" || { echo "$module has no layer in tests/layers.sh"; return; }
	allowed=$(below "$module")
	for header in include/romsplit/*.h; do
		name=$(basename "$header" .h)
		[ "${owner[$name]:-$name}" = "$module" ] && files+=("$header")
	done
	[ ${#files[@]} = 0 ] && { echo "no such module"; return; }
	includes '"' "${files[@]}" | while read -r line; do
		file=${line%%:*}
		header=${line#*:*:\"}
		header=${header%%\"*}
		if [[ $header == romsplit/* ]]; then
			name=$(basename "$header" .h)
			name=${owner[$name]:-$name}
			[[ " $allowed " == *" $name "* ]] || echo "${line%%:\"*}: $module may not include $name"
		elif ! is_own_header "$module" "$file" "$header"; then
			echo "${line%%:\"*}: $header is not a file of $(dirname "$file")"
		fi
	done
	includes '<romsplit/' "${files[@]}" | sed 's/$/: own headers are included in quotes/'
}

door() { # WHAT EXPRESSION ALLOWED: headers of a foreign library are named in these files alone
	find src include -name "*.[ch]" -print0 | xargs -0 grep -nHE "^[[:space:]]*#[[:space:]]*include[[:space:]]*<($2)" | grep -vE "^($3):" | verdict "one door to $1"
}

for module in $({ ls -d src/*/; for h in include/romsplit/*.h; do
	name=$(basename "$h" .h)
	echo "${owner[$name]:-$name}"
done; } | xargs -n1 basename | sort -u); do
	check_module "$module" | verdict "layers: $module includes only what lies below"
done
door libcrypto 'openssl/' 'src/base/[^/]*'
door libext2fs 'ext2fs/|et/|e2p/' 'src/fs/ext4/[^/]*\.c'
door libsquashfs 'sqfs/' 'src/fs/squashfs/[^/]*\.[ch]'
door libmagic 'magic\.h>' 'src/probe/magic\.c'
door 'liblz4, libzstd, lzo2' 'lz4|zstd|lzo/' 'src/fs/f2fs/f2fs_codec\.c'
door jansson 'jansson' 'src/render/[^/]*'
door libewf 'libewf' 'src/image/ewf\.c'
door expat 'expat' 'src/scatter/scatter_read_xml\.c'
grep -nHE '\brom_fs_open\(' src/{analyze,job,cli}/*.c |
	grep -v '^src/analyze/fs_cache\.c:' |
	verdict 'filesystems of a dump are opened in one file, once each'
door 'the system (files, terminal, signals)' \
	'(fcntl|unistd|termios|dirent|signal|poll|pwd|grp)\.h>|sys/|linux/' \
	'src/os/.*'
find include/romsplit src -name '*.h' ! -path 'src/os/*' -print0 |
	xargs -0 grep -nHE '\bint \*?(fd|dir|root|part)\b' |
	verdict 'no descriptor stands in a header above os'
{
	# render prints, but into the FILE that it is given
	find src -name '*.[ch]' ! -path 'src/cli/*' -print0 | xargs -0 grep -nHE '\b(stdout|stderr)\b'
	find src -name '*.[ch]' ! -path 'src/cli/*' ! -path 'src/render/*' -print0 |
		xargs -0 grep -nHE '\b(printf|vprintf|puts|putchar|perror|psignal|warnx?|errx?) ?\('
} | verdict 'nobody prints but cli, and render into the file it is given'
# What all readers of filesystems share knows none of them, but by readers.def;
# and what stands there is what the directories have
formats=$(ls -d src/fs/*/ | xargs -n1 basename)
formats="$formats ext2 ext3 exfat vfat ROM_HAVE"
grep -nHwiE "[\"_]?(${formats//[[:space:]]/|})[_\"a-z0-9]*" src/fs/fs.c src/fs/readers.c src/fs/walk.c src/fs/path.c \
	src/fs/unattached.c src/fs/free_ranges.c | verdict 'what all readers share names no format'
diff <(sed -n 's/^ROM_READER(\(.*\))/\1/p' src/fs/readers.def | sort) \
	<(sed -n 's/^const struct rom_fs_reader rom_reader_\([a-z0-9_]*\) = {/\1/p' src/fs/*/*.c | sort) |
	grep '^[<>]' | verdict 'a row for each reader, a reader for each row'
exit $status
