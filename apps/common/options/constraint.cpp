#include "apps/common/options/constraint.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/generate/constraints/constraints.h"

namespace quire::common {

namespace {

using spec::ConstraintKind;

constexpr const char* kConstraintGroup = "Constraints";
constexpr std::uintmax_t kMostBytes = std::uintmax_t{16} << 20;

// The option's value, or the file that it names. mark: what a text has and a file's name has not.
std::string text_or_file(const std::string& value, const char* option, const char* mark) {
    if (value.find(mark) != std::string::npos) return value;
    std::error_code none;
    if (!std::filesystem::exists(value, none)) {
        throw Error(ErrorCode::usage, option,
                    "expected a file or a text with " + std::string(mark) + ", found " +
                        base::quoted(value));
    }
    if (std::filesystem::is_regular_file(value, none) &&
        std::filesystem::file_size(value, none) > kMostBytes) {
        throw Error(ErrorCode::usage, option, "expected a file of at most 16 MiB");
    }
    std::ifstream in(value, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in) throw system_error(ErrorCode::usage, option, base::quoted(value));
    return text;
}

}  // namespace

const char* option_of(ConstraintKind kind) noexcept {
    switch (kind) {
        case ConstraintKind::json_object:
            return "--json-object";
        case ConstraintKind::json_schema:
            return "--json-schema";
        case ConstraintKind::grammar:
            return "--grammar";
        case ConstraintKind::regex:
            return "--regex";
        case ConstraintKind::none:
            break;
    }
    return "";
}

void add_constraint(CLI::App& app, spec::ConstraintSpec& constraint) {
    auto* schema = app.add_option_function<std::string>(
        "-j,--json-schema",
        [&constraint](const std::string& value) {
            const bool word = value == "true" || value == "false";
            constraint = {ConstraintKind::json_schema,
                          word ? value : text_or_file(value, "--json-schema", "{")};
        },
        "The text is JSON that follows this JSON Schema");
    schema->type_name("FILE|TEXT")->group(kConstraintGroup);
    auto* object = app.add_flag_callback(
        "--json-object",
        [&constraint] {
            constraint = {ConstraintKind::json_object, ""};
        },
        "The text is a JSON object");
    object->group(kConstraintGroup)->excludes(schema);
    auto* grammar = app.add_option_function<std::string>(
        "--grammar",
        [&constraint](const std::string& value) {
            constraint = {ConstraintKind::grammar, text_or_file(value, "--grammar", "::=")};
        },
        "The text follows this grammar, written as for llama.cpp (GBNF)");
    grammar->type_name("FILE|TEXT")->group(kConstraintGroup)->excludes(schema)->excludes(object);
    app.add_option_function<std::string>(
           "--regex",
           [&constraint](const std::string& value) {
               constraint = {ConstraintKind::regex, value};
           },
           "The whole text matches this regular expression")
        ->type_name("PATTERN")
        ->group(kConstraintGroup)
        ->excludes(schema)
        ->excludes(object)
        ->excludes(grammar);
}

void compile_constraint(SamplingOptions& options) {
    if (options.constraint.kind == ConstraintKind::none) return;
    const char* option = option_of(options.constraint.kind);
    const auto refuse = [option](const char* other) {
        throw Error(ErrorCode::usage, option, "cannot go with " + std::string(other));
    };
    if (options.ignore_eos) refuse("--ignore-eos");
    if (!options.rules.banned_strings.empty()) refuse("--banned-string");
    try {
        options.compiled = constraints::compile(options.constraint);
    } catch (const std::runtime_error& fault) {
        throw Error(ErrorCode::usage, option, fault.what());
    }
}

}  // namespace quire::common
