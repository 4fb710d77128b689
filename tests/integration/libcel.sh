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

sed -n '/^```c$/,/^```$/{p;/^```$/q}' "$source/src/cel/README.md" | sed '1d;$d' > "$work/example.c"
grep -q 'int main' "$work/example.c" || fail "the README has no example"

read -ra shared <<< "$(pkg-config --cflags --libs libcel)"
gcc -Wall -Wextra -Werror -std=c17 "$work/example.c" "${shared[@]}" -o "$work/shared"
library=$(dirname "$(find "$work/usr" -name 'libcel.so')")
[[ $(LD_LIBRARY_PATH=$library "$work/shared") == large ]] || fail "shared: wrong result"
readelf -d "$work/shared" | grep -E 'NEEDED.*libcel\.so\.[0-9]' > /dev/null || fail "the shared library was not used"

read -ra static <<< "$(pkg-config --static --cflags --libs libcel)"
gcc -std=c17 "$work/example.c" "${static[@]/-lcel/-l:libcel.a}" -o "$work/static"
[[ $("$work/static") == large ]] || fail "static: wrong result"

# One version everywhere, and a manual page that formats.
version=$(pkg-config --modversion libcel)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "version $version is no semantic version"
[[ -e $library/libcel.so.$version ]] || fail "no libcel.so.$version"
[[ $(printf '#include <cel/cel.h>\nCEL_VERSION_MAJOR.CEL_VERSION_MINOR.CEL_VERSION_PATCH\n' |
  gcc -std=c17 $(pkg-config --cflags libcel) -E -P - | tail -n 1 | tr -d ' ') == "$version" ]] ||
  fail "the header has another version"
page=$(find "$work/usr" -name libcel.3)
[[ -s $page ]] || fail "no manual page"
if command -v mandoc > /dev/null; then
  mandoc -Tlint -W warning "$page" || fail "the manual page does not format"
fi

# Exported is what the installed headers declare, and nothing else.
headers=$work/usr/include/libcel
(cd "$headers" && find . -name '*.h' -printf '#include "%P"\n') > "$work/headers.c"
gcc -std=c17 -I"$headers" -fsyntax-only -aux-info "$work/prototypes" "$work/headers.c"
sed -nE '/\/libcel\//{/static/!s/^[^(]*[ *]([a-z0-9_]+) \(.*/\1/p}' "$work/prototypes" |
  LC_ALL=C sort -u > "$work/declared"
nm -D --defined-only "$library/libcel.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
  LC_ALL=C sort -u > "$work/exported"
sed -n 's/^    \([a-z0-9_]*\);$/\1/p' "$source/src/cel/libcel.map" | LC_ALL=C sort -u > "$work/mapped"
diff "$work/mapped" "$work/exported" || fail "the map and the library differ"
diff "$work/declared" "$work/exported" || fail "the headers and the library differ"
echo "libcel: $(wc -l < "$work/exported") functions exported, both examples ran"
