# What the tests of commands share; sourced by them, with BIN_DIR and SOURCE_DIR as $1 and $2.
bin=$1
source=$2
golden=$source/tests/golden
real=$source/build/models/smollm2-135m-instruct.quire
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# No model of the user, and no file packed on the way, has a part in a test.
unset QUIRE_MODEL
export QUIRE_MODELS=$tmp/models XDG_CACHE_HOME=$tmp/cache HF_HUB_CACHE=$tmp/hub
exec </dev/null # gen reads standard input beside a prompt
failures=0
checks=0

fail() {
    failures=$((failures + 1))
    echo "FAIL: $1" >&2
}

# expect NAME CODE COMMAND...: the exit code, and for an error: one line on stderr, none of it from a crash.
expect() {
    local name=$1 code=$2
    shift 2
    checks=$((checks + 1))
    "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    local found=$?
    [ $found -eq "$code" ] || fail "$name: expected exit code $code, found $found: $(head -c 300 "$tmp/err")"
    if [ "$code" -ne 0 ] && [ "$(wc -l <"$tmp/err")" -ne 1 ]; then
        fail "$name: expected one line on stderr, found: $(head -c 500 "$tmp/err")"
    fi
}
# says NAME TEXT: the last command's stderr holds the text.
says() {
    checks=$((checks + 1))
    grep -qF -- "$2" "$tmp/err" || fail "$1: expected \"$2\" in: $(head -c 500 "$tmp/err")"
}
# equal NAME A B
equal() {
    checks=$((checks + 1))
    [ "$2" = "$3" ] || fail "$1: expected \"$2\", found \"$3\""
}
json() { python3 -c "import json,sys; print(json.load(open('$tmp/out'))$1)"; }
# finish: the summary, and the exit code of the test.
finish() {
    echo "$((checks - failures)) of $checks checks passed"
    [ $failures -eq 0 ]
}
