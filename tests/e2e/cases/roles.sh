# Static tokens and roles: who may do what, and whose records they see.
mkdir -p "$data"
cat > "$work/tokens.csv" <<'CSV'
admin-token,admin,admin,system:masters
view-token,vera,u-vera,activity:viewers
none-token,nina,u-nina,
acme-token,anna,u-anna,activity:viewers,iam.miloapis.com/parent-type=Organization;iam.miloapis.com/parent-name=acme
half-token,hans,u-hans,activity:viewers,iam.miloapis.com/parent-type=Organization
CSV
chmod 600 "$work/tokens.csv"
start_with() { # start, without waiting through kubectl (the kubeconfig's token is not in the file)
  "$ACTIVITY" serve --data-dir "$data" --listen 127.0.0.1:0 --ingest-listen 127.0.0.1:0 "$@" 2>> "$work/server.log" &
  server=$!
  up() { [[ -f $data/ingest-url && -f $data/kubeconfig ]] && curl -sf "$(ingest_url)/readyz"; }
  wait_for 60 up
}
start_with --max-query-window 0 --token-auth-file "$work/tokens.csv" --policies "$root/examples/policies"
url=$(k config view -o jsonpath='{.clusters[0].cluster.server}')
as() { # TOKEN ARGUMENTS...: kubectl with that token alone
  local token=$1
  shift
  "$KUBECTL" --server "$url" --insecure-skip-tls-verify --token "$token" "$@"
}
# One record of acme, one of another tenant, one of nobody.
for tenant in acme other ""; do
  jq -nc --arg t "$tenant" 'first(inputs | select(.verb == "create" and .objectRef.resource == "configmaps" and
    .responseStatus.code == 201)) | .auditID += "-" + $t | .objectRef.name = "canary-" + $t |
    if $t == "" then . else .annotations["platform.miloapis.com/scope.type"] = "Organization" |
    .annotations["platform.miloapis.com/scope.name"] = $t end' "$root/tests/data/audit.jsonl"
done > "$work/tenants.jsonl"
[[ $(wc -l < "$work/tenants.jsonl") == 3 ]] || fail "no sample"
import "$work/tenants.jsonl"
there() { [[ $(as admin-token get activities -A -o name | wc -l) == 3 ]]; }
wait_for 20 there

refused 'cannot list resource "activities"' as none-token get activities -A
as view-token get activities -A > /dev/null
refused 'cannot delete resource "activitypolicies"' as view-token delete activitypolicy core-pod
refused 'tenant of the request is not usable' as half-token get activities -A
refused Unauthorized as wrong-token get activities -A

seen=$(as acme-token get activities -A -o json)
equal "$(jq '.items | length' <<< "$seen")" 1 "acme sees its own"
contains "$seen" canary-acme
[[ $seen != *canary-other* ]] || fail "acme sees another tenant"
query='{"apiVersion":"activity.miloapis.com/v1alpha1","kind":"AuditLogQuery","metadata":{"name":"q"},
  "spec":{"startTime":"2020-01-01T00:00:00Z","endTime":"now","filter":"objectRef.name.startsWith(\"canary\")"}}'
equal "$(as acme-token create -o json -f - <<< "$query" | jq -r '.status.results[].objectRef.name')" \
  canary-acme "acme's query"
equal "$(as admin-token create -o json -f - <<< "$query" | jq '.status.results | length')" 3 "the operator's"
stop

# A role file and the tokens count anew when they are replaced; a broken one changes nothing.
role() { # GROUP VERBS
  printf '%s\n' "roles:" "- groups: [$1]" "  rules:" "  - apiGroups: [activity.miloapis.com]" \
    "    resources: [activitypolicies]" "    verbs: [$2]" > "$work/roles.new"
  mv "$work/roles.new" "$work/roles.yaml"
}
rm -f "$data/ingest-url"
role readers get
sed -i 's/u-nina,/u-nina,readers/' "$work/tokens.csv"
start_with --token-auth-file "$work/tokens.csv" --role-file "$work/roles.yaml"
url=$(k config view -o jsonpath='{.clusters[0].cluster.server}')
path=/apis/activity.miloapis.com/v1alpha1/activitypolicies
as none-token get --raw "$path/core-pod" > /dev/null
refused 'cannot list resource "activitypolicies"' as none-token get --raw $path
role readers 'get, list'
wait_for 20 as none-token get --raw $path
echo 'roles: [' > "$work/roles.yaml"
told() { grep 'the role file cannot be read' "$work/server.log"; }
wait_for 20 told
as none-token get --raw $path > /dev/null
sed -i 's/none-token/other-token/' "$work/tokens.csv"
wait_for 20 as other-token get --raw $path
refused Unauthorized as none-token get --raw $path
echo 'nonsense' >> "$work/tokens.csv"
told() { grep 'the token file cannot be read; the tokens before stay in force.*tokens.csv: line 6 is not' "$work/server.log"; }
wait_for 20 told
as other-token get --raw $path > /dev/null
sed -i '$d' "$work/tokens.csv"
told() { grep 'tokens in force' "$work/server.log"; }
wait_for 20 told
stop

# Who may change but not create makes nothing by a change of what is not there.
cat > "$work/roles.yaml" <<'YAML'
roles:
- users: [nina]
  rules:
  - {apiGroups: ["", events.k8s.io, activity.miloapis.com], resources: [events, activitypolicies], verbs: [get, update, patch]}
  - {nonResourceURLs: ["*"], verbs: [get]}
YAML
rm "$data/ingest-url" "$data/kubeconfig"
start_with --token-auth-file "$work/tokens.csv" --role-file "$work/roles.yaml"
url=$(k config view -o jsonpath='{.clusters[0].cluster.server}')
event='{"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "shop"},
  "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web"}, "reason": "Put"}'
refused 'cannot create resource "events"' as other-token apply --server-side --validate=false -f - <<< "$event"
refused 'cannot create resource "activitypolicies"' as other-token apply --server-side --validate=false \
  -f <(sed 's/name: core-pod/name: absent/' "$root/examples/policies/core-pod.yaml")
put() { curl -sk -o "$work/put" -w '%{http_code}' -X PUT -H "Authorization: Bearer $1" -H 'Content-Type: application/json' \
  "$url/api/v1/namespaces/shop/events/e" -d "$event"; }
equal "$(put other-token)" 403 "a PUT of what is not there"
equal "$(put admin-token)" 201 "a PUT that may create"
equal "$(put other-token)" 200 "a PUT that may change"
stop
