/* Semantic versions: reading, normalising, precedence. */
#include "cel/semver.h"

#include "cel/num.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_numeric(act_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_digit(s.ptr[i]))
            return false;
    return s.len > 0;
}

/* Identifiers joined by dots, as in pre-release and build parts. */
static bool valid_identifiers(act_str s, bool leading_zeros)
{
    act_str id;
    do {
        s = act_str_split(s, '.', &id);
        if (id.len == 0 ||
            (!leading_zeros && id.len > 1 && id.ptr[0] == '0' && is_numeric(id)))
            return false;
        for (size_t i = 0; i < id.len; i++) {
            char c = id.ptr[i], lower = (char)(c | 0x20);
            if (!is_digit(c) && !(lower >= 'a' && lower <= 'z') && c != '-')
                return false;
        }
    } while (s.ptr);
    return true;
}

static int parse_number(act_str s, bool normalize, int64_t *ret)
{
    if (!is_numeric(s) || (!normalize && s.len > 1 && s.ptr[0] == '0'))
        return ACT_EPARSE;
    return cel_num_parse_int(s, ret);
}

int cel_semver_parse(act_str text, bool normalize, cel_semver *ret)
{
    if (text.len > CEL_SEMVER_TEXT_MAX)
        return ACT_ELIMIT;
    cel_semver v = { 0 };
    act_str core = text;
    size_t plus = act_str_find_byte(core, '+');
    bool has_build = plus != SIZE_MAX;
    if (has_build) {
        v.build = act_str_cut(core, plus + 1);
        core = act_str_head(core, plus);
    }
    size_t dash = act_str_find_byte(core, '-');
    bool has_pre = dash != SIZE_MAX;
    if (has_pre) {
        v.pre = act_str_cut(core, dash + 1);
        core = act_str_head(core, dash);
    }
    if ((has_build && !valid_identifiers(v.build, true)) ||
        (has_pre && !valid_identifiers(v.pre, false)))
        return ACT_EPARSE;
    if (normalize && act_str_starts(core, ACT_STR("v")))
        core = act_str_cut(core, 1);

    int64_t *const part[] = { &v.major, &v.minor, &v.patch };
    size_t parts = 0;
    do {
        act_str number;
        core = act_str_split(core, '.', &number);
        if (parts == ACT_COUNT(part))
            return ACT_EPARSE;
        int err = parse_number(number, normalize, part[parts++]);
        if (err)
            return err;
    } while (core.ptr);
    if (parts < ACT_COUNT(part) && (!normalize || has_pre || has_build))
        return ACT_EPARSE;
    *ret = v;
    return ACT_OK;
}

static int sign_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Numbers sort below words; numbers by value (they have no leading zeros, so by length
 * first), words by bytes. */
static int compare_identifiers(act_str a, act_str b)
{
    bool a_number = is_numeric(a), b_number = is_numeric(b);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (a_number && a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return act_str_cmp(a, b);
}

static int compare_pre(act_str a, act_str b)
{
    if (a.len == 0 || b.len == 0) /* a version without one is the later */
        return (a.len == 0) - (b.len == 0);
    do {
        act_str left, right;
        a = act_str_split(a, '.', &left);
        b = act_str_split(b, '.', &right);
        int order = compare_identifiers(left, right);
        if (order)
            return order;
    } while (a.ptr && b.ptr);
    return (a.ptr != NULL) - (b.ptr != NULL);
}

int cel_semver_cmp(const cel_semver *a, const cel_semver *b)
{
    int order = sign_of(a->major, b->major);
    if (!order)
        order = sign_of(a->minor, b->minor);
    if (!order)
        order = sign_of(a->patch, b->patch);
    return order ? order : compare_pre(a->pre, b->pre);
}

static size_t append(char *out, size_t at, char before, act_str s)
{
    if (s.len == 0)
        return at;
    out[at++] = before;
    memcpy(out + at, s.ptr, s.len);
    return at + s.len;
}

size_t cel_semver_print(const cel_semver *v, char out[CEL_SEMVER_PRINT_MAX])
{
    int n = snprintf(out, CEL_SEMVER_PRINT_MAX, "%lld.%lld.%lld", (long long)v->major,
                     (long long)v->minor, (long long)v->patch);
    assert(n > 0 && n < 3 * 20 + 3);
    size_t at = append(out, (size_t)n, '-', v->pre);
    return append(out, at, '+', v->build);
}
