# What README.md says after ./dev run: its commands, one by one, and what they print.
start --policies "$root/examples/policies"
import "$root/tests/data/audit.jsonl" "$root/tests/data/events-k8sio.json"
export PATH=$work/bin:$PATH
mkdir -p "$work/bin" "$work/top/build"
ln -s "$KUBECTL" "$work/bin/kubectl"
ln -s "$data" "$work/top/build/run-data"
ln -s "$root/tests" "$root/examples" "$work/top"
cat > "$work/top/build/activity" << S
#!/usr/bin/env bash
[[ \$1 != import ]] || set -- "\$@" --to "$(ingest_url)"
exec "$ACTIVITY" "\$@"
S
chmod +x "$work/top/build/activity"
cd "$work/top"
# Each command with its here-document in a file; what it prints, as the page says, beside it.
awk '/^```/ { on = !on; file = ""; next }
  !on { next }
  /^\$ / { file = sprintf("command-%02d", ++n); sub(/^\$ /, ""); print > file; here = /<< ?.YAML/; next }
  file && here { print > file; here = !/^YAML$/; next }
  file { print > (file ".out") }' "$root/README.md"
run() { # WORD: the one command with it
  local file
  file=$(grep -lF -- "$1" command-??) || fail "no command with '$1'"
  [[ $(wc -l <<< "$file") == 1 ]] || fail "not one command with '$1': $file"
  source "$file" > "of-$file" # a watch goes on to write there
  cp "of-$file" got
  [[ ! -f $file.out ]] || mv "$file.out" wanted
  rm "$file"
}
lines() { awk '/act-/ { print substr($0, 1, 100); if (++n == 3) exit }' "$1"; }
run 'export KUBECONFIG'
run '--watch-only'
watch=$!
run 'activity import'
contains "$(cat got)" "$(sed 's/.*: \([0-9]* accepted\)/\1/' wanted)"
wait_for 60 settled
run '--field-selector'
equal "$(lines got)" "$(lines wanted)" 'activities of people'
for word in 'kind: AuditLogQuery' 'kind: ActivityPolicy' 'policy check'; do
  run "$word"
  equal "$(cat got)" "$(cat wanted)" "$word"
done
equal "$(find . -name 'command-*')" '' 'commands that were not run'
kill "$watch"
stop
