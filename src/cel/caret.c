/* A line of source with a caret under a place in it, as terminals show it. */
#include "cel/caret.h"

#include "cel/utf8.h"

typedef struct {
    uint32_t first, last;
} code_range;

/* Marks that stand on the character in front of them, in the scripts met most, and what is
 * not shown at all. In order. */
static const code_range no_column[] = {
    { 0x300, 0x36f },   { 0x483, 0x489 },   { 0x591, 0x5bd },   { 0x5bf, 0x5bf },
    { 0x5c1, 0x5c2 },   { 0x5c4, 0x5c5 },   { 0x5c7, 0x5c7 },   { 0x610, 0x61a },
    { 0x64b, 0x65f },   { 0x670, 0x670 },   { 0x6d6, 0x6dc },   { 0x6df, 0x6e4 },
    { 0x6e7, 0x6e8 },   { 0x6ea, 0x6ed },   { 0x900, 0x902 },   { 0x93a, 0x93a },
    { 0x93c, 0x93c },   { 0x941, 0x948 },   { 0x94d, 0x94d },   { 0x951, 0x957 },
    { 0x962, 0x963 },   { 0xe31, 0xe31 },   { 0xe34, 0xe3a },   { 0xe47, 0xe4e },
    { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f }, { 0x202a, 0x202e },
    { 0x2060, 0x2064 }, { 0x20d0, 0x20ff }, { 0x302a, 0x302d }, { 0x3099, 0x309a },
    { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff }, { 0xe0100, 0xe01ef },
};

/* East_Asian_Width W and F, which emoji are too. In order. */
static const code_range two_columns[] = {
    { 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },   { 0x23e9, 0x23ec },
    { 0x23f0, 0x23f0 },   { 0x23f3, 0x23f3 },   { 0x25fd, 0x25fe },   { 0x2614, 0x2615 },
    { 0x2648, 0x2653 },   { 0x267f, 0x267f },   { 0x2693, 0x2693 },   { 0x26a1, 0x26a1 },
    { 0x26aa, 0x26ab },   { 0x26bd, 0x26be },   { 0x26c4, 0x26c5 },   { 0x26ce, 0x26ce },
    { 0x26d4, 0x26d4 },   { 0x26ea, 0x26ea },   { 0x26f2, 0x26f3 },   { 0x26f5, 0x26f5 },
    { 0x26fa, 0x26fa },   { 0x26fd, 0x26fd },   { 0x2705, 0x2705 },   { 0x270a, 0x270b },
    { 0x2728, 0x2728 },   { 0x274c, 0x274c },   { 0x274e, 0x274e },   { 0x2753, 0x2755 },
    { 0x2757, 0x2757 },   { 0x2795, 0x2797 },   { 0x27b0, 0x27b0 },   { 0x27bf, 0x27bf },
    { 0x2b1b, 0x2b1c },   { 0x2b50, 0x2b50 },   { 0x2b55, 0x2b55 },   { 0x2e80, 0x303e },
    { 0x3041, 0x3247 },   { 0x3250, 0x4dbf },   { 0x4e00, 0xa4cf },   { 0xa960, 0xa97f },
    { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe10, 0xfe19 },   { 0xfe30, 0xfe6f },
    { 0xff01, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x16fe0, 0x18cff }, { 0x1aff0, 0x1b2ff },
    { 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf }, { 0x1f18e, 0x1f18e }, { 0x1f191, 0x1f19a },
    { 0x1f200, 0x1f320 }, { 0x1f32d, 0x1f335 }, { 0x1f337, 0x1f37c }, { 0x1f37e, 0x1f393 },
    { 0x1f3a0, 0x1f3ca }, { 0x1f3cf, 0x1f3d3 }, { 0x1f3e0, 0x1f3f0 }, { 0x1f3f4, 0x1f3f4 },
    { 0x1f3f8, 0x1f43e }, { 0x1f440, 0x1f440 }, { 0x1f442, 0x1f4fc }, { 0x1f4ff, 0x1f53d },
    { 0x1f54b, 0x1f54e }, { 0x1f550, 0x1f567 }, { 0x1f57a, 0x1f57a }, { 0x1f595, 0x1f596 },
    { 0x1f5a4, 0x1f5a4 }, { 0x1f5fb, 0x1f64f }, { 0x1f680, 0x1f6c5 }, { 0x1f6cc, 0x1f6cc },
    { 0x1f6d0, 0x1f6d2 }, { 0x1f6d5, 0x1f6d7 }, { 0x1f6dc, 0x1f6df }, { 0x1f6eb, 0x1f6ec },
    { 0x1f6f4, 0x1f6fc }, { 0x1f7e0, 0x1f7eb }, { 0x1f90c, 0x1f93a }, { 0x1f93c, 0x1f945 },
    { 0x1f947, 0x1f9ff }, { 0x1fa70, 0x1faff }, { 0x20000, 0x3fffd },
};

static bool is_in(const code_range *ranges, size_t count, uint32_t code)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && code >= ranges[low].first;
}

static int columns_of(uint32_t code)
{
    if (is_in(no_column, ACT_COUNT(no_column), code))
        return 0;
    return is_in(two_columns, ACT_COUNT(two_columns), code) ? 2 : 1;
}

/* Line @number of @text, from 1. */
static act_str line_of(act_str text, uint32_t number)
{
    act_str line = { 0 };
    for (uint32_t i = 0; i < number; i++)
        text = act_str_split(text, '\n', &line);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* Nothing that would move the cursor of a terminal, and no bytes that are no UTF-8. */
static bool is_shown(uint32_t code, act_str bytes)
{
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    bool stray = bytes.len == 1 && (unsigned char)bytes.ptr[0] >= 0x80;
    return !control && !stray;
}

void cel_caret_add(act_str source, uint32_t line, uint32_t column, act_buf *out)
{
    act_str text = line_of(source, line);
    act_buf_add(out, ACT_STR(" | "));
    for (size_t at = 0; at < text.len;) {
        const char *start = text.ptr + at;
        uint32_t code = cel_utf8_next(text, &at);
        act_str bytes = { start, (size_t)(text.ptr + at - start) };
        act_buf_add(out, is_shown(code, bytes) ? bytes : ACT_STR(" "));
    }
    act_buf_add(out, ACT_STR("\n | "));
    size_t at = 0;
    for (uint32_t i = 1; i < column; i++)
        for (int n = at < text.len ? columns_of(cel_utf8_next(text, &at)) : 1; n > 0; n--)
            act_buf_add_byte(out, '.');
    act_buf_add_byte(out, '^');
}
