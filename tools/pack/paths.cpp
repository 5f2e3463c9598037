#include "tools/pack/paths.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "apps/common/found_file.h"
#include "apps/common/options/numbers.h"
#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"

namespace quire::pack {

namespace {

using common::Found;

// What to do instead; empty for a source whose reader gives a better message.
std::string advice(Found found) {
    switch (found) {
        case Found::quire:
            return "it needs no packing; gen -m takes it";
        case Found::safetensors:
            return "give its folder, which holds config.json and the tokenizer too";
        case Found::json:
            return "give the folder that holds it and the weights";
        case Found::pytorch:
            return "only safetensors are read; transformers' save_pretrained() writes them";
        case Found::url:
        case Found::hub:
            return "quire pull fetches and packs it";
        case Found::pointer:
        case Found::text:
        case Found::empty:
        case Found::special:
            return "give a .gguf file, a checkpoint's folder or a llama2.c .bin file";
        case Found::folder:
            return "give the one that holds the weights, config.json and the tokenizer";
        case Found::gguf:
        case Found::checkpoint:
        case Found::missing:
        case Found::other:
            break;
    }
    return "";
}

void check_source(const std::string& source) {
    const Found found = common::look_at(source);
    const std::string instead = advice(found);
    if (instead.empty()) return;
    throw Error(ErrorCode::model, source,
                "expected a checkpoint, found " + common::describe(found) + "; " + instead);
}

}  // namespace

void check_paths(const std::string& source, const std::string& output) {
    constexpr std::array kOthers{".gguf", ".ggml", ".safetensors", ".bin",  ".pt",
                                 ".pth",  ".onnx", ".json",        ".model"};
    const std::string extension = std::filesystem::path(output).extension().string();
    if (std::ranges::find(kOthers, extension) != kOthers.end()) {
        throw Error(ErrorCode::usage, "--output",
                    "expected a name such as NAME.quire, found " + output +
                        "; pack writes .quire files only");
    }
    if (!source.empty()) check_source(source);
}

models::Adapter parse_adapter(const std::string& text) {
    models::Adapter adapter{text, 1};
    const auto colon = text.rfind(':');
    if (colon != std::string::npos && !base::file_exists(text)) {
        adapter.path = text.substr(0, colon);
        adapter.scale = common::parse_real(text.substr(colon + 1), "--lora", {-1000, 1000});
    }
    if (!base::file_exists(adapter.path)) {
        throw Error(ErrorCode::model, adapter.path, "expected an adapter, found no such file");
    }
    return adapter;
}

}  // namespace quire::pack
