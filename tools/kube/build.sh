#!/usr/bin/env bash
# Build a Kubernetes control plane (kube-apiserver, kube-controller-manager, kube-scheduler 1.20) from Debian's
# source package: the test bench of ./dev e2e kube. Ten minutes and 2 GB, once; what is there is not built again.
#   KUBE_BIN   where the programs go        (default build/kube/bin)
#   KUBE_SRC   where they are built         (default build/kube/src)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${KUBE_BIN:-$root/build/kube/bin}
src=${KUBE_SRC:-$root/build/kube/src}
programs=(kube-apiserver kube-controller-manager kube-scheduler)
as_root() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi; }

all_built() {
  local program
  for program in "${programs[@]}"; do [[ -x $bin/$program ]] || return 1; done
}

install_packages() {
  local missing=() name
  for name in golang-1.19-go etcd-server dpkg-dev openssl curl iproute2; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2> /dev/null) == installed ]] || missing+=("$name")
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  as_root apt-get update -q
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# The source package, by lists of our own: the system's sources stay as they are.
fetch_source() {
  local apt=(-o "Dir::Etc::SourceList=$src/apt/sources.list" -o Dir::Etc::SourceParts=-
    -o "Dir::State::Lists=$src/apt/lists" -o APT::Get::List-Cleanup=0)
  mkdir -p "$src/apt/lists/partial"
  apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    sort -u > "$src/apt/sources.list"
  (cd "$src" && apt-get "${apt[@]}" update -q && apt-get "${apt[@]}" source -q kubernetes)
  mkdir -p "$(dirname "$tree")"
  mv "$src"/kubernetes-*/ "$tree"
}

# Go 1.18 and newer want the caller's own iterator in this vendored package.
patch_reflect2() {
  local folder=$tree/vendor/github.com/modern-go/reflect2
  grep -q 'm unsafe.Pointer, it ' "$folder/unsafe_link.go" && return
  sed -i -e 's/m unsafe.Pointer) \*hiter/m unsafe.Pointer, it *hiter)/' \
    -e 's#^\t// rest fields are ignored$#\tpad [10]unsafe.Pointer#' "$folder/unsafe_link.go"
  sed -i -e 's/^\treturn &UnsafeMapIterator{$/\tvar it hiter\n\tmapiterinit(type2.rtype, *(*unsafe.Pointer)(obj), \&it)\n&/' \
    -e 's/hiter:      mapiterinit(type2.rtype, \*(\*unsafe.Pointer)(obj)),/hiter:      \&it,/' "$folder/unsafe_map.go"
}

# Debian's package has no generated OpenAPI of its own.
generate_openapi() {
  local packages
  [[ -f pkg/generated/openapi/zz_generated.openapi.go ]] && return
  go build -o "$src/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  packages=$(grep -rl --include='*.go' '+k8s:openapi-gen=' staging/src/k8s.io pkg cmd |
    grep -v -E 'code-generator|_test|testdata|sample-apiserver|/test/' | xargs -n1 dirname | sort -u |
    sed -e 's#^staging/src/#k8s.io/kubernetes/vendor/#; t; s#^#k8s.io/kubernetes/#' | paste -sd,)
  "$src/openapi-gen" --logtostderr -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi \
    -O zz_generated.openapi -h hack/boilerplate/boilerplate.generatego.txt -r "$src/violations"
}

all_built && exit 0
echo "building a Kubernetes control plane into $bin: ten minutes or more" >&2
tree=$src/gopath/src/k8s.io/kubernetes
install_packages
mkdir -p "$bin" "$src"
[[ -d $tree ]] || fetch_source
patch_reflect2
cd "$tree"
export PATH=/usr/lib/go-1.19/bin:$PATH GO111MODULE=off GOPATH=$src/gopath GOCACHE=$src/cache CGO_ENABLED=0
generate_openapi
for program in "${programs[@]}"; do
  echo "building $program" >&2
  go build -o "$bin/$program" "./cmd/$program"
done
