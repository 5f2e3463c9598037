// The JSON Schema test suite: every schema that is not refused allows every valid instance, however a
// usual writer spells it, and no invalid one.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"
#include "tests/generate/constraints/constraint_support.h"

using namespace quire;

namespace {

nlohmann::json suite() {
    std::ifstream in(std::string(QUIRE_SOURCE_DIR) + "/tests/golden/constraints/schema_suite.json");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return base::parse_json(text, "schema_suite.json");
}

}  // namespace

TEST_CASE("schema suite: at most 15 % is refused, and the rest is exact") {
    std::size_t n = 0;
    std::map<std::string, std::size_t> refused;
    std::string reasons;
    for (const auto& group : suite()) {
        ++n;
        const auto name =
            group["file"].get<std::string>() + ": " + group["description"].get<std::string>();
        CAPTURE(name);
        std::shared_ptr<constraints::Constraint> constraint;
        try {
            constraint = constraints::of_json_schema(group["schema"].get<std::string>());
        } catch (const std::runtime_error& error) {
            const std::string why = error.what();
            const bool nothing = why.find("no value follows") != std::string::npos;
            if (!nothing) {
                ++refused[group["file"].get<std::string>()];
                reasons += name + ": " + why + "\n";
                continue;
            }
        }
        for (const auto& test : group["tests"]) {
            for (std::size_t i = 1; i < test.size(); ++i) {
                const auto text = test[i].get<std::string>();
                CAPTURE(text);
                const bool allowed = constraint && test::follows(constraint, text);
                CHECK(allowed == test[0].get<bool>());
            }
        }
    }
    std::size_t n_refused = 0;
    for (const auto& [file, count] : refused) n_refused += count;
    INFO(reasons);
    if (std::getenv("QUIRE_SHOW_REFUSED") != nullptr) MESSAGE(reasons);
    MESSAGE(n_refused << " of " << n << " groups are refused");
    CHECK(n_refused * 100 <= n * 15);
}
