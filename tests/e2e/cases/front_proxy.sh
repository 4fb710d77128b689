# Users that a front proxy names in headers, and options of who may come in.
mkdir -p "$data"
make_ca "$work/proxies" proxies
make_ca "$work/people" people
issue "$work/proxies" "$work/front" /CN=front-proxy-client extendedKeyUsage=clientAuth
issue "$work/proxies" "$work/other" /CN=someone-else extendedKeyUsage=clientAuth
issue "$work/people" "$work/carla" '/O=activity:viewers/CN=carla' extendedKeyUsage=clientAuth
start --requestheader-client-ca-file "$work/proxies.crt" --requestheader-allowed-names front-proxy-client,spare \
  --client-ca-file "$work/people.crt" --anonymous-auth --policies "$root/examples/policies"
url=$(k config view -o jsonpath='{.clusters[0].cluster.server}')
policies=/apis/activity.miloapis.com/v1alpha1/activitypolicies
get() { # CERTIFICATE PATH HEADER...: "CODE BODY"; certificate - for none
  local certificate=$1 path=$2 header options=()
  shift 2
  [[ $certificate == - ]] || options+=(--cert "$work/$certificate.crt" --key "$work/$certificate.key")
  for header; do options+=(-H "$header"); done
  curl -sk -o "$work/body" -w '%{http_code} ' "${options[@]}" "$url$path"
  cat "$work/body"
}
viewer=('X-Remote-User: jane' 'X-Remote-Group: activity:viewers')

contains "$(get front $policies "${viewer[@]}")" '200 {"kind":"ActivityPolicyList"'
contains "$(get front $policies 'X-Remote-User: jane')" 'User \"jane\" cannot list'
contains "$(get front $policies)" '401 '
contains "$(get other $policies "${viewer[@]}")" '401 '
contains "$(get - $policies "${viewer[@]}")" 'User \"system:anonymous\" cannot list'
# A person's own certificate counts, whatever headers come with it.
contains "$(get carla $policies 'X-Remote-User: root' 'X-Remote-Group: system:masters')" '200 {"kind":"ActivityPolicyList"'
contains "$(get carla /metrics 'X-Remote-User: root' 'X-Remote-Group: system:masters')" 'User \"carla\" cannot get path'
# Tenants arrive as extras; a kind of tenant without its name is refused.
tenant='X-Remote-Extra-Iam.miloapis.com%2fparent-type: Project'
name='X-Remote-Extra-Iam.miloapis.com%2fparent-name: p'
activities=/apis/activity.miloapis.com/v1alpha1/activities
contains "$(get front $activities "${viewer[@]}" "$tenant" "$name")" '200 {"kind":"ActivityList"'
contains "$(get front $activities "${viewer[@]}" "$tenant")" 'tenant of the request is not usable'
# An apiserver that cannot be reached: nobody it alone could know comes in, and we say so.
stop
cat > "$work/apiserver" <<'YAML'
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: u, user: {token: t}}]
YAML
start --authentication-kubeconfig "$work/apiserver" --authentication-tolerate-lookup-failure \
  --authorization-kubeconfig "$work/apiserver" --client-ca-file "$work/people.crt"
url=$(k config view -o jsonpath='{.clusters[0].cluster.server}')
k get activitypolicies > /dev/null # our own administrator needs no one's leave
contains "$(get carla $policies)" '503 '
contains "$(get - $policies 'Authorization: Bearer unknown')" '503 '
stop
refused 'cannot' "$ACTIVITY" serve --data-dir "$data" --listen 127.0.0.1:0 --ingest-listen 127.0.0.1:0 \
  --authentication-kubeconfig "$work/apiserver"
