#!/bin/sh
# run.sh RUNNER PACKAGE SUITE FILE COUNT FOLDER
# Converts one file of the conformance data into FOLDER and runs it.
set -eu
runner=$1 package=$2 suite=$3 file=$4 count=$5 folder=$6
here=$(dirname "$0")

if [ ! -f "$package/package.json" ]; then
  echo "the CEL conformance data is not installed in $package: run ./dev setup" >&2
  exit 1
fi
if ! command -v node > /dev/null; then
  echo "node is needed to read the CEL conformance data: run ./dev setup" >&2
  exit 1
fi

# The conversion is cached: its name carries the version of the package.
version=$(sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' "$package/package.json" | head -n 1)
lines=$folder/cel-spec-$version-$suite-$file.jsonl
if [ ! -s "$lines" ] || [ "$here/cel2jsonl.mjs" -nt "$lines" ]; then
  node "$here/cel2jsonl.mjs" "$package" --suite "$suite" --file "$file" > "$lines.part" 2> "$lines.log" ||
    { cat "$lines.log" >&2; exit 1; }
  mv "$lines.part" "$lines"
fi
exec "$runner" --exceptions "$here/exceptions.txt" --expect "$count" "$lines"
