#!/usr/bin/env bash
# Run the cases of tests/e2e/cases, or of the folder $CASES (all, or those named), one after another.
# A case is a bash script that gets lib.sh's functions and an empty folder $work.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
: "${ACTIVITY:?}" "${KUBECTL:?}"
passed=0
failed=()
for file in "${CASES:-cases}"/*.sh; do
  name=$(basename "$file" .sh)
  [[ $# -eq 0 || " $* " == *" $name "* ]] || continue
  work=$(mktemp -d)
  start=$SECONDS
  if work=$work bash -c 'source ./lib.sh; source "$1"' _ "$file" > "$work/out" 2>&1; then
    printf 'passed  %-24s %4d s\n' "$name" $((SECONDS - start))
    passed=$((passed + 1))
    rm -rf "$work"
  else
    printf 'FAILED  %-24s %4d s, its files are in %s\n' "$name" $((SECONDS - start)) "$work"
    tail -n 40 "$work/out"
    failed+=("$name")
  fi
done
echo "$passed passed, ${#failed[@]} failed"
[[ ${#failed[@]} -eq 0 && $passed -gt 0 ]]
