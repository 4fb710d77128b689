#!/bin/sh
# run.sh PROGRAMS TOOLS ORACLE FOLDER
# Makes the lines that ORACLE is compared on in FOLDER, and compares.
set -eu
programs=$1 tools=$2 oracle=$3 folder=$4
here=$(dirname "$0")
spec=$tools/node_modules/@bufbuild/cel-spec

if [ ! -f "$spec/package.json" ] || ! command -v node > /dev/null; then
  echo "node and the packages in $tools are needed: run ./dev setup" >&2
  exit 1
fi

case $oracle in
bufbuild) language=std ;;
*) language=common ;;
esac
"$programs" "$language" 4000 > "$folder/$oracle.jsonl"

# The parts of the conformance data that are the language itself.
lines=$folder/$oracle-conformance.jsonl
parts='basic|comparisons|conversions|fields|fp_math|integer_math|lists|logic|macros|namespace|parse'
parts="$parts|plumbing|string|string_ext|timestamps"
node "$here/../conformance/cel2jsonl.mjs" "$spec" > "$lines.all" 2> "$lines.log" ||
  { cat "$lines.log" >&2; exit 1; }
grep -E "\"file\":\"($parts)\"" "$lines.all" > "$lines"

exec node "$here/differential.mjs" "$tools" "$oracle" "$here/differences.jsonl" "$folder/$oracle.jsonl" "$lines"
