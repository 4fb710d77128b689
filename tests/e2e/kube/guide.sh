# docs/kubernetes.md, command by command, for a service outside of the cluster.
source ./kube_lib.sh
export ADDRESS=$address KUBECONFIG=$plane/kubeconfig PATH=$work/bin:$PATH
mkdir -p "$work/bin" "$work/top" "$work/blocks"
ln -s "$KUBECTL" "$work/bin/kubectl"
ln -s "$ACTIVITY" "$work/bin/activity"
ln -s "$root/deploy" "$root/examples" "$work/top"
guide_blocks "$work/blocks"
cd "$work/top"
block 'openssl x509'
block 'openssl rand'
plane_up activity-tls/ca.crt activity-tls/ingest-token
block deploy/kubernetes/service.yaml
block set-credentials
block 'kind: Endpoints'
block 'activity serve'
server=$!
wait_for 60 listening
block deploy/kubernetes/apiservice.yaml
wait_for 20 k get activitypolicies
block api-resources > registered
contains "$(cat registered)" 'auditlogqueries'
contains "$(cat registered)" 'core-configmap'
k create namespace shop
told() { [[ $(k get activities -A) == *'created namespace shop'* ]]; }
wait_for 30 told
block 'can-i' > people
contains "$(cat people)" yes
contains "$(cat people)" 'created namespace shop'
block as-user-extra > tenant 2>&1
contains "$(cat tenant)" 'No resources found'
equal "$(ls "$work/blocks" | grep -v '^inside' || true)" '' 'blocks that were not run'
stop
