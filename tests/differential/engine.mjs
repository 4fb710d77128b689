// What all oracles share: tagged values to those of an engine and back, and errors as null.
import { canonical, durationNanos, timestampNanos } from './values.mjs';

export const SECOND = 1_000_000_000n;

/** From tagged values to an engine's; @make makes those of which engines have their own: uint and
 *  timestamp, duration (of nanoseconds), list (of an array) and map (of a Map). */
export function inputWith(make) {
  return function input(v) {
    const [kind] = Object.keys(v);
    const content = v[kind];
    switch (kind) {
      case 'null': return null;
      case 'bool':
      case 'string': return content;
      case 'int': return BigInt(content);
      case 'uint': return make.uint(BigInt(content));
      case 'double': return Number(content);
      case 'bytes': return new Uint8Array(Buffer.from(content, 'base64'));
      case 'list': return make.list(content.map(input));
      case 'map': return make.map(new Map(content.map(([k, e]) => [input(k), input(e)])));
      case 'timestamp': return make.timestamp(timestampNanos(content));
      case 'duration': return make.duration(durationNanos(content));
      default: throw new Error(`no binding of kind ${kind}`);
    }
  };
}

/** From an engine's values to the one spelling of values.mjs; @own(v, output) spells those that are
 *  neither plain nor bytes. */
export function outputWith(own) {
  return function output(v) {
    if (v === null) return 'null';
    switch (typeof v) {
      case 'boolean': return canonical({ bool: v });
      case 'bigint': return canonical({ int: v });
      case 'number': return canonical({ double: v });
      case 'string': return canonical({ string: v });
    }
    if (v instanceof Uint8Array) return canonical({ bytes: Buffer.from(v).toString('base64') });
    return own(v, output);
  };
}

export const listText = (items, output) => `[${[...items].map(output).join(', ')}]`;
export const mapText = (entries, output) =>
  `{${[...entries].map(([k, e]) => `${output(k)}: ${output(e)}`).sort().join(', ')}}`;

/** evaluate(line) of an oracle: @run(line, bindings) gives the spelling of a value, or null. */
export function evaluateWith(input, run) {
  return (line) => {
    try {
      return run(line, Object.fromEntries(Object.entries(line.bindings ?? {}).map(([k, v]) => [k, input(v)])));
    } catch {
      return null;
    }
  };
}
