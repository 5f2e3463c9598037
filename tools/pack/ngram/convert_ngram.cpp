#include "tools/pack/ngram/convert_ngram.h"

#include <spdlog/fmt/fmt.h>

#include "apps/common/command.h"
#include "apps/common/input.h"
#include "apps/common/load.h"
#include "apps/common/open_model.h"
#include "apps/common/terminal/progress_line.h"
#include "apps/common/terminal/table.h"
#include "apps/common/units.h"
#include "formats/quire/writer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/generate/selftest.h"
#include "lib/kernels/dispatch.h"
#include "lib/tokenizer/encode/build_tables.h"
#include "lib/tokenizer/encode/encoder.h"
#include "tools/pack/ngram/tokenizer_source.h"

namespace quire::pack {

namespace {

namespace section = formats::quire_file::section;

// What begins a text for models with this tokenizer, and what ends it.
Borders borders_of(const tokenizer::Tokenizer& tokenizer) {
    Borders borders;
    const auto& ends = tokenizer.eos_ids();
    if (!ends.empty()) borders.end = ends.front();
    if (!tokenizer.prefix_ids().empty()) {
        borders.start = tokenizer.prefix_ids().back();
    } else {
        borders.start = tokenizer.bos_id() ? tokenizer.bos_id() : borders.end;
    }
    return borders;
}

Documents read_texts(const NgramOptions& options, const tokenizer::Tokenizer& tokenizer) {
    Documents documents(borders_of(tokenizer), static_cast<std::uint32_t>(tokenizer.n_vocab()));
    tokenizer::Encoder encoder(tokenizer);
    common::ProgressLine progress({.what = "texts", .total = options.texts.size(), .of = "texts"});
    std::vector<std::uint32_t> ids;
    const auto add = [&](std::string_view text) {
        ids.clear();
        encoder.encode(text, {}, ids);
        documents.add(ids);
    };
    for (const std::string& path : options.texts) {
        const std::string text = common::read_input(path);
        for (std::string_view rest = text; options.lines && !rest.empty();) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            std::string_view line = rest.substr(0, end);
            if (line.ends_with('\r')) line.remove_suffix(1);
            add(line);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        if (!options.lines) add(text);
        progress.add(1);
    }
    if (documents.n_tokens() == 0) {
        throw Error(ErrorCode::input, common::name_of_input(options.texts.front()),
                    "expected a text of at least one token, found none");
    }
    return documents;
}

base::OutputPath place_output(const NgramOptions& options) {
    base::FileRoles roles(options.overwrite);
    for (const std::string& text : options.texts) {
        if (text != "-") roles.reads("a text", text);
    }
    const std::string path = path_of_tokenizer(options.tokenizer);
    if (!path.empty()) roles.reads("--tokenizer", path);
    return roles.writes("-o", options.output, {"a .quire file", formats::begins_as_quire});
}

formats::SelfTest selftest_of(const formats::QuireFile& file, int n_threads) {
    const model::Model model = common::load_model(file, kernels::choose(""), kernels::KvType::f16);
    const tokenizer::Tokenizer tokenizer = common::load_tokenizer(file);
    formats::SelfTest test;
    test.arithmetic = model::kArithmetic;
    for (const std::string_view prompt : generate::selftest_prompts()) {
        const generate::SelfTestResult done =
            generate::run_selftest(model, tokenizer, prompt, n_threads);
        if (!done.tokens.empty()) {
            test.cases.push_back({std::string(prompt), done.tokens, done.logits_hash});
        }
    }
    return test;
}

// The hashes are not known before the tables are written, but their length is fixed.
formats::SelfTest placeholder(const spec::ModelSpec& spec, const tokenizer::Tokenizer& tokenizer) {
    formats::SelfTest test;
    test.arithmetic = model::kArithmetic;
    for (const std::string_view prompt : generate::selftest_prompts()) {
        auto tokens = generate::selftest_tokens(spec, tokenizer, prompt);
        if (!tokens.empty()) test.cases.push_back({std::string(prompt), std::move(tokens), 0});
    }
    return test;
}

NgramResult write_and_check(formats::QuireWriter& writer, const NgramOptions& options) {
    const auto tables = tables_of_tokenizer(options.tokenizer);
    const tokenizer::Tokenizer tokenizer(
        [&](std::string_view name) { return tokenizer::find_table(tables, name); });
    const Documents documents = read_texts(options, tokenizer);

    NgramResult result;
    result.n_documents = documents.n_documents();
    result.n_tokens = documents.n_tokens();
    result.vocab_size = documents.vocab_size();
    result.model = estimate(documents, options.order, options.n_threads);
    result.name = options.name.empty() ? fmt::format("{}-gram", options.order) : options.name;

    spec::ModelSpec spec;
    spec.ngram_order = options.order;
    spec.vocab_size = documents.vocab_size();
    spec.context_length = options.context == 0 ? kNgramContext : options.context;
    spec::validate(spec, options.output);
    writer.require_version(formats::spec_version(spec));
    writer.add_section(section::kMeta, base::as_bytes(formats::meta_to_json(
                                           {result.name, "text", common::version_text(), "f32"})));
    writer.add_section(section::kSpec, base::as_bytes(formats::spec_to_json(spec)));
    for (const auto& table : tables) writer.add_section(table.name, table.bytes);
    writer.add_section(section::kSelfTest,
                       base::as_bytes(formats::selftest_to_json(placeholder(spec, tokenizer))));
    writer.add_section(section::kNgram, result.model.tables);
    writer.begin_tensors({});
    writer.end_tensors();
    const formats::SelfTest test = selftest_of(writer.reopen(), options.n_threads);
    writer.replace_section(section::kSelfTest, base::as_bytes(formats::selftest_to_json(test)));
    const formats::QuireFile file = writer.reopen();
    if (selftest_of(file, options.n_threads) != file.selftest()) {
        throw Error(ErrorCode::run, options.output,
                    "the self-test of the finished file gave another result than a moment ago: "
                    "memory or disk of this machine may be faulty");
    }
    result.file_bytes = file.file_bytes();
    result.model_hash = file.model_hash();
    result.n_selftests = test.cases.size();
    return result;
}

}  // namespace

NgramResult convert_ngram(const NgramOptions& options,
                          const std::function<void(const NgramResult&)>& ready) {
    formats::QuireWriter writer(place_output(options));
    NgramResult result = write_and_check(writer, options);
    if (ready) ready(result);
    writer.commit();
    return result;
}

std::string report(const NgramOptions& options, const NgramResult& result, double seconds) {
    constexpr auto number = common::Table::Kind::number;
    common::Table table({{"tokens", number},
                         {"different runs", number},
                         {"taken from 1", number},
                         {"from 2", number},
                         {"from 3 and more", number}});
    bool fallback = false;
    for (std::size_t n = 0; n < result.model.n_runs.size(); ++n) {
        const Discounts& discounts = result.model.discounts[n];
        fallback = fallback || discounts.fallback;
        table.add({std::to_string(n + 1), common::with_commas(result.model.n_runs[n]),
                   fmt::format("{:.3f}{}", discounts.of[0], discounts.fallback ? "*" : ""),
                   fmt::format("{:.3f}", discounts.of[1]), fmt::format("{:.3f}", discounts.of[2])});
    }
    std::string out = table.lines(common::table_width());
    if (fallback) out += "*: the text has too few runs of these counts to compute discounts\n";
    out += fmt::format(
        "{} tokens in {} document{}, a vocabulary of {} tokens\n{}: {}, model {}, checksums and {} "
        "self-tests pass\nname {}, {:.2f} s\n",
        common::with_commas(result.n_tokens), common::with_commas(result.n_documents),
        result.n_documents == 1 ? "" : "s", common::with_commas(result.vocab_size), options.output,
        common::human_bytes(result.file_bytes), base::hex(result.model_hash), result.n_selftests,
        result.name, seconds);
    return common::lines_within(out, common::table_width());
}

}  // namespace quire::pack
