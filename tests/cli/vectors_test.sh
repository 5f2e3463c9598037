#!/usr/bin/env bash
# gen --embed and --classify, and checkpoints whose families say what they are: small random models.
#   vectors_test.sh BIN_DIR SOURCE_DIR
set -uo pipefail
. "$(dirname "$0")/support.sh"

# The model NAME of the golden families in a folder of its own, with the tokenizer that all share.
folder() {
    mkdir -p "$tmp/$1"
    cp "$golden/families/$1/config.json" "$golden/families/$1/model.safetensors" "$tmp/$1"
    cp "$golden/families/tokenizer.json" "$tmp/$1"
}
for name in bert bert-classifier mistral llama-bidirectional; do
    folder $name
    expect "pack $name" 0 "$bin/pack" "$tmp/$name" -o "$tmp/$name.quire"
    expect "self-test of $name" 0 "$bin/inspect" --verify --selftest "$tmp/$name.quire"
done
printf 'one line\nanother line\n\xc3\xa9\n' >"$tmp/lines"

# --- --embed
expect "--embed" 0 "$bin/gen" -m "$tmp/bert.quire" --embed -f "$tmp/lines"
equal "one vector for each line" 3 "$(wc -l <"$tmp/out")"
equal "a number for each dimension" 32 "$(head -1 "$tmp/out" | wc -w)"
cp "$tmp/out" "$tmp/plain"
expect "--embed from standard input" 0 bash -c "'$bin/gen' -m '$tmp/bert.quire' --embed <'$tmp/lines'"
cmp -s "$tmp/out" "$tmp/plain" || fail "--embed from standard input differs"
expect "--embed with three threads" 0 "$bin/gen" -m "$tmp/bert.quire" --embed -t 3 -f "$tmp/lines"
cmp -s "$tmp/out" "$tmp/plain" || fail "--embed with three threads differs"
expect "--embed --json" 0 "$bin/gen" -m "$tmp/bert.quire" --embed --json -p "one line"
grep -q '^{"text":"one line","n_tokens":[0-9]*,"embedding":\[' "$tmp/out" || fail "--embed --json: $(cat "$tmp/out")"
for pool in mean cls last; do
    expect "--pool $pool" 0 "$bin/gen" -m "$tmp/bert.quire" --embed --pool $pool -f "$tmp/lines"
    cp "$tmp/out" "$tmp/$pool"
done
cmp -s "$tmp/plain" "$tmp/mean" || fail "an encoder's vector is the mean"
cmp -s "$tmp/cls" "$tmp/last" && fail "--pool changes nothing"
expect "a decoder's vector" 0 "$bin/gen" -m "$tmp/mistral.quire" --embed -f "$tmp/lines"
equal "a decoder's vectors" 3 "$(wc -l <"$tmp/out")"
expect "a vector of a decoder that is not causal" 0 "$bin/gen" -m "$tmp/llama-bidirectional.quire" --embed -f "$tmp/lines"
equal "its vectors" 3 "$(wc -l <"$tmp/out")"
expect "text from a decoder that is not causal" 2 "$bin/gen" -m "$tmp/llama-bidirectional.quire" "Once"
head -c 600 /dev/zero | tr '\0' 'x' >"$tmp/long"
expect "a line that is too long" 4 "$bin/gen" -m "$tmp/bert.quire" --embed -f "$tmp/long"
says "a line that is too long" "line 1: expected at most 80 tokens"
expect "--pool without --embed" 2 "$bin/gen" -m "$tmp/bert.quire" --pool cls x
expect "--pool of another name" 2 "$bin/gen" -m "$tmp/bert.quire" --embed --pool max x
expect "text from an encoder" 2 "$bin/gen" -m "$tmp/bert.quire" "Once"
says "text from an encoder" "--embed"

# --- --classify
expect "--classify" 0 "$bin/gen" -m "$tmp/bert-classifier.quire" --classify -f "$tmp/lines"
equal "labels for each line" 3 "$(wc -l <"$tmp/out")"
grep -q "so so [01]\.[0-9]*" "$tmp/out" || fail "--classify: $(cat "$tmp/out")"
expect "--classify --json" 0 "$bin/gen" -m "$tmp/bert-classifier.quire" --classify --json -p "one line"
grep -q '"labels":\[{"label":' "$tmp/out" || fail "--classify --json: $(cat "$tmp/out")"
expect "--classify without a head" 2 "$bin/gen" -m "$tmp/bert.quire" --classify x
says "--classify without a head" "no classification head"

# --- prompts and dimensions of sentence-transformers, pairs of cross encoders
for name in modernbert embedding-gemma bert-pairs; do
    expect "pack sentences/$name" 0 "$bin/pack" "$golden/sentences/$name" -o "$tmp/s-$name.quire"
done
embed() { "$bin/gen" -m "$tmp/s-$1.quire" --embed "${@:2}"; }
expect "no default prompt" 0 embed modernbert -p "one line"
[ ! -s "$tmp/err" ] || fail "a prompt without being asked for: $(cat "$tmp/err")"
cp "$tmp/out" "$tmp/plain"
expect "a prompt by its name" 0 embed modernbert --prompt-name query -p "one line"
cp "$tmp/out" "$tmp/named"
expect "the same text" 0 embed modernbert -p "search query: one line"
cmp -s "$tmp/out" "$tmp/named" || fail "--prompt-name is not the text of the prompt"
expect "no prompt of that name" 2 embed modernbert --prompt-name passage -p x
says "no prompt of that name" 'expected one of "document", "none", "query", found "passage"'
expect "a model without prompts" 2 "$bin/gen" -m "$tmp/bert.quire" --embed --prompt-name query -p x
says "a model without prompts" "expected a model with prompts"
expect "a default prompt" 0 embed embedding-gemma -p "one line"
says "a default prompt" 'prompt "query", "search query: ", goes before every line'
cp "$tmp/out" "$tmp/default"
expect "the default prompt, asked for" 0 embed embedding-gemma --prompt-name query -p "one line"
cmp -s "$tmp/out" "$tmp/default" || fail "the default prompt is not that of its name"
expect "no prompt" 0 embed embedding-gemma --prompt-name "" -p "one line"
cmp -s "$tmp/out" "$tmp/default" && fail "--prompt-name '' leaves the default prompt"
expect "inspect names prompts" 0 "$bin/inspect" "$tmp/s-embedding-gemma.quire"
grep -q "prompts: document, none, query (before every text)" "$tmp/out" || fail "inspect: $(cat "$tmp/out")"
expect "--dimensions" 0 embed modernbert --dimensions 5 -p "one line"
equal "--dimensions" 5 "$(wc -w <"$tmp/out")"
expect "more dimensions than there are" 2 embed modernbert --dimensions 33 -p "one line"
says "more dimensions than there are" "expected at most the 32 of the model, found 33"
printf '%s\n' '{"input": "one line", "prompt_name": "query", "dimensions": 5}' \
    '{"input": "one line", "prompt_name": "passage"}' >"$tmp/requests"
"$bin/gen-batch" -m "$tmp/s-modernbert.quire" -i "$tmp/requests" -o "$tmp/results" 2>/dev/null
equal "prompts in a batch" 6 $?
grep -q "expected the name of one of the model's prompts, found" "$tmp/results" || fail "batch: $(cat "$tmp/results")"
expect "the same by gen" 0 embed modernbert --prompt-name query --dimensions 5 --json -p "one line"
python3 - "$tmp/results" "$tmp/out" <<'EOF' || fail "gen-batch gives other vectors than gen"
import json, sys
batch = json.loads(open(sys.argv[1]).readline())["response"]["body"]["data"][0]["embedding"]
sys.exit(batch != json.loads(open(sys.argv[2]).readline())["embedding"])
EOF
expect "pairs" 0 "$bin/gen" -m "$tmp/s-bert-pairs.quire" --classify --query "how do cats purr?" -f "$tmp/lines"
equal "a score for each line" 3 "$(wc -l <"$tmp/out")"
cp "$tmp/out" "$tmp/pairs"
expect "single texts" 0 "$bin/gen" -m "$tmp/s-bert-pairs.quire" --classify -f "$tmp/lines"
cmp -s "$tmp/out" "$tmp/pairs" && fail "--query changes nothing"
python3 - "$tmp/lines" "$tmp/requests" <<'EOF'
import json, sys
documents = open(sys.argv[1]).read().splitlines()
body = {"query": "how do cats purr?", "top_n": 2, "return_documents": True,
        "documents": documents[:1] + [{"text": text} for text in documents[1:]]}
with open(sys.argv[2], "w") as file:
    print(json.dumps({"custom_id": "r", "method": "POST", "url": "/v1/rerank", "body": body}), file=file)
    print(json.dumps({"query": "q", "documents": []}), file=file)
EOF
"$bin/gen-batch" -m "$tmp/s-bert-pairs.quire" -i "$tmp/requests" -o "$tmp/results" --overwrite 2>/dev/null
equal "a ranking in a batch" 6 $?
"$bin/gen-batch" -m "$tmp/bert.quire" -i "$tmp/requests" -o "$tmp/refused" 2>/dev/null
grep -q "expected a model that gives a pair of texts one score" "$tmp/refused" || fail "a ranking: $(cat "$tmp/refused")"
expect "the same by gen" 0 "$bin/gen" -m "$tmp/s-bert-pairs.quire" --classify --json --query "how do cats purr?" -f "$tmp/lines"
python3 - "$tmp/results" "$tmp/out" <<'EOF' || fail "gen-batch ranks otherwise than gen"
import json, sys
body = json.loads(open(sys.argv[1]).readline())["response"]["body"]
lines = [json.loads(line) for line in open(sys.argv[2])]
scores = [line["labels"][0]["score"] for line in lines]
best = sorted(range(len(scores)), key=lambda i: -scores[i])[:2]
expected = [{"index": i, "relevance_score": scores[i], "document": {"text": lines[i]["text"]}} for i in best]
tokens = sum(line["n_tokens"] for line in lines)
sys.exit(body["results"] != expected or body["usage"]["prompt_tokens"] != tokens)
EOF
expect "pairs of another model" 2 "$bin/gen" -m "$tmp/bert-classifier.quire" --classify --query x -p y
says "pairs of another model" "this model classifies single texts only"

# --- what is not understood is refused by its name
sed 's/"hidden_act"/"soft_landing": 3, "hidden_act"/' "$golden/families/mistral/config.json" >"$tmp/mistral/config.json"
expect "an unknown key" 3 "$bin/pack" "$tmp/mistral" -o "$tmp/x.quire"
says "an unknown key" "key soft_landing is not understood"
sed 's/"default"/"spiral"/' "$golden/families/mistral/config.json" >"$tmp/mistral/config.json"
expect "an unknown rotary scaling" 3 "$bin/pack" "$tmp/mistral" -o "$tmp/x.quire"
says "an unknown rotary scaling" "spiral"
sed 's/"num_hidden_layers": 2/"num_hidden_layers": 1/' "$golden/families/mistral/config.json" >"$tmp/mistral/config.json"
expect "a tensor too many" 3 "$bin/pack" "$tmp/mistral" -o "$tmp/x.quire"
says "a tensor too many" "model.layers.1."
sed 's/"num_key_value_heads": 2/"num_key_value_heads": 4/' "$golden/families/mistral/config.json" >"$tmp/mistral/config.json"
expect "a tensor of another shape" 3 "$bin/pack" "$tmp/mistral" -o "$tmp/x.quire"
says "a tensor of another shape" "expected shape (32, 32), found (16, 32)"
[ ! -e "$tmp/x.quire" ] || fail "a failed pack leaves a file"

finish
