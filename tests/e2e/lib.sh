# What the cases share: a server of their own, kubectl, waiting, and assertions.
# Sourced by run.sh with ACTIVITY, KUBECTL and work set.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/tools/certs.sh"
data=$work/data
server=

fail() { echo "FAILED: $*"; exit 1; }
k() { "$KUBECTL" --kubeconfig "$data/kubeconfig" "$@"; }

# start [OPTION...]: a server on free ports; returns when it is ready.
start() {
  "$ACTIVITY" serve --data-dir "$data" --listen 127.0.0.1:0 --ingest-listen 127.0.0.1:0 "$@" \
    2>> "$work/server.log" &
  server=$!
  wait_for 60 ready
}
ready() {
  kill -0 "$server" 2> /dev/null || fail "the server ended: $(tail -n 5 "$work/server.log")"
  [[ -f $data/kubeconfig ]] && k get --raw /readyz
}
# stop: as an init system does; the exit status must be 0.
stop() {
  kill -TERM "$server"
  wait "$server" || fail "the server ended with $?: $(tail -n 5 "$work/server.log")"
  server=
}
trap '[[ -z $server ]] || kill -KILL "$server" 2> /dev/null || true' EXIT

ingest_url() { cat "$data/ingest-url"; }
import() { "$ACTIVITY" import --to "$(ingest_url)" "$@"; }

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@" > "$work/waiting" 2>&1; do
    ((SECONDS < end)) || fail "waited too long for: $*: $(cat "$work/waiting")"
    sleep 0.1
  done
}
equal() { # GOT WANTED WHAT
  [[ $1 == "$2" ]] || fail "$3: got '$1', wanted '$2'"
}
contains() { # TEXT PART
  [[ $1 == *"$2"* ]] || fail "'$2' is not in: $1"
}
# refused PART COMMAND...: it must fail, and say so.
refused() {
  local part=$1 text
  shift
  if text=$("$@" 2>&1); then fail "not refused: $*"; fi
  contains "$text" "$part"
}
