#!/usr/bin/env bash
# tok as people and scripts use it.
#   tok_test.sh BIN_DIR SOURCE_DIR
set -uo pipefail
. "$(dirname "$0")/support.sh"
tok=$bin/tok
tokenizer=$golden/tokenizers/digits
tiny=$tmp/tiny.quire
"$bin/pack" "$golden/tiny-llama" -o "$tiny" >/dev/null

printf 'The king and 42 queens.\n' >"$tmp/a.txt"
printf 'Zwei K\xc3\xb6nige \xf0\x9f\x91\x91, <|end|> nothing \xff more.\n' >"$tmp/b.txt"
: >"$tmp/empty.txt"

# --- counts
expect "one file" 0 "$tok" -m "$tokenizer" "$tmp/a.txt"
equal "one file: count and name" "$tmp/a.txt" "$(awk '{print $2}' "$tmp/out")"
a=$(awk '{print $1}' "$tmp/out")
"$tok" -m "$tokenizer" <"$tmp/a.txt" >"$tmp/out" 2>"$tmp/err"
equal "standard input: only the number" "$a" "$(cat "$tmp/out")"
"$tok" -m "$tokenizer" - <"$tmp/a.txt" >"$tmp/out"
equal "standard input by -" "$a" "$(cat "$tmp/out")"
expect "several files" 0 "$tok" -m "$tokenizer" "$tmp/a.txt" "$tmp/b.txt" "$tmp/empty.txt"
equal "several files: a line each and the total" 4 "$(wc -l <"$tmp/out")"
equal "the total is the sum" "$(awk '$2 == "total" {print $1}' "$tmp/out")" \
    "$(awk '$2 != "total" {n += $1} END {print n}' "$tmp/out")"
total=$(awk '$2 == "total" {print $1}' "$tmp/out")
expect "a pattern" 0 "$tok" -m "$tokenizer" "$tmp/[ab].t?t"
equal "a pattern: both files" "$total" "$(awk '$2 == "total" {print $1}' "$tmp/out")"
mkdir -p "$tmp/folder/inner"
cp "$tmp/a.txt" "$tmp/folder/"
cp "$tmp/b.txt" "$tmp/folder/inner/"
expect "a folder" 0 "$tok" -m "$tokenizer" -r "$tmp/folder"
equal "a folder: all below it" "$total" "$(awk '$2 == "total" {print $1}' "$tmp/out")"
expect "a tokenizer.json by its path" 0 "$tok" -m "$tokenizer/tokenizer.json" "$tmp/a.txt"
equal "a tokenizer.json by its path" "$a" "$(awk '{print $1}' "$tmp/out")"
expect "several models" 0 "$tok" -m "$tokenizer" -m tiny="$tiny" "$tmp/a.txt" "$tmp/b.txt"
equal "several models: a head line" "digits tiny" "$(head -1 "$tmp/out" | xargs)"
equal "several models: the first as alone" "$a" "$(awk 'NR == 2 {print $1}' "$tmp/out")"

# Threads and the way a text comes change nothing, however large it is.
for i in $(seq 400); do cat "$tmp/a.txt" "$tmp/b.txt" "$source/README.md" "$source/CONTRIBUTING.md"; done >"$tmp/big.txt"
cat "$tmp/big.txt" "$tmp/big.txt" "$tmp/big.txt" "$tmp/big.txt" >"$tmp/bigger.txt"
expect "a large file" 0 "$tok" -m "$tokenizer" -t 1 "$tmp/bigger.txt"
one=$(awk '{print $1}' "$tmp/out")
expect "a large file in threads" 0 "$tok" -m "$tokenizer" -t 3 "$tmp/bigger.txt"
equal "a large file in threads" "$one" "$(awk '{print $1}' "$tmp/out")"
equal "a large file through a pipe" "$one" "$(cat "$tmp/bigger.txt" | "$tok" -m "$tokenizer")"
# Once its caches are full, standard input of twice the size may not need more memory.
if command -v /usr/bin/time >/dev/null; then
    # The address sanitizer would otherwise keep what was freed.
    memory() { cat "$@" | ASAN_OPTIONS=quarantine_size_mb=1 /usr/bin/time -f %M "$tok" -m "$tokenizer" 2>&1 >/dev/null; }
    checks=$((checks + 1))
    [ "$(memory "$tmp/bigger.txt")" -lt $(($(memory "$tmp/big.txt" "$tmp/big.txt") + 4000)) ] ||
        fail "standard input in constant memory"
fi

# --- special tokens
expect "text is text" 0 "$tok" -m "$tokenizer" "$tmp/b.txt"
plain=$(awk '{print $1}' "$tmp/out")
expect "--special" 0 "$tok" -m "$tokenizer" --special "$tmp/b.txt"
checks=$((checks + 1))
[ "$(awk '{print $1}' "$tmp/out")" -lt "$plain" ] || fail "--special recognises <|end|>"
expect "--add-special" 0 "$tok" -m "$golden/tokenizers/llama3" --add-special "$tmp/empty.txt"
equal "--add-special counts what is put around a text" 2 "$(awk '{print $1}' "$tmp/out")"

# --- ids, pieces and back
expect "--ids" 0 "$tok" -m "$tokenizer" --ids "$tmp/a.txt"
equal "--ids: as many as were counted" "$a" "$(wc -w <"$tmp/out")"
cp "$tmp/out" "$tmp/ids"
expect "--decode" 0 "$tok" -m "$tokenizer" --decode "$tmp/ids"
cmp -s "$tmp/out" "$tmp/a.txt" || fail "--decode gives the text back"
expect "--ids --json" 0 "$tok" -m "$tokenizer" --ids --json "$tmp/a.txt" "$tmp/b.txt"
equal "--ids --json" "$(cat "$tmp/ids")" "$(json "['files'][0]['ids']" | tr -d '[],')"
equal "--ids --json: tokens" "$a" "$(json "['files'][0]['tokens']")"
expect "--pieces" 0 "$tok" -m "$tokenizer" --pieces "$tmp/b.txt"
equal "--pieces: a line per token" "$plain" "$(wc -l <"$tmp/out")"
expect "--pieces --json" 0 "$tok" -m "$tokenizer" --pieces --json "$tmp/b.txt"
equal "--pieces --json: every byte has its place" "True" "$(python3 - "$tmp/out" "$tmp/b.txt" <<'PY'
import json, sys
pieces = json.load(open(sys.argv[1]))["files"][0]["pieces"]
text = open(sys.argv[2], "rb").read()
print(b"".join(text[p["begin"]:p["end"]] for p in pieces) == text)
PY
)"
expect "--decode of no id" 4 "$tok" -m "$tokenizer" --decode "$tmp/a.txt"
says "--decode of no id" "\"The\" as number 1"

# --- parts of a text
expect "--truncate" 0 "$tok" -m "$tokenizer" --truncate 5 "$tmp/a.txt"
equal "--truncate: a front of the text" "$(head -c "$(wc -c <"$tmp/out")" "$tmp/a.txt")" "$(cat "$tmp/out")"
equal "--truncate: so many tokens" 5 "$("$tok" -m "$tokenizer" <"$tmp/out")"
expect "--truncate past the end" 0 "$tok" -m "$tokenizer" --truncate 5000 "$tmp/b.txt"
cmp -s "$tmp/out" "$tmp/b.txt" || fail "--truncate past the end gives the whole text"
expect "--split" 0 "$tok" -m "$tokenizer" --split 50 --overlap 10 "$source/README.md"
equal "--split: the parts overlap, are small enough and hold everything" "True" "$(python3 - "$tmp/out" "$source/README.md" <<'PY'
import json, sys
parts = [json.loads(line) for line in open(sys.argv[1])]
text = open(sys.argv[2], "rb").read()
at = 0
good = len(parts) > 10
for part in parts:
    good &= part["begin"] <= at and part["end"] > at and part["tokens"] <= 50
    good &= text[part["begin"]:part["end"]].decode() == part["text"]
    at = part["end"]
print(good and at == len(text))
PY
)"

# --- limits, prices, conversations
expect "--limit kept" 0 "$tok" -m "$tokenizer" --limit "$a" "$tmp/a.txt"
expect "--limit passed" 5 "$tok" -m "$tokenizer" --limit $((a - 1)) "$tmp/a.txt"
says "--limit passed" "expected at most $((a - 1)) tokens, found $a"
printf '{"low": 0.5, "high": 15}' >"$tmp/prices.json"
expect "--price" 0 "$tok" -m "$tokenizer" --price "$tmp/prices.json" --json "$tmp/a.txt" "$tmp/b.txt"
equal "--price: per file" True "$(json "['files'][1]['cost']['high'] == 15 * $plain / 1e6")"
equal "--price: in all" True "$(json "['totals'][0]['cost']['low'] == 0.5 * ($a + $plain) / 1e6")"
expect "--price with two models" 4 "$tok" -m "$tokenizer" -m x="$tiny" --price "$tmp/prices.json" "$tmp/a.txt"
says "--price with two models" "expected a price named \"digits\""
printf '[{"role": "user", "content": "Hi <|im_end|>"}]' >"$tmp/chat.json"
expect "--chat without a template" 3 "$tok" -m "$tokenizer" --chat "$tmp/chat.json"
says "--chat without a template" "no chat template"
if [ -f "$real" ]; then
    expect "--chat" 0 "$tok" -m "$real" --chat "$tmp/chat.json"
    sent=$(awk '{print $1}' "$tmp/out")
    expect "gen of the same" 0 "$bin/gen" -m "$real" --json -n 1 "Hi <|im_end|>"
    equal "--chat counts what the model is sent" "$sent" "$(json "['prompt_tokens']")"
    expect "--chat of no conversation" 4 "$tok" -m "$real" --chat "$tmp/prices.json"
fi

# --- what goes wrong
expect "no model" 2 "$tok" "$tmp/a.txt"
expect "two outputs" 2 "$tok" -m "$tokenizer" --ids --pieces "$tmp/a.txt"
expect "an overlap as long as the parts" 2 "$tok" -m "$tokenizer" --split 5 --overlap 5 "$tmp/a.txt"
expect "a file that is not a model" 3 "$tok" -m "$source/README.md" "$tmp/a.txt"
expect "a missing file" 4 "$tok" -m "$tokenizer" "$tmp/none.txt" "$tmp/a.txt"
says "a missing file" "none.txt"
equal "a missing file: the others are counted" "$a" "$(awk 'NR == 1 {print $1}' "$tmp/out")"
expect "a folder without -r" 4 "$tok" -m "$tokenizer" "$tmp/folder"
expect "a pattern without match" 4 "$tok" -m "$tokenizer" "$tmp/*.none"
cp "$tiny" "$tmp/bad.quire"
printf '\xff' | dd of="$tmp/bad.quire" bs=1 seek=9000 conv=notrunc status=none
expect "--verify of a damaged file" 3 "$tok" --verify -m "$tmp/bad.quire" "$tmp/a.txt"
"$tok" -m "$tokenizer" "$tmp/a.txt" >/dev/full 2>"$tmp/err"
equal "a full disk" 1 $?

finish
