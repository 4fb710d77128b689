// What the suite asks about: the records of tests/data several times over, with new ids, and times that
// lie in steps of ten minutes before now, many of them equal; plus what those records lack (impersonation,
// tenants, labels, repetitions).
import { readFileSync } from 'node:fs';

const COPIES = 6;
const STEP_MIN = 10; // times are in the middle of a step: ranges whose ends are whole steps do not meet them
const MICROS = ['000000', '000000', '000001', '250000', '999999'];

const jsonLines = (path) => readFileSync(path, 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l));

// The text of the instant @step steps (and a half) before @nowMs.
function instant(nowMs, step, micros) {
  const whole = Math.floor((nowMs - (step + 0.5) * STEP_MIN * 60_000) / 1000) * 1000;
  return `${new Date(whole).toISOString().slice(0, 19)}.${micros}Z`;
}
const later = (time, fraction) => time.replace(/\.\d+Z$/, `.${fraction}Z`);
const TENANTS = { 3: ['Organization', 'acme'], 5: ['Project', 'web'], 7: ['Organization', 'other'] };

function ownedBy(annotations, i) {
  const tenant = TENANTS[i % 11];
  return tenant ? { ...annotations, 'platform.miloapis.com/scope.type': tenant[0],
    'platform.miloapis.com/scope.name': tenant[1] } : annotations;
}

function auditRecord(sample, copy, i, nowMs) {
  const r = structuredClone(sample);
  r.auditID = `${r.auditID.slice(0, -2)}${copy}${i % 10}`;
  r.requestReceivedTimestamp = instant(nowMs, (i * 7919) % 400, MICROS[i % 5]);
  r.stageTimestamp = later(r.requestReceivedTimestamp, '999999');
  r.user.uid ??= `u-${r.user.username}`;
  r.sourceIPs = [i % 4 ? '10.1.2.3' : '127.0.0.1', ...(i % 6 ? [] : ['192.0.2.7'])];
  r.annotations = ownedBy(r.annotations ?? {}, i);
  if (i % 17 === 0) r.impersonatedUser = { username: 'carol@example.com', uid: 'u-carol', groups: ['auditors'] };
  if (i % 19 === 0) r.userAgent = "Prüfer's \"agent\" (日本) \\ 1.0";
  if (i % 23 === 0 && r.stage === 'ResponseComplete') r.stage = 'Panic';
  return r;
}

// Records of audit logs, as a control plane sends them.
export function auditRecords(data, nowMs) {
  const samples = jsonLines(`${data}/audit.jsonl`);
  const all = [];
  for (let copy = 0; copy < COPIES; copy++)
    for (const s of samples) all.push(auditRecord(s, copy, all.length, nowMs));
  return all;
}

function eventState(sample, i, nowMs) {
  const e = structuredClone(sample);
  const time = instant(nowMs, (i * 31) % 400, MICROS[i % 5]);
  e.apiVersion = 'events.k8s.io/v1';
  e.kind = 'Event';
  delete e.metadata.managedFields;
  e.metadata.creationTimestamp = `${time.slice(0, 19)}Z`;
  e.metadata.annotations = ownedBy({}, i);
  e.metadata.labels = { n: `${i % 5}`, ...(i % 2 ? { team: i % 3 ? 'web' : 'core' } : {}) };
  e.eventTime = time;
  delete e.series;
  if (e.deprecatedLastTimestamp) e.deprecatedLastTimestamp = e.metadata.creationTimestamp;
  if (e.deprecatedFirstTimestamp) e.deprecatedFirstTimestamp = e.metadata.creationTimestamp;
  if (i % 3 === 0) e.related = { apiVersion: 'v1', kind: 'Node', namespace: i % 2 ? 'nodes' : 'infra', name: `node-${i % 4}`,
    uid: `node-uid-${i % 4}`, fieldPath: 'spec.x', resourceVersion: `${i % 6}` };
  if (i % 5 === 0) e.regarding.fieldPath = 'spec.containers{web}';
  return e;
}

// The same Event, seen again: more often, later, and of the other type.
function repeated(e, i, nowMs) {
  const r = structuredClone(e);
  const time = instant(nowMs, Math.floor(((i * 31) % 400) / 2), MICROS[(i + 1) % 5]);
  r.metadata.resourceVersion = `${Number(e.metadata.resourceVersion) + 100_000}`;
  r.series = { count: 2 + (i % 7), lastObservedTime: time };
  r.type = e.type === 'Warning' ? 'Normal' : 'Warning';
  r.note = `again: ${e.note}`;
  return r;
}

// States of Events, each Event's in the order in which they came about.
export function eventStates(data, nowMs) {
  const samples = JSON.parse(readFileSync(`${data}/events-k8sio.json`, 'utf8')).items;
  const first = samples.map((s, i) => eventState(s, i, nowMs));
  return [...first, ...first.filter((_, i) => i % 4 === 0).map((e, k) => repeated(e, k * 4, nowMs))];
}

// What comes while watches are open.
export function lateRecords(data, nowMs) {
  return jsonLines(`${data}/audit.jsonl`).map((s, i) => {
    const r = auditRecord(s, 9, i, nowMs);
    r.requestReceivedTimestamp = instant(nowMs, 0, MICROS[i % 5]);
    r.stageTimestamp = later(r.requestReceivedTimestamp, '999999');
    return r;
  });
}
