#include "apps/gen/options.h"

#include <CLI/CLI.hpp>

#include "apps/common/command.h"
#include "apps/common/options/numbers.h"
#include "apps/common/options/words.h"
#include "apps/common/reuse/draft.h"
#include "apps/common/reuse/lookup.h"
#include "lib/spec/answer_spec.h"
#include "lib/spec/limits.h"

namespace quire::gen {

namespace {

// Vectors and labels instead of text; they take neither --messages nor --system.
void add_vectors(CLI::App& app, Options& options, CLI::Option& messages, CLI::Option& system) {
    auto* embed = app.add_flag("--embed", options.embed,
                               "Print a vector of length 1 for each line of the prompt instead of "
                               "text; for several lines at a terminal, a table of their cosines")
                      ->excludes(&messages)
                      ->excludes(&system);
    auto* classify =
        app.add_flag(
               "--classify", options.classify,
               "Print the labels of a classification model with their scores, best first, for each "
               "line of the prompt")
            ->excludes(embed)
            ->excludes(&messages)
            ->excludes(&system);
    app.add_option("--query", options.query,
                   "Classify each line together with this text, which comes first: for models that "
                   "score pairs, such as rerankers")
        ->type_name("TEXT")
        ->needs(classify);
    app.add_option(
           "--pool", options.pool,
           "Which tokens the vector of --embed comes from: the mean of all, the first or the "
           "last (default: the model's choice)")
        ->check(common::one_of({"mean", "cls", "last"}))
        ->type_name("mean|cls|last")
        ->needs(embed);
    app.add_option("--prompt-name", options.prompt_name,
                   "Which of the model's prompts (inspect lists them) goes before every line of "
                   "--embed; '': none (default: the model's choice)")
        ->type_name("NAME")
        ->needs(embed);
    common::add_integer(app, "--dimensions", options.dimensions, {1, spec::kMaxDim},
                        "Cut the vectors of --embed to N values before they get length 1, for "
                        "models that are trained for it (Matryoshka)")
        ->needs(embed);
}

// For models with an encoder, such as those that translate.
void add_answers(CLI::App& app, Options& options) {
    app.add_option("--from", options.from,
                   "Language of the prompt, for a model that translates: de, deu or deu_Latn")
        ->type_name("LANG");
    app.add_option("--to", options.to, "Language to translate into")->type_name("LANG");
    common::add_integer(
        app, "--beams", options.n_beams, {1, spec::kMaxBeams},
        "Search for the best text with N beams, in a model that translates; 1: take "
        "the likeliest token each time (default: as the model's file says)");
    app.add_flag("--lines", options.lines,
                 "Translate each line of the prompt on its own, many at a time, to a line each");
}

// The model, and the options that give the prompt.
void add_prompt(CLI::App& app, Options& options) {
    common::add_model(app, options.model);
    auto* words =
        app.add_option("prompt", options.prompt_words,
                       "Prompt, added after standard input; - or none: standard input alone")
            ->type_name("PROMPT")
            ->expected(0, 1);
    auto* prompt =
        app.add_option("-p,--prompt", options.prompt, "The prompt as an option")->type_name("TEXT");
    auto* file = app.add_option("-f,--file", options.prompt_file,
                                "File whose bytes are the prompt, unchanged; -: standard input")
                     ->type_name("FILE");
    auto* messages =
        app.add_option("--messages", options.messages,
                       "Conversation in the format of OpenAI's API: a JSON list of messages, or an "
                       "object with messages and tools; -: standard input")
            ->type_name("FILE");
    words->excludes(prompt)->excludes(file)->excludes(messages);
    prompt->excludes(file)->excludes(messages);
    file->excludes(messages);
    auto* system = app.add_option("--system", options.system, "System message before the prompt")
                       ->type_name("TEXT")
                       ->excludes(messages);
    app.add_flag("--raw", options.raw, "Continue the prompt as it is, without the chat template")
        ->excludes(messages);
    app.add_flag("--heal", options.heal,
                 "Take back the last token of the prompt, so that a word that ends there may go on "
                 "with another token");
    app.add_flag("--show-prompt", options.show_prompt,
                 "Print what the model would be given (with --json its token ids too) and exit");
    add_vectors(app, options, *messages, *system);
    add_answers(app, options);
}

void add_sampling(CLI::App& app, Options& options) {
    common::add_predict(app, options.n_predict,
                        "Most tokens to generate; -1: until the model ends the text or the context "
                        "is full");
    app.add_option_function<std::string>(
           "-s,--seed",
           [&options](const std::string& text) {
               if (text != "-1") options.seed = common::parse_seed(text, "--seed");
           },
           "Random seed; -1, the default: a new one each time")
        ->type_name("N");
    common::add_integer(app, "--samples", options.n_samples, {1, 1024},
                        "Write this many texts after the same prompt, which is computed once; a "
                        "line with --- is between them")
        ->group("Sampling");
    common::add_sampling(app, options.sampling);
    // In gen-batch they are defaults for requests that set the other themselves.
    constexpr std::pair<const char*, const char*> kRefines[] = {
        {"--dynatemp-exp", "--dynatemp-range"},        {"--xtc-threshold", "--xtc-probability"},
        {"--repeat-last-n", "--repeat-penalty"},       {"--dry-base", "--dry-multiplier"},
        {"--dry-allowed-length", "--dry-multiplier"},  {"--dry-penalty-last-n", "--dry-multiplier"},
        {"--dry-sequence-breaker", "--dry-multiplier"}};
    for (const auto& [option, of] : kRefines) app.get_option(option)->needs(app.get_option(of));
}

// Looking at what the model thinks.
void add_looks(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Probabilities";
    auto* top = common::add_integer(app, "--top", options.n_shown, {1, 1000},
                                    "Show every token with the N likeliest in its place: how "
                                    "likely each was, and what temperature, "
                                    "top-k, top-p and the other steps made of it")
                    ->group(kGroup);
    app.add_flag("--step", options.step,
                 "With --top at a terminal: wait for a key after each token; q ends")
        ->needs(top)
        ->excludes(app.get_option("--json"))
        ->group(kGroup);
    auto* suggest = common::add_integer(
                        app, "--suggest", options.n_suggestions, {1, 100},
                        "Write no text, but the N likeliest words with which the prompt goes on")
                        ->group(kGroup);
    auto* surprise =
        app.add_flag("--surprise", options.surprise,
                     "Write the prompt, coloured by how little the model expected each token")
            ->group(kGroup);
    auto* trace =
        app.add_option(
               "--trace", options.trace,
               "Write what happens inside the model, as a page (.html) or for programs (.json): "
               "which tokens attention reads, "
               "what each layer adds and would say")
            ->type_name("FILE")
            ->excludes(suggest)
            ->excludes(surprise)
            ->group(kGroup);
    common::add_overwrite(app, options.overwrite);
    app.get_option("--overwrite")->needs(trace)->group(kGroup);
    CLI::Option* const looks[] = {top, suggest, surprise, trace};
    for (CLI::Option* look : looks) {
        for (const char* other : {"--embed", "--classify", "--samples", "--show-prompt", "--score",
                                  "--choice", "--split", "--logprobs"}) {
            look->excludes(app.get_option(other));
        }
    }
    top->excludes(suggest)
        ->excludes(surprise)
        ->excludes(app.get_option("--lookup"))
        ->excludes(app.get_option("--draft"));
    for (CLI::Option* look : {suggest, surprise}) look->excludes(app.get_option("--cache"));
    suggest->excludes(surprise);
    for (const char* other : {"--messages", "--system", "--heal", "--predict", "--json-schema",
                              "--json-object", "--grammar", "--regex"}) {
        suggest->excludes(app.get_option(other));
        surprise->excludes(app.get_option(other));
    }
}

// What the model thinks of a text.
void add_probabilities(CLI::App& app, Options& options) {
    auto* json = app.get_option("--json");
    auto* logprobs = common::add_integer(app, "--logprobs", options.n_top, {0, 100},
                                         "With --json: the log-probability of every token, and of "
                                         "the N likeliest in its place")
                         ->needs(json)
                         ->group("Probabilities");
    auto* score = app.add_flag("--score", options.score,
                               "Write no text, but the log-probability of each token of the prompt")
                      ->group("Probabilities");
    app.add_option(
           "--choice", options.choices,
           "Answer with the likeliest of these texts; --json says how likely each is; to be "
           "given several times")
        ->type_name("TEXT")
        ->allow_extra_args(false)
        ->excludes(score)
        ->excludes(logprobs)
        ->group("Probabilities");
    add_looks(app, options);
    for (const char* other : {"--embed", "--classify", "--samples", "--show-prompt"}) {
        app.get_option("--score")->excludes(app.get_option(other));
        app.get_option("--choice")->excludes(app.get_option(other));
    }
    for (const char* other : {"--embed", "--classify", "--score", "--choice", "--split"}) {
        app.get_option("--heal")->excludes(app.get_option(other));
    }
}

// Of models that think before they answer.
void add_reasoning(CLI::App& app, Options& options) {
    app.add_option("--reasoning", options.reasoning,
                   "Where the thoughts of a model go that thinks before it answers: to standard "
                   "error, nowhere, or before the answer as the model wrote them")
        ->check(common::one_of({"stderr", "hide", "show"}))
        ->type_name("stderr|hide|show")
        ->capture_default_str();
    common::add_integer(app, "--reasoning-budget", options.reasoning_budget,
                        {0, common::kMaxTokens}, "End a thought after N tokens");
}

// A constraint says what a text is, so it needs one that is generated from its beginning; guesses and
// thoughts need one that is generated. Thoughts are not told from the answer of several texts, nor of one
// that a string may end.
void exclude_without_text(CLI::App& app) {
    for (const char* other : {"--embed", "--classify", "--choice"}) {
        for (const char* option :
             {"--lookup", "--draft", "--cache", "--reasoning", "--reasoning-budget"}) {
            app.get_option(option)->excludes(app.get_option(other));
        }
    }
    app.get_option("--cache")->excludes(
        app.get_option("--score"));  // whose tokens are all computed
    for (const char* other : {"--stop", "--samples"}) {
        app.get_option("--reasoning")->excludes(app.get_option(other));
    }
    for (const char* constraint : {"--json-schema", "--json-object", "--grammar", "--regex"}) {
        for (const char* other : {"--embed", "--classify", "--score", "--choice", "--heal"}) {
            app.get_option(constraint)->excludes(app.get_option(other));
        }
    }
}

void add_machine(CLI::App& app, Options& options) {
    common::add_engine(app, options.engine);
    app.add_option("--split", options.split,
                   "Under mpirun: rows, to divide the rows of every matrix among the processes")
        ->check(common::one_of({"rows"}))
        ->type_name("HOW");
    common::add_lookup(app, options.engine.max_guesses);
    common::add_draft(app, options.draft);
    common::add_cache(app, options.cache);
    app.get_option("--cache")->excludes(app.get_option("--split"));
    common::add_load(app, options.load);
    common::add_isa(app, options.isa);
    common::add_kv_type(app, options.kv_type);
    common::add_verify(app, options.verify);
    app.add_flag("--json", options.json, "Print one JSON object instead of streaming the text");
    app.add_flag("-v,--verbose", options.verbose, "Times, speeds and memory on standard error");
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
    add_prompt(app, options);
    add_sampling(app, options);
    add_reasoning(app, options);
    add_machine(app, options);
    add_probabilities(app, options);
    exclude_without_text(app);
}

}  // namespace quire::gen
