#!/usr/bin/env bash
# Start etcd, kube-apiserver, kube-controller-manager and kube-scheduler on loopback, everything under DIR:
#   up.sh DIR
# DIR then has
#   kubeconfig                     contexts admin, alice, bob (group developers) and eve (group interns)
#   ca.crt ca.key                  CA of the apiserver and of client certificates
#   front-proxy-ca.crt and .key    CA of the certificate that the aggregator shows to the servers behind it,
#   front-proxy.crt and .key       which is this one
#   NAME.log, NAME.pid             of each program;  audit.log
# In the environment:
#   KUBE_BIN               the programs (build.sh)        ETCD_PORT, API_PORT   and the next two each (22379, 16443)
#   AUDIT_WEBHOOK          URL to which audit records go; none: only to audit.log
#   AUDIT_WEBHOOK_CA       file with the CA of that URL;  AUDIT_WEBHOOK_TOKEN  bearer token, sent over HTTPS only
# down.sh DIR stops them.
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$tools/certs.sh"
bin=${KUBE_BIN:-$tools/../build/kube/bin}
bin=$(cd "$bin" && pwd)
etcd_port=${ETCD_PORT:-22379}
api_port=${API_PORT:-16443}
[[ -z ${AUDIT_WEBHOOK_CA:-} ]] || AUDIT_WEBHOOK_CA=$(realpath "$AUDIT_WEBHOOK_CA")
mkdir -p "$1"
cd "$1"

make_files() {
  openssl genrsa -out sa.key 2048 2> /dev/null
  openssl rsa -in sa.key -pubout -out sa.pub 2> /dev/null
  make_ca ca kubernetes
  issue ca apiserver /CN=kube-apiserver 'subjectAltName=DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1'
  make_ca front-proxy-ca front-proxy-ca
  issue front-proxy-ca front-proxy /CN=front-proxy-client extendedKeyUsage=clientAuth
  cat > tokens.csv << 'T'
admin-token,admin,uid-admin,system:masters
alice-token,alice@example.com,uid-alice,developers
bob-token,bob@example.com,uid-bob,developers
eve-token,eve@example.com,uid-eve,interns
T
  cat > audit-policy.yaml << 'T'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: None, nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version", "/openapi*"]}
- level: Metadata
  resources: [{group: "", resources: [secrets, serviceaccounts/token]}, {group: authentication.k8s.io, resources: [tokenreviews]}]
- {level: RequestResponse, verbs: [create, update, patch, delete, deletecollection]}
- {level: Metadata}
T
}

write_kubeconfig() {
  local user
  echo 'apiVersion: v1'
  echo 'kind: Config'
  echo 'current-context: admin'
  echo "clusters: [{name: local, cluster: {server: 'https://127.0.0.1:$api_port', certificate-authority: ca.crt}}]"
  echo 'users:'
  for user in admin alice bob eve; do echo "- {name: $user, user: {token: $user-token}}"; done
  echo 'contexts:'
  for user in admin alice bob eve; do echo "- {name: $user, context: {cluster: local, user: $user}}"; done
}

write_webhook() {
  cat << T
apiVersion: v1
kind: Config
current-context: activity
clusters: [{name: activity, cluster: {server: '$AUDIT_WEBHOOK', certificate-authority: '${AUDIT_WEBHOOK_CA:-}'}}]
users: [{name: activity, user: {token: '${AUDIT_WEBHOOK_TOKEN:-}'}}]
contexts: [{name: activity, context: {cluster: activity, user: activity}}]
T
}

start() { # NAME PROGRAM ARGUMENT...
  local name=$1
  shift
  setsid "$@" > "$name.log" 2>&1 < /dev/null &
  echo $! > "$name.pid"
}
wait_for() { # NAME SECONDS COMMAND...: until it succeeds, while NAME runs; five times as long on a busy machine
  local name=$1 end=$((SECONDS + 5 * $2))
  shift 2
  until "$@" > /dev/null 2>&1; do
    kill -0 "$(cat "$name.pid")" 2> /dev/null || { tail -n 5 "$name.log" >&2; return 1; }
    ((SECONDS < end)) || { echo "$name is not ready" >&2; return 1; }
    sleep 0.2
  done
}

[[ -f sa.key ]] || make_files
write_kubeconfig > kubeconfig
webhook=()
if [[ -n ${AUDIT_WEBHOOK:-} ]]; then
  write_webhook > webhook.yaml
  webhook=(--audit-webhook-config-file=webhook.yaml --audit-webhook-batch-max-size=400 --audit-webhook-batch-max-wait=1s
    --audit-webhook-initial-backoff=1s)
fi

etcd=http://127.0.0.1:$etcd_port
etcd_peer=http://127.0.0.1:$((etcd_port + 1))
start etcd etcd --data-dir etcd-data --listen-client-urls "$etcd" --advertise-client-urls "$etcd" \
  --listen-peer-urls "$etcd_peer" --initial-advertise-peer-urls "$etcd_peer" --initial-cluster "default=$etcd_peer"
wait_for etcd 30 curl -sf "$etcd/health"
start kube-apiserver "$bin/kube-apiserver" --etcd-servers="$etcd" --secure-port="$api_port" --bind-address=127.0.0.1 \
  --advertise-address=10.0.0.1 --tls-cert-file=apiserver.crt --tls-private-key-file=apiserver.key --cert-dir=certs \
  --client-ca-file=ca.crt --token-auth-file=tokens.csv --authorization-mode=RBAC \
  --service-account-key-file=sa.pub --service-account-signing-key-file=sa.key \
  --service-account-issuer=https://kubernetes.default.svc --service-cluster-ip-range=10.96.0.0/16 \
  --audit-policy-file=audit-policy.yaml --audit-log-path=audit.log "${webhook[@]}" \
  --requestheader-client-ca-file=front-proxy-ca.crt --requestheader-allowed-names=front-proxy-client \
  --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group \
  --requestheader-username-headers=X-Remote-User \
  --proxy-client-cert-file=front-proxy.crt --proxy-client-key-file=front-proxy.key \
  --enable-aggregator-routing=true --disable-admission-plugins=ServiceAccount
wait_for kube-apiserver 90 curl -sf --cacert ca.crt "https://127.0.0.1:$api_port/readyz"
start kube-controller-manager "$bin/kube-controller-manager" --kubeconfig=kubeconfig --root-ca-file=ca.crt \
  --service-account-private-key-file=sa.key --use-service-account-credentials=true '--controllers=*,-nodelifecycle,-ttl' \
  --leader-elect=false --port=0 --bind-address=127.0.0.1 --secure-port=$((api_port + 1)) --cert-dir=controller-certs
start kube-scheduler "$bin/kube-scheduler" --kubeconfig=kubeconfig --leader-elect=false --port=0 \
  --bind-address=127.0.0.1 --secure-port=$((api_port + 2)) --cert-dir=scheduler-certs
wait_for kube-controller-manager 60 curl -sfk "https://127.0.0.1:$((api_port + 1))/healthz"
wait_for kube-scheduler 60 curl -sfk "https://127.0.0.1:$((api_port + 2))/healthz"
