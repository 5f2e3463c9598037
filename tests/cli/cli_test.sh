#!/usr/bin/env bash
# The commands as people and scripts use them: exit codes, streams, broken input, killed runs.
#   cli_test.sh BIN_DIR SOURCE_DIR
set -uo pipefail
. "$(dirname "$0")/support.sh"

# --- pack
tiny=$tmp/tiny.quire
expect "pack a folder" 0 "$bin/pack" "$golden/tiny-llama" -o "$tiny"
grep -q "^total" "$tmp/out" || fail "pack prints its table"
for type in f32 f16 bf16 q8 q4; do
    expect "pack --type $type" 0 "$bin/pack" "$golden/tiny-llama" -o "$tmp/$type.quire" --type $type
    expect "self-test of $type" 0 "$bin/inspect" --verify --selftest "$tmp/$type.quire"
done
expect "pack twice" 0 "$bin/pack" "$golden/tiny-llama" -o "$tmp/again.quire" -t 1
cmp -s "$tiny" "$tmp/again.quire" || fail "the same input gives the same bytes"
expect "pack without source" 2 "$bin/pack" -o "$tmp/x.quire"
expect "pack a missing file" 3 "$bin/pack" "$tmp/none.gguf" -o "$tmp/x.quire"
says "pack a missing file" "none.gguf"
expect "pack an unknown type" 2 "$bin/pack" "$golden/tiny-llama" -o "$tmp/x.quire" --type q17
expect "pack into a missing folder" 1 "$bin/pack" "$golden/tiny-llama" -o "$tmp/no/x.quire"
cp -r "$golden/tiny-llama" "$tmp/cut"
head -c 300000 "$golden/tiny-llama/model.safetensors" >"$tmp/cut/model.safetensors"
expect "pack a cut checkpoint" 3 "$bin/pack" "$tmp/cut" -o "$tmp/x.quire"
rm "$tmp/cut/model.safetensors"
cat >"$tmp/cut/model.safetensors.index.json" <<'JSON'
{"weight_map": {"model.norm.weight": "model-00001-of-00002.safetensors"}}
JSON
expect "pack with a missing shard" 3 "$bin/pack" "$tmp/cut" -o "$tmp/x.quire"
says "pack with a missing shard" "model-00001-of-00002.safetensors"
sed 's/"llama"/"zebra"/' "$golden/tiny-llama/config.json" >"$tmp/cut/config.json"
cp "$golden/tiny-llama/model.safetensors" "$tmp/cut/"
expect "pack an unknown family" 3 "$bin/pack" "$tmp/cut" -o "$tmp/x.quire"
says "pack an unknown family" "zebra"
[ ! -e "$tmp/x.quire" ] || fail "a failed pack leaves a file"

# A full disk: a file size limit gives the same failed write.
(ulimit -f 64; trap '' XFSZ; "$bin/pack" "$golden/tiny-llama" -o "$tmp/x.quire") >"$tmp/out" 2>"$tmp/err"
equal "pack on a full disk" 1 $?
says "pack on a full disk" "cannot write"
[ ! -e "$tmp/x.quire" ] || fail "a failed pack leaves a file"

# Killed at any time.
mkdir "$tmp/killed"
for delay in 0.002 0.004 0.006 0.008 0.01 0.015 0.02 0.03; do
    "$bin/pack" "$golden/tiny-llama" -o "$tmp/killed/x.quire" >/dev/null 2>&1 &
    sleep $delay
    kill -9 $! 2>/dev/null
    wait $! 2>/dev/null
    checks=$((checks + 1))
    if [ -e "$tmp/killed/x.quire" ]; then
        "$bin/inspect" --verify --selftest "$tmp/killed/x.quire" >/dev/null ||
            fail "a killed pack leaves a broken file"
        rm "$tmp/killed/x.quire"
    fi
done

# --- bench: the shape of what it reports; never how fast
expect "bench" 0 "$bin/bench" -m "$tiny" -p 20 -n 4 -d 3 -B 2 -r 2 -t 2
grep -q "^decode of 4 tokens after 3, 2 sequences at once: " "$tmp/out" || fail "bench says what it measured"
expect "bench --json" 0 "$bin/bench" -m "$tiny" -p 20 -n 4 -r 2 -t 1 --isa portable --json
equal "bench --json has both speeds" True "$(json "['prefill_tok_s'] > 0 and json.load(open('$tmp/out'))['decode_tok_s'] > 0")"
equal "bench --json says which kernels" portable "$(json "['isa']")"
equal "bench --json lists operations" True "$(json "['decode']['operations']['qkv']['gb_s_percent'] > 0")"
expect "bench --speed-only" 0 "$bin/bench" -m "$tiny" -p 0 -n 4 -r 1 -t 1 --speed-only --json
equal "bench without a prompt" False "$(json ".keys() >= {'prefill_tok_s'}")"
expect "bench beyond the context" 2 "$bin/bench" -m "$tiny" -p 100000 --speed-only
says "bench beyond the context" "100000"

# --- inspect
expect "inspect" 0 "$bin/inspect" "$tiny"
grep -q "2 layers of 4 query and 2 key/value heads x 16" "$tmp/out" || fail "inspect describes the model"
mkdir "$tmp/phi"
cp "$golden/families/phi/config.json" "$golden/families/phi/model.safetensors" "$golden/families/tokenizer.json" "$tmp/phi"
expect "pack a model whose logits have a bias" 0 "$bin/pack" "$tmp/phi" -o "$tmp/phi.quire"
expect "inspect it" 0 "$bin/inspect" --selftest "$tmp/phi.quire"
grep -q "output apart from the embedding, with a bias" "$tmp/out" || fail "inspect says that there is a bias"
expect "inspect --json" 0 "$bin/inspect" --json --tensors "$tiny"
equal "inspect --json holds the spec" 64 "$(json "['spec']['dim']")"
equal "inspect --json lists tensors" 22 "$(json "['tensors'].__len__()")"
expect "inspect a file that is not a model" 3 "$bin/inspect" "$golden/tiny-llama/config.json"
says "inspect a file that is not a model" "expected a .quire file"
head -c 20000 "$tiny" >"$tmp/short.quire"
for command in "inspect" "gen -p x -m"; do
    # shellcheck disable=SC2086
    expect "$command of a cut file" 3 "$bin"/$command "$tmp/short.quire"
    says "$command of a cut file" "header"
done
cp "$tiny" "$tmp/bad.quire"
printf '\xff' | dd of="$tmp/bad.quire" bs=1 seek=$(($(stat -c %s "$tiny") - 1000)) conv=notrunc status=none
expect "gen of a damaged file" 3 "$bin/gen" -m "$tmp/bad.quire" x
says "gen of a damaged file" "section weights"
expect "inspect --verify of a damaged file" 3 "$bin/inspect" --verify "$tmp/bad.quire"

# --- eval
seq 1 400 >"$tmp/numbers"
expect "eval perplexity" 0 "$bin/eval" perplexity -m "$tiny" -f "$tmp/numbers" -c 64 --json
equal "eval perplexity says its definition" "llama.cpp" "$(json "['definition']")"
expect "eval compare" 0 "$bin/eval" compare "$tiny" "$tiny" -f "$tmp/numbers" -c 64 --json
equal "eval compare of a model with itself" "0.0" "$(json "['kl_max']")"
expect "eval without a command" 2 "$bin/eval"
expect "eval of a missing text" 4 "$bin/eval" perplexity -m "$tiny" -f "$tmp/none" -c 64
expect "eval of a missing model" 3 "$bin/eval" perplexity -m "$tmp/none" -f "$tmp/numbers"
expect "eval beyond the context" 2 "$bin/eval" perplexity -m "$tiny" -f "$tmp/numbers" -c 512

# --- gen
expect "gen" 0 "$bin/gen" -m "$tiny" --raw -n 5 --temp 0 "def main"
expect "gen --version" 0 "$bin/gen" --version
grep -q "^gen (quire) [0-9]" "$tmp/out" || fail "--version names the version"
expect "gen --help" 0 "$bin/gen" --help
for flag in -m -n -c -t -s --temp --top-k --top-p --min-p --stop --isa --json --system --raw; do
    grep -q -- "$flag" "$tmp/out" || fail "--help speaks of $flag"
done
expect "gen with an unknown flag" 2 "$bin/gen" -m "$tiny" --frobnicate x
expect "gen with two prompts" 2 "$bin/gen" -m "$tiny" -p a -f /dev/null
expect "gen --isa neither" 2 "$bin/gen" -m "$tiny" --isa mmx x
expect "gen --kv-type neither" 2 "$bin/gen" -m "$tiny" --kv-type f8 x
for type in f16 f32 int8 q8 q4; do
    expect "gen --kv-type $type" 0 "$bin/gen" -m "$tiny" --raw -n 5 --temp 0 --json --kv-type $type "def main"
    json "['logits_hash']" >>"$tmp/hashes"
done
equal "a hash for every type of keys and values" 5 "$(sort -u "$tmp/hashes" | wc -l)"
expect "gen without model" 2 "$bin/gen" x
expect "gen of a missing model" 3 "$bin/gen" -m "$tmp/none.quire" x
expect "gen of a missing prompt file" 4 "$bin/gen" -m "$tiny" -f "$tmp/none.txt"
expect "gen of an empty prompt" 4 "$bin/gen" -m "$tiny" -p ""
expect "gen --system without template" 2 "$bin/gen" -m "$tiny" --system s x
expect "gen over the context" 4 "$bin/gen" -m "$tiny" -c 7 "one two three four five six seven eight"
says "gen over the context" "expected at most 7 tokens"
says "gen over the context" ", found "
expect "gen with too large a context" 2 "$bin/gen" -m "$tiny" -c 100000 x
expect "gen --top-p out of range" 2 "$bin/gen" -m "$tiny" --top-p 1.5 x

# The prompt's bytes arrive as they are, whichever way they come.
printf 'two lines\n and a tail \n\n' >"$tmp/prompt"
run() { "$bin/gen" -m "$tiny" --raw --json --temp 0 -n 3 "$@"; }
run -f "$tmp/prompt" >"$tmp/out" && by_file=$(json "['logits_hash']")
run <"$tmp/prompt" >"$tmp/out" && equal "prompt by standard input" "$by_file" "$(json "['logits_hash']")"
run - <"$tmp/prompt" >"$tmp/out" && equal "prompt by -" "$by_file" "$(json "['logits_hash']")"
run -p "$(cat "$tmp/prompt"; printf x)" >"$tmp/out" # command substitution would eat the newlines
checks=$((checks + 1)); [ "$by_file" != "$(json "['logits_hash']")" ] || fail "other prompts, other logits"
equal "prompt_tokens" True "$(json "['prompt_tokens'] > 5")"
for key in text tokens prompt_tokens finish_reason seed model_hash timings logits_hash; do
    json "['$key']" >/dev/null || fail "--json holds $key"
done
equal "finish_reason" length "$(json "['finish_reason']")"
equal "tokens" 3 "$(json "['tokens'].__len__()")"

# Seeds: the same one repeats, threads and instruction sets change nothing.
expect "seeded" 0 "$bin/gen" -m "$tiny" --raw -s 7 --temp 1.5 -n 20 "def"
first=$(cat "$tmp/out")
for way in "-t 1" "-t 2" "-t 3" "-b 1" "--isa portable"; do
    # shellcheck disable=SC2086
    expect "seeded $way" 0 "$bin/gen" -m "$tiny" --raw -s 7 --temp 1.5 -n 20 $way "def"
    equal "seeded $way" "$first" "$(cat "$tmp/out")"
done
expect "another seed" 0 "$bin/gen" -m "$tiny" --raw -s 8 --temp 1.5 -n 20 "def"
checks=$((checks + 1)); [ "$first" != "$(cat "$tmp/out")" ] || fail "another seed gives another text"

# Streams: a reader that goes away, a full disk, nobody at the keyboard.
"$bin/gen" -m "$tiny" --raw -n 200 --temp 2 -s 3 "x" 2>"$tmp/err" | head -c 10 >/dev/null
equal "gen into head is quiet" "" "$(cat "$tmp/err")"
"$bin/gen" -m "$tiny" --raw -n 20 --temp 2 -s 3 "x" >/dev/full 2>"$tmp/err"
equal "gen on a full disk" 1 $?
says "gen on a full disk" "standard output"
if command -v script >/dev/null; then
    script -qec "$bin/gen -m $tiny --json" /dev/null >"$tmp/out" 2>&1
    equal "gen --json without a prompt at a terminal" 2 $?
    grep -q "Usage" "$tmp/out" || fail "gen --json without a prompt at a terminal prints its usage"
    script -qec "$bin/gen -m $tiny" /dev/null >"$tmp/out" 2>&1
    equal "gen without a prompt at a terminal" 2 $?
    grep -q "no chat template" "$tmp/out" || fail "gen without a prompt at a terminal begins a chat"
fi

# --- the real model, where scripts/fetch_model has put it
if [ -f "$real" ]; then
    # transformers in f32 on the dequantized weights says the same; made by
    # scripts/goldens/make_smollm2_logits.py.
    "$bin/gen" -m "$real" --raw --temp 0 -n 32 "The capital of France is" >"$tmp/out"
    printf ' Paris.\n\nThe answer is: 2018-01-22 12:12:53.' >"$tmp/expected"
    cmp -s "$tmp/out" "$tmp/expected" || fail "greedy text of SmolLM2: $(cat "$tmp/out")"
    expect "self-test of the real model" 0 "$bin/inspect" --verify --selftest "$real"
    expect "chat" 0 "$bin/gen" -m "$real" --temp 0 -n 40 "Why is the sky blue?"
    grep -q "Rayleigh scattering" "$tmp/out" || fail "chat: $(cat "$tmp/out")"
    # What a user writes is text: the same words count more tokens than the control token they spell.
    expect "control tokens in a prompt" 0 "$bin/gen" -m "$real" --json -n 1 "<|im_end|>"
    spelled=$(json "['prompt_tokens']")
    expect "a plain prompt" 0 "$bin/gen" -m "$real" --json -n 1 "x"
    checks=$((checks + 1))
    [ "$spelled" -gt $(($(json "['prompt_tokens']") + 3)) ] || fail "text forges control tokens"
    expect "--stop" 0 "$bin/gen" -m "$real" --raw --temp 0 -n 32 --stop "answer" "The capital of France is"
    equal "--stop" $' Paris.\n\nThe ' "$(cat "$tmp/out")"
else
    echo "cli_test: without the real model (scripts/fetch_model)"
fi

finish
