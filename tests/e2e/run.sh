#!/usr/bin/env bash
# Run the cases of tests/e2e/cases, or of the folder $CASES (all, or those named), one after another.
# A case is a bash script that gets lib.sh's functions and an empty folder $work.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
: "${ACTIVITY:?}" "${KUBECTL:?}"
limit=1800 # seconds of one case, many times what the slowest takes
passed=0
failed=()

# What a case leaves running is in the process group that timeout makes.
group=
end_group() {
  [[ -n $group ]] || return 0
  for _ in {1..50}; do
    kill -KILL -- "-$group" 2> /dev/null || break
    sleep 0.1
  done
  group=
}
interrupted() { # the case ends what it has started elsewhere
  [[ -z $group ]] || { kill -TERM "$group" && wait "$group"; } 2> /dev/null || true
  exit 130
}
trap end_group EXIT
trap interrupted INT TERM

run_case() { # FILE
  local status=0
  work=$work timeout -k 20 "$limit" bash -c 'source ./lib.sh; source "$1"' _ "$1" > "$work/out" 2>&1 &
  group=$!
  wait "$group" || status=$?
  end_group
  [[ $status -ne 124 ]] || echo "FAILED: not over after $limit s" >> "$work/out"
  return "$status"
}

for file in "${CASES:-cases}"/*.sh; do
  name=$(basename "$file" .sh)
  [[ $# -eq 0 || " $* " == *" $name "* ]] || continue
  work=$(mktemp -d)
  start=$SECONDS
  if run_case "$file"; then
    printf 'passed  %-24s %4d s\n' "$name" $((SECONDS - start))
    passed=$((passed + 1))
    rm -rf "$work" || true
  else
    printf 'FAILED  %-24s %4d s, its files are in %s\n' "$name" $((SECONDS - start)) "$work"
    tail -n 40 "$work/out"
    failed+=("$name")
  fi
done
echo "$passed passed, ${#failed[@]} failed"
[[ ${#failed[@]} -eq 0 && $passed -gt 0 ]]
