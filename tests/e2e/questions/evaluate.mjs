// What the answers must be: all records, one after the other, looked at as docs/queries.md says.

export const at = (o, path) => path.split('.').reduce((v, key) => v?.[key], o);
export const text = (o, path) => `${at(o, path) ?? ''}`;

// Microseconds of an RFC 3339 text.
export function micros(time) {
  const [, seconds, fraction = '', zone] = /^(.{19})(?:\.(\d+))?(.+)$/.exec(time);
  return Date.parse(seconds + zone) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

// An end of a range.
const UNITS = { s: 1, m: 60, h: 3600, d: 86400, w: 7 * 86400 };
export function resolve(time, nowMs) {
  if (time === 'now') return nowMs * 1000;
  const relative = /^now-(\d+)([smhdw])$/.exec(time);
  return relative ? nowMs * 1000 - Number(relative[1]) * UNITS[relative[2]] * 1e6 : micros(time);
}

const byKeys = (...keys) => (a, b) => {
  for (const key of keys) {
    const [x, y] = [key(a), key(b)];
    if (x !== y) return x < y ? 1 : -1; // descending
  }
  return 0;
};

const tenantOf = (o) => {
  const notes = o.metadata?.annotations ?? o.annotations ?? {};
  return [(notes['platform.miloapis.com/scope.type'] ?? 'platform').toLowerCase(), notes['platform.miloapis.com/scope.name'] ?? ''];
};
const isTenant = ([type, name], scope) => type === scope.type && name === scope.name;

// The kinds of records: which are kept, their time, what tells them apart, whose they are.
export const audit = {
  time: (r) => micros(r.requestReceivedTimestamp),
  id: (r) => `${r.auditID}/${r.stage}`,
  order: byKeys((r) => audit.time(r), (r) => r.auditID, (r) => r.stage),
  visible: (r, scope) => scope.type === 'user' ? r.user.uid === scope.name : isTenant(tenantOf(r), scope),
};
export const activity = {
  time: (a) => micros(a.metadata.creationTimestamp),
  id: (a) => a.metadata.name,
  order: byKeys((a) => activity.time(a), (a) => a.metadata.name),
  visible: (a, scope) => scope.type === 'user' ? a.spec.actor.uid === scope.name
    : isTenant([a.spec.tenant.type, a.spec.tenant.name], scope),
};
export const event = {
  time: (e) => micros(e.series?.lastObservedTime ?? e.deprecatedLastTimestamp ?? e.eventTime ?? e.metadata.creationTimestamp),
  id: (e) => e.metadata.uid,
  order: byKeys((e) => event.time(e), (e) => e.metadata.uid),
  visible: (e, scope) => isTenant(tenantOf(e), scope),
  // States of one Event: the last one counts. They are in the order in which they came about.
  newest: (states) => [...new Map(states.map((e) => [e.metadata.uid, e])).values()],
};

// The records that a question finds, in their order.
export function find(kind, records, { start, end = 'now', scope, nowMs, where = () => true }) {
  const [from, to] = [resolve(start, nowMs), resolve(end, nowMs)];
  // A deletion counts whatever its time is.
  const counts = (r) => (kind.time(r) >= from && kind.time(r) < to) || (kind.newest && r.metadata.deletionTimestamp);
  let found = records.filter(counts);
  if (scope) found = found.filter((r) => kind.visible(r, scope));
  if (kind.newest) found = kind.newest(found);
  return found.filter((r) => !r.metadata?.deletionTimestamp && where(r)).sort(kind.order);
}

// Values of a field and how many records have each.
export function count(records, value, limit = 20, skipEmpty = false) {
  const counts = new Map();
  for (const r of records) {
    const v = value(r);
    if (v !== '' || !skipEmpty) counts.set(v, (counts.get(v) ?? 0) + 1);
  }
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, limit)
    .map(([v, n]) => ({ value: v, count: n }));
}

// Does a summary have one of the terms?
const lower = (s) => s.replace(/[A-Z]/g, (c) => c.toLowerCase());
export function hasTerm(summary, terms) {
  const s = lower(summary);
  const words = s.split(/[^\p{L}\p{N}_]+/u);
  return terms.some(({ word, phrase, prefix }) => {
    if (prefix === undefined) return s.includes(lower(word ?? phrase));
    return words.some((w) => w.startsWith(lower(prefix)));
  });
}

// The fields of Events that selectors name, in either API.
export function eventField(e, key) {
  const reporter = (name, old) => text(e, name) || text(e, `deprecatedSource.${old}`);
  if (['source', 'source.component', 'reportingController', 'reportingComponent'].includes(key))
    return reporter('reportingController', 'component');
  if (['source.host', 'reportingInstance'].includes(key)) return reporter('reportingInstance', 'host');
  if (['name', 'namespace', 'uid'].includes(key)) return text(e, `metadata.${key}`);
  return text(e, key.replace(/^involvedObject\./, 'regarding.'));
}

// key=value,key!=value: do all hold? Values have no commas here.
export function selects(selector, field) {
  return selector.split(',').filter(Boolean).every((term) => {
    const [, key, op, value] = /^(.*?)(!=|==|=)(.*)$/.exec(term);
    return (field(key) === value) === (op !== '!=');
  });
}
