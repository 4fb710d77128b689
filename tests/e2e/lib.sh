# What the cases share: a server of their own, kubectl, waiting, and assertions.
# Sourced by run.sh with ACTIVITY, KUBECTL and work set.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/tools/certs.sh"
data=$work/data
server=
# Nothing that a machine or a person has set plays a part.
export LC_ALL=C.UTF-8 KUBECACHEDIR=$work/kube-cache KUBERC=off no_proxy='*' NO_PROXY='*'
unset KUBECONFIG

fail() { echo "FAILED: $*"; exit 1; }
k() { "$KUBECTL" --kubeconfig "$data/kubeconfig" "$@"; }

# start [OPTION...]: a server on free ports; returns when it is ready.
start() {
  rm -f "$data/ingest-url" "$data/kubeconfig" # of the server before
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
import() { "$ACTIVITY" import --to "$(ingest_url)" --retry 300s "$@"; }

# Messages that wait in front of a stage.
lag() {
  k get --raw /metrics |
    awk '/^activity_(ingest|translate)_lag/ && !/DEAD/ { n += $2; seen++ } END { print seen ? n : "unknown" }'
}
# settled: all that was taken in is translated and stored. Asked twice, as a message may pass from one stage to the
# next while they are looked at.
settled() { [[ $(lag) == 0 && $(lag) == 0 ]]; }
# watched STREAM NUMBER: so many watches of it are open.
watched() { grep -Fx "activity_watchers{stream=\"$1\"} $2" <(k get --raw /metrics); }
# free_port: one that nobody listens on and that outgoing connections are not given.
free_port() {
  local port
  until port=$((20000 + RANDOM % 12000)) && ! (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do :; done
  echo "$port"
}

# wait_for SECONDS COMMAND...: until it succeeds. SECONDS are enough for a quiet machine; a busy one may take five
# times as long.
wait_for() {
  local end=$((SECONDS + 5 * $1))
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
