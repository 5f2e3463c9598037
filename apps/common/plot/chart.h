// Charts as SVG: lines over numbers, bars over names, and points in a plane.
#pragma once

#include <string>
#include <vector>

#include "apps/common/plot/svg.h"

namespace quire::common {

struct Series {
    std::string name;
    std::vector<Point> points;  // finite, in the order in which they are connected
};

struct LineChart {
    std::string title;
    std::string x_label;
    std::string y_label;
    std::vector<Series> series;        // at most 8 colours, which then repeat
    bool log_x = false;                // a logarithmic axis; every x must be above 0
    std::vector<double> x_marks = {};  // where the x axis has marks; empty: at round numbers
};
std::string to_svg(const LineChart& chart);

struct Bar {
    std::string name;
    double value = 0;       // at least 0
    std::string note;       // behind the bar, such as the value with its unit
    std::size_t group = 0;  // bars of a group have one colour
};
struct BarChart {
    std::string title;
    std::vector<Bar> bars;
};
// One bar below the other, which leaves room for long names.
std::string to_svg(const BarChart& chart);

struct LabeledPoint {
    std::string name;
    Point at;
};
struct PlaneChart {
    std::string title;
    std::string x_label;
    std::string y_label;
    std::vector<LabeledPoint> points;
};
// Both axes have the same scale, so that distances can be compared.
std::string to_svg(const PlaneChart& chart);

// Round numbers that divide [low, high] into about `n` parts: multiples of 1, 2 or 5 times a power of ten.
// low < high, both finite.
std::vector<double> ticks(double low, double high, int n);

}  // namespace quire::common
