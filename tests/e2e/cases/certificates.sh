# Certificates and CAs that are replaced while the server runs: no restart, no broken watch.
mkdir -p "$data"
install() { mv "$work/$1" "$work/$2.next" && mv "$work/$2.next" "$work/$2"; } # FROM TO, at once
make_ca "$work/first" first
make_ca "$work/second" second
issue "$work/first" "$work/tls" /CN=activity 'subjectAltName=DNS:activity.test,IP:127.0.0.1'
issue "$work/second" "$work/fresh" /CN=activity 'subjectAltName=DNS:activity.test,IP:127.0.0.1'
issue "$work/second" "$work/carla" '/O=activity:viewers/CN=carla' extendedKeyUsage=clientAuth
cp "$work/first.crt" "$work/clients.crt"

refused 'go together' "$ACTIVITY" serve --data-dir "$data" --tls-cert-file "$work/tls.crt"
refused "the private key is not the certificate's" "$ACTIVITY" serve --data-dir "$data" \
  --tls-cert-file "$work/tls.crt" --tls-private-key-file "$work/fresh.key"
start --tls-cert-file "$work/tls.crt" --tls-private-key-file "$work/tls.key" --ingest-tls --client-ca-file "$work/clients.crt" \
  --policies "$root/examples/policies"
k get activitypolicies > /dev/null # the kubeconfig knows how to verify it
url=$(k config view -o jsonpath='{.clusters[0].cluster.server}')
get() { curl -s -o /dev/null -w '%{http_code}' --cacert "$work/$1.crt" "${@:2}" "$url/livez"; }
policies() { get second --cert "$work/carla.crt" --key "$work/carla.key" -o /dev/null "$url/apis/activity.miloapis.com/v1alpha1/activitypolicies"; }
equal "$(get first)" 200 'with the first certificate'
contains "$(ingest_url)" https://
import --ca-file "$work/first.crt" "$root/tests/data/events-k8sio.json"

k get activitypolicies -w -o name > "$work/watch" 2> "$work/watch.err" &
watcher=$!
watching() { grep -q core-node "$work/watch"; }
wait_for 20 watching
# The certificate alone does not fit the key yet: the former is served.
install fresh.crt tls.crt
told() { grep -q 'cannot be used' "$work/server.log"; }
wait_for 20 told
equal "$(get first)" 200 'with half of a pair'
install fresh.key tls.key
served() { [[ $(get second) == 200 ]]; }
wait_for 20 served
import --ca-file "$work/second.crt" "$root/tests/data/events-k8sio.json"
[[ $(get first || true) == 000 ]] || fail 'the former certificate is still served'
follows() { k get activitypolicies > /dev/null; }
wait_for 20 follows
# The watch of before goes on.
k label activitypolicy core-node renewed=yes > /dev/null
goes_on() { [[ $(grep -c core-node "$work/watch") -ge 2 ]]; }
wait_for 20 goes_on
kill "$watcher"
wait "$watcher" || true

# A CA of clients that is replaced counts at once, and the one before no more.
contains "$(policies)" 401
cp "$work/second.crt" "$work/clients.next"
install clients.next clients.crt
accepted() { [[ $(policies) == *200* ]]; }
wait_for 20 accepted
echo nonsense > "$work/clients.crt"
kept() { grep -q 'CA files cannot be read again' "$work/server.log"; }
wait_for 20 kept
contains "$(policies)" 200
stop
