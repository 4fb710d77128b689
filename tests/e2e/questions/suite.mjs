// suite.mjs URL INGEST: ask the server at URL everything that cases.mjs and watches.mjs have, with kubectl
// and over HTTP, and compare each answer with what evaluate.mjs makes of the same records. They are sent
// to the collector at INGEST. The environment has ACTIVITY, KUBECTL, DATA and WORK; $WORK/tokens.json the tokens.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual as same } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditRecords, eventStates, lateRecords } from './records.mjs';
import { cases } from './cases.mjs';
import { watchCases, lines } from './watches.mjs';
import { httpClient, kubectlClient, GROUP } from './clients.mjs';
import * as is from './evaluate.mjs';

const [url, ingest] = process.argv.slice(2);
const { ACTIVITY, KUBECTL, DATA, WORK } = process.env;
const AT_ONCE = 4;
const tokens = JSON.parse(readFileSync(`${WORK}/tokens.json`, 'utf8'));
const http = httpClient(url, tokens);
const kubectl = kubectlClient(url, tokens, KUBECTL, `${WORK}/cache`);
const began = Date.now();

async function until(what, holds) {
  for (const end = Date.now() + 60_000; !(await holds()); await sleep(100))
    if (Date.now() > end) throw new Error(`waited too long for ${what}`);
}

// ---- records in, activities out ------------------------------------------------------------

function send(name, records) {
  const file = `${WORK}/${name}.jsonl`;
  writeFileSync(file, records.map((r) => `${JSON.stringify(r)}\n`).join(''));
  execFileSync(ACTIVITY, ['import', '--to', ingest, file], { stdio: ['ignore', 'ignore', 'inherit'] });
}

const listOf = (path) => http.json('admin', 'GET', path);
const added = (told) => told.filter((c) => c.type === 'ADDED').map((c) => c.object);

// The activities that a watch tells: those of the stream, in which no list has a part. All are there when
// lists have them too, and no more come.
async function activitiesOf(told, before) {
  let last = -1;
  await until('activities', async () => {
    const n = added(told).length;
    const listed = (await http.list({ base: GROUP, plural: 'activities', as: 'admin' })).length;
    const done = n > 0 && n === last && listed === before + n;
    last = n;
    if (!done) await sleep(400);
    return done;
  });
  return added(told).map((a) => {
    const { resourceVersion, ...metadata } = a.metadata;
    return { ...a, metadata };
  });
}

async function load() {
  const nowMs = Date.now();
  const w = { nowMs, states: eventStates(DATA, nowMs), activities: [] };
  w.audit = auditRecords(DATA, nowMs).filter((r) => ['ResponseComplete', 'Panic'].includes(r.stage));
  const { metadata } = await listOf(`${GROUP}/activities`);
  const told = [];
  const stop = http.stay('admin', `${GROUP}/activities`, { resourceVersion: metadata.resourceVersion }, told);
  send('audit', auditRecords(DATA, nowMs));
  send('audit', auditRecords(DATA, nowMs)); // once more: they count once
  send('events', w.states);
  w.activities = await activitiesOf(told, 0);
  stop();
  for (const e of [w.states[2], w.states[4], w.states[8]]) { // the last two have been repeated
    await http.json('admin', 'DELETE', `/api/v1/namespaces/${e.metadata.namespace}/events/${e.metadata.name}`);
    w.states.push({ ...is.event.newest(w.states).find((s) => s.metadata.uid === e.metadata.uid), metadata: { ...e.metadata, deletionTimestamp: 'now' } });
  }
  const stored = async () => (await http.ask('admin', 'EventQuery', { startTime: 'now-3d', endTime: 'now', limit: 1000 })).status.results.length;
  const wanted = is.find(is.event, w.states, { start: 'now-3d', nowMs }).length;
  await until('Events', async () => (await stored()) === wanted);
  return w;
}

// ---- asking ----------------------------------------------------------------------------------

function fail(what, got, want) {
  const short = (v) => JSON.stringify(v)?.slice(0, 1500);
  throw new Error(`${what}\n    got    ${short(got)}\n    wanted ${short(want)}`);
}

const RESULTS = {
  AuditLogQuery: { id: is.audit.id, record: (r) => r },
  ActivityQuery: { id: is.activity.id, record: (r) => r },
  EventQuery: { id: (r) => r.metadata.uid, record: (r) => r.event },
};

// All pages, in order.
async function pagesOf(client, c) {
  const results = [];
  let token;
  do {
    const { status } = await client.ask(c.as, c.resource, { ...c.spec, continue: token });
    const page = status.results ?? [];
    if (page.length > (c.spec.limit || 100) || (status.continue && page.length !== (c.spec.limit || 100))) fail('the size of a page', page.length, c.spec.limit);
    if (Math.abs(is.micros(status.effectiveStartTime) - c.from) > 300e6 || Math.abs(is.micros(status.effectiveEndTime) - c.to) > 300e6)
      fail('effective times', [status.effectiveStartTime, status.effectiveEndTime], [c.spec.startTime, c.spec.endTime]);
    results.push(...page);
    token = status.continue;
  } while (token);
  return results;
}

const ways = {
  async query(client, c, w) {
    const results = await pagesOf(client, c);
    const ids = results.map(RESULTS[c.resource].id);
    if (!same(ids, c.want)) fail('records', ids, c.want);
    const sent = c.resource === 'EventQuery' ? null : w.byId;
    for (const r of sent ? results : [])
      if (!same(r, sent.get(RESULTS[c.resource].id(r)))) fail('a record', r, sent.get(RESULTS[c.resource].id(r)));
  },
  async facets(client, c) {
    const got = (await client.ask(c.as, c.resource, c.spec)).status.facets.map((f) => ({ field: f.field, values: f.values ?? [] }));
    if (!same(got, c.want)) fail('facets', got, c.want);
  },
  async refused(client, c) {
    const got = await client.refusal(c.as, c.resource, c.spec);
    const order = (causes) => causes.map(String).sort();
    if (client === http && (got.code !== c.code || !same(order(got.causes), order(c.causes)))) fail('refusal', got, c);
    if (client === kubectl && (!got.failed || !c.causes.every(([field]) => got.text.includes(field)))) fail('refusal', got, c);
  },
  async list(client, c) {
    const got = (await client.list(c)).map(c.id);
    if (!same(got, c.want)) fail('items', got, c.want);
  },
  async refusedList(client, c) {
    const got = await client.refusedList(c);
    if (client === http ? got !== c.code : !got.failed) fail('refusal', got, c.code);
  },
  async cursor(client, c) {
    const { status } = await client.ask(c.first.as, c.first.resource, c.first.spec);
    let token = status.continue;
    if (!token) fail('no cursor', status, c.first.spec);
    if (c.then.change) token = token.slice(0, 20) + (token[20] === 'A' ? 'B' : 'A') + token.slice(21);
    const got = await client.refusal(c.then.as, c.then.resource, { ...c.then.spec, continue: token });
    if (client === http ? got.code !== 422 || !same(got.causes, [['spec.continue', 'FieldValueInvalid']]) : !got.failed || !got.text.includes('spec.continue'))
      fail('refusal', got, 'spec.continue');
  },
  async watch(client, c) {
    const told = await client.watch(c.as, c.path, { timeoutSeconds: '2', ...c.params });
    const changes = told.filter((t) => t.type !== 'BOOKMARK');
    const got = changes.map((t) => c.line(t.type, t.object));
    const [a, b] = c.sorted ? [[...got].sort(), [...c.want].sort()] : [got, c.want];
    if (!same(a, b)) fail('changes', a, b);
    const marks = told.filter((t) => t.type === 'BOOKMARK' && t.object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true');
    if (marks.length !== (c.bookmark ? 1 : 0)) fail('bookmarks', marks.length, c.bookmark);
    const versions = changes.map((t) => Number(t.object.metadata.resourceVersion));
    if (!c.sorted && !versions.every((v, i) => i === 0 || v > versions[i - 1])) fail('versions', versions, 'growing');
  },
};

// ---- running ---------------------------------------------------------------------------------

let passed = 0;
const failures = [];
async function runCase(c, w) {
  for (const client of [http, kubectl]) {
    try {
      await ways[c.way](client, c, w);
    } catch (e) {
      failures.push(`${c.name}, with ${client.name}: ${e.message}`);
      return;
    }
  }
  passed++;
}
async function runAll(all, w, atOnce = AT_ONCE) {
  const names = new Set(all.map((c) => c.name));
  if (names.size !== all.length) throw new Error('two cases have one name');
  const queue = [...all];
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let c = queue.shift(); c; c = queue.shift()) await runCase(c, w);
  }));
}
const took = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;

// ---- changes beside open watches ---------------------------------------------------------------

// Sessions of kubectl that print objects as they come.
function session(args) {
  const child = kubectl.start('admin', ['get', ...args, '-A', '--watch-only', '--output-watch-events', '-o', 'json']);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (d) => { text += d; });
  return { stop: () => child.kill(), told: () => text.split(/^(?=\{)/m).filter((t) => t.trimEnd().endsWith('}')).map((t) => JSON.parse(t)) };
}
async function watchers(stream) {
  const { text } = await http.call('admin', 'GET', '/metrics');
  return Number(new RegExp(`^activity_watchers\\{stream="${stream}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

// Events are created, patched, labelled and deleted; the states are those of the newer form.
async function changeEvents(w) {
  const state = (name, more) => ({ metadata: { name, namespace: 'live', uid: `of-${name}`, ...more?.metadata }, type: 'Normal', reason: 'Pulled',
    regarding: { kind: 'Pod', namespace: 'live', name: 'web-1' }, ...more, ...(more?.metadata ? { metadata: { name, namespace: 'live', uid: `of-${name}`, ...more.metadata } } : {}) });
  const done = (type, s) => w.changes.push([type, s]);
  const [core, newer] = ['/api/v1/namespaces/live/events', '/apis/events.k8s.io/v1/namespaces/live/events'];
  const merge = 'application/merge-patch+json';
  const acme = { annotations: { 'platform.miloapis.com/scope.type': 'organization', 'platform.miloapis.com/scope.name': 'acme' } };

  await http.json('admin', 'POST', core, { metadata: { name: 'counted' }, involvedObject: { kind: 'Pod', namespace: 'live', name: 'web-1' },
    reason: 'Pulled', type: 'Normal', count: 1, message: 'one' });
  done('ADDED', state('counted', { deprecatedCount: 1 }));
  await http.json('admin', 'PATCH', `${core}/counted`, { count: 2, message: 'two' }, 'application/strategic-merge-patch+json');
  done('MODIFIED', state('counted', { deprecatedCount: 2 }));
  await http.json('admin', 'POST', newer, { metadata: { name: 'scaled' }, eventTime: '2026-01-02T03:04:05.000006Z', reason: 'Scaled', action: 'Scale', type: 'Warning',
    regarding: { kind: 'Deployment', namespace: 'live', name: 'api' }, reportingController: 'example.com/scaler', reportingInstance: 's-1', note: 'up' });
  const scaled = { reason: 'Scaled', type: 'Warning', regarding: { kind: 'Deployment', namespace: 'live', name: 'api' } };
  done('ADDED', state('scaled', scaled));
  await http.json('admin', 'PATCH', `${newer}/scaled`, { series: { count: 2, lastObservedTime: '2026-01-02T03:05:05.000000Z' } }, merge);
  done('MODIFIED', state('scaled', { ...scaled, series: { count: 2 } }));
  await http.json('admin', 'PATCH', `${core}/counted`, { metadata: { labels: { seen: 'yes' } } }, merge);
  done('MODIFIED', state('counted', { deprecatedCount: 2, metadata: { labels: { seen: 'yes' } } }));
  await http.json('admin', 'PATCH', `${core}/counted`, { type: 'Warning' }, merge);
  done('MODIFIED', state('counted', { deprecatedCount: 2, type: 'Warning', metadata: { labels: { seen: 'yes' } } }));
  await http.json('acme', 'POST', core, { metadata: { name: 'theirs' }, involvedObject: { kind: 'Pod', namespace: 'live', name: 'web-2' }, reason: 'Started', type: 'Normal' });
  const theirs = { reason: 'Started', regarding: { kind: 'Pod', namespace: 'live', name: 'web-2' }, metadata: acme };
  done('ADDED', state('theirs', theirs));
  await http.json('admin', 'PATCH', `${core}/counted`, { metadata: { labels: { seen: null } } }, merge);
  done('MODIFIED', state('counted', { deprecatedCount: 2, type: 'Warning' }));
  await http.json('admin', 'DELETE', `${newer}/scaled`);
  done('DELETED', state('scaled', { ...scaled, series: { count: 2 } }));
  await http.json('acme', 'DELETE', `${core}/theirs`);
  done('DELETED', state('theirs', theirs));
}

const SESSIONS = [
  { name: 'kubectl get activities -w', args: ['activities'], line: lines.activity, want: (w) => w.late.map((a) => lines.activity('ADDED', a)) },
  { name: 'kubectl get activities -w of people', args: ['activities', '--field-selector', 'spec.changeSource=human'], line: lines.activity,
    want: (w) => w.late.filter((a) => a.spec.changeSource === 'human').map((a) => lines.activity('ADDED', a)) },
  { name: 'kubectl get events -w', args: ['events'], line: lines.event, want: (w) => w.changes.map(([type, e]) => lines.event(type, e)) },
  { name: 'kubectl get events.events.k8s.io -w', args: ['events.v1.events.k8s.io'], line: lines.event, want: (w) => w.changes.map(([type, e]) => lines.event(type, e)) },
];

async function watchChanges(w) {
  const open = SESSIONS.map((s) => ({ ...s, ...session(s.args) }));
  await until('kubectl to watch', async () => (await watchers('ACTIVITIES')) === 2 && (await watchers('EVENTS')) === 2);
  w.versions = { activities: (await listOf(`${GROUP}/activities`)).metadata.resourceVersion, events: (await listOf('/api/v1/events?limit=1')).metadata.resourceVersion };
  w.changes = [];
  const told = [];
  const stop = http.stay('admin', `${GROUP}/activities`, { resourceVersion: w.versions.activities }, told);
  send('late', lateRecords(DATA, w.nowMs));
  await changeEvents(w);
  w.late = await activitiesOf(told, w.activities.length);
  stop();
  for (const s of open) {
    const got = () => s.told().map((t) => s.line(t.type, t.object));
    const want = s.want(w);
    try {
      await until(s.name, () => got().length >= want.length);
      if (!same(got(), want)) fail('changes', got(), want);
      passed++;
    } catch (e) {
      failures.push(`${s.name}: ${e.message}`);
    }
    s.stop();
  }
}

const w = await load();
console.log(`${w.audit.length} audit logs, ${w.states.length} states of Events, ${w.activities.length} activities after ${took()}`);
w.byId = new Map([...w.audit.map((r) => [is.audit.id(r), r]), ...w.activities.map((a) => [is.activity.id(a), a])]);
await runAll(cases(w), w);
console.log(`${passed} passed after ${took()}`);
await watchChanges(w);
await runAll(watchCases(w), w, 12);
for (const f of failures) console.log(`FAILED ${f}`);
console.log(`${passed} cases passed with kubectl and over HTTP, ${failures.length} failed, in ${took()}`);
process.exit(failures.length > 0 || passed < 150 ? 1 : 0);
