#include "apps/gen/options.h"

#include <CLI/CLI.hpp>

#include "apps/common/command.h"
#include "apps/common/options/numbers.h"

namespace quire::gen {

void add_options(CLI::App& app, Options& options) {
    app.add_option("-m,--model", options.model, "Model file, as pack writes it")
        ->required()
        ->type_name("FILE");
    auto* words =
        app.add_option("prompt", options.prompt_words,
                       "Prompt, behind what comes by standard input; -, or none: that alone")
            ->type_name("PROMPT")
            ->expected(0, 1);
    auto* prompt =
        app.add_option("-p,--prompt", options.prompt, "The same as an option")->type_name("TEXT");
    auto* file =
        app.add_option("-f,--file", options.prompt_file,
                       "File whose bytes are the prompt, to the last one; -: standard input")
            ->type_name("FILE");
    auto* messages =
        app.add_option("--messages", options.messages,
                       "Conversation as OpenAI's API writes it: a JSON list of messages, or an "
                       "object with messages and tools; -: standard input")
            ->type_name("FILE");
    words->excludes(prompt)->excludes(file)->excludes(messages);
    prompt->excludes(file)->excludes(messages);
    file->excludes(messages);
    auto* system = app.add_option("--system", options.system, "System message before the prompt")
                       ->type_name("TEXT")
                       ->excludes(messages);
    app.add_flag("--raw", options.raw, "Continue the prompt as it stands, without chat template")
        ->excludes(messages);
    app.add_flag("--show-prompt", options.show_prompt,
                 "Print what the model would be given, with --json its ids too, and end");

    auto* embed = app.add_flag("--embed", options.embed,
                               "Print a vector of length 1 for each line of the prompt instead of "
                               "text; several lines at a terminal: a table of their cosines")
                      ->excludes(messages)
                      ->excludes(system);
    app.add_flag("--classify", options.classify,
                 "Print the labels of a classification model with their scores, the likeliest "
                 "first, for each line of the prompt")
        ->excludes(embed)
        ->excludes(messages)
        ->excludes(system);
    app.add_option("--pool", options.pool,
                   "What the vector of --embed is: the mean of all tokens, the first or the last "
                   "(default: as the model says)")
        ->check(CLI::IsMember({"mean", "cls", "last"}))
        ->type_name("mean|cls|last")
        ->needs(embed);

    generate::GenerateParams& params = options.params;
    common::add_predict(
        app, params.n_predict,
        "Tokens to generate at most; -1: until the model ends or the context is full");
    common::add_integer(app, "-c,--ctx-size", params.context, {0, common::kMaxTokens},
                        "Positions of context; 0: as many as the model was made for");
    common::add_integer(app, "-b,--batch-size", params.batch, {1, 65536},
                        "Prompt tokens per pass; changes speed and memory, never the text");
    common::add_threads(app, params.n_threads);
    app.add_option_function<std::string>(
           "-s,--seed",
           [&options](const std::string& text) {
               if (text != "-1") options.seed = common::parse_seed(text, "--seed");
           },
           "Seed of the random draws; -1, the default: another one each time")
        ->type_name("N");
    generate::SamplerParams& sampler = params.sampler;
    common::add_real(app, "--temp", sampler.temperature, {0, 100},
                     "Temperature; 0: always the likeliest token");
    common::add_integer(app, "--top-k", sampler.top_k, {0, UINT32_MAX},
                        "Only the K likeliest tokens; 0: all");
    common::add_real(app, "--top-p", sampler.top_p, {0, 1},
                     "Only the likeliest tokens that together have this probability; 1: all");
    common::add_real(app, "--min-p", sampler.min_p, {0, 1},
                     "Only tokens at least this likely, the likeliest being 1; 0: all");
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
