#!/bin/bash
# run.sh BUILD_DIR: runs every test and counts its lines
#
#   ok NAME              passed          # ...     detail of the failure above
#   not ok NAME          failed          #! ...    reason of the skip below
#   skip NAME: REASON    skipped
#
# The binaries in BUILD_DIR/tests print the same as TAP. What dies, hangs or says nothing counts as one failure more.
# One test alone: run it with ROMSPLIT=BUILD_DIR/romsplit; TESTS='gpt probers' here runs those whose path has such a part.
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
out=$(mktemp) errors=$(mktemp)
trap 'rm -f "$out" "$errors"' EXIT

fail() { # NAME DETAIL...
	failed=$((failed + 1))
	failures+=("$1")
	shift
	failures+=("${@/#/    }")
}

# Counts the lines of $out; plan and lines say whether a binary came to its end.
count() { # SCRIPT
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
	done <"$out"
}

run() { # NAME COMMAND...
	local name=$1 before=("$passed" "$failed" "$skipped") status plan lines bad begin=$SECONDS tail
	shift
	[ -z "${TESTS:-}" ] || for t in $TESTS ''; do
		[ "$t" ] || return
		[[ $name == *"$t"* ]] && break
	done
	$limit "$@" </dev/null >"$out" 2>"$errors"
	status=$?
	count "$name"
	mapfile -t tail < <(tail -n 25 "$errors")
	if [ $status = 124 ] || [ $status = 137 ]; then
		fail "$name: was stopped (status $status): it ran for $((SECONDS - begin)) s" "${tail[@]}"
	elif [ $status -gt 125 ] || { [ $status != 0 ] && [ $bad = 0 ]; } ||
		{ [ $status != 0 ] && [[ $name == *.py ]]; }; then
		fail "$name: died with status $status" "${tail[@]}"
	elif [ "$plan" -gt $lines ]; then
		fail "$name: ended after $lines of $plan tests" "${tail[@]}"
	elif [ $lines = 0 ]; then
		fail "$name: said nothing" "${tail[@]}"
	fi
	printf '%-28s %4d passed %3d failed %3d skipped %5d s\n' "$name" $((passed - before[0])) \
		$((failed - before[1])) $((skipped - before[2])) $((SECONDS - begin))
}

run layers.sh tests/layers.sh
run symbols.sh tests/symbols.sh "$B"
run probers.py python3 tests/probers.py
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

[ ${#skips[@]} = 0 ] || printf 'skipped: %s\n' "${skips[@]}"
[ $failed = 0 ] || { echo FAILED; printf '%s\n' "${failures[@]}"; }
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] && [ $passed -gt 0 ]
