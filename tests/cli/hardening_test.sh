#!/usr/bin/env bash
# The protections against memory errors that cmake/targets.cmake asks for are present in the binaries.
#
#   hardening_test.sh BUILD_DIR
build=$1
failures=0
checks=0

# has NAME PATTERN COMMAND...: a line of what the command prints matches.
has() {
    local name=$1 pattern=$2
    shift 2
    checks=$((checks + 1))
    # Read to its end: a pipe that is closed early would make readelf complain.
    "$@" 2>/dev/null | grep -E -- "$pattern" >/dev/null || {
        failures=$((failures + 1))
        echo "FAIL: $name: expected $pattern in: $*" >&2
    }
}

for command in gen tok gen-batch pack inspect bench eval; do
    file=$build/bin/$command
    has "$command: position-independent" 'Type:.*DYN' readelf -hW "$file"
    has "$command: position-independent executable" 'FLAGS_1.*PIE' readelf -dW "$file"
    has "$command: symbols bound at start" 'FLAGS.*(BIND_NOW|NOW)' readelf -dW "$file"
    has "$command: relocations read-only" 'GNU_RELRO' readelf -lW "$file"
    has "$command: stack not executable" 'GNU_STACK.* RW ' readelf -lW "$file"
    has "$command: stack protector" '__stack_chk_fail' readelf --dyn-syms -W "$file"
    has "$command: fortified functions" '__[a-z]+_chk@' readelf --dyn-syms -W "$file"
done

# Marks of indirect branch tracking and the shadow stack. The linker drops them when one object has none, as the C
# library's start files of some systems, so each of ours is checked; files of one instruction set have none.
if [ "$(uname -m)" = x86_64 ]; then
    for library in lib/base lib/tokenizer/spec lib/chat formats/gguf formats/safetensors formats/quire models/source; do
        # One object for a file, or for several that are compiled together.
        while IFS= read -r object; do
            has "$object" 'IBT, SHSTK' readelf -nW "$object"
        done < <(find "$build/$library/CMakeFiles" -path '*quire_*.dir/*.o')
    done
fi
[ $checks -gt 55 ] || { echo "FAIL: only $checks things to look at" >&2; failures=1; }
echo "$((checks - failures)) of $checks checks passed"
[ $failures -eq 0 ]
