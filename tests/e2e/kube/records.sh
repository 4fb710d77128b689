# What people and controllers do in a real control plane, told as activities: audit webhook, Events, tenants.
source ./kube_lib.sh
register
service_up --policies "$root/examples/policies"
k create clusterrolebinding developers-view --clusterrole=activity:viewer --group=developers
"$root/tools/kube/drive.sh" "$plane/kubeconfig" 1

k get activities -n shop -w -o jsonpath='{.spec.summary}{"\n"}' > "$work/watch" 2> "$work/watch.err" &
watcher=$!
as bob -n shop create configmap watched --from-literal=a=b
watched() { grep -q 'bob@example.com created config map watched in shop' "$work/watch"; }
wait_for 30 watched
kill "$watcher"
wait "$watcher" || true
# Batches of the webhook overtake one another, so each sentence comes in its own time.
told() {
  as alice get activities -A -o json > "$work/activities.json"
  jq -r '.items[].spec.summary' "$work/activities.json" | grep -F "$1" > /dev/null
}
for sentence in 'bob@example.com created deployment web-1 in shop' 'bob@example.com scaled deployment web-1 in billing to 3 replicas' \
  'alice@example.com set the image of deployment web-1 in shop' 'bob@example.com deleted deployment web-1 in shop' \
  'bob@example.com created config map cfg-1 in shop' 'alice@example.com created job once-1 in billing' \
  'eve@example.com was not allowed to read secrets in shop' 'alice@example.com deleted HTTP proxy api-gateway-1'; do
  wait_for 30 told "$sentence"
done
# Each record once, whoever sent it how often; people and controllers are told apart.
equal "$(jq -r '.items[].spec.origin.id' "$work/activities.json" | sort | uniq -d | wc -l)" 0 'records that are told twice'
equal "$(jq -r '.items[] | select(.spec.summary | startswith("bob")) | .spec.changeSource' "$work/activities.json" | sort -u)" human 'bob'
equal "$(jq -r '.items[] | select(.spec.actor.name | test("replicaset-controller")) | .spec.changeSource' "$work/activities.json" | sort -u)" system 'a controller'
equal "$(grep -c hunter2 "$work/activities.json" || true)" 0 'secrets that are told'
refused 'cannot list resource "activities"' as eve get activities -n shop
contains "$(k get activities -n billing --field-selector spec.resource.kind=Deployment,spec.changeSource=human)" 'Deployment/web-1'

# Every record of the audit log is stored, but for stages that are not kept.
ask() { as alice create -f - -o json <<< $'---\n'"$1"; } # marked as YAML: older kubectls take a brace for JSON
count() {
  ask "{apiVersion: $group/v1alpha1, kind: AuditLogFacetsQuery, spec: {timeRange: {start: now-1h}, facets: [{field: user.username, limit: 100}]}}" |
    jq --arg user "$1" '[.status.facets[0].values[] | select(.value == $user) | .count] | add // 0'
}
in_log() { jq -s --arg user "$1" 'map(select(.user.username == $user and .stage == "ResponseComplete") | .auditID) | unique | length' "$plane/audit.log"; }
all_stored() { [[ $(count "$1") == $(in_log "$1") ]]; }
wait_for 30 all_stored eve@example.com
[[ $(in_log eve@example.com) -ge 4 ]] || fail 'eve did too little'
wait_for 30 all_stored bob@example.com

# Events, in both forms that Kubernetes has; each is the same record.
send() { curl -sf --cacert "$work/serving-ca.crt" -H "Authorization: Bearer $(cat "$work/ingest-token")" -H 'Content-Type: application/json' --data-binary @- "https://$address:8080/events"; }
k get events -A -o json > "$work/events.json"
number=$(jq '.items | length' "$work/events.json")
[[ $number -ge 10 ]] || fail 'there are too few Events'
contains "$(send < "$work/events.json")" "\"accepted\":$number"
k get --raw /apis/events.k8s.io/v1/events | send > /dev/null
asked() { ask "{apiVersion: $group/v1alpha1, kind: EventQuery, spec: {startTime: now-1h, endTime: now, namespace: shop, fieldSelector: 'regarding.kind=ReplicaSet,reason=SuccessfulCreate'}}"; }
wanted=$(jq '[.items[] | select(.metadata.namespace == "shop" and .involvedObject.kind == "ReplicaSet" and .reason == "SuccessfulCreate")] | length' "$work/events.json")
answered() { [[ $(asked | jq '.status.results | length') == "$wanted" ]]; }
wait_for 30 answered

# Tenants are extras of users. A platform's own proxy in front of the kube-apiserver sets them; here we are that proxy.
proxied() { # TENANT-TYPE TENANT-NAME PATH CURL-OPTION...
  curl -s --cacert "$plane/ca.crt" --cert "$plane/front-proxy.crt" --key "$plane/front-proxy.key" \
    -H 'X-Remote-User: alice@example.com' -H 'X-Remote-Group: developers' \
    -H "X-Remote-Extra-Iam.miloapis.com%2fparent-type: $1" -H "X-Remote-Extra-Iam.miloapis.com%2fparent-name: $2" \
    "${@:4}" "https://127.0.0.1:16443$3"
}
activities=/apis/$group/v1alpha1/activities
equal "$(proxied Project web $activities | jq -c '.items')" '[]' 'activities of a new tenant'
proxied Project web /api/v1/namespaces/shop/configmaps -H 'Content-Type: application/json' \
  -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"of-web"}}' > "$work/of-web"
tenants() { proxied Project web $activities | grep "created config map of-web in shop" > /dev/null; }
wait_for 30 tenants
equal "$(proxied Project web $activities | jq -c '[.items[] | .spec.tenant] | unique')" '[{"type":"project","name":"web"}]' 'whose they are'
equal "$(proxied project WEB $activities | jq -c '.items')" '[]' 'names are compared as they are'
equal "$(proxied Project other $activities | jq -c '.items')" '[]' 'activities of another tenant'
equal "$(proxied Organization web $activities | jq -c '.items')" '[]' 'activities of another type of tenant'
equal "$(proxied Nonsense web $activities | jq .code)" 403 'an unknown type'
mine=$(proxied User uid-bob $activities | jq -r '[.items[].spec.actor.name] | unique | join(" ")')
equal "$mine" bob@example.com 'what a user did'
# The same by impersonation, which RBAC may allow for extras.
impersonated() { # CURL-OPTION...
  raw admin-token $activities -H 'Impersonate-User: alice@example.com' -H 'Impersonate-Group: developers' \
    -H 'Impersonate-Extra-iam.miloapis.com%2fparent-type: Project' "$@"
}
contains "$(impersonated -H 'Impersonate-Extra-iam.miloapis.com%2fparent-name: web')" 'created config map of-web in shop'
contains "$(impersonated -H 'Impersonate-Extra-iam.miloapis.com%2fparent-name: other')" '"items":[]'
contains "$(impersonated)" 'the tenant has a type and no name'
stop
