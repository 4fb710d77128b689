#include "cmd/option_value.h"

#include "base/clock.h"

typedef struct {
    const char *suffix;
    uint64_t factor;
} unit;

/* The digits of @text times the factor of what follows them. */
static int scaled(act_str text, const unit *units, size_t n_units, uint64_t most,
                  uint64_t *ret)
{
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    uint64_t count;
    if (digits == 0 || act_str_to_u64(act_str_head(text, digits), &count))
        return ACT_EINVAL;
    act_str suffix = act_str_cut(text, digits);
    for (size_t i = 0; i < n_units; i++) {
        if (!act_str_eq_cstr(suffix, units[i].suffix))
            continue;
        if (count > most / units[i].factor)
            return ACT_ELIMIT;
        *ret = count * units[i].factor;
        return 0;
    }
    if (count == 0 && suffix.len == 0) {
        *ret = 0;
        return 0;
    }
    return ACT_EINVAL;
}

int act_duration_parse(act_str text, int64_t *ret_ns)
{
    static const unit units[] = {
        { "ms", (uint64_t)ACT_NS_PER_MS },       { "s", (uint64_t)ACT_NS_PER_S },
        { "m", 60 * (uint64_t)ACT_NS_PER_S },    { "h", 3600 * (uint64_t)ACT_NS_PER_S },
        { "d", 86400 * (uint64_t)ACT_NS_PER_S },
    };
    uint64_t ns;
    int r = scaled(text, units, ACT_COUNT(units), INT64_MAX, &ns);
    if (r)
        return r;
    *ret_ns = (int64_t)ns;
    return 0;
}

int act_size_parse(act_str text, uint64_t *ret_bytes)
{
    static const unit units[] = {
        { "", 1 },
        { "Ki", UINT64_C(1) << 10 },
        { "Mi", UINT64_C(1) << 20 },
        { "Gi", UINT64_C(1) << 30 },
        { "Ti", UINT64_C(1) << 40 },
    };
    return scaled(text, units, ACT_COUNT(units), UINT64_MAX, ret_bytes);
}
