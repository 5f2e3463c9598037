#include "apps/common/options/elsewhere.h"

#include <algorithm>
#include <array>

namespace quire::common {

namespace {

// clang-format off
constexpr std::array kOptions{
    // Options with another name here.
    Elsewhere{"--temperature", "--temp", ""},
    Elsewhere{"--n-predict --num-predict --max-tokens --max-new-tokens --max_tokens --n_predict", "--predict --n-gen", ""},
    Elsewhere{"-sys --system-prompt --sys", "--system", ""},
    Elsewhere{"-sysf --system-prompt-file", "--system", "which takes the text: --system \"$(cat FILE)\""},
    Elsewhere{"--repetition-penalty --repeat_penalty --repetition_penalty", "--repeat-penalty", ""},
    Elsewhere{"--typical-p --typical_p", "--typical", ""},
    Elsewhere{"--top-nsigma", "--top-n-sigma", ""},
    Elsewhere{"--sampler-seq --sampling-seq", "--samplers", "which takes names"},
    Elsewhere{"--num-samples --n-samples", "--samples", ""},
    Elsewhere{"--grammar-file", "--grammar", ""},
    Elsewhere{"-jf --json-schema-file --schema --format --guided-json", "--json-schema", ""},
    Elsewhere{"--guided-regex", "--regex", ""},
    Elsewhere{"-r --reverse-prompt --stop-sequence", "--stop", ""},
    Elsewhere{"-bf --binary-file --prompt-file --prompt_file --in-file", "--file", "which reads every byte"},
    Elsewhere{"--ctx --num-ctx --num_ctx --context-size --context-length --max-model-len -ctx", "--ctx-size", ""},
    Elsewhere{"--context", "--ctx-size", ""},
    Elsewhere{"-ub --ubatch-size --ubatch --max-num-batched-tokens", "--batch-size --batch", ""},
    Elsewhere{"-tb --threads-batch --num-threads --num_threads --num-thread --cpu-threads", "--threads", ""},
    Elsewhere{"-ctk --cache-type-k -ctv --cache-type-v --kv-cache-dtype --cache-type", "--kv-type", "for keys and values together"},
    Elsewhere{"--verbose-prompt --display-prompt", "--show-prompt", ""},
    Elsewhere{"--log-verbose -lv --verbosity --log-verbosity --perf --show-timings", "--verbose", ""},
    Elsewhere{"--embedding --embeddings", "--embed", ""},
    Elsewhere{"--pooling", "--pool", ""},
    Elsewhere{"--rerank --reranking", "--classify", "for one text; pairs of texts are not offered"},
    Elsewhere{"--check-tensors --check", "--verify", ""},
    Elsewhere{"--weights --model-path --model_path --checkpoint", "--model", ""},
    Elsewhere{"--seq-seed --random-seed", "--seed", ""},
    Elsewhere{"--input-file --input_file --batch-input", "--input", ""},
    Elsewhere{"--output-file --outfile --out-file --output_file --out", "--output", ""},
    Elsewhere{"-np --parallel --max-num-seqs --concurrency", "--parallel --sequences", ""},
    Elsewhere{"--outtype --quantize --quantization --quant -q --qtype --dtype --ftype", "--type", ""},
    Elsewhere{"--imatrix", "--importance", "with a file that eval importance wrote"},
    Elsewhere{"--token-embedding-type", "--tensor-type", "as --tensor-type embed=TYPE"},
    Elsewhere{"--output-tensor-type", "--tensor-type", "as --tensor-type output=TYPE"},
    Elsewhere{"--encode", "--ids", ""},
    Elsewhere{"--tokens --show-tokens", "--pieces", ""},
    Elsewhere{"--list-models --list", "", "not an option: quire models lists what has a name"},
    Elsewhere{"--count --show-count", "", "not needed: tok counts unless told otherwise"},
    Elsewhere{"-i --input -f --file --input-file", "--text", "for a text itself; files need no option"},
    Elsewhere{"--allow-special --parse-special -sp", "--special", ""},
    Elsewhere{"--ppl-stride", "--stride", ""},
    Elsewhere{"-r --reps", "--repetitions", ""},
    Elsewhere{"-pp --pp", "--n-prompt", ""},
    Elsewhere{"--quiet --silent --no-progress", "--quiet", ""},
    Elsewhere{"-lm --load-mode", "--load", "which is map, huge or lock"},
    Elsewhere{"--mlock", "--load", "as --load lock"},
    Elsewhere{"--no-mmap", "--load", "as --load huge"},

    // Behavior that is already the default.
    Elsewhere{"-no-cnv --no-conversation -st --single-turn", "", "not needed: one prompt gives one answer"},
    Elsewhere{"--no-display-prompt --no-warmup --warmup --simple-io --log-disable --no-perf --no-show-timings --offline --no-stream --nowordwrap", "", "not needed: standard output holds the answer alone, and nothing uses the network"},
    Elsewhere{"-e --escape --no-escape", "", "not needed: a prompt is taken byte for byte; $'...' of the shell writes escapes"},
    Elsewhere{"--jinja --no-jinja", "", "not needed: the model's own chat template is used; --raw goes without"},
    Elsewhere{"-mmap --mmap -lm --load-mode", "", "not needed: models are always mapped"},
    Elsewhere{"-fa --flash-attn --flash-attention -kvu --kv-unified -cb --cont-batching --cache-prompt --stdin --no-bos --no-parse-special --no-token-healing", "", "not needed: it is so already, or makes no difference here"},
    Elsewhere{"--no-context-shift --no-penalize-nl", "", "not needed: it is so already"},

    // Options that do not exist here.
    Elsewhere{"--no-mmap --mlock --numa --no-host --repack -nr --no-repack --direct-io", "", "not offered: models are mapped, and the system decides what stays in memory"},
    Elsewhere{"-ngl --gpu-layers --n-gpu-layers --gpu -sm --split-mode -ts --tensor-split -mg --main-gpu -dev --device --list-devices -nkvo --no-kv-offload -kvo --kv-offload -ot --override-tensor -cmoe --cpu-moe -ncmoe --n-cpu-moe --op-offload --no-op-offload --rpc --num-gpu --tensor-parallel-size", "", "not offered: there is no GPU support"},
    Elsewhere{"--lora --lora-scaled --lora-base --lora-init-without-apply --enable-lora", "", "not offered here: pack --lora ADAPTER adds it to the weights"},
    Elsewhere{"--control-vector --control-vector-scaled --control-vector-layer-range", "", "not offered: LoRA adapters are, by pack --lora"},
    Elsewhere{"-cnv --conversation -i --interactive -if --interactive-first -mli --multiline-input --chat --multiturn --in-prefix --in-suffix --in-prefix-bos --color -co --hidethinking --keepalive", "", "not an option: quire chat talks to a model; --messages takes a conversation"},
    Elsewhere{"-hf -hfr --hf-repo -hff --hf-file -hft --hf-token -mu --model-url -dr --docker-repo --hub --insecure --pull", "", "not an option: quire pull fetches a model, and -m takes its name"},
    Elsewhere{"--n-probs --top-logprobs --top_logprobs", "--logprobs", ""},
    Elsewhere{"--logprobs --chat-template-kwargs", "", "not offered here: a body of gen-batch has it as a field"},
    Elsewhere{"--adaptive-target --adaptive-decay --tfs -bs --backend-sampling", "", "not offered: docs/sampling.md lists the samplers"},
    Elsewhere{"--chat-template --chat-template-file --template-file", "", "not offered: the template is the model's own; --raw goes without"},
    Elsewhere{"--keep --context-shift --swa-full --grp-attn-n -gan --grp-attn-w -gaw --rope-scaling --rope-scale --rope-freq-base --rope-freq-scale --yarn-orig-ctx --yarn-ext-factor --yarn-attn-factor --yarn-beta-slow --yarn-beta-fast", "", "not offered: a text ends where the context is full, and its positions are the model's"},
    Elsewhere{"--prompt-cache --slot-save-path", "--cache", "a folder, for all prompts"},
    Elsewhere{"--prompt-cache-all --prompt-cache-ro --cache-reuse -cram --cache-ram", "", "not needed: --cache DIR keeps what prompts begin with, and uses it by itself"},
    Elsewhere{"-md --model-draft --speculative-model", "--draft", ""},
    Elsewhere{"--draft-max --draft-min --draft-n --spec-type -lcs --lookup-cache-static -lcd --lookup-cache-dynamic --speculative-config", "", "not offered: --draft MODEL and --lookup set the number of guesses by how many were right"},
    Elsewhere{"-mm --mmproj --mmproj-url --image --audio --video -a --attachment --attachment-type", "", "not offered: models read text only"},
    Elsewhere{"--think -rea --reasoning-format", "--reasoning", ""},
    Elsewhere{"--reasoning-effort", "", "not offered here: chat_template_kwargs in a body of gen-batch; --reasoning-budget limits thoughts"},
    Elsewhere{"--host --port --api-key --path --ui --webui --slots --props --alias --timeout -to --ssl-key-file --ssl-cert-file", "", "not offered: there is no server"},
    Elsewhere{"--override-kv --leave-output-tensor --pure --allow-requantize --keep-split --split-max-size --vocab-only --use-temp-file --metadata", "", "not offered: pack writes one whole file from one checkpoint"},
    Elsewhere{"--kl-divergence --kl-divergence-base --save-all-logits", "", "not offered as an option: eval compare REFERENCE MODEL"},
    Elsewhere{"--ppl --perplexity", "", "not an option: eval perplexity"},
    Elsewhere{"--hellaswag --winogrande --multiple-choice --hellaswag-tasks --winogrande-tasks --multiple-choice-tasks", "", "not offered as an option: eval choices"},
    Elsewhere{"--prio --poll -C --cpu-mask -Cr --cpu-range --cpu-strict", "", "not offered: taskset and nice set processors and priority"},
    Elsewhere{"--log-file --log-prefix --log-timestamps --log-colors", "", "not offered: messages go to standard error"},
    Elsewhere{"--completion-bash", "", "not an option: quire completions bash prints them"},
    Elsewhere{"-o --option", "--temp", "as are --top-k, --top-p and others: options have names of their own"},
    Elsewhere{"--save -t --template -x --extract --fragment --conversation-id --cid --continue --log --no-log -T --tool", "", "not offered: nothing is kept between runs"},
};
// clang-format on

}  // namespace

std::span<const Elsewhere> options_elsewhere() noexcept {
    return kOptions;
}

bool has_name(std::string_view names, std::string_view name) noexcept {
    while (!names.empty()) {
        const std::size_t end = names.find(' ');
        if (names.substr(0, end) == name) return true;
        names.remove_prefix(end == std::string_view::npos ? names.size() : end + 1);
    }
    return false;
}

bool is_known_elsewhere(std::string_view name) noexcept {
    return std::ranges::any_of(kOptions,
                               [&](const Elsewhere& entry) { return has_name(entry.names, name); });
}

}  // namespace quire::common
