// Answers of models with an encoder against transformers' generate(), token for token, with one beam and
// several. Made by scripts/goldens/make_family_goldens.py.

#include <algorithm>
#include <filesystem>

#include "apps/common/open_model.h"
#include "formats/safetensors/safetensors.h"
#include "lib/base/json/json.h"
#include "lib/generate/engine.h"
#include "tests/model/family_goldens.h"

using namespace quire;
using namespace quire::test;

namespace {

namespace fs = std::filesystem;
using AnswerJson = nlohmann::json;

struct Golden {
    std::string name;
    std::vector<std::uint32_t> source;
    std::uint32_t context = 0;
    AnswerJson answers;
};

std::vector<Golden> goldens() {
    std::vector<Golden> out;
    for (const auto& entry : fs::directory_iterator(golden("families"))) {
        const fs::path path = entry.path() / "reference.safetensors";
        if (!entry.is_directory()) continue;
        const Reference reference = read_reference(path.string());
        if (reference.source.empty()) continue;
        const formats::SafetensorsFile file(path.string());
        out.push_back({entry.path().filename().string(), reference.source, reference.context, {}});
        for (const auto& [key, value] : file.metadata()) {
            if (key == "answers") out.back().answers = AnswerJson::parse(value);
        }
    }
    std::ranges::sort(out, {}, &Golden::name);
    return out;
}

formats::QuireFile pack_golden(const TempDir& dir, const Golden& one, pack::TargetType type) {
    const fs::path folder = dir.file(one.name);
    fs::create_directories(folder);
    for (const char* file : {"config.json", "model.safetensors"}) {
        fs::remove(folder / file);
        fs::create_symlink(golden("families/" + one.name + "/" + file), folder / file);
    }
    fs::remove(folder / "tokenizer.json");
    fs::create_symlink(golden("families/tokenizer.json"), folder / "tokenizer.json");
    pack::Options options{folder.string(), dir.file(one.name + ".quire"), type, "test", 2};
    options.context = one.context;
    pack::convert(options);
    return formats::QuireFile::open(options.output);
}

spec::EarlyStop early_stop_of(const AnswerJson& settings) {
    const AnswerJson value = settings.value("early_stopping", AnswerJson(false));
    if (value == "never") return spec::EarlyStop::never;
    return value == true ? spec::EarlyStop::first : spec::EarlyStop::likely;
}

generate::Request request_of(const Golden& one, const AnswerJson& settings, std::uint32_t start,
                             std::uint32_t end) {
    generate::Request request;
    request.source = one.source;
    request.prompt = {start};
    const bool forced = settings.contains("forced_first");
    if (forced) request.prompt.push_back(settings["forced_first"].get<std::uint32_t>());
    request.continuation.sampler.temperature = 0;
    request.continuation.max_tokens =
        settings["max_length"].get<std::size_t>() - request.prompt.size();
    generate::AnswerRuleParams rules;
    rules.no_repeat_ngram = settings.value("no_repeat_ngram_size", 0U);
    rules.min_length = settings.value("min_length", 0U);
    if (settings.value("forced_last", false)) rules.forced_last = end;
    if (settings.contains("bad_words_ids")) {
        rules.bad_words = settings["bad_words_ids"].get<std::vector<std::vector<std::uint32_t>>>();
    }
    const auto n_beams = settings["num_beams"].get<std::size_t>();
    if (n_beams == 1) {
        request.continuation.answer_rules = rules;
        return request;
    }
    request.search =
        generate::BeamParams{.n_beams = n_beams,
                             .length_penalty = settings.value("length_penalty", 1.0F),
                             .early_stop = early_stop_of(settings),
                             .renormalize = settings.value("renormalize_logits", false),
                             .n_counted = forced ? 1U : 0U,
                             .rules = rules};
    return request;
}

struct Opened {
    Opened(const formats::QuireFile& file, kernels::KvType type)
        : model(common::load_model(file, kernels::choose(""), type)),
          tokenizer(common::load_tokenizer(file)),
          start(file.answers()->start) {}
    model::Model model;
    tokenizer::Tokenizer tokenizer;
    std::uint32_t start;
};

// All answers of a golden, computed together, n_parallel at a time. Memory for n_pages.
std::vector<std::vector<std::uint32_t>> answers_of(const Opened& opened, const Golden& one,
                                                   std::size_t n_parallel, std::size_t n_pages,
                                                   int n_threads) {
    generate::EngineParams params;
    params.n_parallel = n_parallel;
    params.n_threads = n_threads;
    params.memory_bytes = n_pages * opened.model.kv_layout.page_bytes;
    generate::Engine engine(opened.model, opened.tokenizer, params);
    std::vector<std::vector<std::uint32_t>> out(one.answers.size());
    const std::uint32_t end = opened.tokenizer.eos_ids().front();
    for (std::size_t i = 0; i < out.size(); ++i) {
        generate::Request request = request_of(one, one.answers[i], opened.start, end);
        out[i] = request.prompt;
        request.on_done = [&out, i](generate::Result result) {
            out[i].insert(out[i].end(), result.tokens.begin(), result.tokens.end());
        };
        engine.add(std::move(request));
    }
    engine.run();
    return out;
}

}  // namespace

TEST_CASE("answers: of every family with an encoder, those of transformers token for token") {
    const TempDir dir;
    for (const Golden& one : goldens()) {
        const auto file = pack_golden(dir, one, pack::TargetType::f32);
        const Opened opened(file, kernels::KvType::f32);
        const auto found = answers_of(opened, one, 1 + 5, 1000, 1);
        for (std::size_t i = 0; i < found.size(); ++i) {
            const std::string name = one.name + ": " + one.answers[i].dump();
            CAPTURE(name);
            CHECK(found[i] == one.answers[i]["tokens"].get<std::vector<std::uint32_t>>());
        }
    }
}

TEST_CASE(
    "answers: the same alone, in a batch, with little memory and with any number of threads") {
    const TempDir dir;
    for (const Golden& one : goldens()) {
        CAPTURE(one.name);
        const auto file = pack_golden(dir, one, pack::TargetType::q8);
        const Opened opened(file, kernels::KvType::f16);
        const auto expected = answers_of(opened, one, 5, 1000, 1);
        CHECK(answers_of(opened, one, 32, 1000, 2) == expected);
        CHECK(answers_of(opened, one, 9, 12, 3) == expected);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            Golden alone = one;
            alone.answers = AnswerJson::array({one.answers[i]});
            CHECK(answers_of(opened, alone, 5, 1000, 1).front() == expected[i]);
        }
    }
}
