#include "formats/openai/constraint_fields.h"

namespace quire::formats::openai {

namespace {

using spec::ConstraintKind;
using spec::ConstraintSpec;

ConstraintSpec schema_of(const Json& schema, const std::string& where) {
    if (!schema.is_object() && !schema.is_boolean()) refuse_type(where, "a JSON Schema", schema);
    return {ConstraintKind::json_schema, schema.dump()};
}

void refuse_others(const Json& object, const std::string& where,
                   std::initializer_list<std::string_view> known) {
    for (const auto& [key, unused] : object.items()) {
        bool found = false;
        for (const std::string_view name : known) found = found || key == name;
        if (found) continue;
        std::string field = where;
        field.append(".").append(key);
        refuse("unknown_parameter", field, "expected another field");
    }
}

ConstraintSpec named_schema(const Json& format, std::string& field) {
    field = "response_format.json_schema";
    const auto found = format.find("json_schema");
    if (found == format.end()) refuse("missing_required_parameter", field, "expected an object");
    if (!found->is_object()) refuse_type(field, "an object", *found);
    // Every schema is followed exactly, whether or not "strict" is set.
    refuse_others(*found, field, {"name", "description", "strict", "schema"});
    const auto schema = found->find("schema");
    field += ".schema";
    if (schema == found->end()) refuse("missing_required_parameter", field, "expected a schema");
    return schema_of(*schema, field);
}

ConstraintSpec constraint_of(const Json& format, std::string& field) {
    field = "response_format";
    if (!format.is_object()) refuse_type(field, "an object", format);
    const auto type = format.find("type");
    if (type == format.end()) {
        refuse("missing_required_parameter", "response_format.type", "expected a string");
    }
    if (*type == "text") return {};
    if (*type == "json_schema") {
        refuse_others(format, field, {"type", "json_schema"});
        return named_schema(format, field);
    }
    if (*type == "json_object") {
        refuse_others(format, field, {"type", "schema"});
        const auto schema = format.find("schema");
        if (schema == format.end()) return {ConstraintKind::json_object, ""};
        field = "response_format.schema";
        return schema_of(*schema, field);
    }
    refuse_unsupported(
        "response_format.type",
        "expected \"text\", \"json_object\" or \"json_schema\", found " + text_of(*type));
}

}  // namespace

void read_constraint(BodyFields& fields, Sampling& sampling) {
    const auto set = [&](ConstraintSpec spec, const std::string& field) {
        if (sampling.constraint && sampling.constraint->kind != ConstraintKind::none) {
            refuse_unsupported(field, "cannot go with " + sampling.constraint_field);
        }
        sampling.constraint = std::move(spec);
        sampling.constraint_field = field;
    };
    if (const Json* format = fields.find("response_format")) {
        std::string field;
        ConstraintSpec spec = constraint_of(*format, field);
        set(std::move(spec), field);
    }
    if (const Json* schema = fields.find("json_schema")) {
        set(schema_of(*schema, "json_schema"), "json_schema");
    }
    for (const auto& [name, kind] : {std::pair{"grammar", ConstraintKind::grammar},
                                     std::pair{"regex", ConstraintKind::regex}}) {
        if (const auto text = fields.find_as<std::string>(name)) set({kind, *text}, name);
    }
    if (!sampling.constraint || sampling.constraint->kind == ConstraintKind::none) return;
    if (sampling.ignore_eos) {
        refuse_unsupported(sampling.constraint_field, "cannot go with ignore_eos");
    }
    if (!sampling.banned_strings.empty()) {
        refuse_unsupported(sampling.constraint_field, "cannot go with banned_strings");
    }
}

}  // namespace quire::formats::openai
