// The files beside the weights of a checkpoint, and files that are not checkpoints.

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/models/support.h"

using namespace quire;
using namespace quire::tests;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::string folder_of(const TempDir& dir, const std::string& family) {
    return family_folder(dir, family, family_config(family));
}

// modules.json as sentence-transformers writes it, and the settings of pooling.
void add_pooling(const TempDir& dir, const std::string& family, const json& pooling) {
    const json modules{{{"idx", 0},
                        {"name", "0"},
                        {"path", ""},
                        {"type", "sentence_transformers.models.Transformer"}},
                       {{"idx", 1},
                        {"name", "1"},
                        {"path", "1_Pooling"},
                        {"type", "sentence_transformers.models.Pooling"}},
                       {{"idx", 2},
                        {"name", "2"},
                        {"path", "2_Normalize"},
                        {"type", "sentence_transformers.models.Normalize"}}};
    dir.write(family + "/modules.json", modules.dump());
    fs::create_directories(dir.path(family + "/1_Pooling"));
    dir.write(family + "/1_Pooling/config.json", pooling.dump());
}

}  // namespace

TEST_CASE("source: config.json may have Python's word for an infinite number") {
    const TempDir dir;
    const std::string folder = folder_of(dir, "nemotron-h");
    const std::string base = plan_text(folder);
    json config = family_config("nemotron-h");
    config["time_step_limit"] = {0.0, 17.0};
    config["_name_or_path"] = "the \\ and \" before Infinity stay";
    std::string text = config.dump();
    dir.write("nemotron-h/config.json", text);
    CHECK_THROWS_AS(plan_text(folder), Error);  // a limit
    text.replace(text.find("17.0"), 4, "Infinity");
    dir.write("nemotron-h/config.json", text);
    CHECK(plan_text(folder) == base);
}

TEST_CASE("source: pooling as sentence-transformers defines it, for every family") {
    const TempDir dir;
    struct Case {
        json settings;
        spec::Pooling pooling;
    };
    const std::vector<Case> cases{
        {{{"word_embedding_dimension", 32},
          {"pooling_mode_cls_token", true},
          {"pooling_mode_mean_tokens", false},
          {"pooling_mode_max_tokens", false},
          {"pooling_mode_mean_sqrt_len_tokens", false},
          {"pooling_mode_weightedmean_tokens", false},
          {"pooling_mode_lasttoken", false},
          {"include_prompt", true}},
         spec::Pooling::cls},
        {{{"pooling_mode_lasttoken", true}}, spec::Pooling::last},
        {{{"pooling_mode_mean_tokens", true}}, spec::Pooling::mean},
        {{{"embedding_dimension", 32}, {"pooling_mode", "cls"}, {"include_prompt", true}},
         spec::Pooling::cls},
        {{{"pooling_mode", json::array({"lasttoken"})}}, spec::Pooling::last},
        {{{"pooling_mode", "mean"}, {"pooling_mode_cls_token", true}}, spec::Pooling::mean},
        {{{"word_embedding_dimension", 32}}, spec::Pooling::mean},
    };
    for (const char* family : {"bert", "distilbert", "xlm-roberta", "llama3", "qwen3", "gpt2"}) {
        for (const Case& one : cases) {
            CAPTURE(family);
            CAPTURE(one.settings.dump());
            const std::string folder = folder_of(dir, family);
            add_pooling(dir, family, one.settings);
            CHECK(plan(folder).spec.pooling == one.pooling);
        }
    }
    for (const json& settings :
         {json{{"pooling_mode", "max"}}, json{{"pooling_mode_weightedmean_tokens", true}},
          json{{"pooling_mode", json::array({"cls", "mean"})}}, json{{"pooling_mode", 3}},
          json{{"pooling_mode_cls_token", true}, {"pooling_mode_mean_tokens", true}},
          json{{"pooling_mode", "mean"}, {"something_new", false}}}) {
        CAPTURE(settings.dump());
        const std::string folder = folder_of(dir, "bert");
        add_pooling(dir, "bert", settings);
        CHECK(error_of([&] { plan(folder); }).find("1_Pooling/config.json: config: pooling") !=
              std::string::npos);
    }
    const std::string folder = folder_of(dir, "bert");
    dir.write("bert/modules.json",
              R"([{"path": "2_Dense", "type": "sentence_transformers.models.Dense"}])");
    CHECK(error_of([&] { plan(folder); }).find("models.Dense\" expected behind Pooling") !=
          std::string::npos);
    dir.write("bert/modules.json",
              R"([{"path": "1_LSTM", "type": "sentence_transformers.models.LSTM"}])");
    CHECK(error_of([&] { plan(folder); }).find("models.LSTM\" is not supported") !=
          std::string::npos);
}

TEST_CASE("source: prompts of sentence-transformers") {
    const TempDir dir;
    const std::string folder = folder_of(dir, "bert");
    add_pooling(dir, "bert", {{"pooling_mode", "cls"}, {"include_prompt", false}});
    const auto settings = [&](const json& text) {
        dir.write("bert/config_sentence_transformers.json", text.dump());
    };
    // The defaults of the library say nothing.
    settings({{"prompts", {{"query", ""}, {"document", ""}}}, {"default_prompt_name", nullptr}});
    CHECK(models::open_source(folder).prompts.empty());
    settings({{"prompts", {{"query", "query: "}}}});
    CHECK(error_of([&] { plan(folder); }).find("include_prompt false beside prompts") !=
          std::string::npos);
    add_pooling(dir, "bert", {{"pooling_mode", "cls"}, {"include_prompt", true}});
    settings({{"prompts", {{"query", "query: "}, {"document", ""}}},
              {"default_prompt_name", "query"},
              {"similarity_fn_name", "cosine"},
              {"model_type", "SentenceTransformer"}});
    const spec::TextPrompts prompts = models::open_source(folder).prompts;
    CHECK(prompts.default_name == "query");
    REQUIRE(prompts.find("query") != nullptr);
    CHECK(*prompts.find("query") == "query: ");
    CHECK(prompts.find("passage") == nullptr);
    for (const json& wrong : {json{{"default_prompt_name", "query"}},
                              json{{"prompts", {{"query", 3}}}}, json{{"prompts", 3}},
                              json{{"model_type", "SparseEncoder"}}, json{{"something_new", 0}}}) {
        CAPTURE(wrong.dump());
        settings(wrong);
        CHECK(error_of([&] { plan(folder); }).find("config_sentence_transformers.json: config") !=
              std::string::npos);
    }
}

TEST_CASE("source: settings beside pooling that change a vector are refused or noted") {
    const TempDir dir;
    const std::string folder = folder_of(dir, "bert");
    add_pooling(dir, "bert", {{"pooling_mode", "cls"}});
    dir.write("bert/sentence_bert_config.json",
              R"({"max_seq_length": 64, "do_lower_case": false})");
    dir.write("bert/config_sentence_transformers.json", R"({"truncate_dim": 16})");
    CHECK(models::open_source(folder).notes.size() == 2);
    dir.write("bert/sentence_bert_config.json", R"({"do_lower_case": true})");
    CHECK(error_of([&] { plan(folder); }).find("do_lower_case true is not supported") !=
          std::string::npos);
}

TEST_CASE("source: a file that exists but cannot be read is an error, not an absence") {
    const TempDir dir;
    for (const char* name :
         {"generation_config.json", "modules.json", "config.json", "model.safetensors"}) {
        const std::string folder = folder_of(dir, "bert");
        fs::remove(folder + "/" + name);
        fs::create_symlink("/nonexistent/blob", folder + "/" + name);
        CAPTURE(name);
        CHECK(error_of([&] { plan(folder); }).find(folder + "/" + name) == 0);
    }
    const std::string folder = folder_of(dir, "bert");
    dir.write("bert/generation_config.json", R"({"eos_token_id": 1, "eos_token_id": 2})");
    CHECK(error_of([&] { plan(folder); }).find("appears twice") != std::string::npos);
}

TEST_CASE("source: a file that is not a checkpoint is named for what it is") {
    const TempDir dir;
    const std::string pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 300\n";
    for (const char* name : {"model.safetensors", "config.json"}) {
        const std::string folder = folder_of(dir, "bert");
        fs::remove(folder + "/" + name);
        dir.write("bert/" + std::string(name), pointer);
        CHECK(error_of([&] { plan(folder); }).find("is a git-lfs pointer") != std::string::npos);
    }
    for (const char* name : {"m.gguf", "m.bin"}) {
        const std::string path = dir.write(name, pointer);
        CHECK(error_of([&] { plan(path); }).find("is a git-lfs pointer") != std::string::npos);
    }
    for (const auto& [name, what] :
         {std::pair("pytorch_model.bin", "expected a file of torch.save()"),
          std::pair("consolidated.safetensors", "under Mistral's own names"),
          std::pair("adapter_model.safetensors", "an adapter")}) {
        const std::string folder = folder_of(dir, "bert");
        fs::remove(folder + "/model.safetensors");
        dir.write("bert/" + std::string(name), "x");
        CHECK(error_of([&] { plan(folder); }).find(what) != std::string::npos);
    }
    const std::string zip =
        dir.write("model.bin", std::string("PK\x03\x04", 4) + std::string(99, 'x'));
    CHECK(error_of([&] { plan(zip); }).find("is a PyTorch pickle") != std::string::npos);
    const std::string pth = dir.write("consolidated.00.pth", "x");
    CHECK(error_of([&] { plan(pth); }).find("is a PyTorch pickle") != std::string::npos);
}

TEST_CASE("source: a tensor of an unsupported type is named with its type") {
    const TempDir dir;
    const std::string folder = folder_of(dir, "bert");
    const std::string weights = read_file(families("bert/model.safetensors"));
    std::string changed = weights;
    const std::string name = "\"encoder.layer.0.attention.self.query.weight\":{\"dtype\":\"BF16\"";
    const auto at = changed.find(name);
    REQUIRE(at != std::string::npos);
    changed.replace(at + name.size() - 5, 4, "I16\"");
    changed.replace(at + name.size() - 1, 1, " ");
    fs::remove(folder + "/model.safetensors");
    dir.write("bert/model.safetensors", changed);
    CHECK(error_of([&] {
              plan(folder);
          }).find("tensor encoder.layer.0.attention.self.query.weight has type I16") !=
          std::string::npos);
}

TEST_CASE("source: the folder's name has no effect") {
    const TempDir dir;
    CHECK(models::open_source(folder_of(dir, "bert")).name.empty());
}
