# Server-side apply: fields have managers, rules merge by name, conflicts are told.
start
rule() { # NAME WORD
  printf '    - {name: %s, match: "audit.verb == '"'create'"'", summary: "%s"}\n' "$1" "$2"
}
policy() { # RULES...: a policy with these rule lines
  printf '%s\n' "apiVersion: activity.miloapis.com/v1alpha1" "kind: ActivityPolicy" \
    "metadata: {name: widgets}" "spec:" "  resource: {apiGroup: example.org, kind: Widget}" "  auditRules:" "$@"
}
apply() { k apply --server-side -f - "$@"; }
rules() { k get activitypolicy widgets -o jsonpath='{range .spec.auditRules[*]}{.name}={.summary} {end}'; }

policy "$(rule a one)" "$(rule b two)" | apply --field-manager=team-a
equal "$(rules)" "a=one b=two " "first apply"
equal "$(k get activitypolicy widgets -o jsonpath='{.metadata.generation}')" 1 "generation"

# Another manager adds a rule of its own and leaves the others alone.
printf '%s\n' "apiVersion: activity.miloapis.com/v1alpha1" "kind: ActivityPolicy" \
  "metadata: {name: widgets}" "spec:" "  auditRules:" "$(rule c three)" > "$work/c.yaml"
apply --field-manager=team-c < "$work/c.yaml"
equal "$(rules)" "a=one b=two c=three " "a second manager's rule"

# The first manager drops a rule: it goes, the other's stays.
policy "$(rule a one)" | apply --field-manager=team-a
equal "$(rules)" "a=one c=three " "a dropped rule"

# Changing what another manages is a conflict, unless forced.
sed 's/three/four/' "$work/c.yaml" > "$work/c4.yaml"
refused 'conflict with "team-c": .spec.auditRules[name="c"].summary' \
  k apply --server-side --field-manager=team-a2 -f "$work/c4.yaml"
k apply --server-side --field-manager=team-a2 --force-conflicts -f "$work/c4.yaml"
equal "$(rules)" "a=one c=four " "forced"

# An ordinary write takes ownership too.
k patch activitypolicy widgets --type=merge -p '{"metadata":{"labels":{"x":"y"}}}' --field-manager=hand
k get activitypolicy widgets --show-managed-fields -o json |
  jq -e '.metadata.managedFields[] | select(.manager == "hand" and .operation == "Update") |
    .fieldsV1 == {"f:metadata":{"f:labels":{".":{},"f:x":{}}}} or
    .fieldsV1 == {"f:metadata":{"f:labels":{"f:x":{}}}}' > /dev/null || fail "the patch has no manager"
version=$(k get activitypolicy widgets -o jsonpath='{.metadata.resourceVersion}')
k apply --server-side --field-manager=team-a2 -f "$work/c4.yaml"
equal "$(k get activitypolicy widgets -o jsonpath='{.metadata.resourceVersion}')" "$version" \
  "the same apply again changes nothing"

# What was applied by the client goes over to server-side apply: kubectl hands its fields to
# the new manager, so that what the manifest drops later is dropped.
moved() { policy "$@" | sed 's/name: widgets/name: moved/'; }
managers() { k get activitypolicy moved --show-managed-fields -o json | jq -c '[.metadata.managedFields[] |
  select(.manager != "activity-policy-controller") | .manager + "/" + .operation]'; }
moved "$(rule a one)" "$(rule b two)" | k apply -f -
moved "$(rule a one)" "$(rule b three)" | k apply -f -
contains "$(managers)" 'kubectl-client-side-apply/Update'
moved "$(rule a one)" "$(rule b three)" | k apply --server-side -f -
[[ $(managers) != *client-side* ]] || fail "the client's fields stayed: $(managers)"
contains "$(managers)" 'kubectl/Apply'
moved "$(rule a one)" | k apply --server-side -f -
equal "$(k get activitypolicy moved -o jsonpath='{.spec.auditRules[*].name}')" a "a rule dropped after the move"
stop
