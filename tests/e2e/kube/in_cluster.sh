# docs/kubernetes.md, "Inside the cluster", command by command. There is no kubelet and no image: this case does what
# they would, as far as it can. It runs the container's command line in a root of its own, read-only, without
# capabilities or users, with the volumes of the manifest where its mounts say and the account's own token, asks
# what the probes ask, and says of the pod that it is ready. All else is the control plane's.
source ./kube_lib.sh
export KUBECONFIG=$plane/kubeconfig PATH=$work/bin:$PATH IMAGE=registry.example/activity:1
namespace=activity-system
mkdir -p "$work/bin" "$work/top" "$work/blocks" "$work/pod"
ln -s "$KUBECTL" "$work/bin/kubectl"
ln -s "$root/deploy" "$root/examples" "$work/top"
trap plane_down EXIT
"$root/tools/kube/up.sh" "$plane"
guide_blocks "$work/blocks"
cd "$work/top"

pod() { k -n "$namespace" get pod activity-0 -o json; }
container() { jq -r ".spec.containers[0]$1" "$work/pod.json"; }

# fill_volume NAME FOLDER: the content that the volume begins with.
fill_volume() {
  local secret key
  secret=$(jq -r --arg name "$1" '.spec.volumes[] | select(.name == $name) | .secret.secretName // empty' "$work/pod.json")
  [[ -n $secret ]] || return 0
  for key in $(k -n "$namespace" get secret "$secret" -o json | jq -r '.data | keys[]'); do
    k -n "$namespace" get secret "$secret" -o json | jq -r --arg key "$key" '.data[$key]' | base64 -d > "$2/$key"
  done
}
# make_root FOLDER: the machine's libraries, the program, the account's files; nothing else can be written but volumes.
make_root() {
  local to=$1 account=$1/run/secrets/kubernetes.io/serviceaccount mount
  mkdir -p "$to"/{usr,proc,dev,etc,opt,var} "$account"
  ln -s usr/lib "$to/lib"
  ln -s usr/lib64 "$to/lib64"
  ln -s ../run "$to/var/run"
  cp /etc/ld.so.cache "$to/etc/"
  touch "$to/opt/activity" "$to/opt/libchdb.so"
  k -n "$namespace" create token activity > "$account/token"
  cp "$plane/ca.crt" "$account/ca.crt"
  while IFS=$'\t' read -r name path _; do
    mkdir -p "$to$path" "$work/pod/$name"
    fill_volume "$name" "$work/pod/$name"
  done < <(container '.volumeMounts[] | select(.mountPath | startswith("/var/run") | not) | [.name, .mountPath] | @tsv')
}
# run_container FOLDER COMMAND...: in the root that make_root made.
run_container() {
  export root_of_pod=$1 volumes=$work/pod program=$(realpath "$ACTIVITY") library=$(realpath "$root/build/libchdb.so")
  shift
  mounts=$(container '.volumeMounts[] | [.name, .mountPath] | @tsv') \
    exec unshare --mount bash -euc '
      mount --bind "$root_of_pod" "$root_of_pod"
      for folder in usr proc dev; do mount --rbind "/$folder" "$root_of_pod/$folder"; done
      mount --bind "$program" "$root_of_pod/opt/activity"
      mount --bind "$library" "$root_of_pod/opt/libchdb.so"
      mount -o remount,bind,ro "$root_of_pod"
      while read -r name path; do
        [[ ! -d $volumes/$name ]] || mount --bind "$volumes/$name" "$root_of_pod$path"
      done <<< "$mounts"
      exec env -i PATH=/opt KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=16443 \
        /usr/sbin/chroot "$root_of_pod" /usr/bin/setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
    ' _ "$@"
}
probe() { # NAME
  curl -sfk "https://$address:8443$(container ".$1.httpGet.path")"
}
# kubelet: once there is a pod, take it to a node, run it, and say so when its probe does. (The scheduler waits for a
# volume that nobody makes.)
kubelet() {
  wait_for 60 pod
  pod > "$work/pod.json"
  equal "$(container .image)" "$IMAGE" image
  make_root "$work/root"
  mapfile -t command < <(container '.command[]')
  run_container "$work/root" "${command[@]}" 2> "$work/server.log" &
  echo $! > "$work/pod.pid"
  k create -f - <<< '{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-a"}}'
  k create --raw "/api/v1/namespaces/$namespace/pods/activity-0/binding" -f - <<< '{"apiVersion": "v1", "kind": "Binding",
    "metadata": {"name": "activity-0"}, "target": {"apiVersion": "v1", "kind": "Node", "name": "node-a"}}'
  wait_for 120 probe startupProbe
  k -n "$namespace" patch pod activity-0 --subresource=status --type=merge -p "{\"status\": {\"phase\": \"Running\",
    \"podIP\": \"$address\", \"podIPs\": [{\"ip\": \"$address\"}], \"conditions\": [{\"type\": \"Ready\", \"status\": \"True\"}]}}"
  wait "$(cat "$work/pod.pid")"
}

block deploy/kubernetes/in-cluster/service.yaml
ip address add "$ADDRESS/32" dev lo # what kube-proxy would route
block 'openssl x509'
block 'openssl rand'
block 'create secret tls'
kubelet > "$work/kubelet.out" 2>&1 &
kubelet=$!
k apply --dry-run=server -f "$root/deploy/kubernetes/in-cluster"
block your-image-of-activity
server=$(cat "$work/pod.pid")
probe readinessProbe
probe livenessProbe
selected() { # the Service finds the pod, by the names of its ports
  [[ $(k -n "$namespace" get endpoints activity -o jsonpath='{.subsets[0].addresses[0].ip} {.subsets[0].ports[*].port}') == "$address 8"*" 8"* ]]
}
wait_for 60 selected
block deploy/kubernetes/apiservice.yaml
wait_for 20 k get activitypolicies
k apply -f "$root/examples/policies/core-namespace.yaml"
"$ACTIVITY" import --to "https://$ADDRESS:8080" --ca-file activity-tls/ca.crt --token-file activity-tls/ingest-token \
  "$plane/audit.log" || fail 'records are refused'
told() { [[ $(k get activities -A) == *'created namespace activity-system'* ]]; }
wait_for 60 told
equal "$(curl -s -o /dev/null -w '%{http_code}' --cacert activity-tls/ca.crt "https://$ADDRESS:8080/audit" -d '{}')" 401 'no token'
equal "$(ls "$work/blocks" | grep '^inside' || true)" '' 'blocks that were not run'
# Its end, as a kubelet asks for it.
kill -TERM "$server"
wait "$kubelet" || fail "the pod ended with $?: $(tail -n 5 "$work/server.log")"
server=
contains "$(tail -n 1 "$work/server.log")" '"drained":true'
