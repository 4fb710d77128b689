/* The strings library of cel-go: positions are code points. */
#include "cel/format.h"
#include "cel/lib_table.h"
#include "cel/lib_text.h"
#include "cel/utf8.h"

/* Byte offset of code point @index of @s, which is SIZE_MAX when that is out of range. */
static size_t offset_of(cel_value s, int64_t index)
{
    if (index < 0 || index > s.len)
        return SIZE_MAX;
    return cel_utf8_offset(cel_value_str(s), (size_t)index);
}

/* Code points in the first @bytes of @s. */
static int64_t index_at(cel_value s, size_t bytes)
{
    return (int64_t)cel_utf8_count(act_str_head(cel_value_str(s), bytes));
}

static cel_value out_of_range(cel_call *call, int64_t index)
{
    return cel_call_failf(call, CEL_E_INVALID_ARGUMENT, "index out of range: %lld",
                          (long long)index);
}

static cel_value part_of(cel_value s, size_t from, size_t to)
{
    return cel_string(act_str_head(act_str_cut(cel_value_str(s), from), to - from));
}

static cel_value char_at(cel_call *call, const cel_value *args)
{
    size_t at = offset_of(args[0], args[1].as.i64);
    if (at == SIZE_MAX)
        return out_of_range(call, args[1].as.i64);
    size_t width = at < args[0].len ? cel_utf8_width(args[0].as.bytes[at]) : 0;
    return part_of(args[0], at, at + width);
}

static cel_value index_of(cel_call *call, const cel_value *args)
{
    int64_t from = call->argc > 2 ? args[2].as.i64 : 0;
    size_t start = offset_of(args[0], from);
    if (start == SIZE_MAX)
        return out_of_range(call, from);
    act_str rest = act_str_cut(cel_value_str(args[0]), start);
    size_t found = act_str_find(rest, cel_value_str(args[1]));
    return cel_int(found == SIZE_MAX ? -1 : index_at(args[0], start + found));
}

static cel_value last_index_of(cel_call *call, const cel_value *args)
{
    act_str s = cel_value_str(args[0]), needle = cel_value_str(args[1]);
    size_t last = s.len;
    if (call->argc > 2) {
        last = offset_of(args[0], args[2].as.i64);
        if (last == SIZE_MAX)
            return out_of_range(call, args[2].as.i64);
    }
    if (needle.len > s.len)
        return cel_int(-1);
    if (last > s.len - needle.len)
        last = s.len - needle.len;
    for (size_t at = last + 1; at-- > 0;)
        if (act_str_starts(act_str_cut(s, at), needle))
            return cel_int(index_at(args[0], at));
    return cel_int(-1);
}

static cel_value change_case(cel_call *call, cel_value s, char first, char last)
{
    char *out = cel_call_room(call, s.len);
    if (!out)
        return cel_call_memory(call);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.as.bytes[i];
        out[i] = c >= first && c <= last ? (char)(c ^ 0x20) : c;
    }
    cel_value changed = s;
    changed.as.bytes = out;
    return changed;
}

static cel_value lower_ascii(cel_call *call, const cel_value *args)
{
    return change_case(call, args[0], 'A', 'Z');
}

static cel_value upper_ascii(cel_call *call, const cel_value *args)
{
    return change_case(call, args[0], 'a', 'z');
}

/* Bytes up to the next place where @old stands in @s, or SIZE_MAX. An empty @old stands
 * before every code point and at the end; @first tells the very beginning. */
static size_t next_match(act_str s, act_str old, bool first)
{
    if (old.len)
        return act_str_find(s, old);
    if (first)
        return 0;
    return s.len ? cel_utf8_width(s.ptr[0]) : SIZE_MAX;
}

static cel_value replace(cel_call *call, const cel_value *args)
{
    act_str s = cel_value_str(args[0]), old = cel_value_str(args[1]);
    act_str new = cel_value_str(args[2]);
    int64_t left = call->argc > 3 ? args[3].as.i64 : -1;
    cel_text t = CEL_TEXT_ON(call);
    bool first = true;
    while (left != 0 && !t.full) {
        size_t at = next_match(s, old, first);
        if (at == SIZE_MAX)
            break;
        cel_text_add(&t, act_str_head(s, at));
        cel_text_add(&t, new);
        s = act_str_cut(s, at + old.len);
        first = false;
        left -= left > 0;
    }
    if (first)
        return args[0];
    cel_text_add(&t, s);
    if (!cel_call_charge(call, cel_cost_tenth_of(t.len)))
        return cel_call_too_costly(call);
    return cel_text_value(&t);
}

/* Pieces of @s: at most @most when that is not negative. */
static size_t count_pieces(act_str s, act_str sep, int64_t most)
{
    size_t n = 1;
    if (sep.len == 0) {
        n = cel_utf8_count(s);
        return most >= 0 && n > (uint64_t)most ? (size_t)most : n;
    }
    for (; most < 0 || n < (uint64_t)most; n++) {
        size_t at = act_str_find(s, sep);
        if (at == SIZE_MAX)
            break;
        s = act_str_cut(s, at + sep.len);
    }
    return n;
}

static cel_value split(cel_call *call, const cel_value *args)
{
    act_str s = cel_value_str(args[0]), sep = cel_value_str(args[1]);
    int64_t most = call->argc > 2 ? args[2].as.i64 : -1;
    size_t count = most == 0 ? 0 : count_pieces(s, sep, most);
    cel_value *items = cel_call_items(call, count);
    if (!items)
        return cel_call_memory(call);
    if (!cel_call_charge(call, count))
        return cel_call_too_costly(call);
    for (size_t i = 0; i + 1 < count; i++) {
        size_t end = sep.len ? act_str_find(s, sep) : cel_utf8_width(s.ptr[0]);
        items[i] = cel_string(act_str_head(s, end));
        s = act_str_cut(s, end + sep.len);
    }
    if (count)
        items[count - 1] = cel_string(s);
    return cel_list_of(call->arena, items, (uint32_t)count);
}

static cel_value substring(cel_call *call, const cel_value *args)
{
    int64_t start = args[1].as.i64;
    int64_t end = call->argc > 2 ? args[2].as.i64 : INT64_MAX;
    size_t from = offset_of(args[0], start);
    if (from == SIZE_MAX)
        return out_of_range(call, start);
    if (call->argc == 2)
        return part_of(args[0], from, args[0].len);
    size_t to = offset_of(args[0], end);
    if (to == SIZE_MAX)
        return out_of_range(call, end);
    if (start > end)
        return cel_call_failf(call, CEL_E_INVALID_ARGUMENT,
                              "invalid substring range. start: %lld, end: %lld",
                              (long long)start, (long long)end);
    return part_of(args[0], from, to);
}

static cel_value trim(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_string(cel_utf8_trim(cel_value_str(args[0])));
}

static cel_value join(cel_call *call, const cel_value *args)
{
    act_str sep = call->argc > 1 ? cel_value_str(args[1]) : ACT_STR("");
    uint32_t count = cel_list_count(args[0]);
    cel_text t = CEL_TEXT_ON(call);
    for (uint32_t i = 0; i < count && !t.full; i++) {
        cel_value item = cel_list_at(args[0], i);
        if (item.kind != CEL_STRING)
            return cel_call_no_overload(call);
        if (i)
            cel_text_add(&t, sep);
        cel_text_add(&t, cel_value_str(item));
    }
    if (!cel_call_charge(call, cel_cost_tenth_of(t.len)))
        return cel_call_too_costly(call);
    return cel_text_value(&t);
}

static cel_value quote(cel_call *call, const cel_value *args)
{
    static const char special[] = "\a\b\f\n\r\t\v\\\"", letter[] = "abfnrtv\\\"";
    act_str s = cel_value_str(args[0]);
    cel_text t = CEL_TEXT_ON(call);
    cel_text_add_byte(&t, '"');
    size_t kept = 0; /* start of the run that needs no escape */
    for (size_t i = 0; i < s.len && !t.full; i++) {
        const char *hit = s.ptr[i] ? strchr(special, s.ptr[i]) : NULL;
        if (!hit)
            continue;
        cel_text_add(&t, (act_str){ s.ptr + kept, i - kept });
        cel_text_add_byte(&t, '\\');
        cel_text_add_byte(&t, letter[hit - special]);
        kept = i + 1;
    }
    cel_text_add(&t, act_str_cut(s, kept));
    cel_text_add_byte(&t, '"');
    return cel_text_value(&t);
}

static cel_value reverse(cel_call *call, const cel_value *args)
{
    act_str s = cel_value_str(args[0]);
    char *out = cel_call_room(call, s.len);
    if (!out)
        return cel_call_memory(call);
    char *to = out + s.len;
    for (size_t i = 0; i < s.len;) {
        size_t width = cel_utf8_width(s.ptr[i]);
        to -= width;
        memcpy(to, s.ptr + i, width);
        i += width;
    }
    cel_value reversed = args[0];
    reversed.as.bytes = out;
    return reversed;
}

static cel_value format(cel_call *call, const cel_value *args)
{
    return cel_format(call, cel_value_str(args[0]), args[1]);
}

static const cel_overload_def functions[] = {
    CEL_MEMBER("charAt", "string_char_at_int", "(string, int) -> string", 0, char_at,
               cel_cost_tenth),
    CEL_MEMBER("indexOf", "string_index_of_string", "(string, string) -> int", 0, index_of,
               cel_cost_contains),
    CEL_MEMBER("indexOf", "string_index_of_string_int", "(string, string, int) -> int", 0,
               index_of, cel_cost_contains),
    CEL_MEMBER("lastIndexOf", "string_last_index_of_string", "(string, string) -> int", 0,
               last_index_of, cel_cost_contains),
    CEL_MEMBER("lastIndexOf", "string_last_index_of_string_int",
               "(string, string, int) -> int", 0, last_index_of, cel_cost_contains),
    CEL_MEMBER("lowerAscii", "string_lower_ascii", "(string) -> string", 0, lower_ascii,
               cel_cost_tenth),
    CEL_MEMBER("upperAscii", "string_upper_ascii", "(string) -> string", 0, upper_ascii,
               cel_cost_tenth),
    CEL_MEMBER_GROWS("replace", "string_replace_string_string",
                     "(string, string, string) -> string", 0, replace, cel_cost_fifth,
                     cel_grows_replace),
    CEL_MEMBER_GROWS("replace", "string_replace_string_string_int",
                     "(string, string, string, int) -> string", 0, replace, cel_cost_fifth,
                     cel_grows_replace),
    CEL_MEMBER_GROWS("split", "string_split_string", "(string, string) -> list(string)", 0,
                     split, cel_cost_fifth, cel_grows_split),
    CEL_MEMBER_GROWS("split", "string_split_string_int",
                     "(string, string, int) -> list(string)", 0, split, cel_cost_fifth,
                     cel_grows_split),
    CEL_MEMBER("substring", "string_substring_int", "(string, int) -> string", 0, substring,
               cel_cost_tenth),
    CEL_MEMBER("substring", "string_substring_int_int", "(string, int, int) -> string", 0,
               substring, cel_cost_tenth),
    CEL_MEMBER("trim", "string_trim", "(string) -> string", 0, trim, cel_cost_tenth),
    CEL_MEMBER_GROWS("join", "list_join", "(list(string)) -> string", 0, join,
                     cel_cost_items, cel_grows_join),
    CEL_MEMBER_GROWS("join", "list_join_string", "(list(string), string) -> string", 0,
                     join, cel_cost_items, cel_grows_join),
    { .name = "format",
      .id = "string_format",
      .signature = "(string, list(dyn)) -> string",
      .flags = CEL_FN_MEMBER,
      .since = 1,
      .fn = format,
      .cost = cel_cost_tenth,
      .validate = cel_format_validate,
      .growth = cel_grows_format },
    CEL_GLOBAL_GROWS("strings.quote", "strings_quote", "(string) -> string", 1, quote,
                     cel_cost_tenth, cel_grows_escaped),
    CEL_MEMBER("reverse", "string_reverse", "(string) -> string", 3, reverse,
               cel_cost_tenth),
};

const cel_library cel_lib_strings = {
    .name = "strings",
    .newest = 5,
    .functions = functions,
    .function_count = ACT_COUNT(functions),
};
