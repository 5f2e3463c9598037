#include "apps/common/options/words.h"

#include <algorithm>
#include <utility>

#include "lib/base/join.h"
#include "lib/base/quoted.h"

namespace quire::common {

CLI::Validator one_of(std::vector<std::string> words) {
    const auto check = [words = std::move(words)](const std::string& text) -> std::string {
        if (std::ranges::find(words, text) != words.end()) return "";
        return "expected one of " + base::join(words, ", ") + ", found " + base::quoted(text);
    };
    return CLI::Validator(check, "");
}

}  // namespace quire::common
