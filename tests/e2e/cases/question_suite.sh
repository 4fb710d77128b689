# All kinds of questions, lists and watches, with kubectl and over HTTP, compared with a plain evaluation over the
# same records: tests/e2e/questions.
mkdir -p "$data"
cat > "$work/tokens.csv" <<'CSV'
admin-token,admin,admin,system:masters
acme-token,anna,u-anna,system:masters,iam.miloapis.com/parent-type=Organization;iam.miloapis.com/parent-name=acme
web-token,willi,u-willi,system:masters,iam.miloapis.com/parent-type=Project;iam.miloapis.com/parent-name=web
bob-token,bob,u-bob,system:masters,iam.miloapis.com/parent-type=User;iam.miloapis.com/parent-name=u-bob@example.com
nobody-token,nora,u-nora,system:masters,iam.miloapis.com/parent-type=Organization;iam.miloapis.com/parent-name=nobody
CSV
chmod 600 "$work/tokens.csv"
jq -Rn '[inputs | split(",") | {key: (.[0] | rtrimstr("-token")), value: .[0]}] | from_entries' "$work/tokens.csv" > "$work/tokens.json"
"$ACTIVITY" serve --data-dir "$data" --listen 127.0.0.1:0 --ingest-listen 127.0.0.1:0 --policies "$root/examples/policies" \
  --token-auth-file "$work/tokens.csv" 2>> "$work/server.log" &
server=$!
up() { [[ -f $data/ingest-url ]] && curl -sf "$(ingest_url)/readyz"; }
wait_for 60 up
url=$(k config view -o jsonpath='{.clusters[0].cluster.server}')
DATA=$root/tests/data WORK=$work node "$root/tests/e2e/questions/suite.mjs" "$url" "$(ingest_url)"
stop
