#!/bin/bash
# layers.sh: the arrows of the house point down (docs/ARCHITECTURE.md): who may include whom, one door a foreign
# library, nobody prints but cli and emit
set -u
shopt -s lastpipe # verdict, at the end of a pipe, sets status
cd "$(dirname "$0")/.." || exit 1
status=0

# room: the headers of include/romsplit/ that its sources, and the header of its name, may name
rooms='
base: base cipher
cipher: base cipher
image: base cipher image
disk: base disk
model: base model
pass: base image model pass
scatter: base model scatter
log: base model scatter log
table: base image model disk scatter table
probe: base image model disk probe
crypt: base cipher image model disk pass crypt
fs: base cipher image model disk fs
emit: base image model fs pass scatter log emit
analyze: base cipher image model disk pass scatter table probe crypt fs analyze
job: base cipher image model disk pass scatter log table probe crypt fs emit analyze job
cli: base cipher image model disk pass scatter log table probe crypt fs emit analyze job
'

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

check_room() { # ROOM
	local room=$1 allowed line header
	local files=(src/"$room"/*.[ch])
	allowed=$(sed -n "s/^$room: //p" <<<"$rooms")
	[ -e "${files[0]}" ] || files=()
	[ -e "include/romsplit/$room.h" ] && files+=("include/romsplit/$room.h")
	[ ${#files[@]} = 0 ] && { echo "no such room"; return; }
	[ "$allowed" ] || { echo "src/$room has no row in tests/layers.sh"; return; }
	includes '"' "${files[@]}" | while read -r line; do
		header=${line#*:*:\"}
		header=${header%%\"*}
		if [[ $header == romsplit/* ]]; then
			header=$(basename "$header" .h)
			[[ " $allowed " == *" $header "* ]] || echo "${line%%:\"*}: $room may not know $header"
		elif [ ! -e "src/$room/$header" ] || [[ $header == */* ]]; then
			echo "${line%%:\"*}: $header is not a file of src/$room"
		fi
	done
	includes '<romsplit/' "${files[@]}" | sed 's/$/: own headers are included in quotes/'
}

door() { # WHAT EXPRESSION ALLOWED: headers of a foreign library are named in these files alone
	includes "<($2)" src/*/*.[ch] include/romsplit/*.h | grep -vE "^($3):" | verdict "one door to $1"
}

for room in $(ls -d src/*/ include/romsplit/*.h | xargs -n1 basename | sed 's/\.h$//' | sort -u); do
	check_room "$room" | verdict "layers: $room includes only what lies below"
done
door libcrypto 'openssl/' 'src/base/[^/]*'
door libext2fs 'ext2fs/|et/|e2p/' 'src/fs/ext4_[^/]*\.c'
door libsquashfs 'sqfs/' 'src/fs/squashfs_[^/]*\.[ch]'
door libmagic 'magic\.h>' 'src/probe/magic\.c'
door 'liblz4, libzstd, lzo2' 'lz4|zstd|lzo/' 'src/fs/f2fs_codec\.c'
door jansson 'jansson' 'src/emit/[^/]*'
door libewf 'libewf' 'src/image/ewf\.c'
door expat 'expat' 'src/scatter/scatter_read_xml\.c'
{
	# emit prints, but into the FILE that it is given
	find src -name '*.[ch]' ! -path 'src/cli/*' -print0 | xargs -0 grep -nHE '\b(stdout|stderr)\b'
	find src -name '*.[ch]' ! -path 'src/cli/*' ! -path 'src/emit/*' -print0 |
		xargs -0 grep -nHE '\b(printf|vprintf|puts|putchar|perror|psignal|warnx?|errx?) ?\('
} | verdict 'nobody prints but cli, and emit into the file it is given'
exit $status
