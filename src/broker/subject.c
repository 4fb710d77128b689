#include "broker/subject.h"

#include "broker/broker.h"

static bool is_valid(act_str subject, bool wildcards)
{
    if (subject.len == 0 || subject.len > ACT_BROKER_SUBJECT_MAX)
        return false;
    size_t start = 0; /* of the token */
    for (size_t i = 0; i <= subject.len; i++) {
        if (i == subject.len || subject.ptr[i] == '.') {
            if (i == start)
                return false;
            start = i + 1;
            continue;
        }
        char c = subject.ptr[i];
        if (c <= ' ' || c > '~')
            return false;
        if (c != '*' && c != '>')
            continue;
        bool alone = i == start && (i + 1 == subject.len || subject.ptr[i + 1] == '.');
        if (!wildcards || !alone || (c == '>' && i + 1 != subject.len))
            return false;
    }
    return true;
}

bool act_subject_is_valid(act_str subject)
{
    return is_valid(subject, false);
}

bool act_subject_pattern_is_valid(act_str pattern)
{
    return is_valid(pattern, true);
}

/* Token by token; @narrow may hold wildcards itself: `*` is within `*`, anything within a
 * last `>`, and `>` only within `>`. */
bool act_subject_covers(act_str wide, act_str narrow)
{
    while (wide.len && narrow.len) {
        act_str w, n;
        wide = act_str_split(wide, '.', &w);
        narrow = act_str_split(narrow, '.', &n);
        if (act_str_eq(w, ACT_STR(">")))
            return true;
        if (act_str_eq(n, ACT_STR(">")))
            return false;
        if (!act_str_eq(w, ACT_STR("*")) && !act_str_eq(w, n))
            return false;
    }
    return wide.len == 0 && narrow.len == 0;
}

bool act_subject_matches(act_str pattern, act_str subject)
{
    return act_subject_covers(pattern, subject);
}
