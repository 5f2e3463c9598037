// Changes every field of a file's spec in many ways. The field is refused by name, or a tensor that
// does not fit is named, or the model runs. Nothing crashes, hangs or allocates by a wrong count.

#include <map>

#include "formats/quire/spec_json.h"
#include "lib/base/json/json.h"
#include "lib/kernels/dispatch.h"
#include "lib/model/finite.h"
#include "lib/model/source.h"
#include "tests/support.h"

using namespace quire;
using namespace quire::test;
using Json = nlohmann::ordered_json;

namespace {

// What else an error may name when a field contradicts another one.
const std::map<std::string, std::string> kOtherNames{
    {"head_dim", "dim of its rope"}, {"n_heads", "n_kv_heads"},      {"causal", "window"},
    {"parallel", "norm_place"},      {"n_positions", "positions"},   {"ropes", "rope"},
    {"ffn_bias", "without bias"},    {"norm_place", "not parallel"}, {"amplitude", "ropes"},
    {"recurrence", "n_heads"}};

// Values for any field. Those of a wrong type must be refused.
std::vector<Json> strange_values(const Json& value) {
    std::vector<Json> out{nullptr,
                          true,
                          false,
                          -1,
                          0,
                          1,
                          2,
                          3,
                          17,
                          0.5,
                          -0.5,
                          1e30,
                          -1e30,
                          "",
                          "x",
                          4294967295U,
                          4294967296U,
                          18446744073709551615U,
                          Json::array(),
                          Json::object(),
                          Json::array({1}),
                          Json{{"x", 1}}};
    for (const char* name :
         {"rms",  "layer",   "before",  "after",     "around",   "residual",   "none",
          "head", "row",     "silu",    "gelu_tanh", "gelu_erf", "gelu_quick", "relu",
          "tanh", "tied",    "own",     "element",   "relu2",    "mean",       "cls",
          "last", "softmax", "sigmoid", "plain",     "rnn",      "gru",        "lstm"}) {
        out.emplace_back(name);
    }
    if (value.is_number_unsigned()) {
        out.emplace_back(value.get<std::uint64_t>() + 1);
        out.emplace_back(value.get<std::uint64_t>() * 2);
        out.emplace_back(value.get<std::uint64_t>() / 2);
    }
    if (value.is_array() && !value.empty()) {
        Json longer = value;
        longer.push_back(value[0]);
        out.push_back(longer);
        Json shorter = value;
        shorter.erase(shorter.size() - 1);
        out.push_back(shorter);
    }
    return out;
}

// Calls call(pointer, name) for every field below `object`; of a list of objects, for the fields of
// the first.
void for_each_field(
    const Json& object, const Json::json_pointer& at,
    const std::function<void(const Json::json_pointer&, const std::string&)>& call) {
    for (const auto& [key, value] : object.items()) {
        const Json::json_pointer here = at / key;
        call(here, key);
        if (value.is_object()) for_each_field(value, here, call);
        if (value.is_array() && !value.empty() && value[0].is_object()) {
            for_each_field(value[0], here / 0, call);
        }
    }
}

void run(const model::Model& model) {
    const std::vector<std::uint32_t> tokens{3, 4, 5, 6, 7, 8, 9};
    model::Workspace workspace(model.spec, tokens.size(), 1);
    model::KvCache cache(model.kv_layout);
    model::KvCache source(model.kv_layout);
    if (model.encoder != nullptr) {
        model::SourceWorkspace source_workspace(model, tokens.size(), 1);
        try {
            model::read_source(model, source_workspace, tokens, source, {});
        } catch (const model::NotFinite&) {
            return;  // of a scale that is too large
        }
    }
    const std::array<model::SequenceInput, 1> input{
        {{&cache, tokens, 2, 0, {}, model.encoder != nullptr ? &source : nullptr}}};
    if (model.spec.output == spec::OutputKind::none) {
        std::vector<float> hidden(2 * model.spec.dim);
        model::forward_hidden(model, workspace, input, hidden.data(), {});
    } else {
        model::Buffer<float> logits(2 * model::logits_stride(model.spec));
        model::forward(model, workspace, input, logits.data(), {});
    }
}

struct Counts {
    int refused = 0;
    int unfit = 0;
    int ran = 0;
};

// Does with a changed spec what gen does with that of a file.
void try_spec(const formats::QuireFile& file, const Json& spec_json, const std::string& field,
              Counts& counts) {
    std::optional<spec::ModelSpec> spec;
    try {
        spec = formats::spec_from_json(spec_json.dump(), 5, "here");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::model);
        const std::string message = error.what();
        const auto other = kOtherNames.find(field);
        const bool named =
            message.find(field) != std::string::npos ||
            message.find("shares: expected the fields of layer") != std::string::npos ||
            (other != kOtherNames.end() && message.find(other->second) != std::string::npos);
        CAPTURE(message);
        CHECK(named);
        ++counts.refused;
        return;
    }
    std::optional<model::Model> model;
    try {
        model.emplace(*spec, file.tensors(), kernels::choose(""), "here");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::model);
        CHECK(std::string(error.what()).find("expected") != std::string::npos);
        ++counts.unfit;
        return;
    }
    run(*model);
    ++counts.ran;
}

formats::QuireFile pack_golden(const TempDir& dir, const std::string& name) {
    const std::filesystem::path folder = dir.file(name);
    std::filesystem::create_directories(folder);
    for (const char* file : {"config.json", "model.safetensors"}) {
        std::filesystem::create_symlink(golden("families/" + name + "/" + file), folder / file);
    }
    std::filesystem::create_symlink(golden("families/tokenizer.json"), folder / "tokenizer.json");
    pack::convert({folder.string(), dir.file(name + ".quire"), pack::TargetType::keep, "test", 1});
    return formats::QuireFile::open(dir.file(name + ".quire"));
}

}  // namespace

TEST_CASE("spec: every field, changed in many ways, is refused by name or runs") {
    const TempDir dir;
    // Together they have every kind of layer, norm, rotation and head.
    for (const std::string name : {"gemma2",
                                   "qwen3-moe",
                                   "olmo2",
                                   "stablelm-parallel",
                                   "gpt2",
                                   "marian",
                                   "bert-classifier",
                                   "llama-yarn",
                                   "muse-glimmer",
                                   "modernbert-classifier",
                                   "mpnet",
                                   "albert",
                                   "lfm2",
                                   "qwen3.5",
                                   "nemotron-h",
                                   "t5",
                                   "glm4-moe",
                                   "gpt-oss",
                                   "qwen2-moe",
                                   "deepseek-v3",
                                   "gemma4-experts",
                                   "rnn-lstm-proj",
                                   "rnn-gru"}) {
        CAPTURE(name);
        const formats::QuireFile file = pack_golden(dir, name);
        const Json good = Json::parse(formats::spec_to_json(file.spec()));
        Counts counts;
        for_each_field(good, Json::json_pointer(),
                       [&](const Json::json_pointer& at, const std::string& field) {
                           CAPTURE(at.to_string());
                           Json changed = good;
                           changed[at.parent_pointer()].erase(field);
                           try_spec(file, changed, field, counts);
                           for (const Json& value : strange_values(good[at])) {
                               CAPTURE(value.dump());
                               changed = good;
                               changed[at] = value;
                               try_spec(file, changed, field, counts);
                           }
                       });
        MESSAGE(name << ": " << counts.refused << " refused, " << counts.unfit
                     << " without fitting tensors, " << counts.ran << " ran");
        CHECK(counts.refused > 500);
        CHECK(counts.ran > 50);
    }
}
