#include <algorithm>
#include <array>

#include "apps/common/pages/page.h"

namespace quire::common {

namespace {

constexpr UsedFile kModels{"~/.local/share/quire/models",
                           "the folder of models that have names; QUIRE_MODELS names another one"};
constexpr UsedFile kPacked{"~/.cache/quire/packed", "what was packed on the way"};
constexpr UsedFile kConfig{"~/.config/quire/config.toml",
                           "values of options; see quire help config"};
constexpr UsedFile kHistory{"~/.local/state/quire/chat_history", "the lines that were typed"};
constexpr UsedFile kDownloads{"~/.cache/quire/downloads", "what was fetched and is not packed yet"};

constexpr std::array kOfModel{kModels, kPacked, kConfig};
constexpr std::array kOfChat{kModels, kPacked, kConfig, kHistory};
constexpr std::array kOfPull{kModels, kDownloads};
constexpr std::array kOfModels{kModels, kPacked};

constexpr std::array kGen{
    Example{"gen \"Why is the sky blue?\"", "one answer, with the only model there is"},
    Example{"cat letter.txt | gen -m smollm2 \"Summarize:\"", "the text, then the instruction"},
    Example{"gen -m smollm2 --raw --temp 0 \"Once upon a time\"",
            "continue a text, always with the likeliest word"},
    Example{"gen -m smollm2 --json -s 7 \"Hello\" | jq -r .text",
            "an object with text, tokens, hashes and timings"},
    Example{"gen -m minilm --embed -f lines.txt", "a vector for each line"},
};
constexpr std::array kChat{
    Example{"quire chat", "talk to the only model there is"},
    Example{"quire chat -m smollm2 --system \"Be brief.\"", "with a system message"},
    Example{"quire chat --messages talk.json --save talk.json", "go on with a saved conversation"},
    Example{"printf 'Hello\\nIn French.\\n' | quire chat",
            "without a terminal: each line is a message"},
};
constexpr std::array kTok{
    Example{"tok -m smollm2 letter.txt notes/*.md", "a line for each file, and the total"},
    Example{"git diff | tok -m smollm2 --limit 8000", "exit code 5 if there are more"},
    Example{"tok -m smollm2 -p \"How many tokens is this?\"", "a text in the command line"},
    Example{"tok -m words -m smollm2 -m characters --pieces -p \"Unhappiness\"",
            "how each of them cuts a text"},
    Example{"tok -m gpt-4o --price prices.json *.md", "OpenAI's tokens, and what they cost"},
    Example{"tok -m smollm2 --chat messages.json", "a conversation as the model would get it"},
    Example{"tok -m smollm2 --split 500 --overlap 50 book.txt", "pieces for a search by vectors"},
};
constexpr std::array kBatch{
    Example{"gen-batch -m smollm2 -i requests.jsonl -o results.jsonl", "OpenAI's Batch format"},
    Example{"gen-batch -m smollm2 --lines -i prompts.txt -o results.jsonl", "a prompt a line"},
    Example{"gen-batch -m smollm2 -i words.csv --template \"In French: {word}\" -o out.jsonl",
            "a prompt for each row of a table"},
    Example{"gen-batch --validate -i requests.jsonl", "check the requests, run nothing"},
};
constexpr std::array kPack{
    Example{"pack model.gguf -o model.quire", "the same weights in Quire's format"},
    Example{"pack SmolLM2-135M/ -o model.quire --type q8",
            "a Hugging Face folder, 8.5 bits a weight"},
    Example{"pack model/ -o model.quire --bits 5.35", "a size, placed where it matters most"},
};
constexpr std::array kInspect{
    Example{"inspect model.quire", "what is in the file"},
    Example{"inspect --verify --selftest smollm2",
            "whether it is intact and computes the same here"},
    Example{"inspect --tensors --json model.quire | jq .tensors[0]", "for programs"},
};
constexpr std::array kBench{
    Example{"bench -m smollm2", "tokens per second, beside the limits of this machine"},
    Example{"bench -m smollm2 -p 0 -n 64 -d 2048", "only decoding, after 2,048 tokens"},
    Example{"bench -m smollm2 -p 0 -B 8", "eight sequences at a time"},
};
constexpr std::array kEval{
    Example{"quire eval perplexity -m smollm2 -f wiki.txt -c 512", "as llama.cpp defines it"},
    Example{"quire eval compare f32.quire q4.quire -f wiki.txt",
            "how far the second is from the first"},
    Example{"quire eval contexts -m smollm2 -f wiki.txt --svg contexts.svg",
            "what a longer context gains, as a picture"},
    Example{"quire eval choices -m smollm2 -f questions.jsonl", "right answers of multiple choice"},
};
constexpr std::array kPull{
    Example{"quire pull HuggingFaceTB/SmolLM2-135M-Instruct", "a checkpoint"},
    Example{"quire pull bartowski/SmolLM2-135M-Instruct-GGUF:Q4_K_M", "one of several GGUF files"},
    Example{"quire pull o200k_base", "a vocabulary of OpenAI, with which tok -m gpt-4o counts"},
    Example{"quire pull Qwen/Qwen3-0.6B --name qwen --type q4",
            "packed smaller, under another name"},
};
constexpr std::array kModelsExamples{
    Example{"quire models", "names, sizes, bits, context, memory"},
    Example{"quire models add smollm2.quire small", "a name for a file"},
    Example{"quire models verify small", "compare all bytes with their checksums"},
};
constexpr std::array kQuire{
    Example{"quire pull HuggingFaceTB/SmolLM2-135M-Instruct --name smollm2", "fetch a model"},
    Example{"quire chat -m smollm2", "talk to it"},
    Example{"quire gen -m smollm2 \"The capital of France is\"", "one answer"},
    Example{"quire tok -m smollm2 *.txt", "count tokens"},
};

constexpr std::string_view kManners =
    "Standard output holds the result and nothing else; messages and progress go to standard "
    "error, "
    "progress only to a terminal. The same model, prompt and seed give the same text on every "
    "machine, whatever the number of threads.";

constexpr std::array kPages{
    Page{"gen", "write text, vectors or labels with a language model", kManners, kGen, kOfModel,
         "quire(1), quire-chat(1), gen-batch(1), tok(1), pack(1)"},
    Page{"quire chat", "talk to a language model at the terminal",
         "A line that ends in a backslash goes on in the next one; three quotation marks begin and "
         "end a text of several lines. Ctrl-C stops an answer, Ctrl-D ends the chat. No token of a "
         "conversation is computed twice.",
         kChat, kOfChat, "gen(1), quire-models(1)"},
    Page{"tok", "count tokens, show them, cut texts by them",
         "A tokenizer is a .quire file, a tokenizer.json or its folder, a GGUF file, a "
         "SentencePiece "
         "model, tekken.json, vocab.json with merges.txt, vocab.txt or a .tiktoken file. words, "
         "characters and bytes need no file, and the names of OpenAI's encodings and models mean "
         "the vocabulary that quire pull fetched for them.",
         kTok, kOfModel, "gen(1), gen-batch(1)"},
    Page{"gen-batch", "work through a file of requests, each exactly once",
         "After Ctrl-C, a crash or a full disk the same command goes on where it stopped, and the "
         "output has the same bytes as that of an unbroken run.",
         kBatch, kOfModel, "gen(1), tok(1)"},
    Page{
        "pack",
        "make a .quire file of a published checkpoint",
        "The output gets its name only when it is complete, checked, and its self-test has passed.",
        kPack,
        {},
        "inspect(1), quire-pull(1)"},
    Page{"inspect", "show what a .quire file holds, and check it", "", kInspect, kOfModel,
         "pack(1), bench(1)"},
    Page{"bench", "measure the speed of a model on this machine", "", kBench, kOfModel,
         "inspect(1), quire-eval(1)"},
    Page{"eval", "judge a model: perplexity, comparisons, choices",
         "Reached as quire eval, because eval is a word of every shell.", kEval, kOfModel,
         "bench(1), pack(1)"},
    Page{"quire pull", "fetch a model, check it, and pack it under a name",
         "The only command of Quire that uses the network. A run that was stopped goes on when it "
         "is "
         "repeated. A file gets its name only when its size and published checksum are right. "
         "HF_TOKEN is sent to the hub alone, never to where it redirects.",
         kPull, kOfPull, "quire-models(1), pack(1)"},
    Page{"quire models", "list, add, check, rename and remove models that have names", "",
         kModelsExamples, kOfModels, "quire-pull(1), pack(1)"},
    Page{"quire", "run language models from one file", kManners, kQuire, kOfModel,
         "gen(1), quire-chat(1), tok(1), gen-batch(1), quire-pull(1), quire-models(1), pack(1), "
         "inspect(1), bench(1), quire-eval(1)"},
};

constexpr Page kEmpty{};

}  // namespace

const Page& page_of(std::string_view command) noexcept {
    const auto found = std::ranges::find(kPages, command, &Page::command);
    return found == kPages.end() ? kEmpty : *found;
}

std::string man_name(const std::string& command) {
    std::string name = command == "eval" ? "quire eval" : command;
    std::ranges::replace(name, ' ', '-');
    return name;
}

}  // namespace quire::common
