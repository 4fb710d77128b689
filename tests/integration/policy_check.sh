#!/bin/bash
# policy_check.sh ACTIVITY SOURCE
# `activity policy check`, run as a person runs it: over the examples, and over what is wrong.
set -euo pipefail
activity=$1 source=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# expect STATUS OUTPUT ERRORS ARGUMENT... : whole texts.
expect() {
  local status=$1 output=$2 errors=$3 got=0 out err
  shift 3
  (cd "$scratch" && "$activity" policy check "$@") > "$scratch/out" 2> "$scratch/err" || got=$?
  out=$(cat "$scratch/out") err=$(cat "$scratch/err")
  if [[ $got != "$status" || $out != "$output" || $err != "$errors" ]]; then
    printf 'activity policy check %s\n  status %s, wanted %s\n' "$*" "$got" "$status"
    diff <(printf '%s\n' "$output" "$errors") <(printf '%s\n' "$out" "$err") || true
    failed=1
  fi
}

policies=$(cat "$source"/examples/policies/*.yaml | grep -c '^kind: ActivityPolicy$')
expect 0 "$policies valid, 0 with problems" '' "$source/examples/policies"

policy() { # NAME MATCH SUMMARY
  printf 'apiVersion: activity.miloapis.com/v1alpha1\nkind: ActivityPolicy\nmetadata: {name: %s}\n' "$1"
  printf 'spec:\n  resource: {kind: Pod}\n  auditRules:\n    - name: r\n      match: |-\n'
  sed 's/^/        /' <<< "$2"
  printf '      summary: |-\n'
  sed 's/^/        /' <<< "$3"
}

mkdir "$scratch/some"
policy good "audit.verb == 'get'" "{{ actor }} looked" > "$scratch/some/good.yaml"
{
  policy wrong $'audit.verb == \'é\' &&\n  nope == 1' 'x'
  echo '---'
  policy unclosed 'true' $'two lines\n{{ actor'
} > "$scratch/some/wrong.yaml"
expect 1 '1 valid, 2 with problems' \
  $'some/wrong.yaml:1: spec.auditRules[0].match: Invalid value: "audit.verb == \'é\' &&\\n  nope == 1": 2:3: undeclared reference to \'nope\' (in container \'\'); variables here: audit, actor, actorRef, kind\n |   nope == 1\n | ..^\nsome/wrong.yaml:13: spec.auditRules[0].summary: Invalid value: "two lines\\n{{ actor": 2:1: "{{" without "}}" behind it\n | {{ actor\n | ^' \
  some
policy type 'audit.verb' 'x' > "$scratch/type.yaml"
expect 1 '0 valid, 1 with problems' \
  $'type.yaml:1: spec.auditRules[0].match: Invalid value: "audit.verb": must be true or false, but is dyn' \
  type.yaml
printf 'kind: Pod\napiVersion: v1\n' > "$scratch/other.yaml"
expect 0 '0 valid, 0 with problems, others not looked at' \
  $'other.yaml:1: not an ActivityPolicy of activity.miloapis.com/v1alpha1, not looked at' other.yaml
printf 'a: [\n' > "$scratch/broken.yaml"
if "$activity" policy check "$scratch/broken.yaml" > /dev/null 2>&1; then
  echo 'broken YAML is taken'
  failed=1
fi

exit $failed
