#!/usr/bin/env bash
# Fails when an object compiled for one instruction set defines a symbol outside of that set's namespaces: the linker
# could keep it for everybody, and then the program would not start on an older CPU. The one exception is the function
# that returns the set's table, a specialization of which no other object has a copy; it must be there.
#   isa_symbols_test.sh NAMESPACE ISA FUNCTION OBJECT...
set -euo pipefail
namespace=$1
isa=$2
function=$3
shift 3
symbols=$("${NM:-nm}" -C --defined-only "$@")
bad=$(grep -E ' [TWVuBDRt] ' <<<"$symbols" |
    grep -v -e "quire::[a-z]*::${isa}::" -e "${namespace}::${function}<(quire::base::Isa)[0-9]>()" || true)
if [ -n "$bad" ]; then
    echo "symbols outside of ${namespace}::${isa} and its neighbors:" >&2
    echo "$bad" >&2
    exit 1
fi
grep -q " T .*${namespace}::${function}<" <<<"$symbols"
