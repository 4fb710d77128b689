# kubectl --as: the operator sees what others see, and a tenant's user cannot leave the tenant.
mkdir -p "$data"
cat > "$work/tokens.csv" <<'CSV'
admin-token,admin,admin,system:masters
help-token,hans,u-hans,helpdesk
acme-token,anna,u-anna,helpdesk,iam.miloapis.com/parent-type=Organization;iam.miloapis.com/parent-name=acme
CSV
cat > "$work/roles.yaml" <<'YAML'
roles:
- groups: [helpdesk]
  rules:
  - {apiGroups: [""], resources: [users], verbs: [impersonate]}
  - {apiGroups: [authentication.k8s.io], resources: ["*"], verbs: [impersonate]}
- groups: [readers]
  rules:
  - {apiGroups: [activity.miloapis.com], resources: [activitypolicies, activities, auditlogqueries], verbs: [get, list, create]}
- users: [vera]
  rules:
  - {apiGroups: [activity.miloapis.com], resources: [activitypolicies], verbs: [get, list]}
- groups: [system:authenticated]
  rules:
  - {nonResourceURLs: [/api, /api/*, /apis, /apis/*], verbs: [get]}
YAML
chmod 600 "$work/tokens.csv"
"$ACTIVITY" serve --data-dir "$data" --listen 127.0.0.1:0 --ingest-listen 127.0.0.1:0 --max-query-window 0 \
  --token-auth-file "$work/tokens.csv" --role-file "$work/roles.yaml" 2>> "$work/server.log" &
server=$!
up() { [[ -f $data/ingest-url && -f $data/kubeconfig ]] && curl -sf "$(ingest_url)/readyz"; }
wait_for 60 up
url=$(k config view -o jsonpath='{.clusters[0].cluster.server}')
by() { # TOKEN ARGUMENTS...: kubectl with that token alone
  local token=$1
  shift
  "$KUBECTL" --server "$url" --insecure-skip-tls-verify --token "$token" "$@"
}
for tenant in acme other; do
  jq -nc --arg t "$tenant" 'first(inputs | select(.verb == "create" and .objectRef.resource == "configmaps" and
    .responseStatus.code == 201)) | .auditID += "-" + $t | .objectRef.name = "canary-" + $t |
    .annotations["platform.miloapis.com/scope.type"] = "Organization" |
    .annotations["platform.miloapis.com/scope.name"] = $t' "$root/tests/data/audit.jsonl"
done > "$work/tenants.jsonl"
import "$work/tenants.jsonl"
query='{"apiVersion":"activity.miloapis.com/v1alpha1","kind":"AuditLogQuery","metadata":{"name":"q"},
  "spec":{"startTime":"2020-01-01T00:00:00Z","endTime":"now","filter":"objectRef.name.startsWith(\"canary\")"}}'
canaries() { "$@" create -o json -f - <<< "$query" | jq -r '[.status.results[].objectRef.name] | sort | join(" ")'; }
there() { [[ $(canaries by admin-token) == "canary-acme canary-other" ]]; }
wait_for 20 there

# The rights are those of the other.
refused 'User "nina" cannot list resource "activitypolicies"' by admin-token --as nina get activitypolicies
by admin-token --as vera get activitypolicies
refused 'User "vera" cannot delete resource "activitypolicies"' by admin-token --as vera delete activitypolicy x
by admin-token --as nina --as-group readers get activitypolicies
# Who may is asked for each part.
by help-token --as vera get activitypolicies
refused 'groups "readers" is forbidden: User "hans" cannot impersonate resource "groups"' \
  by help-token --as vera --as-group readers get activitypolicies

# The records are those of the other's tenant; extras come as headers do.
as_acme() {
  curl -sk -X POST -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -d "$query" \
    -H 'Impersonate-User: nina' -H 'Impersonate-Group: readers' \
    -H 'Impersonate-Extra-Iam.miloapis.com%2fparent-type: Organization' \
    -H 'Impersonate-Extra-Iam.miloapis.com%2fparent-name: acme' \
    "$url/apis/activity.miloapis.com/v1alpha1/auditlogqueries"
}
equal "$(as_acme admin-token | jq -r '.status.results[].objectRef.name')" canary-acme "what nina of acme sees"
# A tenant's user stays one, whatever the roles say.
contains "$(as_acme acme-token)" "who is of a tenant may not impersonate"
refused 'who is of a tenant may not impersonate' by acme-token --as vera get activitypolicies
# Both are in the log.
logged() { grep -F '"user":"nina","uid":"","impersonator":"admin"' "$work/server.log"; }
wait_for 20 logged
stop
