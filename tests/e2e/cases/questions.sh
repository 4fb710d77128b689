# Questions with kubectl: Events, facets, search and previews, beside jq over the same records.
events=$root/tests/data/events-k8sio.json
start --policies "$root/examples/policies" --max-query-window 0
import "$root/tests/data/audit.jsonl" "$events"
made() { [[ $(k get activities -A -o name | wc -l) -ge 300 ]]; }
wait_for 30 made

# create KIND SPEC: the object that comes back.
create() {
  jq -n --arg kind "$1" --argjson spec "$2" '{apiVersion: "activity.miloapis.com/v1alpha1",
    kind: $kind, metadata: {name: "q"}, spec: $spec}' | k create -o json -f -
}
ever='"startTime": "2020-01-01T00:00:00Z", "endTime": "now"'
since='"timeRange": {"start": "2020-01-01T00:00:00Z"}'
uids() { jq -r '.status.results[]?.metadata.uid' | sort; }
wanted() { jq -r ".items[] | select($1) | .metadata.uid" "$events" | sort; }

# Events: all of them in pages, by selector, by filter, by both.
token=""
: > "$work/paged"
while :; do
  create EventQuery "{$ever, \"limit\": 60, \"continue\": \"$token\"}" > "$work/page"
  uids < "$work/page" >> "$work/paged"
  token=$(jq -r '.status.continue // ""' "$work/page")
  [[ -n $token ]] || break
done
equal "$(sort "$work/paged")" "$(wanted true)" "pages hold every Event once"
equal "$(jq -r '.status.results[0].kind' "$work/page")" EventRecord "kind of results"
equal "$(create EventQuery "{$ever, \"limit\": 1000, \"fieldSelector\":
  \"involvedObject.kind=Pod,reason!=Scheduled\"}" | uids)" \
  "$(wanted '.regarding.kind == "Pod" and .reason != "Scheduled"')" "a field selector"
equal "$(create EventQuery "{$ever, \"limit\": 1000, \"namespace\": \"shop\", \"filter\":
  \"note.contains('nodes') && type == 'Warning'\"}" | uids)" \
  "$(wanted '.metadata.namespace == "shop" and .type == "Warning" and (.note | contains("nodes"))')" \
  "a filter"
refused 'spec.fieldSelector: Invalid value' create EventQuery "{$ever, \"fieldSelector\": \"a=b\"}"
refused 'spec.startTime: Required value' create EventQuery '{"startTime": "", "endTime": "now"}'

# Facets: counts as jq counts.
values() { jq -r '.status.facets[0].values[] | "\(.count) \(.value)"'; }
equal "$(create EventFacetQuery "{$since, \"facets\": [{\"field\": \"reason\"}],
  \"filter\": \"type == 'Warning'\"}" | values)" \
  "$(jq -r '[.items[] | select(.type == "Warning")] | group_by(.reason)
    | sort_by([-length, .[0].reason])[] | "\(length) \(.[0].reason)"' "$events")" "EventFacetQuery"
equal "$(create AuditLogFacetsQuery "{$since, \"facets\": [{\"field\": \"user.username\", \"limit\": 5}]}" | values)" \
  "$(jq -rs '[.[] | select(.stage == "ResponseComplete" or .stage == "Panic")] | group_by(.user.username)
    | sort_by([-length, .[0].user.username])[:5][] | "\(length) \(.[0].user.username)"' \
    "$root/tests/data/audit.jsonl")" "AuditLogFacetsQuery"
total=$(k get activities -A -o name | wc -l)
equal "$(create ActivityFacetQuery "{$since, \"facets\": [{\"field\": \"spec.changeSource\"}]}" |
  jq '[.status.facets[0].values[].count] | add')" "$total" "ActivityFacetQuery"
refused 'supported fields: namespace, reason' create EventFacetQuery '{"facets": [{"field": "x"}]}'

# Search.
hits() { create ActivityQuery "{$ever, \"limit\": 1000, \"search\": $1}" | jq -r '.status.results[]?.spec.summary'; }
hits '"created"' > "$work/created"
[[ -s $work/created ]] || fail "search finds nothing"
equal "$(grep -vic created "$work/created" || true)" 0 "search finds other things"
equal "$(hits '"reated*"' | wc -l)" 0 "a prefix is the beginning of a word"
k explain eventquery.spec.fieldSelector > "$work/explain"
contains "$(cat "$work/explain")" "key=value"

# A preview of a policy that is in force says what was said.
policy=$(k get activitypolicy apps-deployment -o json | jq -c .spec)
create PolicyPreview "{\"policy\": $policy, \"inputs\": $(jq -cs '[.[] |
  select(.stage == "ResponseComplete" and .objectRef.resource == "deployments") |
  {type: "audit", audit: .}]' "$root/tests/data/audit.jsonl")}" > "$work/preview"
equal "$(jq -r '.status.activities[].metadata.name' "$work/preview" | sort)" \
  "$(create ActivityQuery "{$ever, \"limit\": 1000, \"filter\":
    \"spec.resource.kind == 'Deployment' && spec.origin.type == 'audit'\"}" |
    jq -r '.status.results[].metadata.name' | sort)" "preview and live"
create PolicyPreview "{\"policy\": $policy, \"autoFetch\": {\"timeRange\": \"520w\", \"limit\": 3}}" > "$work/fetched"
equal "$(jq '.status.fetchedInputs | length' "$work/fetched")" 6 "three of each source"
equal "$(jq '.status.activities | length' "$work/fetched")" 6 "rules speak about them"
refused 'a preview needs inputs' create PolicyPreview "{\"policy\": $policy}"
stop
