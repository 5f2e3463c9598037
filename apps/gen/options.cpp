#include "apps/gen/options.h"

#include <CLI/CLI.hpp>

#include "apps/common/command.h"

namespace quire::gen {

void add_options(CLI::App& app, Options& options) {
    app.add_option("-m,--model", options.model, "Model file, as pack writes it")
        ->required()
        ->type_name("FILE");
    auto* words = app.add_option("prompt", options.prompt_words,
                                 "Prompt; - reads standard input, as does none at all")
                      ->type_name("PROMPT")
                      ->expected(0, 1);
    auto* prompt = app.add_option("-p,--prompt", options.prompt, "Prompt")->type_name("TEXT");
    auto* file = app.add_option("-f,--file", options.prompt_file,
                                "File whose bytes are the prompt, to the last one")
                     ->type_name("FILE");
    auto* messages =
        app.add_option("--messages", options.messages,
                       "Conversation as OpenAI's API writes it: a JSON list of messages, or an "
                       "object with messages and tools; -: standard input")
            ->type_name("FILE");
    words->excludes(prompt)->excludes(file)->excludes(messages);
    prompt->excludes(file)->excludes(messages);
    file->excludes(messages);
    app.add_option("--system", options.system, "System message before the prompt")
        ->type_name("TEXT")
        ->excludes(messages);
    app.add_flag("--raw", options.raw, "Continue the prompt as it stands, without chat template")
        ->excludes(messages);
    app.add_flag("--show-prompt", options.show_prompt,
                 "Print what the model would be given, with --json its ids too, and end");

    auto* embed = app.add_flag("--embed", options.embed,
                               "Print a vector of length 1 for each line of the prompt instead of "
                               "text; several lines at a terminal: a table of their cosines");
    app.add_flag("--classify", options.classify,
                 "Print the labels of a classification model with their scores, the likeliest "
                 "first, for each line of the prompt")
        ->excludes(embed);
    app.add_option("--pool", options.pool,
                   "What the vector of --embed is: the mean of all tokens, the first or the last "
                   "(default: as the model says)")
        ->check(CLI::IsMember({"mean", "cls", "last"}))
        ->type_name("mean|cls|last")
        ->needs(embed);

    run::GenerateParams& params = options.params;
    app.add_option_function<std::int64_t>(
           "-n,--predict",
           [&params](std::int64_t n) {
               if (n >= 0) params.n_predict = static_cast<std::size_t>(n);
           },
           "Tokens to generate at most; -1: until the model ends or the context is full")
        ->check(CLI::Range(std::int64_t{-1}, std::int64_t{1} << 32))
        ->type_name("N");
    app.add_option("-c,--ctx-size", params.context,
                   "Positions of context; 0: as many as the model was made for")
        ->type_name("N");
    app.add_option("-b,--batch-size", params.batch,
                   "Prompt tokens per pass; changes speed and memory, never the text")
        ->check(CLI::Range(std::size_t{1}, std::size_t{65536}))
        ->type_name("N")
        ->capture_default_str();
    common::add_threads(app, params.n_threads);
    app.add_option("-s,--seed", options.seed, "Seed of the random draws (default: by chance)")
        ->type_name("N");
    run::SamplerParams& sampler = params.sampler;
    app.add_option("--temp", sampler.temperature, "Temperature; 0: always the likeliest token")
        ->check(CLI::Range(0.0F, 100.0F))
        ->type_name("X")
        ->capture_default_str();
    app.add_option("--top-k", sampler.top_k, "Only the K likeliest tokens; 0: all")
        ->type_name("K")
        ->capture_default_str();
    app.add_option("--top-p", sampler.top_p,
                   "Only the likeliest tokens that together have this probability; 1: all")
        ->check(CLI::Range(0.0F, 1.0F))
        ->type_name("P")
        ->capture_default_str();
    app.add_option("--min-p", sampler.min_p,
                   "Only tokens at least this likely, the likeliest being 1; 0: all")
        ->check(CLI::Range(0.0F, 1.0F))
        ->type_name("P")
        ->capture_default_str();
    app.add_option("--stop", params.stops, "End before this text; may be given several times")
        ->type_name("TEXT")
        ->allow_extra_args(false);
    app.add_option("--split", options.split,
                   "Under mpirun: rows, to share the rows of every matrix among the processes")
        ->check(CLI::IsMember({"rows"}))
        ->type_name("HOW");
    common::add_isa(app, options.isa);
    common::add_kv_type(app, options.kv_type);
    app.add_flag("--verify", options.verify,
                 "Check the weights of a large model too; those up to 1 GiB are always checked");
    app.add_flag("--json", options.json, "Print one JSON object instead of streaming the text");
    app.add_flag("-v,--verbose", options.verbose, "Times, speeds and memory on standard error");
}

}  // namespace quire::gen
