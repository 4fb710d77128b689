# docs/users.md, command by command.
start --policies "$root/examples/policies"
export DATA=$data PATH=$work/bin:$PATH
mkdir -p "$work/bin" "$work/top" "$work/blocks"
ln -s "$KUBECTL" "$work/bin/kubectl"
ln -s "$ACTIVITY" "$work/bin/activity"
cd "$work/top"
awk -v to="$work/blocks" '/^```bash$/ { on = 1; n++; next } /^```$/ { on = 0 } on { print > (to "/" n) }' "$root/docs/users.md"
block() { # WORD: the one block with that word, in this shell
  local file
  file=$(grep -lF -- "$1" "$work"/blocks/*) || fail "no block with '$1'"
  [[ $(wc -l <<< "$file") == 1 ]] || fail "not one block with '$1': $file"
  echo "--- $1"
  source "$file"
  rm "$file"
}
block 'export KUBECONFIG'
block tokens.csv
block 'activity import'
wait_for 20 settled
block 'get activities -A' > newest
contains "$(cat newest)" 'bob@example.com deleted pod web-1 in web'
block last-week > week
contains "$(cat week)" 'bob@example.com deleted pod web-1 in web'
block who-deleted-it > who
contains "$(cat who)" 'bob@example.com  /api/v1/namespaces/web/pods/web-1'
block 'limit=10' > curled
equal "$(sed 1d curled)" $'bob@example.com deleted pod web-1 in web\nbob@example.com /api/v1/namespaces/web/pods/web-1' 'with curl'
# Two seconds may be short on a busy machine.
file=$(grep -lF 'watch=true' "$work"/blocks/*)
watched_it() { source "$file" > watched && grep -F '["ADDED","bob@example.com deleted pod web-1 in web"]' watched; }
wait_for 20 watched_it
rm "$file"
equal "$(ls "$work/blocks")" '' 'blocks that were not run'
# Anna sees her project alone; Olga everything, and she may change policies.
import "$root/tests/data/audit.jsonl"
wait_for 20 settled
[[ $(kubectl --token "$OLGA" get activities -A -o name | wc -l) -gt 5 ]] || fail "Olga's activities"
equal "$(kubectl --token "$ANNA" get activities -A -o name | wc -l)" 1 "Anna's activities"
refused 'cannot patch resource "activitypolicies"' kubectl --token "$ANNA" label activitypolicy core-pod team=web
kubectl --token "$OLGA" label activitypolicy core-pod team=web
stop
