#include "tools/inspect/describe.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <map>

#include "apps/common/terminal/table.h"
#include "apps/common/units.h"
#include "formats/quire/chat_templates.h"
#include "formats/quire/prompts_json.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"
#include "lib/spec/names.h"

namespace quire::inspect {

namespace {

using common::human_bytes;
using common::Table;
constexpr Table::Kind number = Table::Kind::number;

struct TypeSum {
    std::size_t tensors = 0;
    std::uint64_t weights = 0;
    std::uint64_t bytes = 0;
};

std::map<tensor::DType, TypeSum> sum_types(const formats::QuireFile& file) {
    std::map<tensor::DType, TypeSum> sums;
    for (const formats::TensorRecord& record : file.tensor_records()) {
        TypeSum& sum = sums[record.dtype];
        ++sum.tensors;
        sum.weights += record.rows * record.columns;
        sum.bytes += record.length;
    }
    return sums;
}

std::string shape(const formats::TensorRecord& record) {
    return record.is_matrix ? fmt::format("{} x {}", record.rows, record.columns)
                            : fmt::format("{}", record.columns);
}

bool is_recurrent(const spec::LayerSpec& layer) {
    return layer.recurrence != spec::Recurrence::none;
}

// The layer whose sizes stand for all: the first one with attention.
const spec::LayerSpec& example_of(const spec::ModelSpec& spec) {
    const auto found = std::ranges::find_if(
        spec.layers, [](const spec::LayerSpec& layer) { return layer.n_heads > 0; });
    return found == spec.layers.end() ? spec.layers.front() : *found;
}

std::string_view template_kinds(const chat::ChatTemplates& templates) {
    if (templates.empty()) return "none";
    if (templates.tool_use.empty()) return "yes";
    return templates.standard.empty() ? "only for tools" : "yes, and one for tools";
}

std::string layers_text(const spec::ModelSpec& spec) {
    if (spec.layers.empty()) return fmt::format("an embedding of width {} alone", spec.dim);
    const spec::LayerSpec& layer = example_of(spec);
    if (has_cells(layer)) {
        return fmt::format("{} layers of {} cells, width {}", spec.layers.size(), layer.n_cells,
                           spec.dim);
    }
    return fmt::format(
        "{} layers of {} query and {} key/value heads x {}, width {}, feed-forward {}",
        spec.layers.size(), layer.n_heads, layer.n_kv_heads, layer.head_dim, spec.dim,
        layer.ffn_dim);
}

// A line about recurrent layers, if there are any.
std::string recurrent_text(const spec::ModelSpec& spec) {
    const auto n = std::ranges::count_if(spec.layers, is_recurrent);
    if (n == 0) return "";
    return fmt::format("  {} of the layers recurrent ({}), a state of {} for each text\n", n,
                       spec::name(std::ranges::find_if(spec.layers, is_recurrent)->recurrence),
                       human_bytes(spec::state_floats(spec) * sizeof(float)));
}

std::string network_text(const spec::ModelSpec& spec, std::uint64_t weights) {
    constexpr std::array<const char*, 5> kOutputs{"output shared with the embedding",
                                                  "output apart from the embedding", "no logits",
                                                  "output apart from the embedding, with a bias",
                                                  "output shared with the embedding, with a bias"};
    static_assert(kOutputs.size() == static_cast<std::size_t>(spec::OutputKind::tied_biased) + 1);
    std::string out = fmt::format("  {:.4g} million weights, {}\n",
                                  static_cast<double>(weights) / 1e6, layers_text(spec));
    out += recurrent_text(spec);
    out += fmt::format("  context {} positions, vocabulary {} tokens, {}\n", spec.context_length,
                       spec.vocab_size, kOutputs[static_cast<std::size_t>(spec.output)]);
    return out + fmt::format("  {} attention, the vector of a text: {}\n",
                             spec.causal ? "causal" : "bidirectional", spec::name(spec.pooling));
}

std::string counts_text(const spec::ModelSpec& spec) {
    return fmt::format(
        "  counted runs of up to {} tokens\n  context {} positions, vocabulary {} tokens\n",
        spec.ngram_order, spec.context_length, spec.vocab_size);
}

// "query (before every text), document"
std::string prompt_names(const spec::TextPrompts& prompts) {
    std::string out;
    for (const auto& [name, text] : prompts.texts) {
        out += (out.empty() ? "" : ", ") + base::printable(name);
        if (name == prompts.default_name) out += " (before every text)";
    }
    return out;
}

nlohmann::ordered_json prompts_json(const spec::TextPrompts& prompts) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const auto& [name, text] : prompts.texts) json[name] = text;
    return json;
}

// The encoder, and how answers are found and named.
std::string describe_encoder(const spec::ModelSpec& encoder, const spec::AnswerSpec& answers) {
    const spec::LayerSpec& layer = encoder.layers.front();
    std::string out = fmt::format(
        "  reads a source of {} positions with an encoder of {} layers of {} heads x {}, "
        "feed-forward {}\n",
        encoder.context_length, encoder.layers.size(), layer.n_heads, layer.head_dim,
        layer.ffn_dim);
    out += fmt::format("  answers: {} beam{}", answers.n_beams, answers.n_beams == 1 ? "" : "s");
    if (answers.max_length > 0) out += fmt::format(", at most {} tokens", answers.max_length);
    if (!answers.languages.empty()) out += fmt::format(", {} languages", answers.languages.size());
    if (!answers.source_code.empty() && !answers.target_code.empty()) {
        out += fmt::format(", from {} to {}", base::printable(answers.source_code),
                           base::printable(answers.target_code));
    }
    return out + "\n";
}

std::string types_table(const formats::QuireFile& file) {
    Table table({{"type"}, {"tensors", number}, {"size", number}, {"bits/weight", number}}, 2);
    for (const auto& [dtype, sum] : sum_types(file)) {
        const double bits = 8.0 * static_cast<double>(sum.bytes) / static_cast<double>(sum.weights);
        table.add({std::string(tensor::info(dtype).name), std::to_string(sum.tensors),
                   human_bytes(sum.bytes), fmt::format("{:.2f}", bits)});
    }
    return table.lines(common::table_width());
}

std::string sections_table(const formats::QuireFile& file) {
    Table table({{"section"}, {"at", number}, {"size", number}, {"XXH3-64"}}, 2);
    for (const auto& section : file.sections()) {
        table.add({std::string(section.name), std::to_string(section.offset),
                   human_bytes(section.data.size()), base::hex(section.hash)});
    }
    return table.lines(common::table_width());
}

std::string tensors_table(const formats::QuireFile& file) {
    Table table(
        {{"tensor"}, {"type"}, {"shape", number}, {"at", number}, {"size", number}, {"XXH3-64"}},
        2);
    for (const formats::TensorRecord& record : file.tensor_records()) {
        table.add({record.name, std::string(tensor::info(record.dtype).name), shape(record),
                   std::to_string(record.offset), human_bytes(record.length),
                   base::hex(record.hash)});
    }
    return table.lines(common::table_width());
}

}  // namespace

std::string describe(const formats::QuireFile& file, bool with_tensors) {
    const spec::ModelSpec spec = file.spec();
    const spec::LayerSpec layer = spec.layers.empty() ? spec::LayerSpec{} : example_of(spec);
    const formats::Meta meta = file.meta();
    const formats::SelfTest selftest = file.selftest();
    std::uint64_t weights = 0;
    for (const auto& [dtype, sum] : sum_types(file)) weights += sum.weights;

    std::string out = fmt::format("{}\n", base::printable(meta.name));
    out += fmt::format("  from {}, by {}, --type {}\n", base::printable(meta.source),
                       base::printable(meta.created_by), base::printable(meta.type));
    out += fmt::format("  {}, format version {}, model {}\n", human_bytes(file.file_bytes()),
                       file.version(), base::hex(file.model_hash()));
    out += spec.ngram_order > 0 ? counts_text(spec) : network_text(spec, weights);
    if (layer.n_experts > 0) {
        out +=
            fmt::format("  {} experts, {} for each token\n", layer.n_experts, layer.n_experts_used);
    }
    if (const auto answers = file.answers()) {
        out += describe_encoder(spec.encoder.front(), *answers);
    }
    if (!spec.classifier.labels.empty()) {
        out += fmt::format("  classifies {} into {} labels\n",
                           spec.classifier.pair_ids.empty() ? "texts" : "texts, or pairs of them,",
                           spec.classifier.labels.size());
    }
    out += fmt::format("  chat template: {}\n", template_kinds(formats::chat_templates(file)));
    const spec::TextPrompts prompts = formats::text_prompts(file);
    if (!prompts.empty()) out += fmt::format("  prompts: {}\n", prompt_names(prompts));
    out += fmt::format("  self-test: {} prompts, arithmetic {}\n", selftest.cases.size(),
                       selftest.arithmetic);
    if (!file.tensor_records().empty()) out += "\n" + types_table(file);
    out += "\n" + sections_table(file);
    if (with_tensors) out += "\n" + tensors_table(file);
    return common::lines_within(out, common::table_width());
}

std::string describe_json(const formats::QuireFile& file, bool with_tensors) {
    using Json = nlohmann::ordered_json;
    const formats::Meta meta = file.meta();
    const formats::SelfTest selftest = file.selftest();
    Json json{{"path", file.path()},
              {"name", meta.name},
              {"source", meta.source},
              {"created_by", meta.created_by},
              {"type", meta.type},
              {"format_version", file.version()},
              {"file_bytes", file.file_bytes()},
              {"model_hash", base::hex(file.model_hash())},
              {"spec", base::parse_ordered_json(formats::spec_to_json(file.spec()), file.path())},
              {"chat_template", !formats::chat_templates(file).standard.empty()},
              {"tool_use_template", !formats::chat_templates(file).tool_use.empty()},
              {"prompts", prompts_json(formats::text_prompts(file))},
              {"default_prompt", formats::text_prompts(file).default_name},
              {"selftest", {{"arithmetic", selftest.arithmetic}, {"cases", selftest.cases.size()}}},
              {"types", Json::object()},
              {"sections", Json::array()}};
    for (const auto& [dtype, sum] : sum_types(file)) {
        json["types"][std::string(tensor::info(dtype).name)] = {
            {"tensors", sum.tensors}, {"weights", sum.weights}, {"bytes", sum.bytes}};
    }
    for (const auto& section : file.sections()) {
        json["sections"].push_back({{"name", section.name},
                                    {"offset", section.offset},
                                    {"bytes", section.data.size()},
                                    {"hash", base::hex(section.hash)}});
    }
    if (with_tensors) {
        json["tensors"] = Json::array();
        for (const formats::TensorRecord& record : file.tensor_records()) {
            json["tensors"].push_back({{"name", record.name},
                                       {"type", tensor::info(record.dtype).name},
                                       {"rows", record.rows},
                                       {"columns", record.columns},
                                       {"offset", record.offset},
                                       {"bytes", record.length},
                                       {"hash", base::hex(record.hash)}});
        }
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace quire::inspect
