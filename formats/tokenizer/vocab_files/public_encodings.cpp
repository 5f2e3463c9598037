#include "formats/tokenizer/vocab_files/public_encodings.h"

#include <algorithm>
#include <array>

namespace quire::formats {

namespace {

constexpr PublicFile kR50k{"r50k_base.tiktoken",
                           "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
                           835'554};
constexpr PublicFile kP50k{"p50k_base.tiktoken",
                           "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069",
                           836'186};
constexpr PublicFile kCl100k{"cl100k_base.tiktoken",
                             "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
                             1'681'126};
constexpr PublicFile kO200k{"o200k_base.tiktoken",
                            "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
                            3'613'922};

// GPT-2's own files have the tokens and ids of r50k_base.
constexpr std::array kEncodings{
    PublicEncoding{"gpt2", &kR50k},           PublicEncoding{"r50k_base", &kR50k},
    PublicEncoding{"p50k_base", &kP50k},      PublicEncoding{"p50k_edit", &kP50k},
    PublicEncoding{"cl100k_base", &kCl100k},  PublicEncoding{"o200k_base", &kO200k},
    PublicEncoding{"o200k_harmony", &kO200k},
};

struct NamedModel {
    std::string_view model;
    std::string_view encoding;
};

// clang-format off
constexpr std::array kModels{
    NamedModel{"o1", "o200k_base"}, NamedModel{"o3", "o200k_base"}, NamedModel{"o4-mini", "o200k_base"},
    NamedModel{"gpt-4.1", "o200k_base"}, NamedModel{"gpt-4o", "o200k_base"},
    NamedModel{"gpt-4", "cl100k_base"}, NamedModel{"gpt-3.5-turbo", "cl100k_base"},
    NamedModel{"gpt-3.5", "cl100k_base"}, NamedModel{"gpt-35-turbo", "cl100k_base"},
    NamedModel{"davinci-002", "cl100k_base"}, NamedModel{"babbage-002", "cl100k_base"},
    NamedModel{"text-embedding-ada-002", "cl100k_base"}, NamedModel{"text-embedding-3-small", "cl100k_base"},
    NamedModel{"text-embedding-3-large", "cl100k_base"},
    NamedModel{"text-davinci-003", "p50k_base"}, NamedModel{"text-davinci-002", "p50k_base"},
    NamedModel{"text-davinci-001", "r50k_base"}, NamedModel{"text-curie-001", "r50k_base"},
    NamedModel{"text-babbage-001", "r50k_base"}, NamedModel{"text-ada-001", "r50k_base"},
    NamedModel{"davinci", "r50k_base"}, NamedModel{"curie", "r50k_base"}, NamedModel{"babbage", "r50k_base"},
    NamedModel{"ada", "r50k_base"},
    NamedModel{"code-davinci-002", "p50k_base"}, NamedModel{"code-davinci-001", "p50k_base"},
    NamedModel{"code-cushman-002", "p50k_base"}, NamedModel{"code-cushman-001", "p50k_base"},
    NamedModel{"davinci-codex", "p50k_base"}, NamedModel{"cushman-codex", "p50k_base"},
    NamedModel{"text-davinci-edit-001", "p50k_edit"}, NamedModel{"code-davinci-edit-001", "p50k_edit"},
    NamedModel{"text-similarity-davinci-001", "r50k_base"}, NamedModel{"text-similarity-curie-001", "r50k_base"},
    NamedModel{"text-similarity-babbage-001", "r50k_base"}, NamedModel{"text-similarity-ada-001", "r50k_base"},
    NamedModel{"text-search-davinci-doc-001", "r50k_base"}, NamedModel{"text-search-curie-doc-001", "r50k_base"},
    NamedModel{"text-search-babbage-doc-001", "r50k_base"}, NamedModel{"text-search-ada-doc-001", "r50k_base"},
    NamedModel{"code-search-babbage-code-001", "r50k_base"}, NamedModel{"code-search-ada-code-001", "r50k_base"},
    NamedModel{"gpt-2", "gpt2"},
};

// Names that begin so; the first that fits counts.
constexpr std::array kPrefixes{
    NamedModel{"o1-", "o200k_base"}, NamedModel{"o3-", "o200k_base"}, NamedModel{"o4-mini-", "o200k_base"},
    NamedModel{"gpt-5", "o200k_base"}, NamedModel{"gpt-4.5-", "o200k_base"}, NamedModel{"gpt-4.1-", "o200k_base"},
    NamedModel{"chatgpt-4o-", "o200k_base"}, NamedModel{"gpt-4o-", "o200k_base"},
    NamedModel{"gpt-4-", "cl100k_base"}, NamedModel{"gpt-3.5-turbo-", "cl100k_base"},
    NamedModel{"gpt-35-turbo-", "cl100k_base"}, NamedModel{"gpt-oss-", "o200k_harmony"},
    NamedModel{"ft:gpt-4o", "o200k_base"}, NamedModel{"ft:gpt-4", "cl100k_base"},
    NamedModel{"ft:gpt-3.5-turbo", "cl100k_base"}, NamedModel{"ft:davinci-002", "cl100k_base"},
    NamedModel{"ft:babbage-002", "cl100k_base"},
};
// clang-format on

const PublicEncoding* encoding_of(std::string_view name) noexcept {
    const auto found = std::ranges::find(kEncodings, name, &PublicEncoding::name);
    return found == kEncodings.end() ? nullptr : &*found;
}

}  // namespace

std::string PublicFile::url() const {
    return "https://openaipublic.blob.core.windows.net/encodings/" + std::string(name);
}

const PublicEncoding* public_encoding(std::string_view name) noexcept {
    if (const PublicEncoding* found = encoding_of(name)) return found;
    const auto model = std::ranges::find(kModels, name, &NamedModel::model);
    if (model != kModels.end()) return encoding_of(model->encoding);
    const auto prefix = std::ranges::find_if(
        kPrefixes, [&](const NamedModel& one) { return name.starts_with(one.model); });
    return prefix == kPrefixes.end() ? nullptr : encoding_of(prefix->encoding);
}

std::span<const PublicEncoding> public_encodings() noexcept {
    return kEncodings;
}

}  // namespace quire::formats
