#include "formats/quire/read_order.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace quire;

namespace {

std::vector<std::string> order_of(const std::vector<std::string>& names) {
    std::vector<formats::TensorRecord> records;
    for (const std::string& name : names) {
        formats::TensorRecord record;
        record.name = name;
        records.push_back(record);
    }
    std::vector<std::string> order;
    for (const formats::TensorRecord* record : formats::read_order(records)) {
        order.push_back(record->name);
    }
    return order;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("read order: an embedding that is also the output matrix comes last") {
    CHECK(order_of({"embed", "layers.0.q", "layers.0.gate", "output_norm"}) ==
          Names{"layers.0.q", "layers.0.gate", "output_norm", "embed"});
    CHECK(order_of({"embed", "layers.0.q", "output_norm", "output"}) ==
          Names{"layers.0.q", "output_norm", "output"});
    CHECK(order_of({}).empty());
}

TEST_CASE("read order: the experts of a layer with a router are left out") {
    CHECK(order_of({"embed", "layers.0.gate", "layers.0.up", "layers.0.down", "layers.1.o",
                    "layers.1.router", "layers.1.gate", "layers.1.up", "layers.1.down",
                    "output"}) == Names{"layers.0.gate", "layers.0.up", "layers.0.down",
                                        "layers.1.o", "layers.1.router", "output"});
}
