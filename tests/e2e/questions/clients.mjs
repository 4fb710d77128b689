// The two ways in: raw HTTP, and kubectl. Each does for its caller what a person at it would do.
import { request, Agent } from 'node:https';
import { spawn } from 'node:child_process';

export const GROUP = '/apis/activity.miloapis.com/v1alpha1';
const PLURALS = { AuditLogQuery: 'auditlogqueries', ActivityQuery: 'activityqueries', EventQuery: 'eventqueries',
  AuditLogFacetsQuery: 'auditlogfacetsqueries', ActivityFacetQuery: 'activityfacetqueries', EventFacetQuery: 'eventfacetqueries' };

const withParams = (path, params) => {
  const text = new URLSearchParams(Object.entries(params).filter(([, v]) => v !== undefined && v !== '')).toString();
  return text ? `${path}${path.includes('?') ? '&' : '?'}${text}` : path;
};
const question = (kind, spec) => ({ apiVersion: 'activity.miloapis.com/v1alpha1', kind, metadata: { name: 'q' }, spec });
const folder = ({ base, plural, ns }) => (ns ? `${base}/namespaces/${ns}/${plural}` : `${base}/${plural}`);

export function httpClient(url, tokens) {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 64 });
  const call = (as, method, path, body, type = 'application/json') => new Promise((resolve, reject) => {
    const q = request(`${url}${path}`, { agent, method, headers: { Authorization: `Bearer ${tokens[as]}`, 'Content-Type': type } }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (d) => { text += d; }).on('error', reject).on('end', () => resolve({ code: res.statusCode, text }));
    });
    q.on('error', reject);
    q.end(body === undefined ? undefined : JSON.stringify(body));
  });
  const json = async (...args) => {
    const { code, text } = await call(...args);
    if (code >= 400) throw new Error(`HTTP ${code}: ${text}`);
    return JSON.parse(text);
  };
  return {
    name: 'HTTP', call, json,
    ask: (as, kind, spec) => json(as, 'POST', `${GROUP}/${PLURALS[kind]}`, question(kind, spec)),
    async refusal(as, kind, spec) {
      const { code, text } = await call(as, 'POST', `${GROUP}/${PLURALS[kind]}`, question(kind, spec));
      const status = JSON.parse(text);
      return { code, causes: (status.details?.causes ?? []).map((c) => [c.field, c.reason]), text };
    },
    // A list, with all its pages.
    async list(c) {
      const items = [];
      let token;
      do {
        const page = await json(c.as, 'GET', withParams(folder(c), { fieldSelector: c.fields, labelSelector: c.labels, filter: c.filter, limit: c.chunk, continue: token }));
        if (c.chunk && page.items.length > c.chunk) throw new Error(`a page of ${page.items.length}`);
        items.push(...page.items);
        token = page.metadata.continue;
      } while (token);
      return items;
    },
    refusedList: async (c) => (await call(c.as, 'GET', withParams(c.path, c.params))).code,
    // The changes that a watch tells until it ends by itself.
    async watch(as, path, params) {
      const { code, text } = await call(as, 'GET', withParams(path, { watch: '1', ...params }));
      if (code !== 200) throw new Error(`HTTP ${code}: ${text}`);
      return text.split('\n').filter(Boolean).map((l) => JSON.parse(l));
    },
    // A watch that stays: changes go to @told until @stop is called.
    stay(as, path, params, told) {
      let rest = '';
      const q = request(`${url}${withParams(path, { watch: '1', ...params })}`, { rejectUnauthorized: false, headers: { Authorization: `Bearer ${tokens[as]}` } }, (res) => {
        res.setEncoding('utf8').on('data', (d) => {
          const lines = (rest + d).split('\n');
          rest = lines.pop();
          for (const l of lines) told.push(JSON.parse(l));
        }).on('error', () => {});
      });
      q.on('error', () => {});
      q.end();
      return () => q.destroy();
    },
  };
}

export function kubectlClient(url, tokens, program, cache) {
  const start = (as, args) => spawn(program, ['--server', url, '--insecure-skip-tls-verify', '--token', tokens[as], '--cache-dir', cache, ...args]);
  const run = (as, args, input = '') => new Promise((resolve, reject) => {
    const child = start(as, args);
    let out = '', err = '';
    child.stdout.setEncoding('utf8').on('data', (d) => { out += d; });
    child.stderr.setEncoding('utf8').on('data', (d) => { err += d; });
    child.on('error', reject).on('close', (code) => resolve({ code, out, err }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
  const text = async (...args) => {
    const { code, out, err } = await run(...args);
    if (code !== 0) throw new Error(`kubectl ended with ${code}: ${err}`);
    return out;
  };
  const create = ['create', '-o', 'json', '-f', '-'];
  return {
    name: 'kubectl', run, start,
    ask: async (as, kind, spec) => JSON.parse(await text(as, create, JSON.stringify(question(kind, spec)))),
    async refusal(as, kind, spec) {
      const { code, err } = await run(as, create, JSON.stringify(question(kind, spec)));
      return { failed: code !== 0, text: err };
    },
    async list(c) {
      if (c.filter) { // which kubectl has no flag for
        const path = withParams(folder(c), { fieldSelector: c.fields, labelSelector: c.labels, filter: c.filter });
        return JSON.parse(await text(c.as, ['get', '--raw', path])).items;
      }
      const args = ['get', c.resource, ...(c.ns ? ['-n', c.ns] : ['-A']), '-o', 'json', '--field-selector', c.fields ?? '', '-l', c.labels ?? ''];
      return JSON.parse(await text(c.as, c.chunk ? [...args, `--chunk-size=${c.chunk}`] : args)).items;
    },
    async refusedList(c) {
      const { code, err } = await run(c.as, ['get', '--raw', withParams(c.path, c.params)]);
      return { failed: code !== 0, text: err };
    },
    async watch(as, path, params) {
      const lines = await text(as, ['get', '--raw', withParams(path, { watch: '1', ...params })]);
      return lines.split('\n').filter(Boolean).map((l) => JSON.parse(l));
    },
  };
}
