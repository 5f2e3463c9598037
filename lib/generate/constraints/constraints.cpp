#include "lib/generate/constraints/constraints.h"

#include <stdexcept>
#include <utility>

#include "lib/base/json/json_text.h"
#include "lib/generate/constraints/json/json_source.h"
#include "lib/generate/constraints/rules/gbnf.h"
#include "lib/generate/constraints/text/regex.h"

namespace quire::constraints {

namespace {

std::shared_ptr<Constraint> of_schema(Json schema) {
    auto out = std::make_shared<Constraint>();
    auto source = std::make_unique<JsonSource>(std::move(schema), out->texts());
    JsonSource& json = out->machine().add(std::move(source));
    out->set_start(json.start());
    return out;
}

}  // namespace

std::shared_ptr<Constraint> of_json_schema(std::string_view schema) {
    return of_schema(base::parse_ordered_json(schema, "JSON Schema", ErrorCode::usage));
}

std::shared_ptr<Constraint> of_json_object() {
    return of_schema({{"type", "object"}});
}

std::shared_ptr<Constraint> of_regex(std::string_view pattern) {
    CharDfa dfa = regex_dfa(pattern, Match::whole);
    if (dfa.empty()) throw Unusable("no text matches the pattern");
    auto out = std::make_shared<Constraint>();
    const std::uint32_t kind = out->texts().add(std::move(dfa), Spelling::plain);
    out->set_start(out->texts().start(kind));
    return out;
}

std::shared_ptr<Constraint> of_grammar(std::string_view grammar) {
    auto out = std::make_shared<Constraint>();
    GrammarSource& source = out->machine().add(std::make_unique<GrammarSource>(grammar));
    out->set_start(source.start());
    return out;
}

std::shared_ptr<Constraint> of_calls(const std::vector<Tool>& tools, const CallForm& form,
                                     const std::string& thought_end) {
    if (tools.size() + 2 > Machine::kMostSources) {
        throw Unusable("expected at most " + std::to_string(Machine::kMostSources - 2) +
                       " tools, found " + std::to_string(tools.size()));
    }
    auto out = std::make_shared<Constraint>();
    std::vector<CallKind> kinds;
    for (const Tool& tool : tools) {
        Json schema = base::parse_ordered_json(tool.parameters, tool.name, ErrorCode::usage);
        auto made = std::make_unique<JsonSource>(std::move(schema), out->texts());
        JsonSource& json = out->machine().add(std::move(made));
        const Item start = json.start();
        kinds.push_back({tool.name, start, json.rest(local_of(start))});
    }
    Item lead = kNoItem;
    if (!thought_end.empty()) {
        // Any text up to the end of the thought.
        CallForm thought{.begin = "",
                         .before = "",
                         .between = "",
                         .after = "",
                         .separator = "",
                         .end = thought_end};
        const std::uint32_t any = out->texts().add(CharDfa::any(), Spelling::plain);
        auto made = std::make_unique<CallSource>(
            std::move(thought), std::vector<CallKind>{{"", out->texts().start(any), 0}}, kNoItem,
            0);
        lead = out->machine().add(std::move(made)).start();
    }
    auto made = std::make_unique<CallSource>(form, std::move(kinds), lead, thought_end.size());
    out->set_start(out->machine().add(std::move(made)).start());
    return out;
}

std::shared_ptr<Constraint> compile(const spec::ConstraintSpec& spec) {
    switch (spec.kind) {
        case spec::ConstraintKind::none:
            return nullptr;
        case spec::ConstraintKind::json_object:
            return of_json_object();
        case spec::ConstraintKind::json_schema:
            return of_json_schema(spec.text);
        case spec::ConstraintKind::grammar:
            return of_grammar(spec.text);
        case spec::ConstraintKind::regex:
            return of_regex(spec.text);
    }
    return nullptr;
}

}  // namespace quire::constraints
