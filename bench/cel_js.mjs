// Two CEL evaluators of the npm registry on the bench's expressions.
//
// stdin:  {"event": {...}, "expressions": ["...", ...]}
// stdout: a line for each expression, the best ns of one evaluation by
//         @marcbachmann/cel-js and @bufbuild/cel; "-" where one cannot evaluate it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const RUNS = 9;
const RUN_NS = 5_000_000;

const require = createRequire(pathToFileURL(process.argv[2] + '/package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { Environment } = await import(
  pathToFileURL(process.argv[2] + '/node_modules/@marcbachmann/cel-js/lib/index.js'));
const { celEnv, celFunc, CelScalar, mapType, parse, plan } = await load('@bufbuild/cel');
const { strings } = await load('@bufbuild/cel/ext');

const { event, expressions } = JSON.parse(readFileSync(0, 'utf8'));
const variables = { audit: event, actor: event.user.username, actorRef: event.user };

function marcbachmann(source) {
  const env = new Environment({ unlistedVariablesAreDyn: true })
    .registerVariable('actor', 'string')
    .registerFunction('link(string, dyn): string', (text) => text);
  const program = env.parse(source);
  return () => program(variables);
}

function bufbuild(source) {
  const env = celEnv({
    funcs: [...strings, celFunc('link', [CelScalar.STRING, CelScalar.DYN], CelScalar.STRING, (text) => text)],
  });
  const program = plan(env, parse(source));
  return () => {
    const result = program(variables);
    if (result instanceof Error || result?.constructor?.name === '_CelError') throw result;
    return result;
  };
}

function best(evaluate) {
  let n = 16;
  let ns = Infinity;
  for (let run = 0; run < RUNS;) {
    const from = process.hrtime.bigint();
    for (let i = 0; i < n; i++) evaluate();
    const took = Number(process.hrtime.bigint() - from);
    if (took < RUN_NS) {
      n *= 2;
      continue;
    }
    ns = Math.min(ns, took / n);
    run++;
  }
  return ns;
}

function measure(make, source) {
  try {
    const evaluate = make(source);
    evaluate();
    return best(evaluate).toFixed(0);
  } catch {
    return '-';
  }
}

for (const source of expressions)
  console.log(measure(marcbachmann, source), measure(bufbuild, source));
