// Tagged values of the lines (tests/conformance/conf_value.h), and their one spelling for
// comparison: numbers by value, timestamps and durations in nanoseconds, maps without order.

const SECOND = 1_000_000_000n;
const UNITS = { h: 3600n * SECOND, m: 60n * SECOND, s: SECOND, ms: 1_000_000n, us: 1000n, 'µs': 1000n, ns: 1n };

/** Nanoseconds of a duration's text. */
export function durationNanos(text) {
  const negative = text.startsWith('-');
  let sum = 0n;
  for (const [, whole, fraction = '', unit] of text.matchAll(/(\d*)(?:\.(\d*))?(h|ms|m|us|µs|ns|s)/g)) {
    sum += BigInt(whole || '0') * UNITS[unit];
    if (fraction) sum += (BigInt(fraction) * UNITS[unit]) / 10n ** BigInt(fraction.length);
  }
  return negative ? -sum : sum;
}

/** Nanoseconds since 1970 of an RFC 3339 text. */
export function timestampNanos(text) {
  const [, head, fraction = '', zone] = /^([^.]*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const ms = BigInt(Date.parse(head + zone));
  return ms * 1_000_000n + BigInt((fraction + '000000000').slice(0, 9));
}

/** One spelling of a tagged value. */
export function canonical(v) {
  const [kind] = Object.keys(v);
  const content = v[kind];
  switch (kind) {
    case 'double': {
      const d = content === 'Infinity' ? Infinity : content === '-Infinity' ? -Infinity : Number(content);
      return `double ${Object.is(d, -0) ? '-0' : d}`;
    }
    case 'list': return `[${content.map(canonical).join(', ')}]`;
    case 'map': return `{${content.map(([k, e]) => `${canonical(k)}: ${canonical(e)}`).sort().join(', ')}}`;
    case 'timestamp': return `timestamp ${timestampNanos(content)}`;
    case 'duration': return `duration ${durationNanos(content)}`;
    case 'bytes': return `bytes ${content}`;
    case 'null': return 'null';
    default: return `${kind} ${JSON.stringify(String(content))}`;
  }
}
