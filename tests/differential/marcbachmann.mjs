// @marcbachmann/cel-js behind evaluate(line): a tagged value in its one spelling, or null for an
// error.
import { pathToFileURL } from 'node:url';
import { SECOND, evaluateWith, inputWith, listText, mapText, outputWith } from './engine.mjs';
import { canonical } from './values.mjs';

const TYPES = {
  e: 'map<string, dyn>', vb: 'bool', vi: 'int', vu: 'uint', vd: 'double', vs: 'string', vy: 'bytes',
  vt: 'google.protobuf.Timestamp', vk: 'google.protobuf.Duration', vL: 'list<int>', vS: 'list<string>',
  vM: 'map<string, int>',
};

export async function open(modules) {
  const library = modules + '/node_modules/@marcbachmann/cel-js/lib/';
  const { Environment } = await import(pathToFileURL(library + 'index.js'));
  const { UnsignedInt, Duration } = await import(pathToFileURL(library + 'functions.js'));

  const input = inputWith({
    uint: (v) => new UnsignedInt(v),
    list: (items) => items,
    map: (entries) => entries,
    timestamp: (nanos) => new Date(Number(nanos / 1_000_000n)),
    duration: (nanos) => new Duration(nanos / SECOND, Number(nanos % SECOND)),
  });

  const output = outputWith((v, text) => {
    if (v instanceof UnsignedInt) return canonical({ uint: v.valueOf() });
    if (v instanceof Date) return `timestamp ${BigInt(v.getTime()) * 1_000_000n}`;
    if (v instanceof Duration) return `duration ${v.seconds * SECOND + BigInt(v.nanos)}`;
    if (Array.isArray(v) || v instanceof Set) return listText(v, text);
    return mapText(v instanceof Map ? v : Object.entries(v), text);
  });

  return evaluateWith(input, (line, bindings) => {
    const env = new Environment({ homogeneousAggregateLiterals: false });
    for (const name of Object.keys(bindings)) env.registerVariable(name, TYPES[name] ?? 'dyn');
    return output(env.evaluate(line.expr, bindings));
  });
}
