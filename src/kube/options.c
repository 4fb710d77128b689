#include "kube/options.h"

enum {
    FIELD_MANAGER_MAX = 128,
    TIMEOUT_MAX_S = 10 * 365 * 24 * 3600, /* so that it can be added to a clock */
};

static act_str param(const act_url_param *params, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (act_str_eq_cstr(params[i].name, name))
            return params[i].value;
    return (act_str){ 0 };
}

static bool has_param(const act_url_param *params, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (act_str_eq_cstr(params[i].name, name))
            return true;
    return false;
}

bool act_query_bool(act_str value)
{
    return !act_str_eq_cstr(value, "0") && !act_str_eq_nocase(value, ACT_STR("false"));
}

static bool read_bool(const act_url_param *params, size_t n, const char *name)
{
    return has_param(params, n, name) && act_query_bool(param(params, n, name));
}

static int read_number(const act_url_param *params, size_t n, const char *name,
                       int64_t *ret, act_err *reterr)
{
    act_str v = param(params, n, name);
    if (!has_param(params, n, name))
        return 0;
    if (act_str_to_i64(v, ret))
        return act_fail(reterr, ACT_EPARSE, "%s: \"%.*s\" is not an integer", name,
                        ACT_STR_ARG(v));
    return 0;
}

static void forbid(act_problems *p, const char *field, const char *why)
{
    (void)act_problems_add(p, ACT_PROBLEM_FORBIDDEN, act_str_cstr(field), (act_str){ 0 },
                           "%s", why);
}

static void check_list(const act_list_query *q, act_problems *p)
{
    if (q->match != ACT_RV_MATCH_UNSET && q->resource_version.len == 0 &&
        !q->has_send_initial_events)
        forbid(p, "resourceVersionMatch",
               "resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (q->match != ACT_RV_MATCH_UNSET && q->continue_token.len > 0)
        forbid(p, "resourceVersionMatch",
               "resourceVersionMatch is forbidden when continue is provided");
    if (q->match == ACT_RV_MATCH_EXACT && q->resource_version.len > 0 && q->rv == 0)
        forbid(p, "resourceVersionMatch",
               "resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"");
    if (!q->watch) {
        if (q->has_send_initial_events)
            forbid(p, "sendInitialEvents", "sendInitialEvents is forbidden for list");
        return;
    }
    if (q->match != ACT_RV_MATCH_UNSET && !q->has_send_initial_events)
        forbid(p, "resourceVersionMatch",
               "resourceVersionMatch is forbidden for watch unless sendInitialEvents is "
               "provided");
    if (q->has_send_initial_events && q->match != ACT_RV_MATCH_NOT_OLDER)
        forbid(p, "resourceVersionMatch",
               "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    if (q->continue_token.len > 0)
        forbid(p, "continue", "continue is forbidden for watch");
}

int act_query_version(const act_url_param *params, size_t n, int64_t *ret, act_err *reterr)
{
    act_str text = param(params, n, "resourceVersion");
    int64_t version = 0;
    if (text.len > 0 && (act_str_to_i64(text, &version) || version < 0))
        return act_fail(reterr, ACT_EPARSE, "resourceVersion: \"%.*s\" is not a version",
                        ACT_STR_ARG(text));
    *ret = version;
    return 0;
}

int act_list_query_read(const act_url_param *params, size_t n, act_problems *problems,
                        act_list_query *ret, act_err *reterr)
{
    act_list_query q = { .label_selector = param(params, n, "labelSelector"),
                         .field_selector = param(params, n, "fieldSelector"),
                         .resource_version = param(params, n, "resourceVersion"),
                         .continue_token = param(params, n, "continue"),
                         .watch = read_bool(params, n, "watch"),
                         .bookmarks = read_bool(params, n, "allowWatchBookmarks"),
                         .send_initial_events = read_bool(params, n, "sendInitialEvents") };
    q.has_send_initial_events = has_param(params, n, "sendInitialEvents");
    int r = read_number(params, n, "limit", &q.limit, reterr);
    if (q.limit < 0)
        q.limit = 0;
    if (!r)
        r = read_number(params, n, "timeoutSeconds", &q.timeout_s, reterr);
    if (r)
        return r;
    if (q.timeout_s < 0)
        q.timeout_s = 0;
    else if (q.timeout_s > TIMEOUT_MAX_S)
        q.timeout_s = TIMEOUT_MAX_S;
    r = act_query_version(params, n, &q.rv, reterr);
    if (r)
        return r;
    act_str match = param(params, n, "resourceVersionMatch");
    if (act_str_eq_cstr(match, "Exact"))
        q.match = ACT_RV_MATCH_EXACT;
    else if (act_str_eq_cstr(match, "NotOlderThan"))
        q.match = ACT_RV_MATCH_NOT_OLDER;
    else if (match.len > 0)
        (void)act_problems_add(problems, ACT_PROBLEM_NOT_SUPPORTED,
                               ACT_STR("resourceVersionMatch"), match,
                               "supported values: \"Exact\", \"NotOlderThan\"");
    check_list(&q, problems);
    if (problems->count > 0)
        return ACT_EINVAL;
    if (q.rv > 0 && q.continue_token.len > 0)
        return act_fail(reterr, ACT_EPARSE,
                        "specifying resource version is not allowed when using continue");
    *ret = q;
    return 0;
}

/* Each value must be "All". */
static bool read_dry_run(const act_url_param *params, size_t n, act_problems *problems)
{
    bool dry = false;
    for (size_t i = 0; i < n; i++) {
        if (!act_str_eq_cstr(params[i].name, "dryRun"))
            continue;
        dry = true;
        if (!act_str_eq_cstr(params[i].value, "All"))
            (void)act_problems_add(problems, ACT_PROBLEM_NOT_SUPPORTED, ACT_STR("dryRun"),
                                   params[i].value, "supported values: \"All\"");
    }
    return dry;
}

static void check_manager(act_str name, act_problems *problems)
{
    act_str field = ACT_STR("fieldManager");
    size_t i = 0;
    if (name.len > FIELD_MANAGER_MAX)
        (void)act_problems_add(problems, ACT_PROBLEM_TOO_LONG, field, (act_str){ 0 },
                               "may not be more than %d bytes", FIELD_MANAGER_MAX);
    while (i < name.len && (unsigned char)name.ptr[i] >= 0x20 && name.ptr[i] != 0x7f)
        i++;
    if (i < name.len)
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, field, name,
                               "should only contain printable characters");
}

int act_write_query_read(const act_url_param *params, size_t n, bool apply,
                         act_problems *problems, act_write_query *ret)
{
    act_write_query q = { .field_manager = param(params, n, "fieldManager"),
                          .force = read_bool(params, n, "force") };
    q.dry_run = read_dry_run(params, n, problems);
    act_str validation = param(params, n, "fieldValidation");
    if (act_str_eq_cstr(validation, "Strict"))
        q.validation = ACT_VALIDATE_STRICT;
    else if (act_str_eq_cstr(validation, "Ignore"))
        q.validation = ACT_VALIDATE_IGNORE;
    else if (validation.len > 0 && !act_str_eq_cstr(validation, "Warn"))
        (void)act_problems_add(problems, ACT_PROBLEM_NOT_SUPPORTED,
                               ACT_STR("fieldValidation"), validation,
                               "supported values: \"Ignore\", \"Strict\", \"Warn\"");
    if (!apply && q.force)
        forbid(problems, "force", "may not be specified for non-apply patch");
    check_manager(q.field_manager, problems);
    if (problems->count > 0)
        return ACT_EINVAL;
    *ret = q;
    return 0;
}

/* ---- durations --------------------------------------------------------------------- */

/* "1.5" and its unit off the front of *text, in nanoseconds. */
static int take_term(act_str *text, double *ret)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = { { "ns", 1 },  { "us", 1e3 }, { "\xc2\xb5s", 1e3 }, { "ms", 1e6 },
                  { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 } };
    double number = 0, place = 0; /* place: of the next fraction digit; 0: no point yet */
    size_t digits = 0, at = 0;
    for (; at < text->len; at++) {
        char c = text->ptr[at];
        if (c == '.' && place == 0) {
            place = 0.1;
        } else if (c < '0' || c > '9') {
            break;
        } else if (place > 0) {
            number += (c - '0') * place;
            place /= 10;
            digits++;
        } else {
            number = number * 10 + (c - '0');
            digits++;
        }
    }
    act_str rest = act_str_cut(*text, at);
    for (size_t i = 0; digits > 0 && i < ACT_COUNT(units); i++) {
        act_str unit = act_str_cstr(units[i].unit);
        act_str after = act_str_cut(rest, unit.len);
        bool whole = after.len == 0 || after.ptr[0] == '.' ||
                     (after.ptr[0] >= '0' && after.ptr[0] <= '9');
        if (!act_str_starts(rest, unit) || !whole)
            continue;
        *text = after;
        *ret = number * units[i].ns;
        return 0;
    }
    return ACT_EPARSE;
}

int act_go_duration_parse(act_str text, int64_t *ret_ns)
{
    const double day = 24 * 3600e9;
    double sum = 0, term;
    if (text.len == 0)
        return ACT_EPARSE;
    if (act_str_eq_cstr(text, "0")) {
        *ret_ns = 0;
        return 0;
    }
    while (text.len > 0) {
        int r = take_term(&text, &term);
        if (r)
            return r;
        sum += term;
        if (!(sum <= day))
            return ACT_EPARSE;
    }
    *ret_ns = (int64_t)sum;
    return 0;
}
