# Behind the aggregator of a real control plane: discovery, kubectl, RBAC, and controllers that meet our group.
source ./kube_lib.sh
register
service_up --policies "$root/examples/policies"
policy() { # NAME [MEMBER...]: an ActivityPolicy with further members of its metadata
  cat << Y
apiVersion: $group/v1alpha1
kind: ActivityPolicy
metadata: {name: $1${2:+, $2}}
spec:
  resource: {apiGroup: "", kind: ConfigMap}
  auditRules:
  - {name: create, match: "audit.verb == 'create'", summary: "{{ actor }} made {{ audit.objectRef.name }}"}
Y
}
policy team > "$work/team.yaml"

# What is there, and what it is.
contains "$(k get apiservice "v1alpha1.$group")" 'activity-system/activity   True'
equal "$(k api-resources --api-group=$group --no-headers | wc -l)" 10 'resources'
contains "$(k api-resources --api-group=$group --verbs=watch -o name | tr '\n' ' ')" "activities.$group activitypolicies.$group reindexjobs.$group"
contains "$(k api-versions)" "$group/v1alpha1"
explained() { k explain activitypolicies.spec.auditRules.match | grep 'CEL expression'; }
wait_for 90 explained # the aggregator reads our OpenAPI when it has the time
contains "$(k get --raw /openapi/v2 | jq -r '.definitions | keys[]' | grep miloapis)" ActivityPolicy

# Who may do what: developers by our roles, nobody else. The kube-apiserver refuses in its words, we in the same.
refused 'cannot list resource "activitypolicies" in API group' as alice get activitypolicies
k create clusterrolebinding developers-view --clusterrole=activity:viewer --group=developers
k create clusterrolebinding developers-edit --clusterrole=activity:editor --group=developers
can_edit() { as alice auth can-i create activitypolicies; }
wait_for 20 can_edit
equal "$(as alice auth can-i create auditlogqueries 2> /dev/null)" yes 'alice asks'
equal "$(as eve auth can-i get activitypolicies 2> /dev/null || true)" no 'eve reads'
contains "$(as alice auth can-i --list | grep $group)" "activitypolicies.$group"
refused 'User "eve@example.com" cannot get resource "activitypolicies" in API group "activity.miloapis.com" at the cluster scope' \
  as eve get activitypolicy core-node
direct() { # TOKEN PATH: asked without the aggregator, by token; TokenReview and SubjectAccessReview answer for it
  curl -s --cacert "$work/serving-ca.crt" --resolve "activity.activity-system.svc:8443:$address" \
    -H "Authorization: Bearer $1" -w ' %{http_code}' "https://activity.activity-system.svc:8443$2"
}
policies=/apis/$group/v1alpha1/activitypolicies
contains "$(direct alice-token $policies)" ' 200'
contains "$(direct eve-token $policies)" 'activitypolicies.activity.miloapis.com is forbidden: User \"eve@example.com\" cannot list resource \"activitypolicies\" in API group \"activity.miloapis.com\" at the cluster scope'
contains "$(direct nobody-token $policies)" ' 401'
contains "$(direct alice-token /metrics)" ' 403'
# Headers of a front proxy say nothing without its certificate.
contains "$(curl -sk -H 'X-Remote-User: admin' -H 'X-Remote-Group: system:masters' -w ' %{http_code}' "https://$address:8443$policies")" ' 401'

# kubectl, as alice.
equal "$(as alice apply -f "$work/team.yaml")" "activitypolicy.$group/team created" 'apply'
equal "$(as alice apply -f "$work/team.yaml")" "activitypolicy.$group/team unchanged" 'apply again'
as alice diff -f "$work/team.yaml" || fail 'a difference'
as alice get activitypolicy team -w -o jsonpath='{.metadata.generation}{"\n"}' > "$work/watch" 2> "$work/watch.err" &
watcher=$!
seen() { grep -q "^$1\$" "$work/watch"; }
wait_for 20 seen 1
as alice patch activitypolicy team --type=json \
  -p '[{"op":"add","path":"/spec/auditRules/-","value":{"name":"gone","match":"audit.verb == \"delete\"","summary":"gone"}}]'
as alice patch activitypolicy team --type=merge -p '{"metadata":{"annotations":{"note":"größer"}}}'
as alice label activitypolicy team color=blue
EDITOR='sed -i s/made/wrote/' as alice edit activitypolicy team
wait_for 20 seen 3
kill "$watcher"
wait "$watcher" || true
equal "$(as alice get activitypolicy -l color=blue -o jsonpath='{.items[*].metadata.name} {.items[0].spec.auditRules[*].name}')" \
  'team create gone' 'what it is now'
contains "$(as alice get activitypolicy team -o jsonpath='{.spec.auditRules[0].summary}')" 'wrote'
ready() { [[ $(k get activitypolicy team -o jsonpath='{.status.conditions[0].status} {.status.observedGeneration}') == 'True 3' ]]; }
wait_for 20 ready
refused 'spec.auditRules[0].match' as alice patch activitypolicy team --type=json \
  -p '[{"op":"replace","path":"/spec/auditRules/0/match","value":"nonsense ="}]'
contains "$(as alice patch activitypolicy team --type=merge -p '{"spec":{"rules":[]}}' 2>&1)" 'unknown field "spec.rules"'
sed 's/auditRules/rules/' "$work/team.yaml" > "$work/wrong.yaml"
refused 'unknown field "spec.rules"' as alice apply --server-side -f "$work/wrong.yaml"
contains "$(as alice describe activitypolicy team)" 'all rules are in force'
equal "$(as alice get activitypolicies --chunk-size=7 -o name | wc -l)" "$(as alice get activitypolicies -o name | wc -l)" 'pages'
# Server-side apply: another manager needs force for what alice's clients set.
sed 's/made/built/' "$work/team.yaml" > "$work/other.yaml"
refused 'conflict' as alice apply --server-side --field-manager=robot -f "$work/other.yaml"
as alice apply --server-side --field-manager=robot --force-conflicts -f "$work/other.yaml"
equal "$(as alice get activitypolicy team -o jsonpath='{.spec.auditRules[*].summary}')" '{{ actor }} built {{ audit.objectRef.name }} gone' 'applied'
contains "$(as alice get activitypolicy team --show-managed-fields -o jsonpath='{.metadata.managedFields[*].manager}')" robot

as alice create -f - << Y
apiVersion: $group/v1alpha1
kind: ReindexJob
metadata: {name: again}
spec: {timeRange: {startTime: now-1h}, policySelector: {names: [team]}}
Y
contains "$(as alice get reindexjobs)" 'now-1h to now'
as alice delete reindexjob again

# The garbage collector reads our kinds and deletes what its owner left behind.
owned() { # [MEMBER]: a policy that team owns
  local uid
  uid=$(k get activitypolicy team -o jsonpath='{.metadata.uid}')
  policy child "ownerReferences: [{apiVersion: $group/v1alpha1, kind: ActivityPolicy, name: team, uid: $uid${1:+, $1}}]" |
    as alice create -f -
}
gone() { ! k get activitypolicy "$1"; }
owned
as alice delete activitypolicy team --cascade=background
wait_for 90 gone child
refused '"team" not found' as alice get activitypolicy team
# Now that it knows them: dependents first, or left alone.
as alice apply -f "$work/team.yaml"
owned "blockOwnerDeletion: true"
as alice delete activitypolicy team --cascade=foreground --timeout=60s
gone child || fail 'the owner went first'
as alice apply -f "$work/team.yaml"
owned
as alice delete activitypolicy team --cascade=orphan --timeout=60s
equal "$(k get activitypolicy child -o jsonpath='{.metadata.name}{.metadata.ownerReferences}')" child 'an orphan'
as alice delete activitypolicy child

# The namespace controller goes through our namespaced kind as well.
k create namespace passing
k -n passing create configmap x --from-literal=a=b
k delete namespace passing --timeout=60s

# While the service is away the aggregator says so; it comes back by itself.
stop
away() { k get apiservice "v1alpha1.$group" | grep False; }
wait_for 60 away
refused 'unable to handle the request' as alice get activitypolicies
service_up
as alice get activitypolicy core-node > /dev/null
# The informers of controllers have gone on: the collector learns of owners that are new.
as alice apply -f "$work/team.yaml"
owned
as alice delete activitypolicy team --cascade=background
wait_for 90 gone child

# Controllers that met us had nothing to say once we were there.
k create namespace another
k delete namespace another --timeout=60s
if grep -E "^[EW][0-9]+ .*($group|activitypolic|reindexjob|activities)" "$plane/kube-controller-manager.log" |
  grep -vE 'could not find the requested resource|currently unable to handle the request'; then
  fail 'controllers complain about our group'
fi
stop
