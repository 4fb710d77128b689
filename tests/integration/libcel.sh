#!/usr/bin/env bash
# Install libcel from BUILD into an empty folder, build the example of src/cel/README.md with
# nothing but what pkg-config says, and compare what the library exports with its map.
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*" >&2; exit 1; }

cmake --install "$build" --component libcel --prefix "$work/usr" > "$work/log"
export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$work/usr" -name libcel.pc)")
# The file names the prefix of the configuration; here it lies elsewhere.
flags=(--define-variable=prefix="$work/usr" libcel)

sed -n '/^```c$/,/^```$/p' "$source/src/cel/README.md" | sed '1d;$d' > "$work/example.c"
grep -q 'int main' "$work/example.c" || fail "the README has no example"

read -ra shared <<< "$(pkg-config --cflags --libs "${flags[@]}")"
gcc -Wall -Wextra -Werror -std=c17 "$work/example.c" "${shared[@]}" -o "$work/shared"
library=$(dirname "$(find "$work/usr" -name 'libcel.so')")
[[ $(LD_LIBRARY_PATH=$library "$work/shared") == large ]] || fail "shared: wrong result"
readelf -d "$work/shared" | grep 'libcel.so.0' > /dev/null || fail "the shared library was not used"

read -ra static <<< "$(pkg-config --static --cflags --libs "${flags[@]}")"
gcc -std=c17 "$work/example.c" "${static[@]/-lcel/-l:libcel.a}" -o "$work/static"
[[ $("$work/static") == large ]] || fail "static: wrong result"

nm -D --defined-only "$library/libcel.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
  LC_ALL=C sort -u > "$work/exported"
sed -n 's/^    \([a-z0-9_]*\);$/\1/p' "$source/src/cel/libcel.map" | LC_ALL=C sort -u > "$work/mapped"
diff "$work/mapped" "$work/exported" || fail "the map and the library differ"
echo "libcel: $(wc -l < "$work/exported") functions exported, both examples ran"
