/* Numbers: strict reading of integers, conversion and comparison across the three kinds. */
#include "cel/num.h"

#include <math.h>

int cel_num_parse_uint(act_str s, uint64_t *ret)
{
    if (s.len == 0)
        return ACT_EINVAL;
    uint64_t v = 0;
    bool overflow = false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = (unsigned)(unsigned char)s.ptr[i] - '0';
        if (digit > 9)
            return ACT_EINVAL;
        overflow |= act_mul_overflows(v, UINT64_C(10), &v);
        overflow |= act_add_overflows(v, (uint64_t)digit, &v);
    }
    if (overflow)
        return ACT_ELIMIT;
    *ret = v;
    return ACT_OK;
}

int cel_num_parse_int(act_str s, int64_t *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        s = act_str_cut(s, 1);
    uint64_t magnitude;
    int err = cel_num_parse_uint(s, &magnitude);
    if (err)
        return err;
    if (magnitude > (uint64_t)INT64_MAX + negative)
        return ACT_ELIMIT;
    *ret = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return ACT_OK;
}

static size_t put_digits(uint64_t v, char *out)
{
    char back[20];
    size_t n = 0;
    do {
        back[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    for (size_t i = 0; i < n; i++)
        out[i] = back[n - 1 - i];
    return n;
}

size_t cel_num_print_uint(uint64_t v, char out[CEL_NUM_MAX])
{
    return put_digits(v, out);
}

size_t cel_num_print_int(int64_t v, char out[CEL_NUM_MAX])
{
    if (v >= 0)
        return put_digits((uint64_t)v, out);
    out[0] = '-';
    return 1 + put_digits(0 - (uint64_t)v, out + 1);
}

static int order(double a, double b)
{
    return (a > b) - (a < b);
}

int cel_num_cmp_int_double(int64_t a, double b)
{
    if (b < -0x1p63)
        return 1;
    if (b > 0x1p63)
        return -1;
    return order((double)a, b);
}

int cel_num_cmp_uint_double(uint64_t a, double b)
{
    if (b < 0)
        return 1;
    if (b > 0x1p64)
        return -1;
    return order((double)a, b);
}

int cel_num_cmp_int_uint(int64_t a, uint64_t b)
{
    if (a < 0)
        return -1;
    return ((uint64_t)a > b) - ((uint64_t)a < b);
}

int cel_num_double_to_int(double v, int64_t *ret)
{
    if (!(v > -0x1p63 && v < 0x1p63))
        return ACT_ELIMIT;
    *ret = (int64_t)v;
    return ACT_OK;
}

int cel_num_double_to_uint(double v, uint64_t *ret)
{
    if (!(v >= 0 && v < 0x1p64))
        return ACT_ELIMIT;
    *ret = (uint64_t)v;
    return ACT_OK;
}
