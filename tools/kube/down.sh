#!/usr/bin/env bash
# Stop what up.sh started in DIR, by the process ids that it wrote:   down.sh DIR
set -euo pipefail
cd "$1"
for name in kube-scheduler kube-controller-manager kube-apiserver etcd; do
  [[ -f $name.pid ]] || continue
  pid=$(cat "$name.pid")
  rm "$name.pid"
  kill "$pid" 2> /dev/null || continue
  for _ in {1..100}; do
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.1
  done
  kill -KILL "$pid" 2> /dev/null || true
done
