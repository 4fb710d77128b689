#!/bin/bash
# cel_command.sh ACTIVITY DATA-FOLDER
# `activity cel eval` and `activity cel check`, run as a person runs them, over real records.
set -euo pipefail
activity=$1 data=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# expect STATUS OUTPUT ERRORS ARGUMENT... : OUTPUT is the text, ERRORS a pattern of it.
expect() {
  local status=$1 output=$2 errors=$3 got=0 out err
  shift 3
  "$activity" cel "$@" > "$scratch/out" 2> "$scratch/err" || got=$?
  out=$(cat "$scratch/out") err=$(cat "$scratch/err")
  # shellcheck disable=SC2053 # patterns
  if [[ $got != "$status" || $out != "$output" || $err != $errors ]]; then
    printf 'activity cel %s\n  status %s, wanted %s\n  out: %s\n  err: %s\n' "$*" "$got" "$status" "$out" "$err"
    failed=1
  fi
}

# Expressions about no record.
expect 0 '3' '' eval '1 + 2'
expect 0 '{"a":[1,2.5,"b"],"t":"2024-01-01T00:00:00Z"}' '' \
  eval "{'a': [1, 2.5, 'b'], 't': timestamp('2024-01-01T00:00:00Z')}"
expect 0 '""' '' eval "b''"
expect 0 '-1' '' eval -- '-1'
expect 1 '' $'1:2: division by zero\n | 1/0\n | .^' eval '1/0'
expect 1 '' $'2:1: division by zero\n | / 0\n | ^' eval $'1\n/ 0'
expect 1 '' 'a value of type type has no JSON form' eval 'type(1)'
expect 1 '' '*no JSON form' eval "{'a': int}"

# What is wrong with an expression: all of it, with places; columns count characters.
expect 1 '' $'1:1: undeclared reference to \'nope\' (in container \'\')\n | nope + foo(2)\n | ^\n1:11: undeclared reference to \'foo\' (in container \'\')\n | nope + foo(2)\n | ..........^' \
  check 'nope + foo(2)'
expect 1 '' $'1:9: Syntax error: *\n | \'\xc3\xa9\xc3\xa9\xc3\xa9\' + + 1\n | ........^' check "'ééé' + + 1"
# The caret stands below the place also behind tabs, wide characters, marks, and at the end.
expect 1 '' $'2:8: undeclared reference to *\n |  \'\xe9\x9b\x86\' + nope\n | ........^' check $'\'a\' +\r\n\t\'\xe9\x9b\x86\' + nope\r\n'
expect 1 '' $'1:8: Syntax error: *\n | \'e\xcc\x81\' + #\n | ......^' check $'\'e\xcc\x81\' + #'
expect 1 '' $'2:1: Syntax error: unexpected end of input*\n | \n | ^' check $'1 +\n'
expect 1 '' $'1:1: Syntax error: unexpected end of input*\n | \n | ^' check ''
expect 1 '' $'1:1: expression is not valid UTF-8\n |  \n | ^' check $'\xff'
expect 0 $'int\ncosts at most 0 units of 10000000 on a large record' '' check $'1 + 1 // a comment\n'
expect 0 $'map(string, dyn)\ncosts at most 1 units of 10000000 on a large record' '' check 'audit'
expect 0 $'string\ncosts at most 3 units of 10000000 on a large record' '' check --env event 'link(actor, actorRef)'
expect 1 'bool' 'estimated cost is * units on a large record, the limit is 10000000;*' \
  check 'audit.a.all(x, audit.a.all(y, x == y))'
expect 0 'bool' '' check --env activity-filter "spec.actor.type == 'user'"
expect 1 '' $'1:11: no field spec.actor.typ here*\n | spec.actor.typ == *\n | ..........^' check --env activity-filter "spec.actor.typ == 'user'"
expect 1 '' '*must be true or false*' check --env audit-filter 'verb'

# The command line.
expect 2 '' '*--env is one of audit, event, audit-filter, activity-filter, event-filter, not nope*' eval --env nope 1
expect 2 '' '*give records with --data*' eval 'audit.verb'
expect 2 '' '*' eval
expect 1 '' '*nowhere.jsonl*' eval 'audit.verb' --data "$scratch/nowhere.jsonl"

# Records: one line of output for each.
count() { # NUMBER-OF-LINES LINE ARGUMENT...
  local want=$1 line=$2 got
  shift 2
  got=$("$activity" cel "$@" | grep -cxF -- "$line" || true)
  [[ $got == "$want" ]] || { printf 'activity cel %s\n  %s times %s, wanted %s\n' "$*" "$got" "$line" "$want"; failed=1; }
}
in_file() { grep -c -- "$1" "$data/audit.jsonl"; }
count "$(in_file '"verb":"delete"')" true eval "audit.verb == 'delete'" --data "$data/audit.jsonl"
count "$(in_file '"verb":"delete"')" true eval --env audit-filter "verb == 'delete'" --data "$data/audit.jsonl"
count "$(wc -l < "$data/audit.jsonl")" '"Event"' eval 'audit.kind' --data "$data/audit.jsonl"
gzip -c "$data/audit.jsonl" > "$scratch/audit.jsonl.gz"
count "$(in_file '"verb":"delete"')" true eval "audit.verb == 'delete'" --data "$scratch/audit.jsonl.gz"
killing=$(grep -c '"reason": *"Killing"' "$data/events-core.json" || true)
count "$killing" true eval --env event "event.reason == 'Killing'" --data "$data/events-core.json"
count "$killing" true eval --env event-filter "reason == 'Killing'" --data "$data/events-k8sio.json"

# Derived variables, standard input, failures of single records.
head -n 1 "$data/audit.jsonl" > "$scratch/two.jsonl"
printf '%s\n' '{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"x","stage":"ResponseComplete","verb":"get","requestReceivedTimestamp":"2024-01-01T00:00:00Z"}' 'no JSON' >> "$scratch/two.jsonl"
expect 1 $'["system:apiserver","system","services"]\n["","unknown",""]' "$scratch/two.jsonl:3: *" \
  eval '[actor, actorRef.type, kind]' --data "$scratch/two.jsonl"
expect 1 $'"system:apiserver"' "$scratch/two.jsonl:2: 1:11: no such key: username"*"$scratch/two.jsonl:3: *" \
  eval 'audit.user.username' --data "$scratch/two.jsonl"
got=$(head -n 1 "$data/audit.jsonl" | "$activity" cel eval 'audit.verb' --data -)
[[ $got == '"list"' ]] || { echo "from standard input: $got"; failed=1; }

# Activities, for their filter.
printf '%s\n' '{"kind":"ActivityList","items":[{"kind":"Activity","metadata":{"name":"a"},"spec":{"summary":"x","actor":{"type":"user"}}},{"kind":"Activity","metadata":{"name":"b"},"spec":{}}]}' > "$scratch/activities.json"
expect 0 $'true\nfalse' '' eval --env activity-filter "spec.actor.type == 'user'" --data "$scratch/activities.json"

exit $failed
