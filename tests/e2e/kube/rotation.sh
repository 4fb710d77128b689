# Certificates and CAs that are renewed while the control plane and the service run: nothing is restarted.
source ./kube_lib.sh
register
# The requests that the aggregator sends are told from others by a CA that the service looks up.
service_up --policies "$root/examples/policies"
k create clusterrolebinding developers-view --clusterrole=activity:viewer --group=developers
policies=/apis/$group/v1alpha1/activitypolicies
may_read() { as alice get activitypolicies > /dev/null; }
wait_for 20 may_read
trusted=$work/serving-ca.crt
as_proxy() { # CERTIFICATE: status of a request that says to be the aggregator's, for alice
  curl -s -o /dev/null -w '%{http_code}' --cacert "$trusted" --resolve "activity.activity-system.svc:8443:$address" \
    --cert "$1.crt" --key "$1.key" -H 'X-Remote-User: alice@example.com' -H 'X-Remote-Group: developers' \
    "https://activity.activity-system.svc:8443$policies"
}
install() { cp "$1" "$2.next" && mv "$2.next" "$2"; } # FROM TO, at once
make_ca "$work/new-proxy-ca" front-proxy-ca-2
issue "$work/new-proxy-ca" "$work/new-proxy" /CN=front-proxy-client extendedKeyUsage=clientAuth
issue "$work/new-proxy-ca" "$work/misnamed" /CN=somebody extendedKeyUsage=clientAuth
equal "$(as_proxy "$plane/front-proxy")" 200 'the certificate of the aggregator'
equal "$(as_proxy "$work/new-proxy")" 401 'one of a CA that nobody announced'

# 1. The kube-apiserver announces a second CA (its file has both now), and the service follows the ConfigMap.
cat "$plane/front-proxy-ca.crt" "$work/new-proxy-ca.crt" > "$work/both.crt"
install "$work/both.crt" "$plane/front-proxy-ca.crt"
accepted() { [[ $(as_proxy "$work/new-proxy") == 200 ]]; }
wait_for 150 accepted
equal "$(as_proxy "$work/misnamed")" 401 'another name than the ones announced'
equal "$(as_proxy "$plane/front-proxy")" 200 'the certificate of before'
may_read

# 2. The aggregator gets its new certificate; it looks at its file once a minute.
install "$work/new-proxy.key" "$plane/front-proxy.key"
install "$work/new-proxy.crt" "$plane/front-proxy.crt"

# 3. Meanwhile the service's own certificate is renewed by another CA; the APIService trusts both at first.
as alice get activitypolicies -w -o name > "$work/watch" 2> "$work/watch.err" &
watcher=$!
watching() { grep -q core-node "$work/watch"; }
wait_for 20 watching
make_ca "$work/serving-ca-2" activity-serving-ca-2
issue "$work/serving-ca-2" "$work/fresh" /CN=activity 'subjectAltName=DNS:activity.activity-system.svc'
cat "$work/serving-ca.crt" "$work/serving-ca-2.crt" > "$work/serving-both.crt"
trust() { k patch apiservice "v1alpha1.$group" --type=merge -p "{\"spec\":{\"caBundle\":\"$(base64 -w 0 "$1")\"}}"; }
trust "$work/serving-both.crt"
install "$work/fresh.key" "$work/tls.key"
install "$work/fresh.crt" "$work/tls.crt"
served() { curl -s -o /dev/null --cacert "$work/serving-ca-2.crt" --resolve "activity.activity-system.svc:8443:$address" https://activity.activity-system.svc:8443/livez; }
wait_for 20 served
trust "$work/serving-ca-2.crt"
trusted=$work/serving-ca-2.crt
wait_for 60 available
may_read
k label activitypolicy core-node renewed=yes
goes_on() { [[ $(grep -c core-node "$work/watch") -ge 2 ]]; }
wait_for 20 goes_on # on the connection of before
kill "$watcher"
wait "$watcher" || true

# 4. The first CA is withdrawn, by flags of the service that count instead of what is announced.
stop
service_up --requestheader-client-ca-file "$work/new-proxy-ca.crt" --requestheader-allowed-names front-proxy-client
equal "$(as_proxy "$work/new-proxy")" 200 'the new certificate'
wait_for 150 may_read # with the aggregator's new certificate, which was 2.
stop
