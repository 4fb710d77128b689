// @bufbuild/cel behind evaluate(line): a tagged value in its one spelling, or null for an error.
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { SECOND, evaluateWith, inputWith, listText, mapText, outputWith } from './engine.mjs';
import { canonical } from './values.mjs';

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

  const input = inputWith({
    uint: cel.celUint,
    list: cel.celList,
    map: cel.celMap,
    timestamp: (nanos) => moment(TimestampSchema, nanos, true),
    duration: (nanos) => moment(DurationSchema, nanos, false),
  });

  const output = outputWith((v, text) => {
    if (cel.isCelUint(v)) return canonical({ uint: v.value });
    if (cel.isCelList(v)) return listText(v, text);
    if (cel.isCelMap(v)) return mapText(v, text);
    if (cel.isCelType(v)) return canonical({ type: v.name });
    const message = isReflectMessage(v) ? v.message : v;
    const kind = { 'google.protobuf.Timestamp': 'timestamp', 'google.protobuf.Duration': 'duration' }[message.$typeName];
    if (!kind) throw new Error(`a value of type ${message.$typeName}`);
    return `${kind} ${message.seconds * SECOND + BigInt(message.nanos)}`;
  });

  return evaluateWith(input, (line, bindings) => {
    const env = cel.celEnv({ namespace: line.container ?? '', funcs: strings });
    const result = cel.plan(env, cel.parse(line.expr))(bindings);
    return cel.isCelError(result) ? null : output(result);
  });
}
