#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "formats/tokenizer/hf_json/hf_tokenizer.h"
#include "tests/tokenizer/support.h"

using namespace quire;
using nlohmann::json;

namespace {

std::string refusal(const json& document) {
    return test::error_of(
        [&] { formats::parse_tokenizer_json(document.dump(), "tokenizer.json"); });
}

json golden(const char* name) {
    return test::golden_json(std::string(name) + "/tokenizer.json");
}

// A folder that is removed at the end of the test.
class WrittenFolder {
  public:
    WrittenFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "quire-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~WrittenFolder() { std::filesystem::remove_all(path_); }
    void write(const char* name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
    }
    std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("tokenizer.json: unsupported settings are refused by name") {
    const auto with = [](const char* key, json value) {
        json document = golden("digits");
        document[key] = std::move(value);
        return refusal(document);
    };
    CHECK(refusal(golden("digits")).empty());
    CHECK(with("normalizer", {{"type", "ByteLevel"}}).find("normalizer \"ByteLevel\"") !=
          std::string::npos);
    CHECK(with("pre_tokenizer", {{"type", "UnicodeScripts"}}).find("UnicodeScripts") !=
          std::string::npos);
    CHECK(with("post_processor", {{"type", "OddProcessing"}}).find("OddProcessing") !=
          std::string::npos);
    CHECK(with("decoder", {{"type", "CTC"}}).find("decoder \"CTC\"") != std::string::npos);
    json document = golden("digits");
    document["model"]["type"] = "Markov";
    CHECK(refusal(document).find("Markov") != std::string::npos);
    document = golden("digits");
    document["model"]["dropout"] = 0.1;
    CHECK(refusal(document).find("model.dropout") != std::string::npos);
    document = golden("digits");
    document["model"]["continuing_subword_prefix"] = "##";
    CHECK(refusal(document).find("model.continuing_subword_prefix") != std::string::npos);
    document = golden("digits");
    document["pre_tokenizer"] = {{"type", "Sequence"},
                                 {"pretokenizers",
                                  {{{"type", "Metaspace"}, {"replacement", "_"}},
                                   {{"type", "Metaspace"}, {"replacement", "_"}},
                                   {{"type", "Metaspace"}, {"replacement", "_"}}}}};
    CHECK(refusal(document).find("a third pre-tokenizer that changes text") != std::string::npos);
    document = golden("llama3");
    document["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "Sideways";
    CHECK(refusal(document).find("Sideways") != std::string::npos);
}

TEST_CASE("tokenizer.json: damage is refused with its position") {
    json document = golden("digits");
    document["model"]["merges"][7] = "a";
    CHECK(refusal(document).find("model.merges[7]") != std::string::npos);
    document["model"]["merges"][7] = {"a", "nothing like that"};
    CHECK(refusal(document).find("\"nothing like that\" is not in the vocabulary") !=
          std::string::npos);
    document = golden("digits");
    document["model"]["vocab"]["a"] = 4000000000U;
    CHECK(refusal(document).find("without large gaps") != std::string::npos);
    document["model"]["vocab"]["a"] = -1;
    CHECK(refusal(document).find("expected an id for \"a\"") != std::string::npos);
    document = golden("digits");
    document["model"]["vocab"]["b"] = document["model"]["vocab"]["a"];
    CHECK(refusal(document).find("two pieces have id") != std::string::npos);
    document = golden("digits");
    document["added_tokens"][0]["id"] = document["model"]["vocab"]["a"];
    CHECK(refusal(document).find("contradicts the vocabulary") != std::string::npos);
    document.erase("model");
    CHECK(refusal(document).find("\"model\" is missing") != std::string::npos);
    CHECK(test::error_of([] { formats::parse_tokenizer_json("{", "x"); }) ==
          "x: not JSON (line 1, column 2)");
}

TEST_CASE("tokenizer.json: merges may be strings or pairs") {
    json document = golden("digits");
    REQUIRE(document["model"]["merges"][0].is_array());
    for (json& merge : document["model"]["merges"]) {
        merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
    }
    const auto source = formats::parse_tokenizer_json(document.dump(), "strings");
    CHECK(test::tables_of(source) == test::tables_of(test::golden_source("digits")));
}

TEST_CASE("tokenizer.json: deeply nested sequences are refused") {
    const std::pair<const char*, const char*> lists[] = {{"normalizer", "normalizers"},
                                                         {"pre_tokenizer", "pretokenizers"},
                                                         {"post_processor", "processors"},
                                                         {"decoder", "decoders"}};
    for (const auto& [key, list] : lists) {
        json document = golden("digits");
        json step{{"type", "NoSuchStep"}};
        for (int depth = 0; depth < 20; ++depth) {
            json sequence{{"type", "Sequence"}};
            sequence[list] = json::array();
            sequence[list].push_back(std::move(step));
            step = std::move(sequence);
        }
        document[key] = std::move(step);
        CHECK(refusal(document).find("sequences inside sequences at most 16 deep") !=
              std::string::npos);
    }
}

TEST_CASE("tokenizer.json: truncation and padding change nothing") {
    json document = golden("digits");
    document["truncation"] = {{"max_length", 4}, {"strategy", "LongestFirst"}};
    document["padding"] = {{"strategy", {{"Fixed", 8}}}};
    const auto source = formats::parse_tokenizer_json(document.dump(), "padded");
    CHECK(test::tables_of(source) == test::tables_of(test::golden_source("digits")));
}

TEST_CASE("checkpoint folder: bos, eos and the chat template are found") {
    const WrittenFolder folder;
    CHECK_FALSE(test::error_of([&] { formats::read_hf_tokenizer(folder.path()); }).empty());
    folder.write("tokenizer.json", test::golden_text("digits/tokenizer.json"));
    const auto bare = formats::read_hf_tokenizer(folder.path());
    CHECK(bare.templates.view().empty());
    CHECK_FALSE(bare.spec.bos_id.has_value());
    CHECK(bare.spec.eos_ids.empty());

    const auto id = [&](const char* content) {
        for (const auto& token : bare.spec.added) {
            if (token.content == content) return token.id;
        }
        return 0U;
    };
    folder.write(
        "tokenizer_config.json",
        json{{"bos_token", "<|im_start|>"},
             {"chat_template",
              {{{"name", "rag"}, {"template", "R"}}, {{"name", "default"}, {"template", "D"}}}}}
            .dump());
    folder.write("special_tokens_map.json", R"({"eos_token": {"content": "<|im_end|>"}})");
    const auto full = formats::read_hf_tokenizer(folder.path());
    CHECK(full.spec.bos_id == id("<|im_start|>"));
    CHECK(full.spec.eos_ids == std::vector{id("<|im_end|>")});
    CHECK(full.templates.standard == "D");
    CHECK(full.templates.others == std::vector<std::string>{"rag"});

    folder.write("chat_template.jinja", "from the file\n");
    CHECK(formats::read_hf_tokenizer(folder.path()).templates.standard == "from the file\n");
    folder.write("tokenizer_config.json", R"({"bos_token": "no such token"})");
    CHECK(test::error_of([&] {
              formats::read_hf_tokenizer(folder.path());
          }).find("\"no such token\" is no token") != std::string::npos);
}

TEST_CASE("tokenizer.json: scores are read as `tokenizers` reads them, rounded twice") {
    // The second number of each pair is what tokenizers 0.23.1 writes after reading the first.
    const tokenizer::TokenizerSpec source = formats::parse_tokenizer_json(
        R"({"added_tokens": [], "model": {"type": "Unigram", "unk_id": 0, "vocab": [["u", 0.0],
            ["a", -3.8901678728600597], ["b", -6.9208029488533676], ["c", -7.0536594968015764],
            ["d", -7.3252235820446545], ["e", -20], ["f", 1e-7], ["g", 2e300]]}})",
        "test");
    CHECK(source.scores == std::vector<double>{0.0, -3.89016787286006, -6.920802948853368,
                                               -7.053659496801576, -7.3252235820446545, -20, 1e-7,
                                               2e300});
}
