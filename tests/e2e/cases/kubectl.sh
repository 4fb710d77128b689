# What issue reporters do first: load, look, ask, write a policy, watch, stop, start again.
start --policies "$root/examples/policies"
import "$root/tests/data/audit.jsonl" "$root/tests/data/events-k8sio.json" | tee "$work/import"
contains "$(cat "$work/import")" ", 0 refused, 0 unreadable"
wait_for 30 settled

# Tables, names, namespaces, selectors.
contains "$(k get activities -A | head -n 1)" "SUMMARY"
name=$(k get activities -n default -o jsonpath='{.items[0].metadata.name}')
equal "$(k get activity -n default "$name" -o jsonpath='{.metadata.name}')" "$name" "get by name"
refused NotFound k get activity -n default act-nothing
human=$(k get activities -A --field-selector spec.changeSource=human -o name | wc -l)
system=$(k get activities -A --field-selector spec.changeSource!=human -o name | wc -l)
all=$(k get activities -A -o name | wc -l)
equal $((human + system)) "$all" "field selectors split the list"
equal "$(k get activities -A --chunk-size=7 -o name | sort -u | wc -l)" "$all" "pages of 7"
equal "$(k get activities -A -l activity.miloapis.com/change-source=human -o name | wc -l)" \
  "$human" "label selector"

# Queries.
query() { # KIND FILTER LIMIT
  jq -n --arg kind "$1" --arg filter "$2" --argjson limit "$3" --arg continue "${4:-}" '{
    apiVersion: "activity.miloapis.com/v1alpha1", kind: $kind, metadata: {name: "q"},
    spec: {startTime: "2020-01-01T00:00:00Z", endTime: "now", filter: $filter, limit: $limit,
           continue: $continue}}' | k create -o json -f -
}
refused 'spec: Invalid value' query AuditLogQuery "" 1
stop
start --policies "$root/examples/policies" --max-query-window 0
wanted=$(jq -s '[.[] | select(.stage == "ResponseComplete" or .stage == "Panic") |
  select(.verb == "delete")] | length' "$root/tests/data/audit.jsonl")
equal "$(query AuditLogQuery "verb == 'delete'" 1000 | jq '.status.results | length')" \
  "$wanted" "deletes"
all_ids=$(jq -r 'select(.stage == "ResponseComplete" or .stage == "Panic") | .auditID' \
  "$root/tests/data/audit.jsonl" | sort)
token=""
: > "$work/paged"
while :; do
  query AuditLogQuery "" 50 "$token" > "$work/page"
  jq -r '.status.results[].auditID' "$work/page" >> "$work/paged"
  token=$(jq -r '.status.continue // ""' "$work/page")
  [[ -n $token ]] || break
done
equal "$(sort "$work/paged")" "$all_ids" "pages hold every record once"
equal "$(query ActivityQuery "spec.changeSource == 'human'" 1000 | jq '.status.results | length')" \
  "$human" "ActivityQuery"
refused 'spec.filter: Invalid value' query AuditLogQuery "verb = 'x'" 1

# Policies: apply, refuse, patch, watch, delete.
policy() { # NAME MATCH
  printf '%s\n' "apiVersion: activity.miloapis.com/v1alpha1" "kind: ActivityPolicy" \
    "metadata: {name: $1}" "spec:" "  resource: {apiGroup: example.org, kind: Widget}" \
    "  auditRules:" "  - name: made" "    match: $2" '    summary: "{{ actor }} made a widget"'
}
(k get activitypolicies --watch --output-watch-events > "$work/watch" 2>&1 & echo $! > "$work/watch.pid")
seen() { grep "$1 .*$2" "$work/watch"; }
wait_for 20 seen ADDED core-node
policy widgets "audit.verb == 'create'" | k apply -f -
policy widgets "audit.verb == 'update'" | k apply -f -
equal "$(k get activitypolicy widgets -o jsonpath='{.metadata.generation}')" 2 "generation"
policy bad "audit.verb == " > "$work/bad.yaml"
refused 'spec.auditRules[0].match' k apply -f "$work/bad.yaml"
k patch activitypolicy widgets --type=merge -p '{"metadata":{"labels":{"team":"web"}}}'
equal "$(k get activitypolicies -l team=web -o name)" \
  activitypolicy.activity.miloapis.com/widgets "label selector of policies"
k patch activitypolicy widgets --type=json -p '[{"op":"remove","path":"/spec/auditRules/0"}]'
k delete activitypolicy widgets
wait_for 20 seen DELETED widgets
seen ADDED widgets && seen MODIFIED widgets || fail "the watch missed changes"
kill "$(cat "$work/watch.pid")"
contains "$(k explain activitypolicy.spec.auditRules.match)" "CEL expression"

# A watch of activities while an import runs.
(k get activities -A --watch-only > "$work/live" 2>&1 & echo $! > "$work/live.pid")
wait_for 20 watched ACTIVITIES 1
jq -c '.auditID += "-again"' "$root/tests/data/audit.jsonl" > "$work/again.jsonl"
import "$work/again.jsonl"
live() { [[ $(grep -c act- "$work/live") -ge $human ]]; }
wait_for 20 live
kill "$(cat "$work/live.pid")"

# Without the token: nothing. With another's: nothing.
url=$(k config view -o jsonpath='{.clusters[0].cluster.server}')
code() { curl -sk -o /dev/null -w '%{http_code}' "$@"; }
equal "$(code "$url/apis")" 401 "no token"
equal "$(code -H 'Authorization: Bearer nobody' "$url/apis")" 401 "wrong token"
equal "$(code "$url/livez")" 200 "health needs no token"
stop
