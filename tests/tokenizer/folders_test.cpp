// Checkpoint folders that list tokens in several files, compared with transformers and
// mistral_common.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "formats/tokenizer/read_folder.h"
#include "formats/tokenizer/vocab_files/ranked_tokens.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/tokenizer/encode/encoder.h"
#include "tests/tokenizer/support.h"

using namespace quire;
namespace fs = std::filesystem;

namespace {

using Ids = std::vector<std::uint32_t>;

// A temporary folder with files.
class Folder {
  public:
    explicit Folder(const std::string& name)
        : path_(fs::temp_directory_path() / ("quire-folders-" + name)) {
        fs::remove_all(path_);
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    Folder& copy(const std::string& golden) {
        for (const fs::directory_entry& entry : fs::directory_iterator(test::golden_path(golden))) {
            fs::copy_file(entry.path(), path_ / entry.path().filename());
        }
        return *this;
    }
    Folder& write(const std::string& name, const std::string& text) {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return *this;
    }
    std::string path(const std::string& name = "") const { return (path_ / name).string(); }
    std::string error(const std::string& name = "") const {
        return test::error_of([&] { formats::read_tokenizer(path(name)); });
    }

  private:
    fs::path path_;
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("folders: the ids are those of transformers, whichever file lists a token") {
    for (const std::string name : {"decoder", "flags", "older", "named", "ends", "gpt2", "roberta",
                                   "qwen2", "model", "marian", "m2m"}) {
        const formats::SourceTokenizer found =
            formats::read_tokenizer(test::golden_path("folders/" + name));
        const test::OwningTokenizer tokenizer(found.spec);
        const nlohmann::json golden = test::golden_json("folders/" + name + "/ids.json");
        for (const auto& entry : golden.at("cases")) {
            const auto text = entry.at("text").get<std::string>();
            CAPTURE(name);
            CAPTURE(text);
            CHECK(tokenizer::encode(*tokenizer, text, {.trust_all = true}) ==
                  entry.at("ids").get<Ids>());
            CHECK(tokenizer::encode(*tokenizer, text) == entry.at("plain").get<Ids>());
            CHECK(tokenizer::encode(*tokenizer, text, {.add_special = true, .trust_all = true}) ==
                  entry.at("all").get<Ids>());
        }
    }
}

TEST_CASE("folders: ids of a vocabulary beside a SentencePiece model decode to text") {
    for (const std::string name : {"marian", "m2m"}) {
        const formats::SourceTokenizer found =
            formats::read_tokenizer(test::golden_path("folders/" + name));
        const test::OwningTokenizer tokenizer(found.spec);
        const nlohmann::json golden = test::golden_json("folders/" + name + "/ids.json");
        for (const auto& entry : golden.at("cases")) {
            const auto text = entry.at("text").get<std::string>();
            CAPTURE(name);
            CAPTURE(text);
            tokenizer::DecodeStream decoder(*tokenizer, true);
            std::string again;
            for (const std::uint32_t id : entry.at("plain").get<Ids>()) again += decoder.push(id);
            again += decoder.finish();
            // The library also removes spaces that unknown pieces leave at the end.
            while (again.ends_with(' ')) again.pop_back();
            CHECK(again == entry.at("text_again").get<std::string>());
        }
    }
}

TEST_CASE("folders: the end-of-text ids are those that the folder states") {
    const auto source = [](const std::string& name) {
        return formats::read_tokenizer(test::golden_path("folders/" + name)).spec;
    };
    CHECK(source("decoder").eos_ids == Ids{267});
    CHECK(source("older").eos_ids == Ids{266});
    CHECK(source("model").eos_ids == Ids{701, 2});
    CHECK(source("roberta").bos_id == 0U);
}

TEST_CASE("folders: tekken.json gets the ids of mistral_common") {
    for (const std::string name : {"tekken", "tekken_named"}) {
        const formats::SourceTokenizer found =
            formats::read_tokenizer(test::golden_path("folders/" + name));
        const test::OwningTokenizer tokenizer(found.spec);
        const nlohmann::json golden = test::golden_json("folders/" + name + "/ids.json");
        for (const auto& entry : golden.at("cases")) {
            const auto text = entry.at("text").get<std::string>();
            CAPTURE(name);
            CAPTURE(text);
            CHECK(tokenizer::encode(*tokenizer, text) == entry.at("plain").get<Ids>());
            CHECK(tokenizer::encode(*tokenizer, text, {.add_special = true}) ==
                  entry.at("all").get<Ids>());
        }
        for (const auto& [content, id] : golden.at("special").items()) {
            CHECK(tokenizer->id_of(content) == id.get<std::uint32_t>());
        }
    }
}

TEST_CASE("folders: files that contradict each other are an error that names both") {
    Folder folder("contradiction");
    folder.copy("folders/older").write("added_tokens.json", R"({"<|im_end|>": 5})");
    std::string error = folder.error();
    CHECK(holds(error, "added_tokens.json: token \"<|im_end|>\" has id 5"));
    CHECK(holds(error, "tokenizer.json has \"&\" there"));

    folder.write("added_tokens.json", R"({"the": 300})");
    error = folder.error();
    CHECK(holds(error, "added_tokens.json: token \"the\" has id 300"));
    CHECK(holds(error, "tokenizer.json says 263"));

    folder.write("added_tokens.json", R"({"<x>": 4000000000})");
    CHECK(holds(folder.error(), "without large gaps"));
    folder.write("added_tokens.json", R"({"<x>": "no id"})");
    CHECK(holds(folder.error(), "added_tokens.json: <x>: expected an id"));
    folder.write("added_tokens.json", "{}")
        .write("tokenizer_config.json", R"({"eos_token": "<none>"})");
    CHECK(holds(folder.error(), "\"<none>\" is no token"));
    folder.write("tokenizer_config.json", R"({"added_tokens_decoder": {"x": {"content": "y"}}})");
    CHECK(holds(folder.error(), "expected an id as the key"));
}

TEST_CASE("folders: a file that is not a tokenizer is named in the error") {
    Folder folder("kinds");
    const auto error = [&](const std::string& name, const std::string& text) {
        folder.write(name, text);
        return folder.error(name);
    };
    CHECK(
        holds(error("tokenizer.model", "version https://git-lfs.github.com/spec/v1\n"), "git-lfs"));
    CHECK(holds(error("tokenizer.json", "<!DOCTYPE html><html>404"), "a web page"));
    CHECK(holds(error("tokenizer.model", "PK\x03\x04zip"), "a zip archive"));
    CHECK(holds(error("tokenizer.model", "\x80\x04\x95pickle"), "a pickle of Python"));
    CHECK(holds(error("tokenizer.json", ""), "an empty file"));
    CHECK(holds(error("merges.txt", "#version: 0.2\nt h\n"), "merges.txt"));
    CHECK(holds(error("tokenizer.json", R"({"a": "b"})"), "found other JSON"));
    CHECK(holds(error("x.model", "GGUF...."), "a GGUF file"));
    Folder lone("lone");
    lone.write("vocab.json", R"({"a": 0})");
    CHECK(holds(lone.error("vocab.json"), "expected merges.txt beside it"));
    CHECK(holds(lone.error(), "expected tokenizer.json"));
    lone.write("merges.txt", "#version\na b c\n");
    CHECK(holds(lone.error(), "merges.txt: line 2"));
    lone.write("merges.txt", "")
        .write("tokenizer_config.json", R"({"tokenizer_class": "CLIPTokenizer"})");
    CHECK(holds(lone.error(), "\"CLIPTokenizer\" with vocab.json"));
}

TEST_CASE("folders: a tiktoken file under SentencePiece's name, and one with an empty token") {
    Folder folder("ranks");
    folder.write("tokenizer.model", "IQ== 0\nIg== 1\n");
    CHECK(holds(folder.error(), "a tiktoken file; expected tokenizer.model.json beside it"));
    folder.write("tokenizer.model.json", R"({"pattern": ".", "special_tokens": {"<end>": 9}})");
    const test::OwningTokenizer small(formats::read_tokenizer(folder.path()).spec);
    CHECK(tokenizer::encode(*small, "!\"<end>", {.trust_all = true}) == Ids{0, 1, 9});

    Folder whisper("whisper");
    whisper.write("e.tiktoken", "IQ== 0\nIg== 1\n= 2\n");
    whisper.write("e.tiktoken.json", R"({"pattern": ".", "special_tokens": {"<end>": 3}})");
    const test::OwningTokenizer empty(formats::read_tokenizer(whisper.path()).spec);
    CHECK(empty->n_vocab() == 4);
    CHECK(tokenizer::encode(*empty, "\"!") == Ids{1, 0});
    whisper.write("e.tiktoken", "IQ== 0\n\x1B[2J\n");
    CHECK(holds(whisper.error(), "line 2: expected a token in base64"));
    CHECK(whisper.error().find('\x1B') == std::string::npos);
}

TEST_CASE("folders: Mistral's suffix of SentencePiece models") {
    Folder folder("suffix");
    fs::copy_file(test::golden_path("spm_bpe.model"), folder.path("tokenizer.model.v3"));
    CHECK(formats::read_tokenizer(folder.path()).spec.pieces.size() == 700);
    CHECK(formats::read_tokenizer(folder.path("tokenizer.model.v3")).spec.pieces.size() == 700);
}

TEST_CASE("folders: the encodings that are known by name") {
    CHECK(formats::known_tiktoken("o200k_harmony").specials.at("<|call|>") == 200012);
    CHECK(formats::known_tiktoken("o200k_harmony").specials.size() == 1090);
    CHECK(formats::known_tiktoken("p50k_edit").specials.at("<|fim_suffix|>") == 50283);
    CHECK(formats::known_tiktoken("gpt2").specials.at("<|endoftext|>") == 50256);
    CHECK(formats::known_tiktoken("multilingual").specials.at("<|endoftext|>") == 50257);
    CHECK(formats::known_tiktoken("nothing").pattern.empty());
    CHECK(formats::llama3_tiktoken().specials.at("<|eot_id|>") == 128009);
    CHECK(formats::llama3_tiktoken().specials.size() == 256);
}
