#include "apps/common/plot/chart.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "lib/unicode/widths.h"

namespace quire::common {

namespace {

constexpr double kWidth = 720;
constexpr double kHeight = 440;
constexpr double kLeft = 70;
constexpr double kRight = 20;
constexpr double kTop = 40;
constexpr double kBottom = 60;
constexpr double kLegendLine = 18;
constexpr std::size_t kColours = 8;

struct Span {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();

    void include(double value) noexcept {
        low = std::min(low, value);
        high = std::max(high, value);
    }
    // Neither empty nor without width.
    Span widened() const noexcept {
        if (!(low <= high)) return {0, 1};
        if (low == high) return {low - 0.5, high + 0.5};
        return *this;
    }
    double part(double value) const noexcept { return (value - low) / (high - low); }
};

// The drawing of a plane with axes.
struct Frame {
    Span x;
    Span y;

    Point place(Point p) const noexcept {
        return {kLeft + x.part(p.x) * (kWidth - kLeft - kRight),
                kHeight - kBottom - y.part(p.y) * (kHeight - kTop - kBottom)};
    }
};

std::string series_class(std::size_t index) {
    return fmt::format("s{}", index % kColours);
}

// A place on the x axis, in the units of its frame, and what stands there.
struct Mark {
    double at = 0;
    double shown = 0;
};

// At round numbers. A logarithmic axis has marks at whole powers.
std::vector<Mark> round_marks(const Frame& frame, bool log_x) {
    std::vector<Mark> marks;
    for (const double x : ticks(frame.x.low, frame.x.high, 8)) {
        if (log_x && x != std::floor(x)) continue;
        marks.push_back({x, log_x ? std::pow(10, x) : x});
    }
    return marks;
}

void draw_axes(Svg& svg, const Frame& frame, const std::string& x_label, const std::string& y_label,
               const std::vector<Mark>& marks) {
    for (const double y : ticks(frame.y.low, frame.y.high, 6)) {
        const double at = frame.place({frame.x.low, y}).y;
        svg.line({kLeft, at}, {kWidth - kRight, at}, "grid");
        svg.text({kLeft - 6, at + 4}, fmt::format("{:g}", y), Anchor::end);
    }
    for (const Mark& mark : marks) {
        const double at = frame.place({mark.at, frame.y.low}).x;
        svg.line({at, kTop}, {at, kHeight - kBottom}, "grid");
        svg.text({at, kHeight - kBottom + 18}, fmt::format("{:g}", mark.shown), Anchor::middle);
    }
    svg.line({kLeft, kHeight - kBottom}, {kWidth - kRight, kHeight - kBottom}, "axis");
    svg.line({kLeft, kTop}, {kLeft, kHeight - kBottom}, "axis");
    svg.text({(kLeft + kWidth - kRight) / 2, kHeight - 16}, x_label, Anchor::middle);
    svg.upright_text({18, (kTop + kHeight - kBottom) / 2}, y_label);
}

// Where a text probably is.
struct Box {
    double left = 0;
    double right = 0;
    double top = 0;
    double bottom = 0;

    bool meets(const Box& other) const noexcept {
        return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
    }
};

struct Label {
    Point at;
    Anchor anchor = Anchor::start;
};

// Pixels of a text, if its letters are those of an average font.
double width_of(const std::string& text) {
    return 6.5 * static_cast<double>(unicode::display_width(text));
}

// A place beside the point that no other label has; above on the right if all are taken.
Label place_label(Point point, const std::string& text, std::vector<Box>& taken) {
    const double width = width_of(text);
    constexpr double kUp = -5;
    constexpr double kDown = 14;
    const std::array<Label, 4> places = {{{{point.x + 6, point.y + kUp}, Anchor::start},
                                          {{point.x + 6, point.y + kDown}, Anchor::start},
                                          {{point.x - 6, point.y + kUp}, Anchor::end},
                                          {{point.x - 6, point.y + kDown}, Anchor::end}}};
    const auto box_of = [&](const Label& label) {
        const double left = label.anchor == Anchor::start ? label.at.x : label.at.x - width;
        return Box{left, left + width, label.at.y - 10, label.at.y + 3};
    };
    const auto is_free = [&](const Label& label) {
        return std::ranges::none_of(taken,
                                    [&](const Box& box) { return box.meets(box_of(label)); });
    };
    const auto free = std::ranges::find_if(places, is_free);
    const Label chosen = free == places.end() ? places.front() : *free;
    taken.push_back(box_of(chosen));
    return chosen;
}

}  // namespace

std::vector<double> ticks(double low, double high, int n) {
    const double rough = (high - low) / n;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    const double factor = rough / power;
    const double step = power * (factor < 1.5 ? 1 : factor < 3.5 ? 2 : factor < 7.5 ? 5 : 10);
    std::vector<double> found;
    for (double i = std::ceil(low / step); i * step <= high + step * 1e-9; ++i) {
        found.push_back(i * step);
    }
    return found;
}

std::string to_svg(const LineChart& chart) {
    const auto scaled = [&](Point p) { return chart.log_x ? Point{std::log10(p.x), p.y} : p; };
    Frame frame;
    for (const Series& series : chart.series) {
        for (const Point& point : series.points) {
            frame.x.include(scaled(point).x);
            frame.y.include(point.y);
        }
    }
    frame.x = frame.x.widened();
    frame.y = frame.y.widened();
    const double legend = kLegendLine * static_cast<double>(chart.series.size());
    Svg svg(kWidth, kHeight + legend, chart.title);
    svg.text({kWidth / 2, 22}, chart.title, Anchor::middle, "title");
    std::vector<Mark> marks;
    for (const double x : chart.x_marks) marks.push_back({scaled({x, 0}).x, x});
    if (marks.empty()) marks = round_marks(frame, chart.log_x);
    draw_axes(svg, frame, chart.x_label, chart.y_label, marks);
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
        std::vector<Point> points;
        for (const Point& point : chart.series[i].points)
            points.push_back(frame.place(scaled(point)));
        svg.polyline(points, series_class(i));
        const double y = kHeight + kLegendLine * static_cast<double>(i);
        svg.rect({kLeft, y - 9}, 14, 4, series_class(i));
        svg.text({kLeft + 22, y - 3}, chart.series[i].name);
    }
    return std::move(svg).finish();
}

std::string to_svg(const BarChart& chart) {
    constexpr double kBars = 400;
    constexpr double kLine = 24;
    double largest = 0;
    double names = 80;
    double notes = 60;
    for (const Bar& bar : chart.bars) {
        largest = std::max(largest, bar.value);
        names = std::max(names, width_of(bar.name) + 16);
        notes = std::max(notes, width_of(bar.note) + 16);
    }
    const double all = std::max(names + kBars + notes, width_of(chart.title) * 1.3);
    Svg svg(all, kTop + kLine * static_cast<double>(chart.bars.size()) + 10, chart.title);
    svg.text({all / 2, 22}, chart.title, Anchor::middle, "title");
    double y = kTop;
    for (const Bar& bar : chart.bars) {
        const double width = largest == 0 ? 0 : kBars * bar.value / largest;
        svg.text({names - 8, y + 13}, bar.name, Anchor::end);
        svg.rect({names, y + 2}, width, kLine - 8, series_class(bar.group));
        svg.text({names + width + 6, y + 13}, bar.note);
        y += kLine;
    }
    return std::move(svg).finish();
}

std::string to_svg(const PlaneChart& chart) {
    Frame frame;
    for (const LabeledPoint& point : chart.points) {
        frame.x.include(point.at.x);
        frame.y.include(point.at.y);
    }
    frame.x = frame.x.widened();
    frame.y = frame.y.widened();
    // Room for the names at the borders, then the same scale for both axes.
    const double per_pixel =
        1.2 * std::max((frame.x.high - frame.x.low) / (kWidth - kLeft - kRight),
                       (frame.y.high - frame.y.low) / (kHeight - kTop - kBottom));
    const auto around = [](const Span& span, double width) {
        const double middle = (span.low + span.high) / 2;
        return Span{middle - width / 2, middle + width / 2};
    };
    frame.x = around(frame.x, per_pixel * (kWidth - kLeft - kRight));
    frame.y = around(frame.y, per_pixel * (kHeight - kTop - kBottom));
    Svg svg(kWidth, kHeight, chart.title);
    svg.text({kWidth / 2, 22}, chart.title, Anchor::middle, "title");
    draw_axes(svg, frame, chart.x_label, chart.y_label, round_marks(frame, false));
    std::vector<Box> taken;
    for (const LabeledPoint& point : chart.points) svg.circle(frame.place(point.at), 3.5, "s0");
    for (const LabeledPoint& point : chart.points) {
        const Label label = place_label(frame.place(point.at), point.name, taken);
        svg.text(label.at, point.name, label.anchor);
    }
    return std::move(svg).finish();
}

}  // namespace quire::common
