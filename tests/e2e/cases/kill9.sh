# An import during which the server is killed 20 times at random moments: nothing is lost,
# nothing is there twice, in audit logs, Events and activities.
variants=24
for i in $(seq "$variants"); do
  jq -c --arg i "-$i" '.auditID += $i' "$root/tests/data/audit.jsonl"
done > "$work/audit.jsonl"
for i in $(seq 4); do
  jq -c --arg i "-$i" '.items[] | .kind = "Event" | .apiVersion = "events.k8s.io/v1" |
    .metadata.uid += $i | .metadata.name += $i' "$root/tests/data/events-k8sio.json"
done > "$work/events.jsonl"

ingest=127.0.0.1:$(free_port) # the same after each kill
again() { start --ingest-listen "$ingest" --max-query-window 0 "$@"; }
again --policies "$root/examples/policies"

# Small pieces, so that the kills fall into many requests. Failed pieces are sent again.
split -l 120 "$work/audit.jsonl" "$work/piece-a-"
split -l 120 "$work/events.jsonl" "$work/piece-e-"
(for piece in "$work"/piece-*; do
  until "$ACTIVITY" import --retry 60s --to "http://$ingest" "$piece"; do sleep 0.1; done
  sleep 0.4
done > "$work/import.log" 2>&1; echo done > "$work/imported") &

for n in $(seq 20); do
  sleep "$(awk -v s="$RANDOM" 'BEGIN { printf "%.3f", s / 32768 * 0.9 }')"
  kill -KILL "$server"
  wait "$server" 2> /dev/null || true
  again
done
imported() { [[ -f $work/imported ]]; }
wait_for 240 imported

wait_for 60 settled

all() { # KIND PATH: every result of a query over everything
  local token="" page
  while :; do
    page=$(jq -n --arg kind "$1" --arg continue "$token" '{
      apiVersion: "activity.miloapis.com/v1alpha1", kind: $kind, metadata: {name: "q"},
      spec: {startTime: "2020-01-01T00:00:00Z", endTime: "now", limit: 1000, continue: $continue}}' |
      k create -o json -f -)
    jq -r ".status.results[] | $2" <<< "$page"
    token=$(jq -r '.status.continue // ""' <<< "$page")
    [[ -n $token ]] || break
  done
}
jq -r 'select(.stage == "ResponseComplete" or .stage == "Panic") | "\(.auditID)/\(.stage)"' "$work/audit.jsonl" |
  sort > "$work/wanted"
all AuditLogQuery '"\(.auditID)/\(.stage)"' | sort > "$work/got"
cmp "$work/wanted" "$work/got" || fail "audit logs differ: $(wc -l < "$work/wanted") wanted, $(wc -l < "$work/got") there"
all ActivityQuery '"\(.metadata.name) \(.spec.origin.id)"' | sort > "$work/killed"
equal "$(uniq -d "$work/killed" | wc -l)" 0 "activities twice"
stop

# The same without kills.
data=$work/quiet
start --policies "$root/examples/policies" --max-query-window 0
import "$work/audit.jsonl" "$work/events.jsonl"
wait_for 60 settled
all ActivityQuery '"\(.metadata.name) \(.spec.origin.id)"' | sort > "$work/quiet-activities"
cmp "$work/killed" "$work/quiet-activities" || fail "activities differ: $(wc -l < "$work/quiet-activities") wanted, $(wc -l < "$work/killed") there"
[[ $(wc -l < "$work/killed") -gt 1000 ]] || fail "too few activities to tell"
stop
