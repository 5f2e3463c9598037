#include "lib/tokenizer/spec/tokenizer_config.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"

#include <algorithm>
#include <array>

#include "lib/base/error.h"
#include "lib/base/json/json_object.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/spec/layout.h"

namespace quire::tokenizer {

namespace {

using Json = nlohmann::ordered_json;

// The newest version. Version 1 had no "version" key, nor any of the keys read by read_second();
// version 3 changed the layout of the merges; version 4 added the keys of read_fourth().
constexpr std::uint32_t kSettingsVersion = 4;

// In the order of the enums.
constexpr std::array<std::string_view, 5> kKindNames{"byte_bpe", "sentencepiece_bpe", "word_piece",
                                                     "unigram", "word_level"};
constexpr base::EnumNames<TokenizerKind> kKinds(kKindNames);

using Decoding = TokenizerSpec::Decoding;
constexpr std::array<std::string_view, 4> kDecodingNames{"pieces", "words", "word_pieces",
                                                         "suffixed"};
constexpr base::EnumNames<Decoding> kDecodings(kDecodingNames);

using StepKind = NormalizerStep::Kind;
constexpr std::array<std::string_view, 26> kStepKindNames{"prepend",
                                                          "prepend_if_missing",
                                                          "replace",
                                                          "nfc",
                                                          "nfd",
                                                          "nfkc",
                                                          "nfkd",
                                                          "lowercase",
                                                          "strip_marks",
                                                          "strip_nonspacing",
                                                          "strip_left",
                                                          "strip_right",
                                                          "bert_clean",
                                                          "bert_cjk",
                                                          "nmt",
                                                          "charsmap",
                                                          "charsmap_longest",
                                                          "symbols",
                                                          "symbols_squeezed",
                                                          "replace_pattern",
                                                          "whitespace_words",
                                                          "squeeze_spaces",
                                                          "strip_end",
                                                          "end_once",
                                                          "prepend_always",
                                                          "append_always"};
constexpr base::EnumNames<StepKind> kStepKinds(kStepKindNames);
static_assert(static_cast<std::size_t>(StepKind::append_always) + 1 == kStepKindNames.size());
static_assert(kStepKinds.value("nmt") == StepKind::nmt);
static_assert(kStepKinds.value("symbols") == StepKind::symbols);
static_assert(kStepKinds.value("strip_end") == StepKind::strip_end);

bool has_text(NormalizerStep::Kind kind) {
    return kind == NormalizerStep::Kind::prepend ||
           kind == NormalizerStep::Kind::prepend_if_missing ||
           kind == NormalizerStep::Kind::replace || kind == NormalizerStep::Kind::replace_pattern ||
           kind == NormalizerStep::Kind::whitespace_words ||
           kind == NormalizerStep::Kind::strip_end || kind == NormalizerStep::Kind::end_once ||
           kind == NormalizerStep::Kind::prepend_always ||
           kind == NormalizerStep::Kind::append_always;
}

bool has_with(NormalizerStep::Kind kind) {
    return kind == NormalizerStep::Kind::replace || kind == NormalizerStep::Kind::replace_pattern;
}

bool is_normal_form(NormalizerStep::Kind kind) {
    return kind == NormalizerStep::Kind::nfc || kind == NormalizerStep::Kind::nfd ||
           kind == NormalizerStep::Kind::nfkc || kind == NormalizerStep::Kind::nfkd;
}

// The most that a step can lengthen a text, as a factor, not counting what it adds at either end.
double growth_of(const NormalizerStep& step, std::uint32_t charsmap_growth) {
    switch (step.kind) {
        case NormalizerStep::Kind::replace:
            return static_cast<double>(step.with.size()) / static_cast<double>(step.text.size());
        case NormalizerStep::Kind::charsmap:
        case NormalizerStep::Kind::charsmap_longest:
        case NormalizerStep::Kind::symbols:
        case NormalizerStep::Kind::symbols_squeezed:
            return charsmap_growth;
        case NormalizerStep::Kind::replace_pattern:
            return static_cast<double>(step.with.size());
        case NormalizerStep::Kind::whitespace_words:
            return static_cast<double>(step.text.size() + 1);
        case NormalizerStep::Kind::nfkc:
        case NormalizerStep::Kind::nfkd:
            return 11;  // reached by U+FDFA
        case NormalizerStep::Kind::nfc:
        case NormalizerStep::Kind::nfd:
            return 3;
        case NormalizerStep::Kind::lowercase:
        case NormalizerStep::Kind::bert_cjk:
            return 2;
        default:
            return 1;
    }
}

Json write_steps(const std::vector<NormalizerStep>& steps) {
    Json list = Json::array();
    for (const NormalizerStep& step : steps) {
        Json entry{{"kind", kStepKinds.name(step.kind)}};
        if (has_text(step.kind)) entry["text"] = step.text;
        if (has_with(step.kind)) entry["with"] = step.with;
        if (step.kind == NormalizerStep::Kind::prepend_if_missing) {
            entry["at_start_only"] = step.at_start_only;
        }
        list.push_back(std::move(entry));
    }
    return list;
}

Json write_id(std::optional<std::uint32_t> id) {
    return id ? Json(*id) : Json(nullptr);
}

// An object of the settings, which must hold exactly the keys that are read from it.
class Fields : public base::JsonObject<Json> {
  public:
    Fields(const Json& object, const std::string& where) : JsonObject(object, where) {}

    std::uint32_t number(const char* key) {
        return static_cast<std::uint32_t>(integer(key, 0, kNoId - 1));
    }
    std::optional<std::uint32_t> optional_id(const char* key, std::uint32_t n_pieces) {
        if (has(key) && find(key) == nullptr) return std::nullopt;
        return static_cast<std::uint32_t>(integer(key, 0, n_pieces - 1));
    }
    std::vector<std::uint32_t> ids(const char* key, std::uint32_t n_pieces) {
        std::vector<std::uint32_t> result;
        for (const Json& id : list(key)) {
            if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= n_pieces) {
                wrong(key, "ids from 0 to " + std::to_string(n_pieces - 1), &id);
            }
            result.push_back(id.get<std::uint32_t>());
        }
        return result;
    }
};

// Bounds for lists of steps, so that a file cannot make a short text explode.
constexpr std::size_t kMaxSteps = 16;
constexpr std::size_t kMaxStepText = 1024;

std::vector<NormalizerStep> read_steps(Fields& fields, const char* key, const std::string& where) {
    std::vector<NormalizerStep> steps;
    for (const Json& entry : fields.list(key)) {
        Fields step_fields(entry, where + ": " + key);
        const StepKind kind = step_fields.get("kind", kStepKinds);
        NormalizerStep step{.kind = kind};
        if (has_text(kind)) {
            step.text = step_fields.get<std::string>("text");
            if (step.text.empty()) step_fields.wrong("text", "non-empty text");
        }
        if (has_with(kind)) step.with = step_fields.get<std::string>("with");
        if (step.kind == NormalizerStep::Kind::prepend_if_missing) {
            step.at_start_only = step_fields.get<bool>("at_start_only");
        }
        step_fields.done();
        if (std::max(step.text.size(), step.with.size()) > kMaxStepText) {
            fields.wrong(key, "texts of at most 1024 bytes");
        }
        steps.push_back(std::move(step));
        if (steps.size() > kMaxSteps) fields.wrong(key, "at most 16 steps");
    }
    return steps;
}

void check_growth(const Fields& fields, const char* key, const std::vector<NormalizerStep>& steps,
                  std::uint32_t charsmap_growth) {
    double growth = 1;
    // growth of the normal forms just before; consecutive ones count once, by their largest
    double forms = 1;
    for (const NormalizerStep& step : steps) {
        const double own = std::max(growth_of(step, charsmap_growth), 1.0);
        if (!is_normal_form(step.kind)) forms = 1;
        growth *= std::max(own, forms) / forms;
        if (is_normal_form(step.kind)) forms = std::max(own, forms);
        if (growth > kMaxGrowth) {
            fields.wrong(key, "steps that make a text at most 256 times longer");
        }
    }
}

void read_second(TokenizerConfig& settings, Fields& fields) {
    settings.unk_score = fields.get<double>("unk_score");
    settings.single_precision = fields.get<bool>("single_precision");
    settings.continuing_prefix = fields.get<std::string>("continuing_prefix");
    settings.max_word_characters = fields.number("max_word_characters");
    settings.decoding = fields.get("decoding", kDecodings);
    settings.clean_up = fields.get<bool>("clean_up");
    settings.first_spaceless = fields.get<bool>("first_spaceless");
    const bool needs_unknown = settings.kind == TokenizerKind::word_piece;
    if (needs_unknown && !settings.unk_id) fields.wrong("unk_id", "an id");
}

void read_fourth(TokenizerConfig& settings, Fields& fields, const std::string& where) {
    settings.word_suffix = fields.get<std::string>("word_suffix");
    settings.has_word_stage = fields.get<bool>("has_word_stage");
    settings.word_steps = read_steps(fields, "word_steps", where);
    settings.charsmap_growth = fields.number("charsmap_growth");
    if (fields.has("suppressed_ids")) settings.suppressed_ids = fields.ids("suppressed_ids", kNoId);
    if (fields.has("n_tokens")) {
        settings.n_tokens = fields.number("n_tokens");
        const bool fits = settings.kind == TokenizerKind::unigram && settings.unk_id &&
                          *settings.unk_id < settings.n_tokens &&
                          settings.n_tokens < settings.n_pieces;
        if (!fits) fields.wrong("n_tokens", "a part of the pieces of a unigram model");
    }
}

}  // namespace

std::string write_settings(const TokenizerConfig& settings) {
    Json json{
        {"version", kSettingsVersion},
        {"kind", kKinds.name(settings.kind)},
        {"n_pieces", settings.n_pieces},
        {"normalizer", write_steps(settings.normalizer)},
        {"prepare", write_steps(settings.pre_normalizer)},
        {"ignore_merges", settings.ignore_merges},
        {"byte_fallback", settings.byte_fallback},
        {"unk_id", write_id(settings.unk_id)},
        {"fuse_unk", settings.fuse_unk},
        {"space", settings.space},
        {"strip_spaces", settings.strip_spaces},
        {"prefix_ids", settings.prefix_ids},
        {"suffix_ids", settings.suffix_ids},
        {"bos_id", write_id(settings.bos_id)},
        {"eos_ids", settings.eos_ids},
        {"unk_score", settings.unk_score},
        {"single_precision", settings.single_precision},
        {"continuing_prefix", settings.continuing_prefix},
        {"max_word_characters", settings.max_word_characters},
        {"decoding", kDecodings.name(settings.decoding)},
        {"clean_up", settings.clean_up},
        {"first_spaceless", settings.first_spaceless},
        {"word_suffix", settings.word_suffix},
        {"has_word_stage", settings.has_word_stage},
        {"word_steps", write_steps(settings.word_steps)},
        {"charsmap_growth", settings.charsmap_growth},
    };
    if (!settings.suppressed_ids.empty()) json["suppressed_ids"] = settings.suppressed_ids;
    if (settings.n_tokens > 0) json["n_tokens"] = settings.n_tokens;
    return json.dump(1) + "\n";
}

TokenizerConfig read_settings(std::string_view json, const std::string& where) {
    const Json object = base::parse_ordered_json(json, where);
    Fields fields(object, where);
    const bool is_first = !object.contains("version");
    const std::uint32_t version = is_first ? 1 : fields.number("version");
    if (!is_first && (version < 2 || version > kSettingsVersion)) {
        fields.wrong("version", "2 to 4 (a higher version needs a newer program)");
    }

    TokenizerConfig settings;
    settings.kind = fields.get("kind", kKinds);
    settings.n_pieces = fields.number("n_pieces");
    if (settings.n_pieces == 0) fields.wrong("n_pieces", "at least one");
    settings.normalizer = read_steps(fields, "normalizer", where);
    settings.pre_normalizer = read_steps(fields, "prepare", where);
    settings.ignore_merges = fields.get<bool>("ignore_merges");
    settings.byte_fallback = fields.get<bool>("byte_fallback");
    settings.unk_id = fields.optional_id("unk_id", settings.n_pieces);
    settings.fuse_unk = fields.get<bool>("fuse_unk");
    settings.space = fields.get<std::string>("space");
    settings.strip_spaces = fields.number("strip_spaces");
    settings.prefix_ids = fields.ids("prefix_ids", settings.n_pieces);
    settings.suffix_ids = fields.ids("suffix_ids", settings.n_pieces);
    settings.bos_id = fields.optional_id("bos_id", settings.n_pieces);
    settings.eos_ids = fields.ids("eos_ids", settings.n_pieces);
    if (!is_first) read_second(settings, fields);
    settings.charsmap_growth = kOldCharsmapGrowth;
    if (version >= 4) read_fourth(settings, fields, where);
    settings.merges_by_slot = version < 3;
    settings.finds_user_defined = version < 4;
    settings.compares_unrounded = version < 4;
    // In older files the product of kOldCharsmapGrowth and other steps may exceed the limit.
    const std::uint32_t growth = version < 4 ? 1 : settings.charsmap_growth;
    check_growth(fields, "normalizer", settings.normalizer, growth);
    check_growth(fields, "prepare", settings.pre_normalizer, growth);
    check_growth(fields, "word_steps", settings.word_steps, growth);
    if (settings.space.empty()) fields.wrong("space", "non-empty text");
    fields.done();
    return settings;
}

}  // namespace quire::tokenizer
