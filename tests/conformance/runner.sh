#!/bin/bash
# runner.sh RUNNER
# The runner itself: what it counts, what it says at the end, and what it takes for a failure.
set -euo pipefail
runner=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

line() { printf '{"file":"f","section":"s","name":"%s","expr":"%s",%s}\n' "$1" "$2" "$3"; }
{
  line right '1 + 1' '"value":{"int":"2"}'
  line refused '1 +' '"error":["any"]'
  line worded '1 / 0' '"error":["any"],"message":"division by zero"'
  line typed '[1]' '"check_only":true,"type":"list(int)"'
} > "$scratch/good.jsonl"
line wrong '1 + 1' '"value":{"int":"3"}' > "$scratch/wrong.jsonl"
line kind '1 + 1' '"value":{"uint":"2"}' > "$scratch/kind.jsonl"
line no_error '1 + 1' '"error":["any"]' > "$scratch/no_error.jsonl"
line other_words '1 / 0' '"error":["any"],"message":"overflow"' > "$scratch/words.jsonl"
line other_type '[1]' '"check_only":true,"type":"list(uint)"' > "$scratch/type.jsonl"
line does_not_compile '1 +' '"value":{"int":"2"}' > "$scratch/compile.jsonl"
echo '{"name":"no expression"}' > "$scratch/empty.jsonl"
echo 'no JSON' > "$scratch/junk.jsonl"
echo 'f/s/wrong it has its reason' > "$scratch/exceptions"
echo 'f/s/right it once had its reason' > "$scratch/outdated"
echo 'f/s/wrong' > "$scratch/unreasoned"

# expect STATUS LAST-LINE PATTERN ARGUMENT... : PATTERN is looked for in all that is printed.
expect() {
  local status=$1 last=$2 pattern=$3 got=0
  shift 3
  (cd "$scratch" && "$runner" "$@") > "$scratch/out" 2> "$scratch/err" || got=$?
  if [[ $got != "$status" || $(tail -n 1 "$scratch/out") != "$last" ]] ||
    ! cat "$scratch/out" "$scratch/err" | grep -E -- "$pattern" > /dev/null; then
    printf 'cel_conformance %s\n  status %s, wanted %s\n' "$*" "$got" "$status"
    sed 's/^/  out: /' "$scratch/out"
    sed 's/^/  err: /' "$scratch/err"
    failed=1
  fi
}

expect 0 '4 passed, 0 failed' '^4 tests, 0 known exceptions$' good.jsonl
expect 0 '8 passed, 0 failed' '^8 tests' good.jsonl good.jsonl
expect 1 '4 passed, 1 failed' '^FAIL f/s/wrong: 1 \+ 1$' good.jsonl wrong.jsonl
expect 1 '0 passed, 1 failed' 'is int 2 but must be int 3' wrong.jsonl
expect 1 '0 passed, 1 failed' 'is int 2 but must be uint 2' kind.jsonl
expect 1 '0 passed, 1 failed' 'is int 2 but must be an error' no_error.jsonl
expect 1 '0 passed, 1 failed' '"overflow" must be in it' words.jsonl
expect 1 '0 passed, 1 failed' 'type is list\(int\) but must be list\(uint\)' type.jsonl
expect 1 '0 passed, 1 failed' 'does not compile' compile.jsonl

# A listed test may fail; when it passes, the list is out of date.
expect 0 '4 passed, 0 failed' '^known f/s/wrong: it has its reason$' --exceptions exceptions good.jsonl wrong.jsonl
expect 0 '4 passed, 0 failed' '^5 tests, 1 known exceptions$' --exceptions exceptions good.jsonl wrong.jsonl
expect 1 '3 passed, 1 failed' 'strike it off' --exceptions outdated good.jsonl
expect 1 '' 'no reason for f/s/wrong' --exceptions unreasoned good.jsonl

# A source of other lines than thought is no success.
expect 0 '4 passed, 0 failed' '' --expect 4 good.jsonl
expect 1 '4 passed, 0 failed' '5 tests were expected' --expect 5 good.jsonl
expect 1 '' 'junk.jsonl:1: ' junk.jsonl
expect 1 '' 'empty.jsonl:1: ' empty.jsonl
expect 1 '' 'nowhere.jsonl' nowhere.jsonl
expect 2 '' '^usage:'
expect 2 '' '^usage:' --expect many good.jsonl

exit $failed
