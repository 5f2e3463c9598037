#include "apps/pull/wanted.h"

#include <algorithm>
#include <cctype>

#include "lib/base/error.h"
#include "lib/base/quoted.h"

namespace quire::pull {

namespace {

bool is_word(const std::string& text) {
    return !text.empty() && text.front() != '.' && std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    });
}

// The part up to the character, which is removed together with it; all if it is not there.
std::string cut(std::string& text, char at) {
    const std::size_t end = text.find(at);
    std::string front = text.substr(0, end);
    text = end == std::string::npos ? "" : text.substr(end + 1);
    return front;
}

[[noreturn]] void refuse(const std::string& text) {
    throw Error(ErrorCode::usage, "",
                "expected org/model, org/model:TYPE, org/model/FILE or an https URL, found " +
                    base::quoted(text));
}

// What follows the address of the hub: "org/model/resolve/main/FILE" and others.
Wanted of_hub(std::string path, const std::string& original) {
    Wanted wanted;
    const std::size_t query = path.find_first_of("?#");
    if (query != std::string::npos) path.resize(query);
    while (path.ends_with('/')) path.pop_back();
    const std::string org = cut(path, '/');
    std::string model = cut(path, '/');
    if (path.empty() && model.find(':') != std::string::npos) {
        wanted.tag = model.substr(model.find(':') + 1);
        model.resize(model.find(':'));
        if (!is_word(wanted.tag)) refuse(original);
    }
    wanted.revision = "main";
    if (const std::size_t at = model.find('@'); at != std::string::npos) {
        wanted.revision = model.substr(at + 1);
        model.resize(at);
        if (!is_word(wanted.revision)) refuse(original);
    }
    if (!is_word(org) || !is_word(model)) refuse(original);
    wanted.repo = org + "/" + model;
    for (const char* kind : {"resolve/", "blob/", "tree/"}) {
        if (!path.starts_with(kind)) continue;
        path = path.substr(std::string_view(kind).size());
        wanted.revision = cut(path, '/');
        if (!is_word(wanted.revision)) refuse(original);
        break;
    }
    wanted.file = path;
    if (!path.empty() && !is_safe_name(path)) refuse(original);
    return wanted;
}

}  // namespace

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool is_hash(const std::string& text, std::size_t n_digits) {
    return text.size() == n_digits &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_safe_name(const std::string& name) {
    if (name.empty() || name.front() == '/' || name.size() > 1000) return false;
    std::string rest = name;
    while (!rest.empty()) {
        const std::string part = cut(rest, '/');
        if (part.empty() || part == "." || part == "..") return false;
        const bool plain = std::ranges::none_of(
            part, [](unsigned char c) { return c < 0x20 || c == 0x7F || c == '\\'; });
        if (!plain) return false;
    }
    return true;
}

std::string Wanted::model_name() const {
    std::string name = url.empty() ? repo.substr(repo.find('/') + 1) : url;
    if (!url.empty()) {
        if (const std::size_t query = name.find_first_of("?#"); query != std::string::npos) {
            name.resize(query);
        }
        name = name.substr(name.rfind('/') + 1);
    }
    if (!file.empty()) name = file.substr(file.rfind('/') + 1);
    name = lower_case(name);
    for (const char* end : {".gguf", ".safetensors", "-gguf", "_gguf"}) {
        if (name.ends_with(end)) name.resize(name.size() - std::string_view(end).size());
    }
    if (const std::size_t part = name.find("-00001-of-"); part != std::string::npos) {
        name.resize(part);
    }
    if (!tag.empty()) name += "-" + lower_case(tag);
    return name;
}

Wanted parse_wanted(const std::string& text, const std::string& endpoint) {
    for (const std::string& front :
         {std::string("hf://"), endpoint + "/", std::string("https://huggingface.co/"),
          std::string("hf.co/"), std::string("https://hf.co/"), std::string("huggingface.co/")}) {
        if (text.starts_with(front)) return of_hub(text.substr(front.size()), text);
    }
    if (text.find("://") == std::string::npos) return of_hub(text, text);
    Wanted wanted;
    wanted.url = text;
    if (!is_word(wanted.model_name())) refuse(text);
    return wanted;
}

}  // namespace quire::pull
