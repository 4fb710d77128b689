// @bufbuild/cel behind evaluate(line): a tagged value in its one spelling, or null for an error.
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { canonical, durationNanos, timestampNanos } from './values.mjs';

const SECOND = 1_000_000_000n;

export async function open(modules) {
  const require = createRequire(pathToFileURL(modules + '/package.json'));
  const load = (name) => import(pathToFileURL(require.resolve(name)));
  const cel = await load('@bufbuild/cel');
  const { strings } = await load('@bufbuild/cel/ext');
  const { create } = await load('@bufbuild/protobuf');
  const { TimestampSchema, DurationSchema } = await load('@bufbuild/protobuf/wkt');
  const { isReflectMessage } = await load('@bufbuild/protobuf/reflect');

  function moment(schema, nanos, floor) {
    let seconds = nanos / SECOND;
    if (floor && nanos % SECOND < 0n) seconds -= 1n;
    return create(schema, { seconds, nanos: Number(nanos - seconds * SECOND) });
  }

  function input(v) {
    const [kind] = Object.keys(v);
    const content = v[kind];
    switch (kind) {
      case 'null': return null;
      case 'bool':
      case 'string': return content;
      case 'int': return BigInt(content);
      case 'uint': return cel.celUint(BigInt(content));
      case 'double': return Number(content);
      case 'bytes': return new Uint8Array(Buffer.from(content, 'base64'));
      case 'list': return cel.celList(content.map(input));
      case 'map': return cel.celMap(new Map(content.map(([k, e]) => [input(k), input(e)])));
      case 'timestamp': return moment(TimestampSchema, timestampNanos(content), true);
      case 'duration': return moment(DurationSchema, durationNanos(content), false);
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
    if (cel.isCelUint(v)) return canonical({ uint: v.value });
    if (v instanceof Uint8Array) return canonical({ bytes: Buffer.from(v).toString('base64') });
    if (cel.isCelList(v)) return `[${[...v].map(output).join(', ')}]`;
    if (cel.isCelMap(v)) return `{${[...v].map(([k, e]) => `${output(k)}: ${output(e)}`).sort().join(', ')}}`;
    if (cel.isCelType(v)) return canonical({ type: v.name });
    const message = isReflectMessage(v) ? v.message : v;
    const kind = { 'google.protobuf.Timestamp': 'timestamp', 'google.protobuf.Duration': 'duration' }[message.$typeName];
    if (!kind) throw new Error(`a value of type ${message.$typeName}`);
    return `${kind} ${message.seconds * SECOND + BigInt(message.nanos)}`;
  }

  return (line) => {
    try {
      const env = cel.celEnv({ namespace: line.container ?? '', funcs: strings });
      const bindings = Object.fromEntries(Object.entries(line.bindings ?? {}).map(([k, v]) => [k, input(v)]));
      const result = cel.plan(env, cel.parse(line.expr))(bindings);
      return cel.isCelError(result) ? null : output(result);
    } catch {
      return null;
    }
  };
}
