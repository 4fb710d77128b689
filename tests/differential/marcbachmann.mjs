// @marcbachmann/cel-js behind evaluate(line): a tagged value in its one spelling, or null for an
// error.
import { pathToFileURL } from 'node:url';
import { canonical, durationNanos, timestampNanos } from './values.mjs';

const TYPES = {
  e: 'map<string, dyn>', vb: 'bool', vi: 'int', vu: 'uint', vd: 'double', vs: 'string', vy: 'bytes',
  vt: 'google.protobuf.Timestamp', vk: 'google.protobuf.Duration', vL: 'list<int>', vS: 'list<string>',
  vM: 'map<string, int>',
};

export async function open(modules) {
  const library = modules + '/node_modules/@marcbachmann/cel-js/lib/';
  const { Environment } = await import(pathToFileURL(library + 'index.js'));
  const { UnsignedInt, Duration } = await import(pathToFileURL(library + 'functions.js'));

  function input(v) {
    const [kind] = Object.keys(v);
    const content = v[kind];
    switch (kind) {
      case 'null': return null;
      case 'bool':
      case 'string': return content;
      case 'int': return BigInt(content);
      case 'uint': return new UnsignedInt(BigInt(content));
      case 'double': return Number(content);
      case 'bytes': return new Uint8Array(Buffer.from(content, 'base64'));
      case 'list': return content.map(input);
      case 'map': return new Map(content.map(([k, e]) => [input(k), input(e)]));
      case 'timestamp': return new Date(Number(timestampNanos(content) / 1_000_000n));
      case 'duration': {
        const nanos = durationNanos(content);
        return new Duration(nanos / 1_000_000_000n, Number(nanos % 1_000_000_000n));
      }
      default: throw new Error(`no binding of kind ${kind}`);
    }
  }

  function output(v) {
    if (v === null) return 'null';
    switch (typeof v) {
      case 'boolean': return canonical({ bool: v });
      case 'bigint': return canonical({ int: v });
      case 'number': return canonical({ double: v });
      case 'string': return canonical({ string: v });
    }
    if (v instanceof UnsignedInt) return canonical({ uint: v.valueOf() });
    if (v instanceof Uint8Array) return canonical({ bytes: Buffer.from(v).toString('base64') });
    if (v instanceof Date) return `timestamp ${BigInt(v.getTime()) * 1_000_000n}`;
    if (v instanceof Duration) return `duration ${v.seconds * 1_000_000_000n + BigInt(v.nanos)}`;
    if (Array.isArray(v) || v instanceof Set) return `[${[...v].map(output).join(', ')}]`;
    const entries = v instanceof Map ? [...v] : Object.entries(v);
    return `{${entries.map(([k, e]) => `${output(k)}: ${output(e)}`).sort().join(', ')}}`;
  }

  return (line) => {
    try {
      const env = new Environment({ homogeneousAggregateLiterals: false });
      for (const name of Object.keys(line.bindings ?? {})) env.registerVariable(name, TYPES[name] ?? 'dyn');
      const bindings = Object.fromEntries(Object.entries(line.bindings ?? {}).map(([k, v]) => [k, input(v)]));
      return output(env.evaluate(line.expr, bindings));
    } catch {
      return null;
    }
  };
}
