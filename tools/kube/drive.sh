#!/usr/bin/env bash
# Work on the cluster that up.sh started, as several people do: creations, updates, scalings, refusals, conflicts,
# deletions, text that is not ASCII. A round is about 250 audit records.   drive.sh KUBECONFIG [ROUNDS]
# Namespaces shop and billing stay; what must fail (eve's tries, names that are taken) fails quietly.
set -uo pipefail
export KUBECONFIG=$1
rounds=${2:-1}
kubectl=${KUBECTL:-kubectl}
k() { "$kubectl" --request-timeout=20s --context "$@" > /dev/null 2>&1; }
apply() { "$kubectl" --request-timeout=20s --context "$1" apply -f - > /dev/null 2>&1; }

set_up() {
  local name
  apply admin << 'Y'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: httpproxies.networking.datumapis.com}
spec:
  group: networking.datumapis.com
  names: {kind: HTTPProxy, plural: httpproxies, singular: httpproxy}
  scope: Namespaced
  versions:
  - name: v1alpha
    served: true
    storage: true
    subresources: {status: {}}
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
Y
  k admin wait --for=condition=Established crd/httpproxies.networking.datumapis.com
  k admin create clusterrole httpproxy-editor --verb='*' --resource=httpproxies.networking.datumapis.com
  k admin create clusterrolebinding devs --clusterrole=admin --group=developers
  k admin create clusterrolebinding devs-proxies --clusterrole=httpproxy-editor --group=developers
  for name in node-a node-b; do
    apply admin <<< $'---\n'"{apiVersion: v1, kind: Node, metadata: {name: $name}}"
  done
  for name in shop billing; do k admin create ns "$name"; done
  wait_for_role
}

# A new cluster fills its role "admin" a while after it is ready, and by and by.
wait_for_role() {
  local resource tries=120
  for resource in configmaps secrets serviceaccounts services deployments.apps jobs.batch \
    roles.rbac.authorization.k8s.io rolebindings.rbac.authorization.k8s.io httpproxies.networking.datumapis.com; do
    until k bob -n billing auth can-i create "$resource" || ((--tries <= 0)); do sleep 0.5; done
  done
}

work_in() { # NAMESPACE ROUND
  local ns=$1 i=$2
  apply alice << Y
apiVersion: networking.datumapis.com/v1alpha
kind: HTTPProxy
metadata: {name: api-gateway-$i, namespace: $ns}
spec: {hostnames: ["app$i.example.com"], rules: [{backends: [{endpoint: "https://origin$i.example.net"}]}]}
Y
  k bob -n "$ns" create deployment "web-$i" --image=nginx:1.2 --replicas=2
  k alice -n "$ns" set image "deployment/web-$i" nginx=nginx:1.25
  k bob -n "$ns" scale "deployment/web-$i" --replicas=3
  k alice -n "$ns" patch httpproxy "api-gateway-$i" --type=merge -p "{\"spec\":{\"hostnames\":[\"new$i.example.com\"]}}"
  k bob -n "$ns" create configmap "cfg-$i" --from-literal='quote=it'"'"'s "quoted" \ back'
  k bob -n "$ns" create secret generic "sec-$i" --from-literal=password=hunter2
  k bob -n "$ns" create serviceaccount "bot-$i"
  k bob -n "$ns" create role "reader-$i" --verb=get,list --resource=pods
  k bob -n "$ns" create rolebinding "rb-$i" --role="reader-$i" --serviceaccount="$ns:bot-$i"
  k bob -n "$ns" expose deployment "web-$i" --port=80
  k alice -n "$ns" create job "once-$i" --image=busybox -- true
  k bob -n "$ns" annotate deployment "web-$i" note="Größe 日本語 🚀 $i" --overwrite
  k eve -n "$ns" delete deployment "web-$i"
  k eve -n "$ns" get secrets
  k alice -n "$ns" get deployment "nope-$i"
  k alice -n "$ns" create configmap "cfg-$i" --from-literal=dup=1
  ((i % 2)) && k alice -n "$ns" delete httpproxy "api-gateway-$i"
  ((i % 2)) && k bob -n "$ns" delete deployment "web-$i"
  return 0
}

set_up
for i in $(seq "$rounds"); do
  for ns in shop billing; do work_in "$ns" "$i"; done
done
