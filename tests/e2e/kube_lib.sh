# What the cases of tests/e2e/kube share: a control plane with the service behind its aggregator. Sourced after
# lib.sh. The case has a network of its own (./dev e2e kube), so ports are fixed and nothing is reached from outside.
[[ $(ip -o link | wc -l) == 1 ]] || fail 'these cases want a network of their own: ./dev e2e kube'
ip link set lo up
address=10.254.0.1 # where the aggregator finds the service; Endpoints may not name 127.0.0.1
[[ $(ip address show dev lo) == *" $address/"* ]] || ip address add "$address/32" dev lo
plane=$work/plane
manifests=$root/deploy/kubernetes
group=activity.miloapis.com

k() { "$KUBECTL" --kubeconfig "$plane/kubeconfig" --request-timeout=60s "$@"; }
as() { k --context "$@"; } # alice, bob, eve or admin
# raw USER-TOKEN PATH CURL-OPTION...: "CODE BODY" of a request to the kube-apiserver.
raw() {
  curl -s --cacert "$plane/ca.crt" -H "Authorization: Bearer $1" -w '\n%{http_code}' "${@:3}" "https://127.0.0.1:16443$2" |
    { mapfile -t lines; echo "${lines[-1]} ${lines[*]:0:${#lines[@]}-1}"; }
}

# plane_up CA-FILE TOKEN-FILE: the control plane, which sends its audit records to where the collector will listen.
plane_up() {
  trap plane_down EXIT
  AUDIT_WEBHOOK=https://$address:8080/audit AUDIT_WEBHOOK_CA=$1 AUDIT_WEBHOOK_TOKEN=$(cat "$2") \
    "$root/tools/kube/up.sh" "$plane"
}
plane_down() {
  [[ -z $server ]] || kill -KILL "$server" 2> /dev/null || true
  "$root/tools/kube/down.sh" "$plane"
}

# register: a control plane; the service's account, rights and address; the roles of people; the APIService.
register() {
  openssl rand -hex 16 > "$work/ingest-token"
  make_ca "$work/serving-ca" activity-serving-ca
  issue "$work/serving-ca" "$work/tls" /CN=activity "subjectAltName=DNS:activity.activity-system.svc,IP:$address"
  plane_up "$work/serving-ca.crt" "$work/ingest-token"
  k apply -f "$manifests"
  k apply -f - << Y
apiVersion: v1
kind: Endpoints
metadata: {name: activity, namespace: activity-system}
subsets:
- addresses: [{ip: $address}]
  ports: [{name: https, port: 8443}]
Y
  k patch apiservice "v1alpha1.$group" --type=merge -p "{\"spec\":{\"caBundle\":\"$(base64 -w 0 "$work/serving-ca.crt")\"}}"
  cat > "$work/account.kubeconfig" << Y
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:16443', certificate-authority: $plane/ca.crt}}]
users: [{name: u, user: {token: $(k -n activity-system create token activity)}}]
Y
}

# service_up OPTION...: the service, with what docs/kubernetes.md says; returns when the aggregator reaches it.
service_up() {
  "$ACTIVITY" serve --data-dir "$data" --listen "$address:8443" --ingest-listen "$address:8080" \
    --ingest-token-file "$work/ingest-token" --tls-cert-file "$work/tls.crt" --tls-private-key-file "$work/tls.key" --ingest-tls \
    --authentication-kubeconfig "$work/account.kubeconfig" --authorization-kubeconfig "$work/account.kubeconfig" \
    "$@" 2>> "$work/server.log" &
  server=$!
  wait_for 60 listening
  wait_for 60 available
}
listening() {
  kill -0 "$server" 2> /dev/null || fail "the server ended: $(tail -n 5 "$work/server.log")"
  curl -sfk "https://$address:8443/readyz"
}
available() {
  kill -0 "$server" 2> /dev/null || fail "the server ended: $(tail -n 5 "$work/server.log")"
  k wait --for=condition=Available --timeout=1s "apiservice/v1alpha1.$group"
}

# guide_blocks FOLDER: the commands of docs/kubernetes.md, each block a file; those for a service in the cluster are inside-N.
guide_blocks() {
  awk -v to="$1" '/^## / { inside = /Inside the cluster/ ? "inside-" : "" } /^```bash$/ { on = 1; n++; next } /^```$/ { on = 0 }
    on { print > (to "/" inside n) }' "$root/docs/kubernetes.md"
}
# block WORD: run the one block with that word.
block() {
  local file
  file=$(grep -l -- "$1" "$work"/blocks/*) || fail "no block with '$1'"
  [[ $(wc -l <<< "$file") == 1 ]] || fail "not one block with '$1': $file"
  echo "--- $1"
  source "$file"
  rm "$file"
}
