// Scales and codes for weights, as in lib/tensor/quantize.cpp, which has the reasons. A lane is a
// row of the matrix.
#pragma once

namespace quire::kernels::QUIRE_ISA {

struct WeightFit {
    F scale;
    F min;
    F gain;
};

inline F nearest_code(F steps, F low, F high) {
    return round(min(max(steps, low), high));
}

inline F inverse_of(F x) {
    const F magnitude = max(x, sub(zero(), x));
    return where_greater(magnitude, set1(1e-30F), div(set1(1.0F), x), zero());
}

inline void take_better(WeightFit& best, const WeightFit& fit) {
    best.scale = where_greater(fit.gain, best.gain, fit.scale, best.scale);
    best.min = where_greater(fit.gain, best.gain, fit.min, best.min);
    best.gain = where_greater(fit.gain, best.gain, fit.gain, best.gain);
}

// The weights of the rows of one vector.
struct WeightRows {
    const float* w;  // (n, 16), from the first row of the vector on
    const float* h;  // importance, likewise
    std::size_t n;
    F low;  // of the codes
    F high;
};

// Tries two scales together, so that their chains of sums overlap.
inline void try_scales(WeightFit& best, const WeightRows& rows, F inverse_a, F inverse_b) {
    F wq[2] = {zero(), zero()};
    F qq[2] = {zero(), zero()};
    const F inverse[2] = {inverse_a, inverse_b};
    for (std::size_t k = 0; k < rows.n; ++k) {
        const F w = load(rows.w + k * kPanelRows);
        const F h = load(rows.h + k * kPanelRows);
        for (int i = 0; i < 2; ++i) {
            const F q = nearest_code(mul(w, inverse[i]), rows.low, rows.high);
            const F hq = mul(h, q);
            wq[i] = add(wq[i], mul(hq, w));
            qq[i] = add(qq[i], mul(hq, q));
        }
    }
    for (int i = 0; i < 2; ++i) {
        const F scale = div(wq[i], qq[i]);
        take_better(best, {scale, zero(), mul(scale, wq[i])});
    }
}

// What turns weights into codes: w is coded as (w - min) * inverse.
struct WeightLine {
    F inverse;
    F min;
};

// Tries two scales with minimums together.
inline void try_lines(WeightFit& best, const WeightRows& rows, const WeightLine& a,
                      const WeightLine& b) {
    F h_sum = zero();
    F hw_sum = zero();
    F q_sum[2] = {zero(), zero()};
    F qq_sum[2] = {zero(), zero()};
    F wq_sum[2] = {zero(), zero()};
    const WeightLine lines[2] = {a, b};
    for (std::size_t k = 0; k < rows.n; ++k) {
        const F w = load(rows.w + k * kPanelRows);
        const F h = load(rows.h + k * kPanelRows);
        h_sum = add(h_sum, h);
        hw_sum = add(hw_sum, mul(h, w));
        for (int i = 0; i < 2; ++i) {
            const F q =
                nearest_code(mul(sub(w, lines[i].min), lines[i].inverse), rows.low, rows.high);
            const F hq = mul(h, q);
            q_sum[i] = add(q_sum[i], hq);
            qq_sum[i] = add(qq_sum[i], mul(hq, q));
            wq_sum[i] = add(wq_sum[i], mul(hq, w));
        }
    }
    for (int i = 0; i < 2; ++i) {
        const F most = mul(h_sum, qq_sum[i]);
        const F determinant = sub(most, mul(q_sum[i], q_sum[i]));
        const F scale = div(sub(mul(h_sum, wq_sum[i]), mul(q_sum[i], hw_sum)), determinant);
        const F low = div(sub(mul(qq_sum[i], hw_sum), mul(q_sum[i], wq_sum[i])), determinant);
        const F gain = add(mul(scale, wq_sum[i]), mul(low, hw_sum));
        const F bound = mul(set1(1e-6F), most);
        take_better(best, {scale, low, where_greater(determinant, bound, gain, set1(-1.0F))});
    }
}

inline F error_of(const WeightRows& rows, F scale, F low) {
    const F inverse = inverse_of(scale);
    F error = zero();
    for (std::size_t k = 0; k < rows.n; ++k) {
        const F w = load(rows.w + k * kPanelRows);
        const F q = nearest_code(mul(sub(w, low), inverse), rows.low, rows.high);
        const F d = sub(w, add(mul(scale, q), low));
        error = add(error, mul(mul(load(rows.h + k * kPanelRows), d), d));
    }
    return error;
}

inline WeightFit search_scale(const FitArgs& args, const WeightRows& rows, F lowest, F highest) {
    const F extreme = where_greater(highest, sub(zero(), lowest), highest, lowest);
    const F inverse_extreme = inverse_of(extreme);
    WeightFit best{zero(), zero(), zero()};
    const auto inverse = [&](int i) {
        const float codes = args.low - (args.first + args.step * static_cast<float>(i));
        return mul(set1(codes), inverse_extreme);
    };
    for (int i = 0; i < args.n_steps; i += 2) {
        try_scales(best, rows, inverse(i), inverse(i + 1));
    }
    for (int i = 0; i < 2; ++i) {
        const F again = inverse_of(best.scale);
        try_scales(best, rows, again, again);
    }
    return best;
}

inline WeightFit search_line(const FitArgs& args, const WeightRows& rows, F lowest, F highest) {
    const F width = sub(highest, lowest);
    const F inverse_width = inverse_of(width);
    WeightFit best{zero(), zero(), zero()};
    const auto line = [&](int i) -> WeightLine {
        const float beyond = args.first + args.step * static_cast<float>(i);
        const float cut = 0.5F * beyond / (args.high + beyond);
        return {mul(set1(args.high + beyond), inverse_width), add(lowest, mul(set1(cut), width))};
    };
    for (int i = 0; i < args.n_steps; i += 2) try_lines(best, rows, line(i), line(i + 1));
    for (int i = 0; i < 2; ++i) {
        const WeightLine again{inverse_of(best.scale), best.min};
        try_lines(best, rows, again, again);
    }
    return best;
}

// Returns x rounded to f16, whose bits are stored.
inline F through_f16(std::uint16_t* bits, F x) {
    store_f16(bits, x);
    return load_f16(bits);
}

inline void fit_rows(const FitArgs& args, std::size_t first) {
    const WeightRows rows{args.weights + first, args.importance + first, args.n, set1(args.low),
                          set1(args.high)};
    F lowest = load(rows.w);
    F highest = lowest;
    for (std::size_t k = 0; k < args.n; ++k) {
        lowest = min(load(rows.w + k * kPanelRows), lowest);
        highest = max(load(rows.w + k * kPanelRows), highest);
    }
    const WeightFit fit = args.has_min ? search_line(args, rows, lowest, highest)
                                       : search_scale(args, rows, lowest, highest);
    std::uint16_t bits[kLanes];
    const F plain_min = args.has_min ? through_f16(bits, lowest) : zero();
    const F below = sub(zero(), lowest);
    const F width =
        args.has_min ? sub(highest, plain_min) : where_greater(highest, below, highest, below);
    const F plain_scale = through_f16(bits, div(width, set1(args.high)));
    const F scale = through_f16(bits, fit.scale);
    const F low = through_f16(bits, fit.min);
    const F found = error_of(rows, scale, low);
    const F plain = error_of(rows, plain_scale, plain_min);
    const F chosen_scale = where_greater(plain, found, scale, plain_scale);
    const F chosen_min = where_greater(plain, found, low, plain_min);
    store_f16(args.scale + first, chosen_scale);
    store_f16(args.min + first, chosen_min);

    const F inverse = inverse_of(chosen_scale);
    // store_i8 takes [-128, 127]: codes are stored minus 128.
    const F offset = set1(args.low + 128.0F);
    for (std::size_t k = 0; k < args.n; ++k) {
        const F w = load(rows.w + k * kPanelRows);
        const F q = nearest_code(mul(sub(w, chosen_min), inverse), rows.low, rows.high);
        std::int8_t codes[kLanes];
        store_i8(codes, sub(q, offset));
        for (int i = 0; i < kLanes; ++i) {
            args.codes[k * kPanelRows + first + static_cast<std::size_t>(i)] =
                static_cast<std::uint8_t>(codes[i] + 128);
        }
    }
}

inline void fit_weights(const FitArgs& args) noexcept {
    for (std::size_t first = 0; first < kPanelRows; first += kLanes) fit_rows(args, first);
}

}  // namespace quire::kernels::QUIRE_ISA
