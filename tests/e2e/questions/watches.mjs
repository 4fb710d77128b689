// What watches must tell of changes that came while they were open, or since the list before.
import * as is from './evaluate.mjs';

const { text } = is;
const ACTIVITIES = '/apis/activity.miloapis.com/v1alpha1';
const SCOPES = { acme: { type: 'organization', name: 'acme' }, bob: { type: 'user', name: 'u-bob@example.com' } };

const activityLine = (type, a) => `${type} ${a.metadata.name}`;
const eventLine = (type, e) => `${type} ${e.metadata.namespace}/${e.metadata.name} ${e.series?.count ?? e.deprecatedCount ?? e.count ?? 0}`;

// @told: all late activities, in the order in which they came.
function activityWatch(w, name, path, params, where, as = 'admin') {
  const seen = w.late.filter((a) => where(a) && (as === 'admin' || is.activity.visible(a, SCOPES[as])));
  return { way: 'watch', name: `watch of activities ${name}`, as, path: `${ACTIVITIES}${path}`, params: { resourceVersion: w.versions.activities, ...params },
    line: activityLine, want: seen.map((a) => activityLine('ADDED', a)) };
}

function activityWatches(w) {
  const all = () => true;
  const label = (a, key) => a.metadata.labels[`activity.miloapis.com/${key}`];
  return [
    activityWatch(w, 'all', '/activities', {}, all),
    activityWatch(w, 'in a namespace', '/namespaces/shop/activities', {}, (a) => a.metadata.namespace === 'shop'),
    activityWatch(w, 'of people', '/activities', { fieldSelector: 'spec.changeSource=human' }, (a) => a.spec.changeSource === 'human'),
    activityWatch(w, 'of others', '/activities', { fieldSelector: 'spec.changeSource!=human,spec.resource.kind!=Pod' },
      (a) => a.spec.changeSource !== 'human' && a.spec.resource.kind !== 'Pod'),
    activityWatch(w, 'of an actor', '/activities', { fieldSelector: 'spec.actor.email=bob@example.com' }, (a) => a.spec.actor.email === 'bob@example.com'),
    activityWatch(w, 'of a kind', '/activities', { labelSelector: 'activity.miloapis.com/resource-kind in (Deployment)' }, (a) => label(a, 'resource-kind') === 'Deployment'),
    activityWatch(w, 'without reason', '/activities', { labelSelector: '!activity.miloapis.com/event-reason', fieldSelector: 'spec.resource.apiGroup=apps' },
      (a) => label(a, 'event-reason') === undefined && a.spec.resource.apiGroup === 'apps'),
    activityWatch(w, 'with a filter', '/activities', { filter: "spec.summary.contains('created') || spec.resource.kind == 'Pod'" },
      (a) => a.spec.summary.includes('created') || a.spec.resource.kind === 'Pod'),
    activityWatch(w, 'with filter and namespace', '/namespaces/default/activities', { filter: "spec.actor.type == 'user'" },
      (a) => a.metadata.namespace === 'default' && a.spec.actor.type === 'user'),
    activityWatch(w, 'of nothing', '/namespaces/nowhere/activities', {}, () => false),
    activityWatch(w, 'in the older form', '/watch/namespaces/shop/activities', {}, (a) => a.metadata.namespace === 'shop'),
    activityWatch(w, 'by acme', '/activities', {}, all, 'acme'),
    activityWatch(w, 'by bob', '/activities', {}, all, 'bob'),
    { ...activityWatch(w, 'from everything on', '/activities', { resourceVersion: '0' }, all), sorted: true,
      want: [...w.activities, ...w.late].map((a) => activityLine('ADDED', a)) },
    { ...activityWatch(w, 'with initial events', '/activities', { resourceVersion: undefined, sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true', fieldSelector: 'spec.resource.kind=Deployment' }, all), sorted: true, bookmark: true,
      want: [...w.activities, ...w.late].filter((a) => a.spec.resource.kind === 'Deployment').map((a) => activityLine('ADDED', a)) },
  ];
}

// @changes: [type, state] in their order. Of what a watch with a selection has not seen, it is told
// as it is now; what ceases to be selected is DELETED for it, what begins to be is ADDED.
function toldOf(changes, where, selects) {
  const was = new Map(), told = [];
  for (const [type, e] of changes.filter(([, s]) => where(s))) {
    const selected = selects(e);
    const before = was.get(e.metadata.uid) ?? selected;
    was.set(e.metadata.uid, selected);
    const change = !before ? (selected && type !== 'DELETED' ? 'ADDED' : null) : selected ? type : 'DELETED';
    if (change) told.push(eventLine(change, e));
  }
  return told;
}

function eventWatch(w, name, path, params, selects, where = () => true, as = 'admin') {
  const visible = (e) => as === 'admin' || is.event.visible(e, SCOPES[as]);
  return { way: 'watch', name: `watch of Events ${name}`, as, path, params: { resourceVersion: w.versions.events, ...params }, line: eventLine,
    want: toldOf(w.changes, (e) => where(e) && visible(e), selects) };
}

function eventWatches(w) {
  const [core, newer] = ['/api/v1', '/apis/events.k8s.io/v1'];
  const all = () => true;
  const byField = (selector) => (e) => is.selects(selector, (key) => is.eventField(e, key));
  const named = (ns, name) => (e) => e.metadata.namespace === ns && e.metadata.name === name;
  const fields = (selector, base = core) => eventWatch(w, `by ${selector}`, `${base}/events`, { fieldSelector: selector }, byField(selector));
  return [
    eventWatch(w, 'all', `${core}/events`, {}, all), eventWatch(w, 'all, in the newer form', `${newer}/events`, {}, all),
    eventWatch(w, 'in a namespace', `${core}/namespaces/live/events`, {}, all, (e) => e.metadata.namespace === 'live'),
    eventWatch(w, 'of one name', `${newer}/watch/namespaces/live/events/counted`, {}, all, named('live', 'counted')),
    fields('type=Warning'), fields('type!=Warning', newer), fields('involvedObject.name=web-1'), fields('regarding.kind!=Pod', newer),
    fields('reason=Pulled,metadata.namespace=live'), fields('metadata.name=counted'),
    eventWatch(w, 'with a label', `${core}/events`, { labelSelector: 'seen=yes' }, (e) => e.metadata.labels?.seen === 'yes'),
    eventWatch(w, 'without a label', `${newer}/events`, { labelSelector: '!seen' }, (e) => e.metadata.labels?.seen === undefined),
    eventWatch(w, 'by acme', `${core}/events`, {}, all, undefined, 'acme'),
    { ...eventWatch(w, 'from now on', `${core}/events`, { resourceVersion: undefined, fieldSelector: 'reason=Scheduled' }, all), sorted: true, versions: false,
      want: is.event.newest(w.states).filter((e) => !e.metadata.deletionTimestamp && e.reason === 'Scheduled').map((e) => eventLine('ADDED', e)) },
    { ...eventWatch(w, 'with initial events', `${newer}/events`, { resourceVersion: undefined, sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true', labelSelector: 'team=core' }, all), sorted: true, bookmark: true,
      want: is.event.newest(w.states).filter((e) => !e.metadata.deletionTimestamp && e.metadata.labels?.team === 'core').map((e) => eventLine('ADDED', e)) },
  ];
}

export const watchCases = (w) => [...activityWatches(w), ...eventWatches(w)];
export const lines = { activity: activityLine, event: eventLine };
