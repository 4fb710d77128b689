// RE2 behind a C border: no exception and no C++ type leaves this file.
#include <re2/re2.h>

#include <cassert>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

extern "C" { // headers of C modules; what they include themselves is included above
#include "cel/regex.h"
#include "cel/utf8.h"
}

struct cel_regex {
    RE2 re;
    bool splits = false; // has \B, which RE2 also finds between the bytes of a character
    cel_regex(const std::string &pattern, const RE2::Options &options)
        : re(pattern, options)
    {
    }
};

namespace
{
// Empty texts may have a null pointer, which RE2 reports as an unset group.
const char EMPTY[] = "";

re2::StringPiece piece(act_str s)
{
    return re2::StringPiece(s.ptr ? s.ptr : EMPTY, s.len);
}

// The syntax of Go's regexp where the installed RE2 differs: (?<name>..) is spelled
// (?P<name>..), and \C (any byte) would match within a character, so it is refused.
struct adapted {
    std::string text;
    size_t names = 0;    // named groups
    bool splits = false; // there is a \B
    uint64_t repeat = 0; // the largest number in x{n,m}
};

// The larger number in "n}", "n,}" or "n,m}" at the front of @s; 0 when it is none of these
// and so no repetition.
uint64_t repetition(act_str s)
{
    uint64_t largest = 0, n = 0;
    bool digits = false, comma = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c >= '0' && c <= '9') {
            n = n > UINT32_MAX ? n : n * 10 + static_cast<uint64_t>(c - '0');
            digits = true;
            continue;
        }
        largest = n > largest ? n : largest;
        n = 0;
        if (c == ',' && digits && !comma)
            comma = true;
        else
            return c == '}' && digits ? largest : 0;
    }
    return 0;
}

bool adapt(act_str in, adapted *ret)
{
    std::string *out = &ret->text;
    bool in_class = false;
    for (size_t i = 0; i < in.len; i++) {
        char c = in.ptr[i];
        out->push_back(c);
        if (c == '\\' && i + 1 < in.len) {
            char next = in.ptr[++i];
            out->push_back(next);
            if (next == 'C' && !in_class)
                return false;
            if (next == 'B')
                ret->splits = true;
            if (next == 'Q' && !in_class) {
                act_str rest = act_str_cut(in, i + 1);
                size_t end = act_str_find(rest, ACT_STR("\\E"));
                size_t n = end == SIZE_MAX ? rest.len : end + 2;
                out->append(rest.ptr, n);
                i += n;
            }
        } else if (in_class) {
            act_str rest = act_str_cut(in, i);
            if (act_str_starts(rest, ACT_STR("[:"))) {
                size_t end = act_str_find(rest, ACT_STR(":]"));
                if (end != SIZE_MAX) {
                    out->append(rest.ptr + 1, end + 1);
                    i += end + 1;
                }
            } else if (c == ']') {
                in_class = false;
            }
        } else if (c == '{') {
            uint64_t n = repetition(act_str_cut(in, i + 1));
            ret->repeat = n > ret->repeat ? n : ret->repeat;
        } else if (c == '[') {
            in_class = true; // a ] right behind [ or [^ is a member
            if (i + 1 < in.len && in.ptr[i + 1] == '^')
                out->push_back(in.ptr[++i]);
            if (i + 1 < in.len && in.ptr[i + 1] == ']')
                out->push_back(in.ptr[++i]);
        } else if (c == '(' && i + 3 < in.len && in.ptr[i + 1] == '?' &&
                   in.ptr[i + 2] == '<' && in.ptr[i + 3] != '=' && in.ptr[i + 3] != '!') {
            out->append("?P<");
            i += 2;
            ret->names++;
        } else if (c == '(' && act_str_starts(act_str_cut(in, i), ACT_STR("(?P<"))) {
            ret->names++;
        }
    }
    return true;
}

// Is @at within a character? Then *next is the offset behind it. All but \B takes whole
// characters, so a match that starts between two of them ends there too.
bool behind_character(act_str text, const char *at, size_t *next)
{
    const char *end = text.ptr + text.len;
    const char *p = at;
    while (p < end && (*p & 0xc0) == 0x80)
        p++;
    if (p == at)
        return false;
    *next = static_cast<size_t>(p - text.ptr);
    return true;
}

int compile(act_str pattern, const cel_regex_limits *limits, cel_regex **ret,
            act_err *reterr)
{
    if (pattern.len > limits->codepoints && cel_utf8_count(pattern) > limits->codepoints)
        return act_fail(reterr, ACT_ELIMIT,
                        "regular expression is longer than %u characters",
                        limits->codepoints);
    adapted p;
    if (!adapt(pattern, &p))
        return act_fail(reterr, ACT_EPARSE,
                        "invalid regular expression: \\C is not supported");
    // What is above RE2's own limit is told in its words.
    if (p.repeat > limits->repeat && p.repeat <= CEL_REGEX_REPEAT_MAX)
        return act_fail(reterr, ACT_ELIMIT,
                        "regular expression repeats a part more than %u times",
                        limits->repeat);

    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(static_cast<int64_t>(limits->memory_bytes));
    cel_regex *re = new cel_regex(p.text, options);
    re->splits = p.splits;
    if (!re->re.ok()) {
        int err =
            re->re.error_code() == RE2::ErrorPatternTooLarge ? ACT_ELIMIT : ACT_EPARSE;
        act_fail(reterr, err, "invalid regular expression: %s", re->re.error().c_str());
        delete re;
        return err;
    }
    // The installed RE2 takes the same name twice; Go's does not.
    if (re->re.NamedCapturingGroups().size() != p.names) {
        delete re;
        return act_fail(reterr, ACT_EPARSE,
                        "invalid regular expression: duplicate group name");
    }
    int size = re->re.ProgramSize();
    if (size < 0 || static_cast<uint32_t>(size) > limits->program) {
        delete re;
        return act_fail(reterr, ACT_ELIMIT,
                        "regular expression needs %d instructions, more than %u", size,
                        limits->program);
    }
    *ret = re;
    return ACT_OK;
}
} // namespace

int cel_regex_compile(act_str pattern, const cel_regex_limits *limits, cel_regex **ret,
                      act_err *reterr)
{
    try {
        return compile(pattern, limits, ret, reterr);
    } catch (...) {
        return ACT_ENOMEM;
    }
}

void cel_regex_free(cel_regex *re)
{
    delete re;
}

bool cel_regex_matches(const cel_regex *re, act_str text)
{
    if (re->splits) {
        act_str whole;
        return cel_regex_find(re, text, 0, &whole, 1);
    }
    try {
        return re->re.Match(piece(text), 0, text.len, RE2::UNANCHORED, nullptr, 0);
    } catch (...) {
        return false;
    }
}

uint32_t cel_regex_size(const cel_regex *re)
{
    int n = re->re.ProgramSize();
    return n > 0 ? static_cast<uint32_t>(n) : 0;
}

uint32_t cel_regex_groups(const cel_regex *re)
{
    int n = re->re.NumberOfCapturingGroups();
    return n > 0 ? static_cast<uint32_t>(n) : 0;
}

bool cel_regex_find(const cel_regex *re, act_str text, size_t start, act_str *group,
                    uint32_t n)
{
    re2::StringPiece found[CEL_REGEX_GROUPS_MAX];
    assert(n >= 1 && n <= CEL_REGEX_GROUPS_MAX && start <= text.len);
    try {
        bool again;
        do {
            if (!re->re.Match(piece(text), start, text.len, RE2::UNANCHORED, found,
                              static_cast<int>(n)))
                return false;
            again = re->splits && behind_character(text, found[0].data(), &start);
        } while (again);
    } catch (...) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        group[i].ptr = found[i].data();
        group[i].len = found[i].size();
    }
    return true;
}

bool cel_regex_next(cel_regex_walk *w, act_str *group, uint32_t n)
{
    while (w->at <= w->text.len) {
        if (!cel_regex_find(w->re, w->text, w->at, group, n))
            break;
        const char *base = w->text.ptr ? w->text.ptr : EMPTY;
        size_t begin = static_cast<size_t>(group[0].ptr - base);
        size_t end = begin + group[0].len;
        bool empty = group[0].len == 0;
        bool refused = empty && begin == w->last_end;
        // Behind an empty match the search moves on by one character.
        w->at = end;
        if (empty)
            w->at += end < w->text.len ? cel_utf8_width(w->text.ptr[end]) : 1;
        w->last_end = end;
        if (!refused)
            return true;
    }
    w->at = w->text.len + 1;
    return false;
}
