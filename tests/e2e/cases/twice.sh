# Everything goes in; the store has exactly the distinct records; once more changes nothing.
start --policies "$root/examples/policies" --max-query-window 0
inputs=("$root/tests/data/audit.jsonl" "$root/tests/data/events-k8sio.json" "$root/tests/data/events-core.json")
count() { # METRIC LABEL
  k get --raw /metrics | awk -v m="$1{lane=\"$2\"}" '$1 == m { print $2 }'
}
import "${inputs[@]}"
for body in "$root"/tests/data/webhook/*.json; do
  equal "$(curl -s -o "$work/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
    --data-binary @"$body" "$(ingest_url)/audit")" 200 "webhook body $body: $(cat "$work/answer")"
done
wait_for 30 settled
audit=$( (jq -r 'select(.stage == "ResponseComplete" or .stage == "Panic") | .auditID' "$root/tests/data/audit.jsonl"
  jq -r '.items[] | select(.stage == "ResponseComplete" or .stage == "Panic") | .auditID' "$root"/tests/data/webhook/*.json) |
  sort -u | wc -l)
events=$( (jq -r '.items[].metadata | "\(.uid)/\(.resourceVersion)"' "$root/tests/data/events-k8sio.json" "$root/tests/data/events-core.json") | sort -u | wc -l)
equal "$(count activity_ingest_rows_total audit)" "$audit" "audit rows"
equal "$(count activity_ingest_rows_total events)" "$events" "event rows"
activities=$(count activity_ingest_rows_total activities)
[[ $activities -gt 0 ]] || fail "no activities"
k get activities -A -o name | sort > "$work/before"
import "${inputs[@]}"
wait_for 30 settled
equal "$(count activity_ingest_rows_total audit)" "$audit" "audit rows after the second import"
equal "$(count activity_ingest_rows_total events)" "$events" "event rows after the second import"
equal "$(count activity_ingest_rows_total activities)" "$activities" "activities after it"
k get activities -A -o name | sort > "$work/after"
cmp "$work/before" "$work/after" || fail "activities changed"
stop
