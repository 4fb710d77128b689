#!/usr/bin/env bash
# Start the service on a data directory, load the example policies and a real sample, show
# the newest activities. Called by ./dev run. --once: stop after showing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${ACTIVITY:?}" "${KUBECTL:?}"
once=
[[ ${1:-} == --once ]] && once=1

data=$PWD/build/run-data
listen=127.0.0.1:8443
ingest=127.0.0.1:8080
if [[ $once ]]; then
  data=$(mktemp -d)
  listen=127.0.0.1:0
  ingest=127.0.0.1:0
fi

"$ACTIVITY" serve --data-dir "$data" --listen "$listen" --ingest-listen "$ingest" \
  --policies examples/policies 2> >(tee "$data.log" | grep -E '"level":"(warn|error)"' >&2) &
server=$!
stop() {
  local status=$?
  kill "$server" 2> /dev/null && wait "$server" || true
  if [[ $once ]]; then rm -rf "$data"; fi
  if [[ $once && $status -eq 0 ]]; then rm -f "$data.log"; fi
}
trap stop EXIT
trap 'exit 130' INT TERM

k() { "$KUBECTL" --kubeconfig "$data/kubeconfig" "$@"; }

wait_for() { # SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" > /dev/null 2>&1; do
    kill -0 "$server" 2> /dev/null || { echo "the server ended, see $data.log" >&2; exit 1; }
    ((SECONDS < end)) || { echo "$what: waited too long, see $data.log" >&2; exit 1; }
    sleep 0.1
  done
}

wait_for 300 "the server" k get --raw /readyz
"$ACTIVITY" import --to "$(cat "$data/ingest-url")" \
  tests/data/audit.jsonl tests/data/events-k8sio.json
have_activities() { [[ $(k get activities -A -o name | wc -l) -gt 0 ]]; }
wait_for 150 "activities" have_activities
sleep 1 # most others come with them

printf '\nThe newest activities (kubectl get activities):\n\n'
# kubectl shows pages of 500; the server answers the newest first.
k get activities -A | head -n 11 || true
[[ $once ]] && exit 0

cat << TXT

API:         $(k config view -o jsonpath='{.clusters[0].cluster.server}')
Collector:   $(cat "$data/ingest-url")
kubeconfig:  $data/kubeconfig
Log:         $data.log

Try:  $KUBECTL --kubeconfig $data/kubeconfig get activities --watch
Ctrl-C stops the service; the data stays in $data.
TXT
wait "$server"
