# ReindexJobs by kubectl: sentences change once and are not doubled, through a kill, a deletion
# while one runs, dry runs, and jobs that ask for what there is not. G9, G10, G11, G12.
for i in 1 2 3; do
  jq -c --arg i "-$i" '.auditID += $i' "$root/tests/data/audit.jsonl"
done > "$work/audit.jsonl"
start --policies "$root/examples/policies" --max-query-window 0
import "$work/audit.jsonl" "$root/tests/data/events-k8sio.json"
wait_for 60 settled

query='{"apiVersion":"activity.miloapis.com/v1alpha1","kind":"ActivityQuery","metadata":{"name":"q"},
  "spec":{"startTime":"2020-01-01T00:00:00Z","endTime":"now","limit":1000,"continue":"TOKEN"}}'
all() { # JQ: a line of every activity
  local token="" page
  while :; do
    page=$(k create -o json -f - <<< "${query/TOKEN/$token}")
    jq -r ".status.results[] | $1" <<< "$page"
    token=$(jq -r '.status.continue // ""' <<< "$page")
    [[ -n $token ]] || break
  done
}
keys() { all '"\(.metadata.name) \(.metadata.creationTimestamp) \(.spec.tenant.name) \(.spec.origin.id)"' | sort; }
of_pods() { all 'select(.spec.resource.kind == "Pod") | .spec.summary'; }
others() { all 'select(.spec.resource.kind != "Pod") | "\(.metadata.name) \(.spec.summary)"' | sort; }
policy=$(k get activitypolicies -o json | jq -r '.items[] | select(.spec.resource.kind == "Pod") | .metadata.name')
say() { # PREFIX: every sentence about Pods begins with it from now on
  k get activitypolicy "$policy" -o json | jq --arg word "$1" '
    (.spec.auditRules[]?.summary, .spec.eventRules[]?.summary) |= ($word + ": " + sub("^[A-Z]+: "; ""))' |
    k replace -f -
}
job() { # NAME CONFIG [SELECTOR [MORE]]
  printf '%s\n' "apiVersion: activity.miloapis.com/v1alpha1" "kind: ReindexJob" "metadata: {name: $1}" \
    "spec:" "  timeRange: {startTime: '2026-11-01T00:00:00Z'}" "  config: {$2}" \
    "  policySelector: {${3:-}}" "${4:+  $4}" | k create -f -
}
status() { k get reindexjob "$1" -o jsonpath="{.status.$2}"; }
ended() { k wait --for=jsonpath='{.status.phase}'="$2" "reindexjob/$1" --timeout=600s; }
told() { # NAME REASONS: of the Events about it
  [[ $(k get events --field-selector "involvedObject.kind=ReindexJob,involvedObject.name=$1" \
    -o jsonpath='{.items[*].reason}') == "$2" ]]
}
began() { [[ $(status "$1" progress.processedEvents) -ge 100 ]]; }

keys > "$work/keys"
others > "$work/others"
pods=$(of_pods | wc -l)
[[ $pods -gt 100 ]] || fail "only $pods activities of Pods"
equal "$(uniq -d "$work/keys" | wc -l)" 0 "activities twice at first"
(k get activities -A --watch-only --output-watch-events -o json > "$work/watched" 2> /dev/null & echo $! > "$work/watch.pid")
wait_for 20 watched ACTIVITIES 1

# Sentences change once, and what other policies say stays. Large batches work (G11).
say FIRST
job sentences "batchSize: 10000, rateLimit: 1000" "names: [$policy]"
ended sentences Succeeded
equal "$(of_pods | grep -c '^FIRST: ')" "$pods" "sentences changed"
keys | cmp - "$work/keys" || fail "names, times or tenants differ"
others | cmp - "$work/others" || fail "other sentences differ"
contains "$(k get reindexjobs)" "PHASE"
contains "$(k get reindexjob sentences)" "Succeeded"
contains "$(k get reindexjob sentences)" "100%"
contains "$(status sentences message)" "Completed: $pods activities generated, $pods of them new or changed; 0 removed"
equal "$(status sentences progress.totalEvents)" "$(status sentences progress.processedEvents)" "total"
[[ -n $(status sentences startedAt) && -n $(status sentences completedAt) ]] || fail "no times"
equal "$(status sentences 'conditions[?(@.type=="Ready")].status')" True "Ready"
wait_for 20 told sentences "Started Succeeded"
contains "$(k describe reindexjob sentences)" "Normal  Started    "
contains "$(k describe reindexjob sentences)" "reindexjob-controller  Started: records from 2026-11-01T00:00:00Z to now"
contains "$(k describe reindexjob sentences)" "reindexjob-controller  Completed: $pods activities generated"
# Watchers see changes of what they know.
changes() { [[ $(jq -r '.type' "$work/watched" | grep -c MODIFIED) -ge $pods ]]; }
wait_for 20 changes
kill "$(cat "$work/watch.pid")"

# The same again writes nothing.
job again "rateLimit: 1000"
ended again Succeeded
contains "$(status again message)" "0 of them new or changed"

# A dry run counts.
say SECOND
job dry "rateLimit: 1000, dryRun: true" "names: [$policy]"
ended dry Succeeded
contains "$(status dry message)" "Dry-run complete: $pods activities would be generated, $pods of them"
equal "$(of_pods | grep -c '^FIRST: ')" "$pods" "a dry run changes nothing"

# Killed while it runs, it goes on where it was (P-39).
job killed "batchSize: 100, rateLimit: 60" "names: [$policy]"
wait_for 30 began killed
began_at=$(status killed startedAt)
kill -KILL "$server"
wait "$server" 2> /dev/null || true
start --max-query-window 0
ended killed Succeeded
equal "$(status killed startedAt)" "$began_at" "it did not begin anew"
contains "$(cat "$work/server.log")" '"a reindex job goes on","job":"killed","records":'
equal "$(status killed progress.processedEvents)" "$(status dry progress.processedEvents)" "records, each once"
equal "$(of_pods | grep -c '^SECOND: ')" "$pods" "sentences after the kill"
wait_for 20 told killed "Started Succeeded" # each once
keys | cmp - "$work/keys" || fail "names, times or tenants differ after the kill"

# One runs, the next waits; deleted, the worker stops and the object goes (G10).
job slow "batchSize: 100, rateLimit: 10"
job next "rateLimit: 1000"
wait_for 30 began slow
waits() { [[ $(status next phase) == Pending ]]; }
wait_for 20 waits # one at a time
equal "$(k get reindexjob slow -o jsonpath='{.metadata.finalizers[0]}')" activity.miloapis.com/reindex "finalizer"
k delete reindexjob slow --timeout=300s
refused NotFound k get reindexjob slow
ended next Succeeded
wait_for 20 told next "Queued Started Succeeded"

# What there is not fails (G12), and that is final (G9); then it goes when its time is over.
job unknown "rateLimit: 1000" "names: [$policy, nothing]" "ttlSecondsAfterFinished: 600"
ended unknown Failed
contains "$(status unknown message)" "there is no ActivityPolicy nothing"
wait_for 20 told unknown "Started Failed"
contains "$(k describe reindexjob unknown)" "Warning  Failed"
refused "is final" k patch reindexjob unknown --subresource=status --type=merge -p '{"status":{"phase":"Running"}}'
k patch reindexjob unknown --type=merge -p '{"spec":{"ttlSecondsAfterFinished":0}}'
k wait --for=delete reindexjob/unknown --timeout=300s
wait_for 20 told unknown "Started Failed TTLExpired"
stop
