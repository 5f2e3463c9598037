#include "formats/quire/read_order.h"

#include <string>
#include <string_view>
#include <unordered_set>

namespace quire::formats {

std::vector<const TensorRecord*> read_order(std::span<const TensorRecord> records) {
    std::unordered_set<std::string> names;
    for (const TensorRecord& record : records) names.insert(record.name);
    // A layer with a router has experts: "layers.3.gate" beside "layers.3.router".
    const auto is_of_experts = [&](std::string_view name) {
        const std::size_t role = name.rfind('.') + 1;
        const std::string_view is = name.substr(role);
        return (is == "gate" || is == "up" || is == "down") &&
               names.contains(std::string(name.substr(0, role)) + "router");
    };
    std::vector<const TensorRecord*> order;
    const TensorRecord* embed = nullptr;
    for (const TensorRecord& record : records) {
        if (record.name == "embed") {
            embed = &record;
        } else if (!is_of_experts(record.name)) {
            order.push_back(&record);
        }
    }
    if (embed != nullptr && !names.contains("output")) order.push_back(embed);
    return order;
}

}  // namespace quire::formats
