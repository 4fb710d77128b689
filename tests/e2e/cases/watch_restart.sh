# Sessions of kubectl that watch activities and Events while the server is restarted, in good order and by kill -9.
# kubectl ends with its server; it is started again by client-go's rules: from the version that it saw last, and from
# a new list when that is answered with 410. Together its sessions print every record once.
group=/apis/activity.miloapis.com/v1alpha1
declare -A path=([activities]=$group/activities [events]=/api/v1/events)
sessions="activities.1 activities.2 events.1 events.2"
pids=()

# watch SESSION: list and watch. Objects go to $work/SESSION as they come.
watch() {
  k get "${1%.*}" -A --watch --output-watch-events -o json >> "$work/$1" 2>> "$work/$1.errors" &
  pids+=($!)
}
# resume SESSION: from the version of the last object that it was told of.
resume() {
  local version
  version=$(jq -r '.object.metadata.resourceVersion // empty' "$work/$1" | tail -n 1)
  k get --raw "${path[${1%.*}]}?watch=1&resourceVersion=$version" >> "$work/$1" 2>> "$work/$1.errors" &
  pids+=($!)
}
each() { for session in $sessions; do "$1" "$session"; done; }
watching() { [[ $(k get --raw /metrics | grep -c '^activity_watchers{stream="[A-Z]*"} 2$') == 2 ]]; }
# All are over. What was cut off in the middle of a line was not told.
ended() {
  local pid session
  for pid in "${pids[@]}"; do wait "$pid" || true; done
  pids=()
  for session in $sessions; do
    if [[ -n $(tail -c 1 "$work/$session") ]]; then sed -i '$d' "$work/$session"; fi
  done
}

# Of what is there when it begins, kubectl prints lists.
records() { jq -r '.object | (.items // [.])[].metadata | .namespace + "/" + .name' "$work/$1" | sort; }
listed() { k get "$1" -A -o json | jq -r '.items[].metadata | .namespace + "/" + .name' | sort; }
# What sessions of Events hold in the end: the state that each Event was told in last.
states() { jq -sr 'group_by(.object.metadata.uid)[] | max_by(.object.metadata.resourceVersion | tonumber).object |
  "\(.metadata.namespace)/\(.metadata.name) \(.metadata.resourceVersion) \(.count // .series.count // 0)"' "$work/$1" | sort; }
listed_states() { k get events -A -o json | jq -r '.items[] |
  "\(.metadata.namespace)/\(.metadata.name) \(.metadata.resourceVersion) \(.count // .series.count // 0)"' | sort; }
told_all() { # everything, and each object of one version once
  local session
  for session in $sessions; do
    cmp <(records "$session" | uniq) <(listed "${session%.*}") || return 1
    equal "$(jq -r '.object.metadata | .namespace + "/" + .name + " " + .resourceVersion' "$work/$session" | sort | uniq -d)" \
      "" "twice in $session"
  done
  cmp <(states events.1) <(listed_states) && cmp <(states events.2) <(listed_states) &&
    [[ $(listed activities | wc -l) -ge $1 && $(listed events | wc -l) -ge $2 ]]
}
count_up() { # NUMBER: an Event that changes
  if ! k -n shop get event counted > "$work/counted" 2>&1; then
    k create -f - > "$work/counted" <<'JSON'
{"apiVersion": "v1", "kind": "Event", "metadata": {"name": "counted", "namespace": "shop"}, "type": "Normal", "count": 1,
 "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-1"}, "reason": "Pulled", "message": "again"}
JSON
  fi
  k -n shop patch event counted --type strategic -p "{\"count\": $1}" > "$work/counted"
}

jq -c 'select(.stage == "ResponseComplete")' "$root/tests/data/audit.jsonl" > "$work/all"
split -n l/4 "$work/all" "$work/audit."
jq -c '.items[] + {apiVersion: "events.k8s.io/v1", kind: "Event"}' "$root/tests/data/events-k8sio.json" > "$work/all"
split -n l/4 "$work/all" "$work/events."
send() { import "$work/audit.$1" "$work/events.$1" > "$work/import.$1"; }

start --policies "$root/examples/policies"
each watch
wait_for 30 watching
send aa
count_up 2
wait_for 30 told_all 20 60

# In good order; records come while nobody watches, and while they do again.
stop
ended
start
send ab
count_up 3
each resume
wait_for 30 watching
wait_for 30 told_all 40 120

# And at once.
send ac
kill -KILL "$server"
wait "$server" || true
ended
start
count_up 4
each resume
wait_for 30 watching
send ad
wait_for 30 told_all 100 250
for session in $sessions; do
  [[ $session != activities.* ]] || equal "$(jq -r .type "$work/$session" | sort -u)" ADDED "changes of $session"
done
equal "$(jq -r 'select(.object.metadata.name == "counted") | "\(.type) \(.object.count)"' "$work/events.2" | paste -sd' ')" \
  "ADDED 1 MODIFIED 2 MODIFIED 3 MODIFIED 4" "an Event that changes"

# The log keeps little, and so not what the sessions saw last: 410, a new list, and all is there.
stop
ended
start --stream-bytes 65536
for round in 1 2 3 4; do
  jq -c --arg n "$round" '.auditID += "-" + $n' "$root/tests/data/audit.jsonl" > "$work/more.jsonl"
  jq -c --arg n "$round" '.metadata.uid += "-" + $n | .metadata.name += "-" + $n' "$work/all" > "$work/more-events.jsonl"
  import "$work/more.jsonl" "$work/more-events.jsonl" > "$work/import.more"
done
expired() { # is the answer, until the log has forgotten
  timeout 60 "$KUBECTL" --kubeconfig "$data/kubeconfig" get --raw \
    "${path[$1]}?watch=1&timeoutSeconds=1&resourceVersion=1" > "$work/expired" || true
  [[ $(jq -r '"\(.type) \(.object.code) \(.object.reason)"' "$work/expired" | head -n 1) == "ERROR 410 Expired" ]]
}
wait_for 30 expired activities
wait_for 30 expired events
relist() { # SESSION: anew
  : > "$work/$1"
  watch "$1"
}
each relist
complete() { # with another list where the log has moved on from the last one meanwhile
  local session
  for session in $sessions; do
    if grep '"type":"ERROR"' "$work/$session"; then relist "$session"; fi
    cmp <(records "$session" | uniq) <(listed "${session%.*}") || return 1
  done
  [[ $(listed events | wc -l) -ge 1000 ]]
}
wait_for 40 complete
equal "$(records activities.1 | uniq -d)" "" "activities that came twice"
stop
ended
