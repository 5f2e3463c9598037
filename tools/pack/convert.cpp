#include "tools/pack/convert.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "apps/common/command.h"
#include "apps/common/load.h"
#include "apps/common/open_model.h"
#include "apps/common/terminal/progress_line.h"
#include "formats/gguf/split.h"
#include "formats/quire/prompts_json.h"
#include "formats/quire/reader.h"
#include "lib/base/error.h"
#include "lib/generate/selftest.h"
#include "lib/kernels/dispatch.h"
#include "lib/spec/tensors.h"
#include "lib/tokenizer/encode/built_tokenizer.h"
#include "tools/pack/languages.h"
#include "tools/pack/templates.h"
#include "tools/pack/vocabulary.h"

namespace quire::pack {

namespace {

namespace section = formats::quire_file::section;

formats::SelfTest empty_selftest(const Options& options) {
    formats::SelfTest test;
    test.arithmetic = model::kArithmetic;
    test.kv_type = common::name_of(options.kv_type);
    return test;
}

formats::SelfTest run_selftests(const formats::QuireFile& file, const Options& options) {
    const int n_threads = options.n_threads;
    file.expect_all_weights();
    const model::Model model = common::load_model(file, kernels::choose(""), options.kv_type);
    const tokenizer::Tokenizer tokenizer = common::load_tokenizer(file);
    formats::SelfTest test = empty_selftest(options);
    common::ProgressLine progress(
        {.what = "self-test",
         .total = generate::selftest_prompts().size() * model.spec.layers.size(),
         .of = "layers"});
    for (const std::string_view prompt : generate::selftest_prompts()) {
        // Releases weights as soon as they were used: the file may be larger than the memory.
        const generate::SelfTestResult done =
            generate::run_selftest(model, tokenizer, prompt, n_threads, [&](std::size_t layer) {
                file.release_tensors("layers." + std::to_string(layer) + ".");
                progress.add(1);
            });
        file.release_tensors("output");
        file.release_tensors(spec::kEncoderPrefix);
        if (done.tokens.empty()) continue;
        test.cases.push_back({std::string(prompt), done.tokens, done.logits_hash});
    }
    return test;
}

// The hashes are not known before the weights are written, but their length is fixed.
formats::SelfTest placeholder(const spec::ModelSpec& spec, const tokenizer::Tokenizer& tokenizer,
                              const Options& options) {
    formats::SelfTest test = empty_selftest(options);
    for (const std::string_view prompt : generate::selftest_prompts()) {
        auto tokens = generate::selftest_tokens(spec, tokenizer, prompt);
        if (!tokens.empty()) test.cases.push_back({std::string(prompt), std::move(tokens), 0});
    }
    return test;
}

// The tensors of the file with the types that the options ask for, without offsets and hashes.
std::vector<formats::TensorRecord> make_records(const models::Plan& plan, const Options& options) {
    const auto expected = spec::expected_tensors(plan.spec);
    std::vector<RecipeMatrix> matrices;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (!expected[i].is_matrix) continue;
        matrices.push_back({{expected[i].name, expected[i].rows, expected[i].columns},
                            kept_dtype(plan.tensors[i])});
    }
    const auto dtypes = choose_dtypes({options.type, options.overrides, options.bits}, matrices);
    auto next = dtypes.begin();
    std::vector<formats::TensorRecord> records;
    for (const spec::ExpectedTensor& tensor : expected) {
        formats::TensorRecord& record = records.emplace_back();
        record.name = tensor.name;
        record.is_matrix = tensor.is_matrix;
        record.rows = tensor.rows;
        record.columns = tensor.columns;
        if (tensor.is_matrix) record.dtype = *next++;
    }
    return records;
}

// Null without --importance. Error{model} when the file is for another model.
std::unique_ptr<formats::Importance> open_importance(
    const std::string& path, std::span<const formats::TensorRecord> records) {
    if (path.empty()) return nullptr;
    auto importance = std::make_unique<formats::Importance>(path);
    if (std::ranges::none_of(records, [&](const formats::TensorRecord& record) {
            return !importance->owner(record.name).empty();
        })) {
        throw Error(ErrorCode::model, path,
                    "expected to know inputs of this model's matrices, found none of their names");
    }
    return importance;
}

void write_tensors(formats::QuireWriter& writer, const models::Plan& plan, const Options& options) {
    std::vector<formats::TensorRecord> records = make_records(plan, options);
    std::uint64_t total = 0;
    for (const formats::TensorRecord& record : records) {
        total += *tensor::tensor_bytes(record.dtype, record.is_matrix, record.rows, record.columns);
    }
    const auto importance = open_importance(options.importance, records);
    writer.begin_tensors(std::move(records));
    PanelQuantizer quantizer(importance.get(), kernels::choose(""));
    common::ProgressLine progress({.what = "pack",
                                   .total = total,
                                   .unit = common::ProgressLine::Unit::bytes,
                                   .delay = std::chrono::milliseconds(300)});
    std::string note;
    const EncodeTools tools{quantizer, options.n_threads,
                            [&](std::uint64_t n) { progress.add(n, note); }};
    for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
        note = fmt::format("{} of {} tensors", i, plan.tensors.size());
        const formats::TensorRecord record = writer.records()[i];
        write_tensor(writer, plan.tensors[i], record, tools);
    }
    writer.end_tensors();
}

base::OutputPath place_output(const Options& options) {
    base::FileRoles roles(options.overwrite);
    if (!options.source.empty()) roles.reads("the checkpoint", options.source);
    for (const std::string& part : formats::gguf::other_parts(options.source)) {
        roles.reads("the checkpoint", part);
    }
    const std::filesystem::path folder = std::filesystem::path(options.source).parent_path();
    // The vocabulary of llama2.c is beside its weights.
    if (options.source.ends_with(".bin")) roles.reads("the tokenizer", folder / "tokenizer.bin");
    for (const models::Adapter& adapter : options.adapters) roles.reads("--lora", adapter.path);
    if (!options.importance.empty()) roles.reads("--importance", options.importance);
    return roles.writes("-o", options.output, {"a .quire file", formats::begins_as_quire});
}

// Reads the finished file back before it gets its name, and checks it.
formats::QuireFile check_finished(const formats::QuireWriter& writer, const Options& options) {
    formats::QuireFile file = writer.reopen();
    common::verify_weights(file, options.n_threads, true);
    if (run_selftests(file, options) != file.selftest()) {
        throw Error(ErrorCode::run, options.output,
                    "the self-test of the finished file gave another result than a moment ago: "
                    "memory or disk of this machine may be faulty");
    }
    return file;
}

struct Name {
    std::string text;
    std::string from;
};

// The name becomes part of the file and its hash, so it must not depend on the location of the
// checkpoint.
Name choose_name(const Options& options, const models::Source& source,
                 const spec::ModelSpec& spec) {
    if (!options.name.empty()) return {options.name, "--name"};
    if (!source.name.empty())
        return {source.name, options.shape.empty() ? "the checkpoint" : "--shape"};
    double weights = 0;
    for (const spec::ExpectedTensor& tensor : spec::expected_tensors(spec)) {
        weights += static_cast<double>(tensor.rows) * static_cast<double>(tensor.columns);
    }
    const std::string size = weights >= 1e9   ? fmt::format("{:.1f}B", weights / 1e9)
                             : weights >= 1e6 ? fmt::format("{:.0f}M", weights / 1e6)
                                              : fmt::format("{:.0f}K", weights / 1e3);
    return {source.config.value("model_type", "model") + "-" + size,
            "family and size; --name gives another"};
}

models::Source open_source(const Options& options) {
    if (options.shape.empty()) return models::open_source(options.source);
    return common::for_option("--shape", [&] { return models::open_shape(options.shape); });
}

// Rows of the embedding of texts: of the smaller one where an encoder has another.
std::uint32_t n_token_rows(const spec::ModelSpec& spec) {
    std::uint32_t n = spec.vocab_size;
    for (const spec::ModelSpec& encoder : spec.encoder) n = std::min(n, encoder.vocab_size);
    return n;
}

// Everything except commit(). Destroying what was read can allocate memory, so it happens while the
// file has no name yet.
Result write_and_check(formats::QuireWriter& writer, const Options& options) {
    models::Source source = open_source(options);
    for (const models::Adapter& adapter : options.adapters) models::add_adapter(source, adapter);
    formats::SourceTokenizer found = read_vocabulary(source);
    const models::Plan plan = models::make_plan(
        source, {options.context, found.spec.pair_ids, found.spec.pair_has_kinds});
    std::vector<std::string> notes =
        drop_tokens_without_rows(found.spec, n_token_rows(plan.spec), source.path);
    check_suppressed(found.spec, plan.spec.vocab_size, source.path);
    notes.insert(notes.begin(), source.notes.begin(), source.notes.end());
    const tokenizer::BuiltTokenizer tokenizer(found.spec);
    const Name name = choose_name(options, source, plan.spec);
    writer.add_section(section::kMeta, base::as_bytes(formats::meta_to_json(
                                           {name.text, std::string(models::name_of(source.format)),
                                            common::version_text(), options.type_name})));
    // Readers of older versions would leave out a default prompt.
    writer.require_version(source.prompts.empty() ? formats::spec_version(plan.spec)
                                                  : formats::quire_file::kVersion);
    writer.add_section(section::kSpec, base::as_bytes(formats::spec_to_json(plan.spec)));
    if (plan.answers) {
        spec::AnswerSpec answers = with_languages(*plan.answers, found.spec);
        if (options.shape.empty()) read_pair(answers, source.path);
        writer.add_section(section::kAnswers, base::as_bytes(formats::answers_to_json(answers)));
    }
    for (const tokenizer::TokenizerTable& table : tokenizer.tables())
        writer.add_section(table.name, table.bytes);
    if (!options.no_chat_template) add_templates(writer, found.templates, source.path);
    if (!source.prompts.empty()) {
        writer.add_section(section::kPrompts,
                           base::as_bytes(formats::prompts_to_json(source.prompts)));
    }
    writer.add_section(
        section::kSelfTest,
        base::as_bytes(formats::selftest_to_json(placeholder(plan.spec, *tokenizer, options))));
    write_tensors(writer, plan, options);
    for (std::string& note : growth_notes(plan, writer.records())) notes.push_back(std::move(note));
    writer.replace_section(
        section::kSelfTest,
        base::as_bytes(formats::selftest_to_json(run_selftests(writer.reopen(), options))));
    const formats::QuireFile file = check_finished(writer, options);
    return {file.tensor_records(),
            file.file_bytes(),
            file.model_hash(),
            file.selftest().cases.size(),
            name.text,
            name.from,
            std::move(notes)};
}

}  // namespace

Result convert(const Options& options, const std::function<void(const Result&)>& ready) {
    formats::QuireWriter writer(place_output(options));
    Result result = write_and_check(writer, options);
    if (ready) ready(result);
    writer.commit();
    return result;
}

}  // namespace quire::pack
