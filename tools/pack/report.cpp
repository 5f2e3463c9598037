#include "tools/pack/report.h"

#include <spdlog/fmt/fmt.h>
#include <sys/resource.h>

#include "apps/common/terminal/table.h"
#include "apps/common/units.h"
#include "lib/base/hash.h"

namespace quire::pack {

namespace {

struct Line {
    std::uint64_t tensors = 0;
    std::uint64_t weights = 0;
    std::uint64_t bytes = 0;

    void add(const formats::TensorRecord& record) {
        ++tensors;
        weights += record.rows * record.columns;
        bytes += record.length;
    }
    double bits_per_weight() const {
        return 8.0 * static_cast<double>(bytes) / static_cast<double>(weights);
    }
    std::vector<std::string> cells(std::string_view name) const {
        return {std::string(name), std::to_string(tensors), std::to_string(weights),
                common::human_bytes(bytes), fmt::format("{:.2f}", bits_per_weight())};
    }
};

std::uint64_t peak_memory() {
    struct rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

std::string report(const Options& options, const Result& result, double seconds) {
    constexpr auto number = common::Table::Kind::number;
    common::Table table({{"type"},
                         {"tensors", number},
                         {"weights", number},
                         {"size", number},
                         {"bits/weight", number}});
    Line total;
    for (const tensor::DTypeInfo& type : tensor::dtypes()) {
        Line line;
        for (const formats::TensorRecord& record : result.tensors) {
            if (record.dtype != type.dtype) continue;
            line.add(record);
            total.add(record);
        }
        if (line.tensors > 0) table.add(line.cells(type.name));
    }
    table.add(total.cells("total"));
    std::string out = table.lines(common::table_width());
    out += fmt::format(
        "{}: {}, model {}, checksums and {} self-tests pass\nname {} ({})\n"
        "{:.2f} s, peak memory {} (mapped files included)\n",
        options.output, common::human_bytes(result.file_bytes), base::hex(result.model_hash),
        result.n_selftests, result.name, result.name_from, seconds,
        common::human_bytes(peak_memory()));
    // With --bits, --type keeps its default and says nothing about the file.
    const std::string asked =
        options.bits != 0 ? fmt::format("--bits {}", options.bits) : options.type_name;
    out += fmt::format("{}: {:.2f} bits per weight in all\n", asked, total.bits_per_weight());
    return common::lines_within(out, common::table_width());
}

}  // namespace quire::pack
