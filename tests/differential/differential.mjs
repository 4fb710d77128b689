// differential.mjs MODULES ORACLE DIFFERENCES FILE...
//
// Evaluates the lines of FILE... with another implementation of CEL and compares: the value, and
// whether there is an error, never messages. A difference must be listed in DIFFERENCES; an entry
// there that meets no difference fails too. Ends with "N lines, M known differences, K failures".
import { readFileSync } from 'node:fs';
import { canonical } from './values.mjs';

const SHOWN = Number(process.env.SHOWN ?? 30); // differences in full
const [modules, oracle, list, ...files] = process.argv.slice(2);
const { open } = await import(`./${oracle}.mjs`);
const evaluate = await open(modules);

// An entry is a line {oracle, name, reason, ids or pattern}: the ids of lines, or a pattern of
// expressions with what both sides make of them, "value" or "error", as `ours` and `theirs`, and
// possibly a pattern of the values of the expression's variables, `bindings`.
function readEntries(path) {
  const entries = [];
  for (const [i, raw] of readFileSync(path, 'utf8').split('\n').entries()) {
    const text = raw.trim();
    if (!text || text.startsWith('#')) continue;
    const parsed = JSON.parse(text);
    if (!parsed.reason || !parsed.name) throw new Error(`${path}:${i + 1}: an entry needs a name and a reason`);
    if (parsed.oracle !== oracle) continue;
    entries.push({ ...parsed, ids: new Set(parsed.ids ?? []), pattern: parsed.pattern && new RegExp(parsed.pattern, 'u'),
      bindings: new RegExp(parsed.bindings ?? '', 'u'), met: new Set() });
  }
  return entries;
}

const kindOf = (result) => (result === null ? 'error' : 'value');

// The variables that the expression names, with their values.
function used(line) {
  const names = new Set(line.expr.match(/\b[A-Za-z]\w*\b/g));
  return Object.entries(line.bindings ?? {})
    .filter(([name]) => names.has(name))
    .map(([name, value]) => `${name} = ${canonical(value)}`)
    .join('\n');
}

function covers(entry, line, ours, theirs) {
  if (entry.ids.has(line.id)) return true;
  return entry.pattern !== undefined && entry.ours === kindOf(ours) && entry.theirs === kindOf(theirs) &&
    entry.pattern.test(line.expr) && entry.bindings.test(used(line));
}

const entries = readEntries(list);
let lines = 0, known = 0, failures = 0;
for (const file of files) {
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (!text) continue;
    const line = JSON.parse(text);
    if (line.check_only) continue;
    lines++;
    const ours = line.value ? canonical(line.value) : line.error ? null : 'bool "true"';
    const theirs = evaluate(line);
    if (ours === theirs) continue;
    const entry = entries.find((e) => covers(e, line, ours, theirs));
    if (entry) {
      entry.met.add(line.id);
      known++;
      continue;
    }
    failures++;
    if (failures <= SHOWN)
      console.log(`DIFFERS ${line.id}: ${line.expr}\n  ours:   ${ours ?? 'error'}\n  theirs: ${theirs ?? 'error'}\n${used(line)}`);
  }
}
for (const entry of entries) {
  const stale = [...entry.ids].filter((id) => !entry.met.has(id));
  if (stale.length > 0 || entry.met.size === 0) {
    failures++;
    console.log(`STALE ${entry.name}: no difference any more${stale.length ? ': ' + stale.join(' ') : ''}`);
  }
}
console.log(`${lines} lines, ${known} known differences, ${failures} failures`);
process.exit(failures || lines === 0 ? 1 : 0);
