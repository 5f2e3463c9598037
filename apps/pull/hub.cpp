#include "apps/pull/hub.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "apps/common/units.h"
#include "lib/base/error.h"
#include "lib/base/join.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"

namespace quire::pull {

namespace {

using Json = nlohmann::json;

constexpr const char* kUsualTag = "Q4_K_M";

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

// With everything but letters, digits and what separates folders as %NN.
std::string escaped(const std::string& path) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 ||
            std::string_view("-_.~/").find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += {'%', kDigits[byte >> 4], kDigits[byte & 15U]};
        }
    }
    return out;
}

std::string string_of(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

[[noreturn]] void odd_answer(const std::string& url, const std::string& message) {
    throw Error(ErrorCode::model, url, message);
}

RemoteFile file_of(const Json& entry, const std::string& url) {
    if (!entry.is_object()) odd_answer(url, "expected a file, found another value");
    RemoteFile file;
    file.name = string_of(entry, "rfilename");
    if (!is_safe_name(file.name)) {
        odd_answer(url, "expected the name of a file, found " + base::quoted(file.name));
    }
    if (const auto size = entry.find("size"); size != entry.end() && size->is_number_unsigned()) {
        file.size = size->get<std::uint64_t>();
    }
    const auto lfs = entry.find("lfs");
    if (lfs != entry.end() && lfs->is_object()) {
        file.sha256 = string_of(*lfs, "sha256");
        if (!is_hash(file.sha256, 64)) odd_answer(url, "expected a SHA-256 of " + file.name);
    } else if (const std::string blob = string_of(entry, "blobId"); is_hash(blob, 40)) {
        file.git_sha1 = blob;
    }
    return file;
}

std::string base_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

bool is_gguf(const RemoteFile& file) {
    return file.name.ends_with(".gguf") &&
           base_name(file.name).find("mmproj") == std::string::npos &&
           base_name(file.name).find("imatrix") == std::string::npos;
}

// "Q4_K_M" of "dir/Model-7B-Q4_K_M-00001-of-00002.gguf": the last word that begins like a type.
std::string tag_of(const std::string& name) {
    std::string stem = upper(base_name(name));
    stem.resize(stem.size() - 5);
    if (const std::size_t part = stem.find("-00"); part != std::string::npos) stem.resize(part);
    const std::size_t at = stem.find_last_of("-.");
    const std::string word = at == std::string::npos ? stem : stem.substr(at + 1);
    static const std::set<std::string> kFirst{"Q", "I", "F", "B", "T", "M"};
    return !word.empty() && kFirst.contains(word.substr(0, 1)) &&
                   std::ranges::any_of(word, [](unsigned char c) { return std::isdigit(c) != 0; })
               ? word
               : "";
}

// Whether the word stands in the name between characters that separate.
bool has_tag(const std::string& name, const std::string& tag) {
    const std::string where = upper(base_name(name));
    const std::string word = upper(tag);
    for (std::size_t at = where.find(word); at != std::string::npos;
         at = where.find(word, at + 1)) {
        const auto ends = [&](std::size_t i) {
            return i >= where.size() || where[i] == '.' || where[i] == '-';
        };
        if ((at == 0 || ends(at - 1)) && ends(at + word.size())) return true;
    }
    return false;
}

std::string first_part(std::vector<RemoteFile>& files) {
    std::ranges::sort(files, {}, &RemoteFile::name);
    return files.front().name;
}

// The types of the GGUF files with the size of each, for messages.
std::string types_of(const std::vector<RemoteFile>& files) {
    std::map<std::string, std::uint64_t> sizes;
    for (const RemoteFile& file : files) {
        if (is_gguf(file)) sizes[tag_of(file.name)] += file.size.value_or(0);
    }
    std::vector<std::string> texts;
    for (const auto& [tag, bytes] : sizes) {
        if (!tag.empty()) texts.push_back(tag + " (" + common::human_bytes(bytes) + ")");
    }
    return base::join(texts, ", ");
}

Chosen choose_gguf(const Listing& listing, const Wanted& wanted) {
    Chosen chosen;
    std::vector<RemoteFile> all;
    std::ranges::copy_if(listing.files, std::back_inserter(all), is_gguf);
    std::string tag = wanted.tag;
    if (tag.empty()) {
        std::set<std::string> tags;
        for (const RemoteFile& file : all) tags.insert(tag_of(file.name));
        tag = tags.size() == 1 ? *tags.begin() : kUsualTag;
        chosen.tag = tags.size() == 1 ? "" : tag;
        if (tags.size() == 1) chosen.files = all;
    }
    if (chosen.files.empty()) {
        std::ranges::copy_if(all, std::back_inserter(chosen.files),
                             [&](const RemoteFile& file) { return has_tag(file.name, tag); });
    }
    if (chosen.files.empty()) {
        throw Error(ErrorCode::usage, wanted.repo,
                    (wanted.tag.empty() ? "expected a type behind a colon, found none"
                                        : "found no GGUF file of type " + wanted.tag) +
                        "; there are " + types_of(all));
    }
    chosen.entry = first_part(chosen.files);
    return chosen;
}

bool is_part_of_checkpoint(const std::string& name) {
    static const std::set<std::string> kNames{"config.json",
                                              "generation_config.json",
                                              "tokenizer.json",
                                              "tokenizer_config.json",
                                              "special_tokens_map.json",
                                              "added_tokens.json",
                                              "tokenizer.model",
                                              "vocab.json",
                                              "merges.txt",
                                              "vocab.txt",
                                              "chat_template.jinja",
                                              "chat_template.json",
                                              "modules.json",
                                              "tekken.json",
                                              "sentence_bert_config.json",
                                              "config_sentence_transformers.json",
                                              "quantize_config.json",
                                              "quant_config.json",
                                              "hf_quant_config.json",
                                              "source.spm",
                                              "target.spm",
                                              "sentencepiece.bpe.model",
                                              "spiece.model",
                                              "bpe.codes"};
    if (kNames.contains(name)) return true;
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos) return name.ends_with(".tiktoken");
    // The modules of sentence-transformers, and further templates.
    const std::string folder = name.substr(0, slash);
    return name.starts_with("additional_chat_templates/") ||
           (std::isdigit(static_cast<unsigned char>(folder.front())) != 0 &&
            (name.ends_with(".json") || name.ends_with(".safetensors")));
}

bool ends_with_any(const std::string& name, std::initializer_list<const char*> ends) {
    return name.find('/') == std::string::npos &&
           std::ranges::any_of(ends, [&](const char* end) { return name.ends_with(end); });
}

// The checkpoint's weights: safetensors if there are any, else PyTorch's. Mistral's own form, which
// lies beside the other, is left out.
void add_weights(const Listing& listing, Chosen& chosen) {
    std::vector<RemoteFile> found;
    for (const RemoteFile& file : listing.files) {
        const bool own = base_name(file.name).starts_with("consolidated");
        if (!own && ends_with_any(file.name, {".safetensors", ".safetensors.index.json"})) {
            found.push_back(file);
        }
    }
    if (found.empty()) {
        for (const RemoteFile& file : listing.files) {
            if (file.name.starts_with("pytorch_model") &&
                ends_with_any(file.name, {".bin", ".bin.index.json"})) {
                found.push_back(file);
            }
        }
    }
    chosen.files.insert(chosen.files.end(), found.begin(), found.end());
}

}  // namespace

Listing list_files(Http& http, const std::string& endpoint, const Wanted& wanted) {
    const std::string url = endpoint + "/api/models/" + wanted.repo + "/revision/" +
                            escaped(wanted.revision) + "?blobs=true";
    std::string text;
    constexpr std::size_t kMostBytes = std::size_t{64} << 20;
    const Reply reply = http.get({.url = url, .on_bytes = [&](std::string_view bytes) {
                                      text += bytes;
                                      if (text.size() > kMostBytes)
                                          odd_answer(url, "expected a short list");
                                  }});
    if (reply.status == 401 || reply.status == 403 || reply.status == 404) {
        throw Error(ErrorCode::run, wanted.repo,
                    "the server knows no such model, or wants a token of somebody who may see it "
                    "(HF_TOKEN); it says " +
                        std::to_string(reply.status));
    }
    if (reply.status != 200) {
        throw Error(ErrorCode::run, url,
                    "the server says " + std::to_string(reply.status) + ": " +
                        base::printable(http.body(), 120));
    }
    const Json json = base::parse_json(text, url);
    const auto siblings = json.find("siblings");
    Listing listing;
    listing.commit = string_of(json, "sha");
    if (!is_hash(listing.commit, 40) || siblings == json.end() || !siblings->is_array()) {
        odd_answer(url, "expected a list of files with a commit, found another answer");
    }
    for (const Json& entry : *siblings) {
        RemoteFile file = file_of(entry, url);
        file.url =
            endpoint + "/" + wanted.repo + "/resolve/" + listing.commit + "/" + escaped(file.name);
        listing.files.push_back(std::move(file));
    }
    return listing;
}

Chosen choose_files(const Listing& listing, const Wanted& wanted) {
    const auto has = [&](const std::string& name) {
        return std::ranges::any_of(listing.files,
                                   [&](const RemoteFile& file) { return file.name == name; });
    };
    Chosen chosen;
    if (!wanted.file.empty()) {
        for (const RemoteFile& file : listing.files) {
            if (file.name == wanted.file) chosen.files.push_back(file);
        }
        chosen.entry = wanted.file;
        if (!chosen.files.empty()) return chosen;
        throw Error(ErrorCode::usage, wanted.repo, "has no file " + base::quoted(wanted.file));
    }
    const bool has_gguf = std::ranges::any_of(listing.files, is_gguf);
    if (has_gguf && (!wanted.tag.empty() || !has("config.json"))) {
        return choose_gguf(listing, wanted);
    }
    if (!wanted.tag.empty()) {
        throw Error(ErrorCode::usage, wanted.repo,
                    "has no GGUF files, so that :" + wanted.tag +
                        " names nothing; pull it without, and choose a size with --type");
    }
    for (const RemoteFile& file : listing.files) {
        if (is_part_of_checkpoint(file.name)) chosen.files.push_back(file);
    }
    const std::size_t n_others = chosen.files.size();
    add_weights(listing, chosen);
    if (has("config.json") && chosen.files.size() > n_others) return chosen;
    if (has_gguf) return choose_gguf(listing, wanted);
    throw Error(ErrorCode::usage, wanted.repo,
                "expected a GGUF file, or config.json with safetensors or pytorch_model.bin, "
                "found neither");
}

}  // namespace quire::pull
