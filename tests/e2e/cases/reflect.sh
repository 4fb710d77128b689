# Watches left running across restarts lose nothing: clients by client-go's rules (list, watch from
# there, watch again from the last version when that ends, list again when told 410), and kubectl.

# reflect NAME PATH [SELECTION]: what it is told goes to $work/NAME, one line a change. It ends with
# this script.
reflect() {
  local name=$1 path=$2 selection=${3:-} version= type object at
  while kill -0 $$ 2> /dev/null; do
    if [[ -z $version ]]; then
      k get --raw "$path?limit=5000&$selection" > "$work/$name.list" 2> /dev/null || { sleep 0.1; continue; }
      jq -r '.items[].metadata | "LISTED " + .namespace + "/" + .name' "$work/$name.list" >> "$work/$name"
      version=$(jq -r .metadata.resourceVersion "$work/$name.list")
    fi
    while read -r type object at; do
      if [[ $type == ERROR ]]; then
        version=
        break
      fi
      version=$at
      [[ $type == BOOKMARK ]] || echo "$type $object" >> "$work/$name"
    done < <(k get --raw "$path?watch=1&allowWatchBookmarks=true&resourceVersion=$version&$selection" \
      2> /dev/null |
      jq --unbuffered -r '.type + " " + .object.metadata.namespace + "/" + .object.metadata.name + " " +
        .object.metadata.resourceVersion')
    sleep 0.1
  done
}
# told NAME: the objects, each as often as it was told of.
told() { [[ ! -f $work/$1 ]] || sed 's/^[A-Z]* //' "$work/$1" | sort; }
listed() { k get "$@" -A -o json | jq -r '.items[].metadata | .namespace + "/" + .name' | sort; }
same_activities() { cmp <(told activities) <(listed activities) && cmp <(told humans) \
  <(listed activities --field-selector spec.changeSource=human) && [[ -s $work/activities ]]; }
same_events() { cmp <(told events | uniq) <(listed events) && [[ -s $work/events ]]; }
have() { [[ $(listed activities | wc -l) -ge $1 ]]; }

group=/apis/activity.miloapis.com/v1alpha1
start --policies "$root/examples/policies"
reflect activities $group/activities &
reflect humans $group/activities "filter=spec.changeSource%3D%3D'human'" &
reflect events /api/v1/events &
kubectl_watches() {
  (k get activities -A -w --no-headers -o name > "$work/kubectl.1" 2>&1 || true) &
  (k get events -A -w --no-headers -o name > "$work/kubectl.2" 2>&1 || true) &
}
kubectl_watches
wait_for 30 watched ACTIVITIES 3
wait_for 30 watched EVENTS 2

third=$(($(wc -l < "$root/tests/data/audit.jsonl") / 3))
split -l "$((third + 1))" "$root/tests/data/audit.jsonl" "$work/part."
import "$work/part.aa" "$root/tests/data/events-k8sio.json"
wait_for 30 have 50
wait_for 20 same_activities
wait_for 20 same_events
names() { listed "$1" | sed "s|.*/|$2/|" | sort; }
kubectl_has() { cmp <(sort -u "$work/kubectl.1") <(names activities activity.activity.miloapis.com) &&
  cmp <(sort -u "$work/kubectl.2") <(names events event); }
wait_for 20 kubectl_has

# An orderly restart, and one that is not.
stop
start
more() { # PART: import it, and wait until there is more.
  local before
  before=$(listed activities | wc -l)
  import "$work/part.$1"
  wait_for 30 have $((before + 1))
}
more ab
kill -KILL "$server"
wait "$server" || true
start
kubectl_watches
more ac
wait_for 20 kubectl_has
wait_for 30 same_activities
wait_for 20 same_events
equal "$(told activities | uniq -d)" "" "activities that came twice"
equal "$(grep -c LISTED "$work/activities")" 0 "objects of lists, which only the first one asks for"
stop
