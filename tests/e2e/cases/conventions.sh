# Every line of tests/e2e/kubectl/*.table against one server: what kubectl and scripts of
# people who know Kubernetes rely on.
start --max-concurrent-reindex-jobs 0 # the tables say what becomes of jobs

# policy NAME [LABELS [MATCH [SUMMARY]]]: its manifest.
policy() {
  local summary='{{ actor }} made it'
  printf '%s\n' "apiVersion: activity.miloapis.com/v1alpha1" "kind: ActivityPolicy" \
    "metadata: {name: $1, labels: {${2:-}}}" "spec:" \
    "  resource: {apiGroup: apps, kind: Deployment}" "  auditRules:" "  - name: one" \
    "    match: |-" "      ${3:-audit.verb == 'create'}" "    summary: \"${4:-$summary}\""
}
# job NAME SPEC: the manifest of a ReindexJob.
job() {
  printf '%s\n' "apiVersion: activity.miloapis.com/v1alpha1" "kind: ReindexJob" \
    "metadata: {name: $1}" "spec: $2"
}
# ev NAME: an Event about a Pod.
ev() {
  jq -nc --arg name "$1" '{metadata: {$name}, involvedObject: {kind: "Pod", namespace: "default", name: "p", uid: "u"},
    reason: "Told", message: "m", source: {component: "c"}, type: "Normal", count: 1,
    firstTimestamp: (now | todate), lastTimestamp: (now | todate)}'
}
raw() { # METHOD PATH [CURL OPTION...]: the body
  local method=$1 path=$2
  shift 2
  curl -s -X "$method" --cacert "$data/tls/ca.crt" -H "Authorization: Bearer $token" \
    -H "Content-Type: ${type:-application/json}" "$@" "$url$path"
}
url=$(k config view -o jsonpath='{.clusters[0].cluster.server}')
token=$(awk -F, '!/^#/ { print $1; exit }' "$data/tokens.csv")
api=/apis/activity.miloapis.com/v1alpha1

passed=0
wrong=()
# judge KIND COMMAND WANTED: run one line of a table.
judge() {
  local kind=$1 command=$2 wanted=$3 text code=0
  text=$(eval "$command" 2>&1) || code=$?
  case $kind in
    is) [[ $code -eq 0 && $text == "$wanted" ]] ;;
    has) [[ $code -eq 0 && $text == *"$wanted"* ]] ;;
    lacks) [[ $code -eq 0 && $text != *"$wanted"* ]] ;;
    refused) [[ $code -ne 0 && $text == *"$wanted"* ]] ;;
    *) false ;;
  esac && passed=$((passed + 1)) || wrong+=("$kind $command => $wanted"$'\n'"    got ($code): $text")
}
for table in "$root"/tests/e2e/kubectl/*.table; do
  while IFS= read -r line || [[ -n $line ]]; do
    [[ -n $line && $line != \#* ]] || continue
    [[ $line =~ ^([a-z]+)\ +(.*)\ =\>\ ?(.*)$ ]] || fail "$table: not a case: $line"
    judge "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}"
  done < "$table"
done
echo "$passed cases passed, ${#wrong[@]} failed"
printf '%s\n' "${wrong[@]}"
[[ ${#wrong[@]} -eq 0 && $passed -gt 100 ]] || fail "conventions"
stop
