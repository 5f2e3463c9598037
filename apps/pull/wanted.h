// What quire pull is asked for.
#pragma once

#include <string>

namespace quire::pull {

struct Wanted {
    std::string url;       // a plain URL; empty: a model of the hub
    std::string repo;      // "org/model"
    std::string revision;  // a branch, tag or commit
    std::string tag;       // "Q4_K_M": which GGUF file; empty: not said
    std::string file;      // one file of the model; empty: all that belong to it

    // A name for the packed model: "smollm2-1.7b-instruct", with the tag behind it.
    std::string model_name() const;
};

// "org/model", "org/model:Q4_K_M", "org/model@revision", "org/model/path/file.gguf", also behind "hf://"
// or as the address of a page of the hub; or another URL of http or https. Error{usage} for anything else.
Wanted parse_wanted(const std::string& text, const std::string& endpoint);

// Whether a name from the network stays inside of the folder that it is put into.
bool is_safe_name(const std::string& name);

// Whether the text is a hash of so many hexadecimal digits, in lower case.
bool is_hash(const std::string& text, std::size_t n_digits);

// ASCII letters in lower case.
std::string lower_case(std::string text);

}  // namespace quire::pull
