#!/usr/bin/env bash
# Fails when an object compiled for one instruction set defines a symbol outside that set's namespace: the
# linker could give it to everybody, and then the program would not start on an older CPU.
#   isa_symbols_test.sh ISA OBJECT...
set -euo pipefail
isa=$1
shift
bad=$(nm -C --defined-only "$@" | grep -E ' [TWVuBDRt] ' | grep -v "quire::kernels::${isa}::" || true)
if [ -n "$bad" ]; then
    echo "symbols outside quire::kernels::$isa:" >&2
    echo "$bad" >&2
    exit 1
fi
nm -C --defined-only "$@" | grep -q "quire::kernels::${isa}::table()"
