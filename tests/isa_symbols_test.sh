#!/usr/bin/env bash
# Fails when an object compiled for one instruction set defines a symbol outside that set's namespace: the
# linker could give it to everybody, and then the program would not start on an older CPU.
#   isa_symbols_test.sh NAMESPACE FUNCTION OBJECT...     FUNCTION must be among what they define
set -euo pipefail
namespace=$1
function=$2
shift 2
bad=$("${NM:-nm}" -C --defined-only "$@" | grep -E ' [TWVuBDRt] ' | grep -v "${namespace}::" || true)
if [ -n "$bad" ]; then
    echo "symbols outside $namespace:" >&2
    echo "$bad" >&2
    exit 1
fi
# Not grep -q: it would close the pipe on nm, which pipefail takes for a failure.
"${NM:-nm}" -C --defined-only "$@" | grep "${namespace}::${function}()" >/dev/null
