// No count from a checkpoint sizes anything before it is bounded: each of them, set to 2^32 - 1, to
// 10^8 and to 0, is refused or harmless, in little memory.

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <filesystem>
#include <functional>

#include "tests/models/support.h"

using namespace quire;
using namespace quire::tests;
using nlohmann::json;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

// The address space of this process, for as long as the object lives. Sanitizers reserve more.
class MemoryLimit {
  public:
    explicit MemoryLimit(rlim_t bytes) {
        ::getrlimit(RLIMIT_AS, &before_);
        if (kSanitized) return;
        const struct rlimit limit { bytes, before_.rlim_max };
        REQUIRE(::setrlimit(RLIMIT_AS, &limit) == 0);
    }
    ~MemoryLimit() { ::setrlimit(RLIMIT_AS, &before_); }
    MemoryLimit(const MemoryLimit&) = delete;
    MemoryLimit& operator=(const MemoryLimit&) = delete;

  private:
    struct rlimit before_ {};
};

constexpr rlim_t kLimit = 512U << 20;

// True if the call gave a plan, false if the model was refused. Anything else, including running out
// of memory, fails the test.
template <typename Call>
bool planned(Call call) {
    try {
        call();
        return true;
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::model);
        CHECK(std::string(error.what()).find('\n') == std::string::npos);
        return false;
    }
}

const std::vector<json> kNumbers{4294967295U, 100000000U, 0,     -1,
                                 1e300,       -0.5,       1e-35, 18446744073709551615U};

// Every number of the object, and those inside it, set to each of these in turn.
void sweep(json& whole, json& at, const std::function<void()>& check) {
    for (const auto& item : at.items()) {
        const std::string key = item.key();
        json& value = item.value();
        if (value.is_structured()) {
            sweep(whole, value, check);
            continue;
        }
        if (!value.is_number()) continue;
        const json before = value;
        for (const json& number : kNumbers) {
            value = number;
            CAPTURE(key);
            CAPTURE(number.dump());
            check();
        }
        value = before;
    }
}

}  // namespace

TEST_CASE("counts: every number of every family's config.json at its extremes") {
    const TempDir dir;
    const MemoryLimit limit(kLimit);
    for (const auto& entry : std::filesystem::directory_iterator(families(""))) {
        if (!entry.is_directory()) continue;
        const std::string family = entry.path().filename().string();
        CAPTURE(family);
        json config = family_config(family);
        sweep(config, config, [&] { planned([&] { plan(family_folder(dir, family, config)); }); });
    }
}

TEST_CASE("counts: those that size something are refused") {
    const TempDir dir;
    const MemoryLimit limit(kLimit);
    struct Count {
        const char* family;
        const char* key;
    };
    for (const Count count : {Count{"llama3", "num_hidden_layers"},
                              {"llama3", "head_dim"},
                              {"llama3", "num_attention_heads"},
                              {"llama3", "vocab_size"},
                              {"llama3", "hidden_size"},
                              {"llama3", "intermediate_size"},
                              {"bert", "num_hidden_layers"},
                              {"gpt2", "n_layer"},
                              {"distilbert", "n_layers"},
                              {"mixtral", "num_local_experts"},
                              {"bert-classifier", "num_labels"}}) {
        for (const std::uint32_t n : {0U, 100000000U, 4294967295U}) {
            json config = family_config(count.family);
            config[count.key] = n;
            CAPTURE(count.key);
            CAPTURE(n);
            CHECK(!planned([&] { plan(family_folder(dir, count.family, config)); }));
        }
    }
    json config = family_config("llama3");
    config["rope_parameters"]["partial_rotary_factor"] = -1;
    CHECK(!planned([&] { plan(family_folder(dir, "llama3", config)); }));
    config = family_config("llama3");
    config["rope_parameters"]["rope_theta"] = 1e-35;
    CHECK(!planned([&] { plan(family_folder(dir, "llama3", config)); }));
}

TEST_CASE("counts: every number of a GGUF file at its extremes") {
    const TempDir dir;
    const MemoryLimit limit(kLimit);
    for (const char* kind : {"llama", "mixtral", "falcon", "gemma2", "gemma3", "olmo2", "exaone4",
                             "phi3", "gpt2", "gptneox", "starcoder2", "bert"}) {
        GgufDraft draft = gguf_draft(kind);
        const std::string prefix = draft.keys.at("general.architecture").get<std::string>() + ".";
        draft.keys[prefix + "attention.sliding_window"] = 16;
        draft.keys[prefix + "attention.sliding_window_pattern"] = 2;
        draft.keys[prefix + "rope.dimension_count"] = 8;
        draft.keys[prefix + "rope.freq_base"] = 10000.0;
        for (const auto& item : draft.keys.items()) {
            const std::string key = item.key();
            const auto& value = item.value();
            if (!value.is_number()) continue;
            const nlohmann::ordered_json before = value;
            for (const std::uint32_t n : {0U, 1U, 100000000U, 4294967295U}) {
                CAPTURE(key);
                CAPTURE(n);
                draft.keys[key] = n;
                const bool fine = planned([&] { spec_of(dir, draft); });
                if (key == prefix + "block_count") CHECK(!fine);
            }
            draft.keys[key] = before;
        }
    }
}
