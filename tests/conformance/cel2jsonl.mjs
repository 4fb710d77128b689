#!/usr/bin/env node
// Turns the CEL conformance data of the npm package @bufbuild/cel-spec into JSON lines, one
// test a line, the shape that cel_conformance reads.
//
// Usage: cel2jsonl.mjs PACKAGE-FOLDER [--suite conformance|parsing|checking|comprehension]
//                      [--file NAME] [--all]
//
// The data modules are plain objects, so the package's own dependency on protobuf is not
// needed. Tests that need protobuf messages are left out unless --all is given. A summary
// goes to standard error.
import { pathToFileURL } from "node:url";
import path from "node:path";

const args = process.argv.slice(2);
const all = args.includes("--all");
const option = name => {
  const at = args.indexOf(name);
  return at >= 0 ? args.splice(at, 2)[1] : undefined;
};
const suite = option("--suite") ?? "conformance";
const only = option("--file");
const root = args.find(a => !a.startsWith("--"));
if (!root) {
  process.stderr.write("usage: cel2jsonl.mjs PACKAGE-FOLDER [--suite NAME] [--file NAME] [--all]\n");
  process.exit(2);
}
const { tests } = await import(pathToFileURL(path.resolve(root, "dist/esm/testdata", suite + ".js")));

const ABSTRACT = new Set(["google.protobuf.Timestamp", "google.protobuf.Duration"]);
const NAMES = new Set(["TestAllTypes", "NestedTestAllTypes", "GlobalEnum", "NestedEnum", "NestedMessage", "TestRequired", "ImportedGlobalEnum"]);
class Proto extends Error {}
const T = "type.googleapis.com/";

// --- CEL value (proto3 JSON of cel.expr.Value) -> compact tagged JSON ---
function val(v) {
  const k = v === null || typeof v !== "object" ? undefined : Object.keys(v)[0];
  switch (k) {
    case undefined: return { null: true };          // empty Value message
    case "nullValue": return { null: true };
    case "boolValue": return { bool: v.boolValue };
    case "int64Value": return { int: String(v.int64Value) };
    case "uint64Value": return { uint: String(v.uint64Value) };
    case "doubleValue": return { double: dbl(v.doubleValue) };
    case "stringValue": return { string: v.stringValue };
    case "bytesValue": return { bytes: v.bytesValue }; // base64
    case "typeValue": if (protoType(v.typeValue)) throw new Proto("type value"); return { type: v.typeValue };
    case "listValue": return { list: (v.listValue.values ?? []).map(val) };
    case "mapValue": return { map: (v.mapValue.entries ?? []).map(e => [val(e.key), val(e.value)]) };
    case "objectValue": {
      const o = v.objectValue, n = String(o["@type"]).slice(T.length);
      if (n === "google.protobuf.Timestamp") return { timestamp: o.value };
      if (n === "google.protobuf.Duration") return { duration: o.value };
      throw new Proto("object " + n);
    }
    default: throw new Proto(k);
  }
}
function dbl(d) { // shortest round-trip text; keeps -0, NaN and infinities
  if (typeof d === "string") return d;
  if (Object.is(d, -0)) return "-0";
  return String(d);
}
const protoType = n => (n.startsWith("google.protobuf.") && !ABSTRACT.has(n)) || n.startsWith("cel.expr.conformance");
const PRIM = { BOOL: "bool", INT64: "int", UINT64: "uint", DOUBLE: "double", STRING: "string", BYTES: "bytes" };
function type(t) {
  if (!t || Object.keys(t).length === 0) return "dyn";
  if ("dyn" in t) return "dyn";
  if ("null" in t) return "null_type";
  if ("primitive" in t) return PRIM[t.primitive];
  if ("wrapper" in t) throw new Proto("wrapper type");
  if ("wellKnown" in t) {
    if (t.wellKnown === "TIMESTAMP") return "google.protobuf.Timestamp";
    if (t.wellKnown === "DURATION") return "google.protobuf.Duration";
    throw new Proto("any type");
  }
  if ("listType" in t) return `list(${type(t.listType.elemType)})`;
  if ("mapType" in t) return `map(${type(t.mapType.keyType)}, ${type(t.mapType.valueType)})`;
  if ("type" in t) return t.type && Object.keys(t.type).length ? `type(${type(t.type)})` : "type";
  if ("typeParam" in t) return t.typeParam;
  if ("abstractType" in t) { const p = (t.abstractType.parameterTypes ?? []).map(type); return t.abstractType.name + (p.length ? `(${p.join(", ")})` : ""); }
  if ("messageType" in t) { if (ABSTRACT.has(t.messageType)) return t.messageType; throw new Proto("message type " + t.messageType); }
  if ("error" in t) return "error";
  throw new Error("type " + JSON.stringify(t));
}
function decl(d) {
  if (d.ident) return { name: d.name, type: type(d.ident.type), ...(d.ident.value ? { value: d.ident.value } : {}) };
  return { name: d.name, overloads: (d.function.overloads ?? []).map(o => ({ id: o.overloadId, member: !!o.isInstanceFunction,
    params: (o.params ?? []).map(type), result: type(o.resultType), type_params: o.typeParams ?? [] })) };
}
// --- does the expression text need protobuf types? (string literals and comments are blanked first) ---
const LEX = /(?<c>\/\/[^\n]*)|(?<s>[rR][bB]?(?:"""[^]*?"""|'''[^]*?'''|"[^"\n]*"|'[^'\n]*')|[bB][rR](?:"""[^]*?"""|'''[^]*?'''|"[^"\n]*"|'[^'\n]*')|[bB]?(?:"""(?:\\[^]|(?!""")[^])*"""|'''(?:\\[^]|(?!''')[^])*'''|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'))|(?<n>0x[0-9a-fA-F]+[uU]?|\d*\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+)?[uU]?)|(?<i>[A-Za-z_@][A-Za-z0-9_@]*)|(?<q>`[^`]*`)|(?<w>\s+)|(?<o>[^])/g;
function exprNeedsProto(e) {
  const t = [];
  for (const m of e.matchAll(LEX)) { const g = m.groups; if (g.c || g.w) continue; t.push(g.i ? ["i", g.i] : ["o", g.s ? '""' : m[0]]); }
  for (let i = 0; i < t.length; i++) {
    if (t[i][0] !== "i" || ["true", "false", "null", "in"].includes(t[i][1])) continue;
    const parts = [t[i][1]]; let j = i + 1;
    while (j + 1 < t.length && t[j][1] === "." && t[j + 1][0] === "i") { parts.push(t[j + 1][1]); j += 2; }
    const n = parts.join(".");
    if (t[j]?.[1] === "{") return "message literal";
    if (parts.some(p => NAMES.has(p)) || protoType(n)) return "names " + n;
    if (n === "proto.hasExt" || n === "proto.getExt") return "proto ext macro";
    i = j - 1;
  }
  return null;
}
// Names repeat and may be missing: the id of a test is its path, with a number where needed.
const ids = new Map();
function idOf(...parts) {
  const id = parts.filter(Boolean).join("/"), n = (ids.get(id) ?? 0) + 1;
  ids.set(id, n);
  return n > 1 || !parts[2] ? `${id}#${n}` : id;
}
const counts = {};
function emit(t, p) {
  const o = t.original, [, file = suite, section = ""] = p;
  const id = idOf(file, section, o.name);
  if (only && file !== only) return;
  const c = (counts[file] ??= { core: 0, proto: 0 });
  const r = { id, file, section, name: o.name ?? "", expr: o.expr, class: "core" };
  try {
    const why = exprNeedsProto(o.expr); if (why) throw new Proto(why);
    if (o.disableCheck) r.disable_check = true;
    if (o.checkOnly) r.check_only = true;
    if (o.disableMacros) r.disable_macros = true;
    if (o.container) r.container = o.container;
    if (o.locale) r.locale = o.locale;
    if (o.typeEnv) r.type_env = o.typeEnv.map(decl);
    if (o.bindings) r.bindings = Object.fromEntries(Object.entries(o.bindings).map(([k, b]) => {
      if (!("value" in b)) throw new Error("binding kind " + Object.keys(b)); return [k, val(b.value)]; }));
    if ("evalError" in o) r.error = (o.evalError.errors ?? []).map(e => e.message ?? "");
    else if ("typedResult" in o) { if (o.typedResult.deducedType) r.type = type(o.typedResult.deducedType); if ("result" in o.typedResult) r.value = val(o.typedResult.result); }
    else if ("value" in o) r.value = val(o.value);
    else if (suite === "conformance") r.value = { bool: true };
    for (const k of ["anyEvalErrors", "unknown", "anyUnknowns"]) if (k in o) throw new Error("unhandled " + k);
    if (t.type) r.go_type = t.type;       // cel-go's deduced type, default environment only
    if (t.ast) r.go_ast = t.ast;          // cel-go's parsed tree in its debug format
    if (t.error) r.go_error = t.error;    // cel-go's compile error, default environment only
  } catch (e) { if (!(e instanceof Proto)) { e.message += " in " + p.join("/") + "/" + o.name; throw e; } r.class = "proto"; r.why = e.message; }
  c[r.class]++;
  if (r.class === "core" || all) process.stdout.write(JSON.stringify(r) + "\n");
}
(function walk(s, p) { for (const t of s.tests ?? []) emit(t, p); for (const c of s.suites ?? []) walk(c, [...p, c.name]); })(tests, [tests.name]);
let a = 0, b = 0;
for (const [f, c] of Object.entries(counts)) { a += c.core; b += c.proto; process.stderr.write(`${f.padEnd(18)} core ${String(c.core).padStart(5)}  proto ${String(c.proto).padStart(5)}\n`); }
process.stderr.write(`TOTAL core ${a} proto ${b} all ${a + b}\n`);
