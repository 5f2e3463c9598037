#include "lib/tokenizer/spec/tokenizer_config.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/spec/layout.h"

namespace quire::tokenizer {

namespace {

using Json = nlohmann::ordered_json;

template <typename Enum, std::size_t N>
struct Names {
    std::array<std::pair<Enum, const char*>, N> entries;

    const char* name(Enum value) const {
        for (const auto& [known, name] : entries) {
            if (known == value) return name;
        }
        return "";
    }
    std::optional<Enum> value(std::string_view name) const {
        for (const auto& [known, its_name] : entries) {
            if (name == its_name) return known;
        }
        return std::nullopt;
    }
};

// The newest version. Version 1 had no "version" key, nor any of the keys read by read_second();
// version 3 changed the layout of the merges; version 4 added the keys of read_fourth().
constexpr std::uint32_t kSettingsVersion = 4;

constexpr Names<TokenizerKind, 5> kKinds{{{{TokenizerKind::byte_bpe, "byte_bpe"},
                                           {TokenizerKind::sentencepiece_bpe, "sentencepiece_bpe"},
                                           {TokenizerKind::word_piece, "word_piece"},
                                           {TokenizerKind::unigram, "unigram"},
                                           {TokenizerKind::word_level, "word_level"}}}};

using Decoding = TokenizerSpec::Decoding;
constexpr Names<Decoding, 4> kDecodings{{{{Decoding::pieces, "pieces"},
                                          {Decoding::words, "words"},
                                          {Decoding::word_pieces, "word_pieces"},
                                          {Decoding::suffixed, "suffixed"}}}};

constexpr Names<NormalizerStep::Kind, 26> kStepKinds{
    {{{NormalizerStep::Kind::prepend, "prepend"},
      {NormalizerStep::Kind::prepend_if_missing, "prepend_if_missing"},
      {NormalizerStep::Kind::replace, "replace"},
      {NormalizerStep::Kind::nfc, "nfc"},
      {NormalizerStep::Kind::nfd, "nfd"},
      {NormalizerStep::Kind::nfkc, "nfkc"},
      {NormalizerStep::Kind::nfkd, "nfkd"},
      {NormalizerStep::Kind::lowercase, "lowercase"},
      {NormalizerStep::Kind::strip_marks, "strip_marks"},
      {NormalizerStep::Kind::strip_nonspacing, "strip_nonspacing"},
      {NormalizerStep::Kind::strip_left, "strip_left"},
      {NormalizerStep::Kind::strip_right, "strip_right"},
      {NormalizerStep::Kind::bert_clean, "bert_clean"},
      {NormalizerStep::Kind::bert_cjk, "bert_cjk"},
      {NormalizerStep::Kind::nmt, "nmt"},
      {NormalizerStep::Kind::charsmap, "charsmap"},
      {NormalizerStep::Kind::charsmap_longest, "charsmap_longest"},
      {NormalizerStep::Kind::replace_pattern, "replace_pattern"},
      {NormalizerStep::Kind::whitespace_words, "whitespace_words"},
      {NormalizerStep::Kind::squeeze_spaces, "squeeze_spaces"},
      {NormalizerStep::Kind::strip_end, "strip_end"},
      {NormalizerStep::Kind::symbols, "symbols"},
      {NormalizerStep::Kind::symbols_squeezed, "symbols_squeezed"},
      {NormalizerStep::Kind::end_once, "end_once"},
      {NormalizerStep::Kind::prepend_always, "prepend_always"},
      {NormalizerStep::Kind::append_always, "append_always"}}}};

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

// A JSON object that must hold exactly the keys that are read from it.
class Fields {
  public:
    Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
        if (!object.is_object()) fail("expected a JSON object");
    }

    const Json& field(const char* key) {
        const auto found = object_.find(key);
        if (found == object_.end()) fail(std::string("key \"") + key + "\" is missing");
        ++n_read_;
        return *found;
    }
    bool flag(const char* key) {
        const Json& value = field(key);
        if (!value.is_boolean()) wrong(key, "true or false");
        return value.get<bool>();
    }
    std::string text(const char* key) {
        const Json& value = field(key);
        if (!value.is_string()) wrong(key, "a string");
        return value.get<std::string>();
    }
    double real(const char* key) {
        const Json& value = field(key);
        if (!value.is_number()) wrong(key, "a number");
        return value.get<double>();
    }
    std::uint32_t number(const char* key) { return to_number(field(key), key, kNoId - 1); }
    std::uint32_t id(const Json& value, const char* key, std::uint32_t n_pieces) const {
        return to_number(value, key, n_pieces - 1);
    }
    std::optional<std::uint32_t> optional_id(const char* key, std::uint32_t n_pieces) {
        const Json& value = field(key);
        if (value.is_null()) return std::nullopt;
        return id(value, key, n_pieces);
    }
    std::vector<std::uint32_t> ids(const char* key, std::uint32_t n_pieces) {
        std::vector<std::uint32_t> result;
        for (const Json& value : list(key)) result.push_back(id(value, key, n_pieces));
        return result;
    }
    const Json& list(const char* key) {
        const Json& value = field(key);
        if (!value.is_array()) wrong(key, "a list");
        return value;
    }
    void expect_no_more() const {
        if (object_.size() != n_read_) fail("has an unknown key");
    }
    [[noreturn]] void wrong(const char* key, const std::string& expected) const {
        fail(std::string("\"") + key + "\": expected " + expected);
    }
    [[noreturn]] void fail(const std::string& message) const {
        throw Error(ErrorCode::model, where_, message);
    }

  private:
    std::uint32_t to_number(const Json& value, const char* key, std::uint32_t max) const {
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > max) {
            wrong(key, "a number from 0 to " + std::to_string(max));
        }
        return value.get<std::uint32_t>();
    }

    const Json& object_;
    std::string where_;
    std::size_t n_read_ = 0;
};

// Bounds for lists of steps, so that a file cannot make a short text explode.
constexpr std::size_t kMaxSteps = 16;
constexpr std::size_t kMaxStepText = 1024;

std::vector<NormalizerStep> read_steps(Fields& fields, const char* key, const std::string& where) {
    std::vector<NormalizerStep> steps;
    for (const Json& entry : fields.list(key)) {
        Fields step_fields(entry, where + ": " + key);
        const std::optional<NormalizerStep::Kind> kind = kStepKinds.value(step_fields.text("kind"));
        if (!kind) step_fields.wrong("kind", "a known normalizer step");
        NormalizerStep step{.kind = *kind};
        if (has_text(*kind)) {
            step.text = step_fields.text("text");
            if (step.text.empty()) step_fields.wrong("text", "non-empty text");
        }
        if (has_with(*kind)) step.with = step_fields.text("with");
        if (step.kind == NormalizerStep::Kind::prepend_if_missing) {
            step.at_start_only = step_fields.flag("at_start_only");
        }
        step_fields.expect_no_more();
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
    settings.unk_score = fields.real("unk_score");
    settings.single_precision = fields.flag("single_precision");
    settings.continuing_prefix = fields.text("continuing_prefix");
    settings.max_word_characters = fields.number("max_word_characters");
    const std::optional<Decoding> decoding = kDecodings.value(fields.text("decoding"));
    if (!decoding) fields.wrong("decoding", "a known decoding");
    settings.decoding = *decoding;
    settings.clean_up = fields.flag("clean_up");
    settings.first_spaceless = fields.flag("first_spaceless");
    const bool needs_unknown = settings.kind == TokenizerKind::word_piece;
    if (needs_unknown && !settings.unk_id) fields.wrong("unk_id", "an id");
}

void read_fourth(TokenizerConfig& settings, Fields& fields, const std::string& where) {
    settings.word_suffix = fields.text("word_suffix");
    settings.has_word_stage = fields.flag("has_word_stage");
    settings.word_steps = read_steps(fields, "word_steps", where);
    settings.charsmap_growth = fields.number("charsmap_growth");
}

}  // namespace

std::string write_settings(const TokenizerConfig& settings) {
    const Json json{
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
    return json.dump(1) + "\n";
}

TokenizerConfig read_settings(std::string_view json, const std::string& where) {
    const Json object = Json::parse(json, nullptr, false);
    if (object.is_discarded()) throw Error(ErrorCode::model, where, "expected JSON");
    Fields fields(object, where);
    const bool is_first = !object.contains("version");
    const std::uint32_t version = is_first ? 1 : fields.number("version");
    if (!is_first && (version < 2 || version > kSettingsVersion)) {
        fields.wrong("version", "2 to 4 (a higher version needs a newer program)");
    }
    const std::optional<TokenizerKind> kind = kKinds.value(fields.text("kind"));
    if (!kind) fields.wrong("kind", "a known tokenizer kind");

    TokenizerConfig settings;
    settings.kind = *kind;
    settings.n_pieces = fields.number("n_pieces");
    if (settings.n_pieces == 0) fields.wrong("n_pieces", "at least one");
    settings.normalizer = read_steps(fields, "normalizer", where);
    settings.pre_normalizer = read_steps(fields, "prepare", where);
    settings.ignore_merges = fields.flag("ignore_merges");
    settings.byte_fallback = fields.flag("byte_fallback");
    settings.unk_id = fields.optional_id("unk_id", settings.n_pieces);
    settings.fuse_unk = fields.flag("fuse_unk");
    settings.space = fields.text("space");
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
    fields.expect_no_more();
    return settings;
}

}  // namespace quire::tokenizer
