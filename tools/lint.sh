#!/usr/bin/env bash
# What must hold of the tree beside its tests. Prints every finding; fails if there was one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
failed=0
finding() { printf '%s\n' "$*" >&2; failed=1; }
sources() { git ls-files -co --exclude-standard "$@" | while read -r f; do if [[ -f $f ]]; then echo "$f"; fi; done; }

# 1. Layers: a file of src/X includes only what X may use (docs/architecture.md).
declare -A may=(
  [base]="base"
  [cel]="base cel"
  [core]="base cel core"
  [net]="base net"
  [kube]="base net kube"
  [broker]="base broker"
  [store]="base store"
  [registry]="base registry"
  [pipeline]="base cel core net kube broker store registry pipeline"
  [api]="base cel core net kube broker store registry pipeline api"
  [cmd]="base cel core net kube broker store registry pipeline api cmd"
  [cli]="base net core cli"
)
while IFS=: read -r file line include; do
  layer=${file#src/}
  layer=${layer%%/*}
  target=$(sed -E 's/.*"([^"]*)".*/\1/' <<< "$include")
  [[ -n ${may[$layer]:-} ]] || { finding "$file: src/$layer is no layer"; continue; }
  [[ $target == */* ]] || { finding "$file:$line: include \"layer/file.h\", not \"$target\""; continue; }
  [[ " ${may[$layer]} " == *" ${target%%/*} "* ]] ||
    finding "$file:$line: layer $layer must not include $target"
done < <(sources 'src/*.[ch]' 'src/*.cpp' | xargs grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' | sed -E 's/^([^:]*):([0-9]+):/\1:\2:/')

# 2. Only src/cmd and src/cli read the environment and flags.
while IFS= read -r hit; do
  finding "$hit: only src/cmd and src/cli read the environment"
done < <(sources 'src/*.[ch]' 'src/*.cpp' | grep -vE '^src/(cmd|cli)/' | xargs grep -nE '\b(secure_)?getenv\(' || true)

# 3. Every header says what it is for, and compiles alone.
headers=$(mktemp -d)
trap 'rm -rf "$headers"' EXIT
while IFS= read -r header; do
  sed -n 1,2p "$header" | grep '@file' > /dev/null || finding "$header: starts without a @file line"
  echo "$header"
done < <(sources 'src/*.h') > "$headers/list"
xargs -P "$(nproc)" -I{} sh -c \
  'gcc -std=gnu17 -D_GNU_SOURCE -Isrc -Wall -Wextra -Werror -fsyntax-only -x c "$1" 2> /dev/null || echo "$1: does not compile alone"' _ {} \
  < "$headers/list" > "$headers/bad"
while IFS= read -r line; do finding "$line"; done < "$headers/bad"

# The rooms of libcel: each file begins with a line that says what it is for.
while IFS= read -r file; do
  head -n 1 "$file" | grep -E '^(/\* |// )' > /dev/null ||
    finding "$file: its first line does not say what it is for"
done < <(sources 'src/cel/*.c' 'src/cel/*.cpp')

# 4. Size: a file above this has more than one subject.
while IFS= read -r file; do
  lines=$(wc -l < "$file")
  [[ $lines -le 900 ]] || finding "$file: $lines lines; split it"
done < <(sources 'src/*.[ch]' 'src/*.cpp' 'tests/*.[ch]' 'bench/*.[ch]')

# 5. Formatting.
while IFS= read -r file; do
  clang-format --dry-run -Werror "$file" > /dev/null 2>&1 || finding "$file: not formatted (./dev format)"
done < <(sources 'src/*.[ch]' 'src/*.cpp' 'tests/*.[ch]' 'bench/*.[ch]')

# 6. Static analysis.
sources 'src/*.c' > "$headers/c"
cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 -j "$(nproc)" \
  --suppressions-list=tools/cppcheck.supp -Isrc -D_GNU_SOURCE -D__GNUC__ --file-list="$headers/c" 1>&2 || failed=1

# 7. Shell scripts parse; docs name files that exist.
while IFS= read -r script; do
  bash -n "$script" || finding "$script: does not parse"
done < <(git grep -lE '^#!.*bash' -- . ':!*.md')
while IFS=: read -r doc path; do
  [[ -e $path ]] || finding "$doc: names $path, which does not exist"
done < <(grep -ohE '`(src|tests|bench|docs|examples|tools|deploy)/[A-Za-z0-9_./-]*[A-Za-z0-9_/]`' README.md docs/*.md 2> /dev/null |
  tr -d '`' | sort -u | sed 's/^/docs:/')

# Tests and metrics that docs name exist: "core/scope: doubtful_requests_are_denied", `activity_..._total`.
while IFS= read -r named; do
  test=${named%%: *}
  [[ -f tests/unit/${test}_test.c ]] || finding "docs: name the test $test, which does not exist"
  [[ $named == *': '* ]] || continue
  while IFS= read -r function; do
    grep -qsE "\b$function\b" tests/unit/"${test%%/*}"/*.c || finding "docs: $test has no $function"
  done < <(sed 's/^[^:]*: //; s/, /\n/g' <<< "$named")
done < <(grep -ohE '\b(base|cel|core|net|kube|broker|store|registry|pipeline|api|cmd)/[a-z0-9_]+(: [a-z0-9_]+(, [a-z0-9]+_[a-z0-9_]+)*| *(\||$))' \
  docs/limits.md docs/gaps.md | sed -E 's/ *\|?$//' | sort -u)
while IFS= read -r metric; do
  git grep -qF "\"$metric\"" -- src || finding "docs: name the metric $metric, which does not exist"
done < <(grep -ohE '`activity_[a-z_]+`' docs/*.md README.md | tr -d '`' | sort -u)

# 8. Nothing of one machine, no download addresses, no large files.
while IFS= read -r hit; do
  finding "$hit: a download address in a lock file"
done < <(git grep -nIE '"resolved": *"http' -- . || true)
while read -r size file; do
  finding "$file: $size bytes; generated or third-party files are not committed"
done < <(git ls-files -z | xargs -0 stat -c '%s %n' 2> /dev/null | awk '$1 > 1048576')

[[ $failed -eq 0 ]] && echo "lint: clean" >&2
exit "$failed"
