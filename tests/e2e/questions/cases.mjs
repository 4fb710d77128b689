// The cases: a question each, and the answer that a plain look at the records gives.
import * as is from './evaluate.mjs';

const { at, text } = is;
const EVER = { startTime: 'now-3d', endTime: 'now' };

// ---- filters: CEL, and the same said in JavaScript of one record -------------------------

const auditFilters = (w) => {
  const some = w.audit[40], middle = w.audit[300].requestReceivedTimestamp;
  return [
    ["verb == 'delete'", (r) => r.verb === 'delete'],
    ["verb != 'get' && verb != 'list' && verb != 'watch'", (r) => !['get', 'list', 'watch'].includes(r.verb)],
    ["verb in ['create', 'update', 'patch']", (r) => ['create', 'update', 'patch'].includes(r.verb)],
    ["!(verb in ['get', 'list', 'watch'])", (r) => !['get', 'list', 'watch'].includes(r.verb)],
    ["verb == 'get' || verb == 'list' && responseStatus.code == 404", (r) => r.verb === 'get' || (r.verb === 'list' && r.responseStatus.code === 404)],
    ["(verb == 'get' || verb == 'list') && responseStatus.code == 404", (r) => ['get', 'list'].includes(r.verb) && r.responseStatus.code === 404],
    ["(verb == 'get') == (responseStatus.code == 404)", (r) => (r.verb === 'get') === (r.responseStatus.code === 404)],
    ["verb == 'no such verb'", () => false],
    ['true', () => true],
    [`auditID == '${some.auditID}'`, (r) => r.auditID === some.auditID],
    ["level == 'RequestResponse'", (r) => r.level === 'RequestResponse'],
    ["stage == 'Panic'", (r) => r.stage === 'Panic'],
    ["responseStatus.code >= 400 && responseStatus.code < 500", (r) => r.responseStatus.code >= 400 && r.responseStatus.code < 500],
    ["responseStatus.code in [403, 409]", (r) => [403, 409].includes(r.responseStatus.code)],
    ["responseStatus.reason == 'NotFound'", (r) => r.responseStatus.reason === 'NotFound'],
    ["user.username.endsWith('@example.com')", (r) => r.user.username.endsWith('@example.com')],
    ["user.username.matches('^system:serviceaccount:[^:]+:[a-m]')", (r) => /^system:serviceaccount:[^:]+:[a-m]/.test(r.user.username)],
    ["user.username == \"x' OR '1' = '1\"", () => false],
    ["user.uid == 'u-bob@example.com'", (r) => r.user.uid === 'u-bob@example.com'],
    ["'developers' in user.groups", (r) => r.user.groups.includes('developers')],
    ['size(user.groups) > 2', (r) => r.user.groups.length > 2],
    ["impersonatedUser.username == 'carol@example.com' && impersonatedUser.uid == 'u-carol'", (r) => r.impersonatedUser?.uid === 'u-carol'],
    ["'auditors' in impersonatedUser.groups", (r) => !!r.impersonatedUser?.groups.includes('auditors')],
    ['has(impersonatedUser.username)', (r) => !!r.impersonatedUser],
    ["'192.0.2.7' in sourceIPs", (r) => r.sourceIPs.includes('192.0.2.7')],
    ['size(sourceIPs) == 1', (r) => r.sourceIPs.length === 1],
    ["userAgent.contains('kubectl')", (r) => r.userAgent.includes('kubectl')],
    ["userAgent == 'Prüfer\\'s \"agent\" (日本) \\\\ 1.0'", (r) => r.userAgent === "Prüfer's \"agent\" (日本) \\ 1.0"],
    ["userAgent.contains('日本')", (r) => r.userAgent.includes('日本')],
    ["objectRef.apiGroup == 'apps'", (r) => r.objectRef?.apiGroup === 'apps'],
    ["objectRef.apiVersion == 'v1' && objectRef.resource == 'pods'", (r) => r.objectRef?.apiVersion === 'v1' && r.objectRef.resource === 'pods'],
    ['has(objectRef.subresource)', (r) => !!r.objectRef?.subresource],
    ["objectRef.subresource in ['scale', 'token']", (r) => ['scale', 'token'].includes(r.objectRef?.subresource)],
    ["objectRef.namespace == ''", (r) => text(r, 'objectRef.namespace') === ''],
    ["objectRef.name.startsWith('web')", (r) => text(r, 'objectRef.name').startsWith('web')],
    ['has(objectRef.uid)', (r) => !!r.objectRef?.uid],
    ["requestURI.startsWith('/api/v1/namespaces/shop/')", (r) => r.requestURI.startsWith('/api/v1/namespaces/shop/')],
    ["annotations['authorization.k8s.io/decision'] == 'forbid'", (r) => r.annotations['authorization.k8s.io/decision'] === 'forbid'],
    ["'k8s.io/deprecated' in annotations", (r) => 'k8s.io/deprecated' in r.annotations],
    [`requestReceivedTimestamp >= timestamp('${middle}')`, (r) => is.micros(r.requestReceivedTimestamp) >= is.micros(middle)],
    [`requestReceivedTimestamp == timestamp('${middle}')`, (r) => is.micros(r.requestReceivedTimestamp) === is.micros(middle)],
    ['stageTimestamp > requestReceivedTimestamp', (r) => is.micros(r.stageTimestamp) > is.micros(r.requestReceivedTimestamp)],
  ];
};

const activityFilters = (w) => {
  const some = w.activities[7];
  return [
    [`metadata.name == '${some.metadata.name}'`, (a) => a.metadata.name === some.metadata.name],
    ["metadata.namespace == 'shop'", (a) => a.metadata.namespace === 'shop'],
    ["metadata.labels['activity.miloapis.com/origin-type'] == 'event'", (a) => a.metadata.labels['activity.miloapis.com/origin-type'] === 'event'],
    ["'activity.miloapis.com/event-reason' in metadata.labels", (a) => 'activity.miloapis.com/event-reason' in a.metadata.labels],
    ["spec.summary.contains('created')", (a) => a.spec.summary.includes('created')],
    ["spec.summary.matches('^[a-z]+@example')", (a) => /^[a-z]+@example/.test(a.spec.summary)],
    ["spec.changeSource == 'human'", (a) => a.spec.changeSource === 'human'],
    ["spec.changeSource != 'human' && spec.resource.kind != 'Pod'", (a) => a.spec.changeSource !== 'human' && a.spec.resource.kind !== 'Pod'],
    ["spec.actor.type == 'user'", (a) => a.spec.actor.type === 'user'],
    ["spec.actor.name in ['bob@example.com', 'alice@example.com']", (a) => ['bob@example.com', 'alice@example.com'].includes(a.spec.actor.name)],
    ["spec.actor.uid == 'u-bob@example.com'", (a) => a.spec.actor.uid === 'u-bob@example.com'],
    ["spec.actor.email.endsWith('@example.com')", (a) => text(a, 'spec.actor.email').endsWith('@example.com')],
    ['!has(spec.actor.email)', (a) => !a.spec.actor.email],
    ["spec.resource.apiGroup == 'apps'", (a) => a.spec.resource.apiGroup === 'apps'],
    ["spec.resource.apiVersion == 'v1'", (a) => a.spec.resource.apiVersion === 'v1'],
    ["spec.resource.kind in ['Deployment', 'Pod']", (a) => ['Deployment', 'Pod'].includes(a.spec.resource.kind)],
    ["spec.resource.name.startsWith('web')", (a) => a.spec.resource.name.startsWith('web')],
    ["spec.resource.namespace == 'default'", (a) => a.spec.resource.namespace === 'default'],
    ['has(spec.resource.uid)', (a) => !!a.spec.resource.uid],
    ["spec.origin.type == 'audit' && has(spec.origin.id)", (a) => a.spec.origin.type === 'audit'],
    [`spec.origin.id == '${some.spec.origin.id}'`, (a) => a.spec.origin.id === some.spec.origin.id],
    ["spec.tenant.type == 'organization'", (a) => a.spec.tenant.type === 'organization'],
    ["spec.tenant.name == 'web'", (a) => a.spec.tenant.name === 'web'],
  ];
};

const controllerOf = (e) => is.eventField(e, 'reportingController');
const eventFilters = (w) => [
  ["type == 'Warning'", (e) => e.type === 'Warning'],
  ["reason == 'FailedScheduling' || reason == 'Scheduled'", (e) => ['FailedScheduling', 'Scheduled'].includes(e.reason)],
  ["action == 'Binding'", (e) => e.action === 'Binding'],
  ["note.contains('again: ')", (e) => text(e, 'note').includes('again: ')],
  ["note.startsWith('again: ') && type == 'Normal'", (e) => text(e, 'note').startsWith('again: ') && e.type === 'Normal'],
  ["metadata.namespace == 'shop'", (e) => e.metadata.namespace === 'shop'],
  ["metadata.name.endsWith('4')", (e) => e.metadata.name.endsWith('4')],
  [`metadata.uid == '${w.states[9].metadata.uid}'`, (e) => e.metadata.uid === w.states[9].metadata.uid],
  ["regarding.kind == 'Deployment'", (e) => e.regarding.kind === 'Deployment'],
  ["regarding.apiVersion == 'apps/v1'", (e) => e.regarding.apiVersion === 'apps/v1'],
  ["regarding.namespace == 'default' && regarding.name.contains('-1')", (e) => e.regarding.namespace === 'default' && e.regarding.name.includes('-1')],
  ["has(regarding.fieldPath)", (e) => !!e.regarding.fieldPath],
  [`regarding.uid == '${w.states[3].regarding.uid}'`, (e) => e.regarding.uid === w.states[3].regarding.uid],
  [`regarding.resourceVersion == '${w.states[3].regarding.resourceVersion}'`, (e) => e.regarding.resourceVersion === w.states[3].regarding.resourceVersion],
  ["related.kind == 'Node' && related.apiVersion == 'v1'", (e) => e.related?.kind === 'Node'],
  ["related.name == 'node-2'", (e) => e.related?.name === 'node-2'],
  ["related.namespace == 'infra'", (e) => e.related?.namespace === 'infra'],
  ["related.uid == 'node-uid-1' && related.fieldPath == 'spec.x'", (e) => e.related?.uid === 'node-uid-1'],
  ["related.resourceVersion == '3'", (e) => e.related?.resourceVersion === '3'],
  ["reportingController == 'default-scheduler'", (e) => controllerOf(e) === 'default-scheduler'],
  ["reportingController == 'job-controller'", (e) => controllerOf(e) === 'job-controller'],
  ["reportingInstance == 'default-scheduler-vm'", (e) => is.eventField(e, 'reportingInstance') === 'default-scheduler-vm'],
  ['series.count > 3', (e) => (e.series?.count ?? e.deprecatedCount ?? 0) > 3],
];

// ---- questions -----------------------------------------------------------------------------

const KINDS = {
  AuditLogQuery: { kind: is.audit, records: (w) => w.audit },
  ActivityQuery: { kind: is.activity, records: (w) => w.activities },
  EventQuery: { kind: is.event, records: (w) => w.states },
};

const SCOPES = {
  acme: { type: 'organization', name: 'acme' },
  web: { type: 'project', name: 'web' },
  bob: { type: 'user', name: 'u-bob@example.com' },
  nobody: { type: 'organization', name: 'nobody' },
};

// A question whose records are those that @where is true of.
function query(w, resource, name, spec, where = () => true, as = 'admin') {
  const { kind, records } = KINDS[resource];
  const full = { ...EVER, limit: 1000, ...spec };
  const found = is.find(kind, records(w), { start: full.startTime, end: full.endTime, nowMs: w.nowMs, where, scope: SCOPES[as] });
  return { way: 'query', name: `${resource} ${name}`, resource, spec: full, as, want: found.map(kind.id),
    from: is.resolve(full.startTime, w.nowMs), to: is.resolve(full.endTime, w.nowMs) };
}

const filtered = (w, resource, filters) => filters(w).map(([filter, where]) => query(w, resource, filter, { filter }, where));

function ranges(w, resource) {
  const { kind, records } = KINDS[resource];
  const edge = records(w)[50];
  const edgeText = new Date(Math.floor(kind.time(edge) / 1000)).toISOString().slice(0, 19) +
    `.${`${kind.time(edge) % 1e6}`.padStart(6, '0')}`;
  const first = (hours) => new Date(w.nowMs - (50 - hours) * 3600_000).toISOString().slice(0, 19);
  return [
    { startTime: 'now-1h' },
    { startTime: 'now-7200s', endTime: 'now-30m' },
    { startTime: 'now-2d', endTime: 'now-12h' },
    { startTime: 'now-2w', endTime: 'now-1d' },
    { startTime: 'now-90s' },
    { startTime: `${first(0)}Z`, endTime: 'now-10h' },
    { startTime: `${first(2)}.000+02:00`, endTime: 'now-20h' },
    { startTime: 'now-3d', endTime: `${edgeText}Z` },
    { startTime: `${edgeText}Z` },
  ].map((range) => query(w, resource, `from ${range.startTime} to ${range.endTime ?? 'now'}`, range));
}

const pages = (w, resource, limits, spec, where) =>
  limits.map((limit) => query(w, resource, `in pages of ${limit}`, { ...spec, limit }, where));

const scopes = (w, resource, names) => names.map((as) => query(w, resource, `of ${as}`, {}, undefined, as));

function auditCases(w) {
  return [
    ...filtered(w, 'AuditLogQuery', auditFilters), ...ranges(w, 'AuditLogQuery'),
    ...pages(w, 'AuditLogQuery', [97, 400, 1000]),
    ...pages(w, 'AuditLogQuery', [7, 0], { filter: "verb == 'delete'" }, (r) => r.verb === 'delete'),
    ...pages(w, 'AuditLogQuery', [1], { filter: "objectRef.subresource == 'token'" }, (r) => r.objectRef?.subresource === 'token'),
    ...scopes(w, 'AuditLogQuery', ['acme', 'web', 'bob', 'nobody']),
    query(w, 'AuditLogQuery', 'of acme with a filter', { filter: "verb == 'get' || true" }, undefined, 'acme'),
  ];
}

// ---- search ----------------------------------------------------------------------------------

function activityCases(w) {
  const search = (search, terms, filter, where = () => true) => query(w, 'ActivityQuery', `search ${search}`,
    { search, filter }, (a) => is.hasTerm(a.spec.summary, terms) && where(a));
  return [
    ...filtered(w, 'ActivityQuery', activityFilters), ...ranges(w, 'ActivityQuery'),
    ...pages(w, 'ActivityQuery', [61, 333]),
    ...pages(w, 'ActivityQuery', [5], { search: 'deleted' }, (a) => is.hasTerm(a.spec.summary, [{ word: 'deleted' }])),
    ...scopes(w, 'ActivityQuery', ['acme', 'web', 'bob', 'nobody']),
    search('created', [{ word: 'created' }]),
    search('CREATED', [{ word: 'created' }]),
    search('reate', [{ word: 'reate' }]),
    search('reate*', [{ prefix: 'reate' }]),
    search('deploy*', [{ prefix: 'deploy' }]),
    search('"created deployment"', [{ phrase: 'created deployment' }]),
    search('"created deployment', [{ phrase: 'created deployment' }]),
    search('pod deployment', [{ word: 'pod' }, { word: 'deployment' }]),
    search('"not allowed" web*', [{ phrase: 'not allowed' }, { prefix: 'web' }]),
    search('no-such-word', [{ word: 'no-such-word' }]),
    search('%', [{ word: '%' }]),
    search(' ', [{ word: '' }]),
    search("pod", [{ word: 'pod' }], "spec.changeSource == 'human'", (a) => a.spec.changeSource === 'human'),
  ];
}

function eventCases(w) {
  const selector = (fieldSelector, namespace) => query(w, 'EventQuery', `${fieldSelector} ${namespace ?? ''}`,
    { fieldSelector, namespace }, (e) => is.selects(fieldSelector, (key) => is.eventField(e, key)) &&
      (!namespace || e.metadata.namespace === namespace));
  return [
    ...filtered(w, 'EventQuery', eventFilters), ...ranges(w, 'EventQuery'),
    ...pages(w, 'EventQuery', [11, 100]),
    ...pages(w, 'EventQuery', [3], { namespace: 'shop' }, (e) => e.metadata.namespace === 'shop'),
    ...scopes(w, 'EventQuery', ['acme', 'web', 'nobody']),
    selector('reason=FailedScheduling'), selector('reason!=FailedScheduling,type!=Normal'),
    selector('involvedObject.kind=Pod,involvedObject.namespace=default'), selector('involvedObject.kind!=Pod'),
    selector('regarding.kind==Deployment'), selector('regarding.name!=web', 'shop'),
    selector(`regarding.uid=${w.states[3].regarding.uid}`), selector('regarding.fieldPath!='),
    selector('related.name=node-1'), selector('related.namespace!=infra'), selector('related.uid=node-uid-2'),
    selector('source=job-controller'), selector('reportingComponent!=default-scheduler'),
    selector('source.host=default-scheduler-vm'), selector('action=Scheduling,metadata.namespace=default'),
    selector(`name=${w.states[8].metadata.name}`), selector('', 'shop'), selector('reason=nothing'),
  ];
}

// ---- facets ----------------------------------------------------------------------------------

const AUDIT_FACETS = ['objectRef.apiGroup', 'objectRef.namespace', 'objectRef.resource', 'responseStatus.code', 'user.uid', 'user.username', 'verb'];
const ACTIVITY_FACETS = ['spec.actor.name', 'spec.actor.type', 'spec.changeSource', 'spec.resource.apiGroup', 'spec.resource.kind', 'spec.resource.namespace'];
const EVENT_FACETS = ['namespace', 'reason', 'regarding.kind', 'regarding.namespace', 'related.kind', 'related.namespace', 'source.component', 'type'];

function facets(w, resource, of, fields, spec = {}, where = () => true, as = 'admin') {
  const { kind, records } = KINDS[of];
  const found = is.find(kind, records(w), { start: spec.timeRange?.start ?? 'now-7d', end: spec.timeRange?.end ?? 'now',
    nowMs: w.nowMs, where, scope: SCOPES[as] });
  const value = (field) => (r) => (of === 'EventQuery' ? is.eventField(r, field) : text(r, field));
  const asked = fields.map((f) => (typeof f === 'string' ? { field: f } : f));
  return { way: 'facets', resource, as, name: `${resource} ${JSON.stringify({ ...spec, facets: asked })} of ${as}`,
    spec: { ...spec, facets: asked },
    want: asked.map(({ field, limit }) => ({ field,
      values: is.count(found, value(field), Math.min(limit || 20, 100), field.startsWith('related.')) })) };
}

function facetCases(w) {
  const audit = (...rest) => facets(w, 'AuditLogFacetsQuery', 'AuditLogQuery', ...rest);
  const activities = (...rest) => facets(w, 'ActivityFacetQuery', 'ActivityQuery', ...rest);
  const events = (...rest) => facets(w, 'EventFacetQuery', 'EventQuery', ...rest);
  return [
    ...AUDIT_FACETS.map((f) => audit([f])), ...ACTIVITY_FACETS.map((f) => activities([f])), ...EVENT_FACETS.map((f) => events([f])),
    audit([{ field: 'user.username', limit: 3 }, 'verb']),
    audit([{ field: 'user.username', limit: 500 }]),
    audit(['verb'], { timeRange: { start: 'now-1d', end: 'now-2h' } }),
    audit(['responseStatus.code'], { filter: "verb == 'delete'" }, (r) => r.verb === 'delete'),
    audit(['verb'], { filter: "'developers' in user.groups" }, (r) => r.user.groups.includes('developers')),
    audit(['verb', 'user.username'], {}, undefined, 'acme'),
    audit(['verb'], {}, undefined, 'bob'),
    audit(['verb'], {}, undefined, 'nobody'),
    activities(ACTIVITY_FACETS),
    activities([{ field: 'spec.resource.kind', limit: 2 }], { filter: "spec.changeSource == 'human'" }, (a) => a.spec.changeSource === 'human'),
    activities(['spec.resource.kind'], { timeRange: { start: 'now-10h' } }),
    activities(['spec.actor.name'], {}, undefined, 'web'),
    events(EVENT_FACETS),
    events(['reason'], { filter: "type == 'Warning'" }, (e) => e.type === 'Warning'),
    events(['type'], { timeRange: { start: 'now-2d', end: 'now-20h' } }),
    events(['type', 'reason'], {}, undefined, 'acme'),
  ];
}

// ---- refusals --------------------------------------------------------------------------------

function refused(resource, spec, causes, code = 422, as = 'admin') {
  return { way: 'refused', name: `${resource} ${JSON.stringify(spec).slice(0, 200)}`, resource, spec, as, code, causes };
}

function refusals(w) {
  const cases = [];
  for (const resource of Object.keys(KINDS)) {
    const no = (spec, ...causes) => cases.push(refused(resource, { ...EVER, ...spec }, causes));
    no({ startTime: '' }, ['spec.startTime', 'FieldValueRequired']);
    no({ startTime: '', endTime: '' }, ['spec.startTime', 'FieldValueRequired'], ['spec.endTime', 'FieldValueRequired']);
    no({ startTime: 'now-1h30m' }, ['spec.startTime', 'FieldValueInvalid']);
    no({ startTime: 'yesterday', limit: -1 }, ['spec.startTime', 'FieldValueInvalid'], ['spec.limit', 'FieldValueInvalid']);
    no({ endTime: '2199-01-01T00:00:00Z' }, ['spec.endTime', 'FieldValueInvalid']);
    no({ startTime: 'now-1h', endTime: 'now-2h' }, ['spec.endTime', 'FieldValueInvalid']);
    no({ startTime: 'now-61d' }, ['spec', 'FieldValueInvalid']);
    no({ limit: 1001 }, ['spec.limit', 'FieldValueInvalid']);
    no({ continue: 'not a cursor' }, ['spec.continue', 'FieldValueInvalid']);
    no({ filter: 'type == ' }, ['spec.filter', 'FieldValueInvalid']);
    no({ filter: "nothing == 'x'" }, ['spec.filter', 'FieldValueInvalid']);
    no({ filter: "'text'" }, ['spec.filter', 'FieldValueInvalid']);
    no({ filter: '[1, 2].exists(x, x == 1)' }, ['spec.filter', 'FieldValueInvalid']);
  }
  cases.push(
    refused('AuditLogQuery', { ...EVER, startTime: 'now-31d' }, [['spec', 'FieldValueInvalid']]),
    refused('AuditLogQuery', { ...EVER, filter: 'verb == 1' }, [['spec.filter', 'FieldValueInvalid']]),
    refused('EventQuery', { ...EVER, fieldSelector: 'nothing=x' }, [['spec.fieldSelector', 'FieldValueInvalid']]),
    refused('EventQuery', { ...EVER, fieldSelector: 'reason' }, [['spec.fieldSelector', 'FieldValueInvalid']]),
    refused('ActivityQuery', { ...EVER, search: Array.from({ length: 40 }, (_, i) => `w${i}`).join(' ') }, [['spec.search', 'FieldValueTooMany']]));
  for (const [resource, field] of [['AuditLogFacetsQuery', 'verb'], ['ActivityFacetQuery', 'spec.actor.name'], ['EventFacetQuery', 'type']]) {
    const no = (spec, ...causes) => cases.push(refused(resource, spec, causes));
    no({ facets: [] }, ['spec.facets', 'FieldValueRequired']);
    no({ facets: [{ field: 'nothing' }, { field }] }, ['spec.facets[0].field', 'FieldValueNotSupported']);
    no({ facets: [{ field, limit: -1 }] }, ['spec.facets[0].limit', 'FieldValueInvalid']);
    no({ facets: Array(11).fill({ field }) }, ['spec.facets', 'FieldValueTooMany']);
    no({ facets: [{ field }], timeRange: { start: 'soon' } }, ['spec.timeRange.start', 'FieldValueInvalid']);
    no({ facets: [{ field }], filter: ')' }, ['spec.filter', 'FieldValueInvalid']);
  }
  return cases;
}

// ---- lists -----------------------------------------------------------------------------------

const ACTIVITIES = '/apis/activity.miloapis.com/v1alpha1';
const EVENT_GROUPS = { core: ['/api/v1', 'events'], newer: ['/apis/events.k8s.io/v1', 'events.v1.events.k8s.io'] };

function activityList(w, { fields = '', labels = '', filter, ns, chunk, as = 'admin', where = () => true }) {
  const found = is.find(is.activity, w.activities, { start: 'now-10d', nowMs: w.nowMs, scope: SCOPES[as],
    where: (a) => (!ns || a.metadata.namespace === ns) && is.selects(fields, (key) => text(a, key)) && where(a) });
  return { way: 'list', name: `activities ${JSON.stringify({ fields, labels, filter, ns, chunk, as })}`, base: ACTIVITIES, plural: 'activities',
    resource: 'activities', fields, labels, filter, ns, chunk, as, want: found.map(is.activity.id), id: (o) => o.metadata.name };
}

function activityListCases(w) {
  const some = w.activities.find((a) => a.spec.resource.uid && a.spec.actor.email);
  const keys = ['metadata.name', 'metadata.namespace', 'spec.changeSource', 'spec.actor.name', 'spec.actor.type', 'spec.actor.uid',
    'spec.actor.email', 'spec.resource.apiGroup', 'spec.resource.kind', 'spec.resource.name', 'spec.resource.namespace', 'spec.resource.uid'];
  const label = (key) => (a) => a.metadata.labels[`activity.miloapis.com/${key}`];
  const [source, kind, reason] = [label('change-source'), label('resource-kind'), label('event-reason')];
  const L = 'activity.miloapis.com/';
  const list = (o) => activityList(w, o);
  return [
    ...keys.flatMap((key) => ['=', '!='].map((op) => list({ fields: `${key}${op}${text(some, key)}` }))),
    list({ fields: 'spec.actor.email=' }), list({ fields: 'spec.resource.kind=Deployment,spec.actor.type!=system' }),
    list({ labels: `${L}change-source=human`, where: (a) => source(a) === 'human' }),
    list({ labels: `${L}change-source!=human`, where: (a) => source(a) !== 'human' }),
    list({ labels: `${L}resource-kind in (Deployment,Pod)`, where: (a) => ['Deployment', 'Pod'].includes(kind(a)) }),
    list({ labels: `${L}resource-kind notin (Deployment,Pod),${L}change-source=system`, where: (a) => !['Deployment', 'Pod'].includes(kind(a)) && source(a) === 'system' }),
    list({ labels: `${L}event-reason`, where: (a) => reason(a) !== undefined }),
    list({ labels: `!${L}event-reason`, where: (a) => reason(a) === undefined }),
    list({ ns: 'shop' }), list({ ns: 'nowhere' }), list({ ns: 'default', fields: 'spec.changeSource=system' }),
    list({ filter: "spec.resource.kind in ['Deployment', 'Pod'] && spec.summary.contains('created')",
      where: (a) => ['Deployment', 'Pod'].includes(a.spec.resource.kind) && a.spec.summary.includes('created') }),
    list({ filter: "size(spec.summary) > 60", fields: 'spec.changeSource=human', where: (a) => [...a.spec.summary].length > 60 }),
    list({ filter: "spec.actor.name.endsWith('controller')", ns: 'shop', where: (a) => a.spec.actor.name.endsWith('controller') }),
    list({ chunk: 37 }), list({ chunk: 200 }), list({ chunk: 9, fields: 'spec.resource.kind=Deployment' }),
    list({ as: 'acme' }), list({ as: 'bob' }), list({ as: 'nobody' }),
  ];
}

// Events now: of each the newest state, in the order of namespace and name.
function eventList(w, { group = 'core', fields = '', labels = '', ns, chunk, as = 'admin', where = () => true }) {
  const [base, resource] = EVENT_GROUPS[group];
  const key = (e) => `${e.metadata.namespace}/${e.metadata.name}`;
  const found = is.event.newest(w.states).filter((e) => !e.metadata.deletionTimestamp && (!ns || e.metadata.namespace === ns) && (as === 'admin' || is.event.visible(e, SCOPES[as])) &&
    is.selects(fields, (k) => is.eventField(e, k)) && where(e)).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const shown = (e) => [key(e), e.metadata.uid, e.reason, e.type, text(e, 'note'), e.regarding.name, e.series?.count ?? e.deprecatedCount ?? 0].join(' | ');
  const coreShown = (o) => [`${o.metadata.namespace}/${o.metadata.name}`, o.metadata.uid, o.reason, o.type, text(o, 'message'),
    o.involvedObject.name, o.series?.count ?? o.count ?? 0].join(' | ');
  return { way: 'list', name: `${resource} ${JSON.stringify({ group, fields, labels, ns, chunk, as })}`, base, plural: 'events', resource,
    fields, labels, ns, chunk, as, want: found.map(shown), id: group === 'core' ? coreShown : shown };
}

function eventListCases(w) {
  const some = w.states[12];
  const list = (o) => eventList(w, o);
  const label = (e, key) => e.metadata.labels[key];
  const both = (o) => [list({ ...o, group: 'core' }), list({ ...o, group: 'newer' })];
  return [
    ...both({}), ...both({ ns: 'shop' }), ...both({ chunk: 33 }), ...both({ as: 'acme' }),
    ...both({ fields: `involvedObject.name=${some.regarding.name},involvedObject.namespace=default,involvedObject.uid=${some.regarding.uid},involvedObject.kind=Pod` }),
    ...both({ fields: 'regarding.kind!=Pod,reason!=SuccessfulCreate' }),
    list({ fields: 'type=Warning' }), list({ fields: 'type!=Warning', group: 'newer' }), list({ fields: 'reason=ScalingReplicaSet' }),
    list({ fields: 'source=default-scheduler' }), list({ fields: 'reportingComponent!=default-scheduler' }),
    list({ fields: 'reportingController=job-controller', group: 'newer' }), list({ fields: `metadata.name=${some.metadata.name}` }),
    list({ fields: 'metadata.namespace!=default' }), list({ fields: 'involvedObject.apiVersion=apps/v1' }),
    list({ fields: 'involvedObject.fieldPath=spec.containers{web}' }), list({ fields: `involvedObject.resourceVersion=${some.regarding.resourceVersion}` }),
    list({ fields: 'related.kind=Node,related.name!=node-1', group: 'newer' }), list({ fields: 'related.namespace=nodes' }),
    list({ labels: 'team', where: (e) => label(e, 'team') !== undefined }), list({ labels: '!team', group: 'newer', where: (e) => label(e, 'team') === undefined }),
    list({ labels: 'team in (web),n notin (1,2)', where: (e) => label(e, 'team') === 'web' && !['1', '2'].includes(label(e, 'n')) }),
    list({ labels: 'n>2', where: (e) => Number(label(e, 'n')) > 2 }),
    list({ labels: 'n!=1', fields: 'type=Normal', where: (e) => label(e, 'n') !== '1' }),
    list({ as: 'web', fields: 'type=Warning' }), list({ as: 'nobody' }),
  ];
}

const refusedList = (path, params, code) => ({ way: 'refusedList', name: `${path} ${JSON.stringify(params)}`, path, params, code, as: 'admin' });

function listRefusals() {
  const [activities, events] = [`${ACTIVITIES}/activities`, '/api/v1/events'];
  const no = (params, code = 400) => [refusedList(activities, params, code), refusedList(events, params, code)];
  const watch = (params, code) => no({ watch: '1', ...params }, code);
  return [...no({ fieldSelector: 'nothing=x' }), ...no({ fieldSelector: 'metadata.name' }), ...no({ labelSelector: 'a in b' }),
    ...no({ continue: 'not a token' }), ...no({ resourceVersion: 'x' }), ...no({ resourceVersionMatch: 'Exact' }, 422),
    refusedList(activities, { filter: 'spec.nothing == 1' }, 400), refusedList(activities, { filter: 'spec.summary' }, 400),
    ...watch({ fieldSelector: 'nothing=x' }), ...watch({ resourceVersion: 'x' }), ...watch({ sendInitialEvents: 'true' }, 422),
    ...watch({ resourceVersion: '999999999' }, 504), refusedList(activities, { watch: '1', filter: 'spec.nothing == 1' }, 400)];
}

// ---- cursors: of one question, tried with another ----------------------------------------------

function cursorCases() {
  const spec = { ...EVER, limit: 5 };
  const misused = (name, then, first = {}) => ({ way: 'cursor', name: `a cursor ${name}`, as: 'admin', first: { resource: 'AuditLogQuery', spec, as: 'admin', ...first },
    then: { resource: 'AuditLogQuery', spec, as: 'admin', ...then } });
  return [
    misused('of another filter', { spec: { ...spec, filter: "verb == 'get'" } }), misused('of another range', { spec: { ...spec, startTime: 'now-2d' } }),
    misused('of another limit', { spec: { ...spec, limit: 6 } }), misused('of another kind', { resource: 'ActivityQuery' }),
    misused('of the platform, by a tenant', { as: 'acme' }), misused('of a tenant, by the platform', {}, { as: 'acme' }),
    misused('of one tenant, by another', { as: 'web' }, { as: 'acme' }), misused('that was changed', { change: true }),
  ];
}

export const cases = (w) => [
  ...auditCases(w), ...activityCases(w), ...eventCases(w), ...facetCases(w), ...refusals(w),
  ...activityListCases(w), ...eventListCases(w), ...listRefusals(), ...cursorCases(),
];
