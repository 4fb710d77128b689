# serve follows an audit log through a rotation and across its own restart.
log=$work/audit.log
head -n 100 "$root/tests/data/audit.jsonl" > "$log"
start --policies "$root/examples/policies" --max-query-window 0 --audit-log-file "$log"
ids() {
  jq -n '{apiVersion: "activity.miloapis.com/v1alpha1", kind: "AuditLogQuery", metadata: {name: "q"},
    spec: {startTime: "2020-01-01T00:00:00Z", endTime: "now", limit: 1000}}' |
    k create -o json -f - | jq -r '.status.results[]?.auditID' | sort
}
wanted() { cat "$@" | jq -r 'select(.stage == "ResponseComplete" or .stage == "Panic") | .auditID' | sort; }
same() { cmp <(ids) <(wanted "$@"); }
wait_for 20 same "$log"
sed -n 101,180p "$root/tests/data/audit.jsonl" >> "$log"
mv "$log" "$log.1"
sed -n 181,200p "$root/tests/data/audit.jsonl" > "$log"
wait_for 20 same "$log.1" "$log"
stop
sed -n '201,$p' "$root/tests/data/audit.jsonl" >> "$log"
start --max-query-window 0 --audit-log-file "$log"
wait_for 20 same "$log.1" "$log"
stop
