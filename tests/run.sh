#!/bin/bash
# run.sh BUILD_DIR: runs every test and counts the lines it prints
#
#   ok NAME              passed          # ...     detail of the failure above
#   not ok NAME          failed          #! ...    reason of the skip below
#   skip NAME: REASON    skipped
#
# The binaries in BUILD_DIR/tests print the same as TAP. A test that crashes,
# hangs or prints nothing counts as one more failure.
#
# Since tests wait for the disk, one more runs at a time than there are
# processors; results are printed in the order of the tests. JOBS=1 runs one
# after the other. TESTS='gpt probers' runs only tests whose path contains one
# of these words. To run one script by hand, set ROMSPLIT=BUILD_DIR/romsplit.
set -u
cd "$(dirname "$0")/.." || exit 1

B=$(cd "${1:?run.sh BUILD_DIR}" && pwd) || exit 1
export ROMSPLIT=$B/romsplit BUILD_DIR=$B CMOCKA_MESSAGE_OUTPUT=TAP PYTHONDONTWRITEBYTECODE=1
ROMSPLIT_REAL=$(cd ../shared/real 2>/dev/null && pwd)
export ROMSPLIT_REAL
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
[ "$(type -t timeout)" ] && limit="timeout -k 10 ${TEST_LIMIT:-1200}" || limit=

passed=0 failed=0 skipped=0
failures=() skips=()
jobs=${JOBS:-$(($(nproc 2>/dev/null || echo 1) + 1))}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
names=() reported=0

fail() { # NAME DETAIL...
	failed=$((failed + 1))
	failures+=("$1")
	shift
	failures+=("${@/#/    }")
}

# Counts the lines of a test's output; plan and lines show whether a binary ran to
# its end.
count() { # SCRIPT FILE
	local line reason='' in_failure=''
	plan=0 lines=0 bad=0
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in
		1..*) plan=${line#1..} ;;
		'#! '*) reason=${line#'#! '} ;;
		'# ok - '* | '# not ok - '*) ;; # what cmocka says of a whole group
		'#'*) [ "$in_failure" ] && failures+=("    ${line#'# '}") ;;
		skip\ * | *ok\ *' # SKIP '*)
			[ "$reason" ] && line="$line: $reason"
			line=${line#skip }
			skipped=$((skipped + 1)) lines=$((lines + 1)) reason='' in_failure=''
			skips+=("$1: ${line#*' # SKIP '}") ;;
		ok\ *) passed=$((passed + 1)) lines=$((lines + 1)) in_failure='' ;;
		not\ ok\ *)
			line=${line#not ok }
			fail "$1: ${line#"${line%%[!0-9]*}" - }"
			lines=$((lines + 1)) bad=$((bad + 1)) in_failure=1 ;;
		esac
	done <"$2"
}

# Tells of the test number N, which has ended.
report() { # N
	local name=${names[$1]} before=("$passed" "$failed" "$skipped") status seconds plan lines bad tail
	read -r status seconds <"$dir/$1.status"
	count "$name" "$dir/$1.out"
	mapfile -t tail < <(tail -n 25 "$dir/$1.err")
	if [ "$status" = 124 ] || [ "$status" = 137 ]; then
		fail "$name: was stopped (status $status): it ran for $seconds s" "${tail[@]}"
	elif [ "$status" -gt 125 ] || { [ "$status" != 0 ] && [ $bad = 0 ]; } ||
		{ [ "$status" != 0 ] && [[ $name == *.py ]]; }; then
		fail "$name: died with status $status" "${tail[@]}"
	elif [ "$plan" -gt $lines ]; then
		fail "$name: ended after $lines of $plan tests" "${tail[@]}"
	elif [ $lines = 0 ]; then
		fail "$name: printed nothing" "${tail[@]}"
	fi
	printf '%-28s %4d passed %3d failed %3d skipped %5d s\n' "$name" $((passed - before[0])) \
		$((failed - before[1])) $((skipped - before[2])) "$seconds"
}

# Reports all tests that have ended, up to the first that has not.
report_ended() {
	while [ $reported -lt ${#names[@]} ] && [ -e "$dir/$reported.status" ]; do
		report $reported
		reported=$((reported + 1))
	done
}

wanted() { # NAME
	local part
	[ "${TESTS:-}" ] || return 0
	for part in $TESTS; do
		[[ $1 == *"$part"* ]] && return 0
	done
	return 1
}

run() { # NAME COMMAND...
	local name=$1 n=${#names[@]}
	shift
	wanted "$name" || return 0
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
		wait -n
		report_ended
	done
	names+=("$name")
	{
		begin=$SECONDS
		$limit "$@" </dev/null >"$dir/$n.out" 2>"$dir/$n.err"
		echo "$? $((SECONDS - begin))" >"$dir/$n.new" && mv "$dir/$n.new" "$dir/$n.status"
	} &
}

run layers.sh tests/layers.sh
run symbols.sh tests/symbols.sh "$B"
run probers.py python3 tests/probers.py
run formats.py python3 tests/formats.py
for t in tests/unit/test_*.c; do
	[ -e "$t" ] && t=$(basename "$t" .c) && run "$t" "$B/tests/$t"
done
for t in tests/fuzz/fuzz_*.c; do
	[ -e "$t" ] && t=$(basename "$t" .c) && run "$t" "$B/fuzz/$t"
done
run fixtures.py python3 tests/fixtures.py
for t in tests/cli/*.py; do
	[ -e "$t" ] && run "${t#tests/}" python3 "$t"
done

wait
report_ended

[ ${#skips[@]} = 0 ] || printf 'skipped: %s\n' "${skips[@]}"
[ $failed = 0 ] || { echo FAILED; printf '%s\n' "${failures[@]}"; }
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] && [ $passed -gt 0 ]
