# The Events APIs with kubectl: get, describe's selectors, -w, recorders, delete, restart.
start
api=$(k config view -o jsonpath='{.clusters[0].cluster.server}')
event() { # NAME REASON KIND OBJECT
  jq -n --arg name "$1" --arg reason "$2" --arg kind "$3" --arg of "$4" '{
    apiVersion: "v1", kind: "Event", metadata: {name: $name, namespace: "shop"},
    involvedObject: {apiVersion: "v1", kind: $kind, namespace: "shop", name: $of, uid: ("uid-" + $of)},
    reason: $reason, message: ($reason + " of " + $of), type: "Normal", count: 1,
    source: {component: "kubelet", host: "n1"},
    firstTimestamp: (now | todate), lastTimestamp: (now | todate)}'
}
e() { k -n shop get events "$@"; }

# Read your writes, tables, both groups.
for i in 1 2 3 4 5; do event "pull.$i" Pulled Pod "web-$i" | k create -f - > /dev/null; done
equal "$(e -o name | wc -l)" 5 "all are there at once"
event start.1 Started Pod web-1 | k create -f -
contains "$(e | head -n 1)" "LAST SEEN"
contains "$(e --no-headers pull.1)" "pod/web-1"
contains "$(e -o wide --no-headers pull.1)" "kubelet, n1"
contains "$(k get events -A --no-headers)" "shop"
equal "$(k -n shop get events.events.k8s.io pull.2 -o jsonpath='{.note}')" "Pulled of web-2" "the other group"
equal "$(k -n shop get events.v1.events.k8s.io -o name | wc -l)" 6 "both lists"
refused AlreadyExists k create -f <(event pull.1 Pulled Pod web-1)
refused 'does not match event.namespace' k create -f <(event x Pulled Pod web-1 |
  jq '.involvedObject.namespace = "other"')
k explain event.involvedObject > "$work/explain"
contains "$(cat "$work/explain")" "fieldPath"

# As kubectl describe and kubectl events ask.
equal "$(e --field-selector involvedObject.name=web-1,involvedObject.uid=uid-web-1,involvedObject.kind=Pod -o name | wc -l)" \
  2 "of one object"
equal "$(e --field-selector reason!=Pulled -o name)" "event/start.1" "a reason"
contains "$(k -n shop events)" "Started of web-1"
refused 'field label not supported' e --field-selector nothing=x
equal "$(e --chunk-size=2 -o name | sort -u | wc -l)" 6 "pages of 2"

# A watch, and the patches of both recorders beside it.
(k -n shop get events --watch-only --output-watch-events -o json > "$work/watch" 2>&1 & echo $! > "$work/watch.pid")
wait_for 30 watched EVENTS 1
k -n shop patch event pull.1 --type strategic -p '{"count": 2, "message": "again"}'
k -n shop label event pull.1 seen=yes
k create -f - <<'JSON'
{"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "new.1", "namespace": "shop"},
 "eventTime": "2026-01-02T03:04:05.000006Z", "regarding": {"kind": "Pod", "namespace": "shop", "name": "web-9"},
 "reason": "Scaled", "action": "Scale", "note": "up", "type": "Normal",
 "reportingController": "example.com/scaler", "reportingInstance": "s-1"}
JSON
k -n shop patch events.events.k8s.io new.1 --type strategic \
  -p '{"series": {"count": 2, "lastObservedTime": "2026-01-02T03:05:05.000000Z"}}'
refused 'field is immutable' k -n shop patch events.events.k8s.io new.1 --type merge -p '{"note": "x"}'
k -n shop delete event new.1
changes() { jq -r '"\(.type) \(.object.metadata.name) \(.object.count // .object.series.count // 0)"' "$work/watch"; }
wanted='MODIFIED pull.1 2
MODIFIED pull.1 2
ADDED new.1 0
MODIFIED new.1 2
DELETED new.1 2'
told() { [[ $(changes) == "$wanted" ]]; }
wait_for 30 told
kill "$(cat "$work/watch.pid")" 2> /dev/null || true
equal "$(e -l seen=yes -o name)" "event/pull.1" "labels"

# Optimistic concurrency: the second writer of one version is refused.
e pull.2 -o json > "$work/old"
jq '.message = "first"' "$work/old" | k replace -f -
refused 'the object has been modified' k replace -f <(jq '.message = "second"' "$work/old")

# Apply, from the client's side and the server's; a field has its manager in both APIs.
event applied.1 Applied Pod web-8 | k apply -f -
event applied.1 Applied Pod web-8 | jq '.message = "again"' | k apply -f -
equal "$(e applied.1 -o jsonpath='{.message}')" again "client-side apply"
ssa() { jq -n --arg note "$1" '{apiVersion: "v1", kind: "Event", metadata: {name: "applied.2", namespace: "shop"},
  involvedObject: {kind: "Pod", namespace: "shop", name: "web-8"}, message: $note}'; }
ssa one | k apply --server-side --field-manager=team-a -f -
refused 'conflict with "team-a"' k apply --server-side --field-manager=team-b -f <(ssa two)
ssa two | k apply --server-side --field-manager=team-b --force-conflicts -f -
equal "$(k -n shop get events.events.k8s.io applied.2 -o jsonpath='{.note}')" two "server-side apply"
contains "$(k -n shop get events.events.k8s.io applied.2 --show-managed-fields -o json)" '"f:note"'
k -n shop delete event applied.1 applied.2

# After a restart everything is as it was; the versions go on.
before=$(e -o json | jq -S '[.items[] | del(.metadata.managedFields)]')
version=$(k get --raw /api/v1/namespaces/shop/events | jq -r .metadata.resourceVersion)
stop
start
equal "$(e -o json | jq -S '[.items[]]')" "$before" "the Events after a restart"
event late.1 Late Pod web-1 | k create -f -
across() { # a watch over the restart shows that, and nothing else
  [[ $(k get --raw "/api/v1/namespaces/shop/events?watch=1&resourceVersion=$version&timeoutSeconds=2" |
    jq -r .object.metadata.name) == late.1 ]]
}
wait_for 20 across

# Collections.
k -n shop delete events --field-selector involvedObject.name=web-1 > "$work/deleted"
equal "$(e -o name | sort | paste -sd' ')" "event/pull.2 event/pull.3 event/pull.4 event/pull.5" "after deletion"
k -n shop delete --raw /api/v1/namespaces/shop/events > "$work/deleted"
equal "$(e -o name | wc -l)" 0 "all are gone"
stop
