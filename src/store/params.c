#include "store/store_backend.h"

#include <inttypes.h>

/* Escaped text is read back by the engine: `\x` pairs are undone, and a raw tab or line
 * feed would end the value. Every other byte, NUL included, stands for itself. */
static void add_escaped(act_buf *out, act_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        switch (c) {
        case '\\':
            act_buf_add(out, ACT_STR("\\\\"));
            break;
        case '\t':
            act_buf_add(out, ACT_STR("\\t"));
            break;
        case '\n':
            act_buf_add(out, ACT_STR("\\n"));
            break;
        case '\r':
            act_buf_add(out, ACT_STR("\\r"));
            break;
        case '\0':
            act_buf_add(out, ACT_STR("\\0"));
            break;
        default:
            act_buf_add_byte(out, c);
        }
    }
}

/* Elements are quoted, so in them the quote is escaped as well. */
static void add_quoted(act_buf *out, act_str text)
{
    act_buf_add_byte(out, '\'');
    while (text.len > 0) {
        size_t quote = act_str_find_byte(text, '\'');
        add_escaped(out, act_str_head(text, quote));
        if (quote == SIZE_MAX)
            break;
        act_buf_add(out, ACT_STR("\\'"));
        text = act_str_cut(text, quote + 1);
    }
    act_buf_add_byte(out, '\'');
}

static void add_list(act_buf *out, const act_str *items, size_t n)
{
    act_buf_add_byte(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            act_buf_add_byte(out, ',');
        add_quoted(out, items[i]);
    }
    act_buf_add_byte(out, ']');
}

/* From 1970 on a time is written as seconds with a fraction; of fewer than ten digits, four
 * at the front would be read as a year. Before 1970 it is written as date and time, as the
 * sign of "-0.5" is not read; the engine's times begin with 1900. */
static void add_time(act_buf *out, int64_t value, int64_t per_second, int digits)
{
    if (value >= 0) {
        act_buf_printf(out, "%010" PRId64 ".%0*" PRId64, value / per_second, digits,
                       value % per_second);
        return;
    }
    const int64_t first = INT64_C(-2208988800) * per_second;
    char text[ACT_RFC3339_MAX];
    int64_t ns = (value > first ? value : first) * (ACT_NS_PER_S / per_second);
    size_t n = act_rfc3339_format(ns, (unsigned)digits, text);
    act_str time, date = act_str_from(text, n - 1); /* without the Z */
    time = act_str_split(date, 'T', &date);
    act_buf_printf(out, "%.*s %.*s", ACT_STR_ARG(date), ACT_STR_ARG(time));
}

void act_store_param_text(const act_store_param *p, act_buf *out)
{
    switch (p->type) {
    case ACT_STORE_STRING:
        add_escaped(out, p->as.str);
        return;
    case ACT_STORE_U8:
    case ACT_STORE_U16:
    case ACT_STORE_U32:
    case ACT_STORE_U64:
        act_buf_add_u64(out, p->as.u64);
        return;
    case ACT_STORE_I32:
    case ACT_STORE_I64:
        act_buf_add_i64(out, p->as.i64);
        return;
    case ACT_STORE_F64:
        act_buf_printf(out, "%.17g", p->as.f64);
        return;
    case ACT_STORE_TIME_MS:
        add_time(out, p->as.i64, 1000, 3);
        return;
    case ACT_STORE_TIME_US:
        add_time(out, p->as.i64, 1000000, 6);
        return;
    case ACT_STORE_STRINGS:
        add_list(out, p->as.strs.ptr, p->as.strs.n);
        return;
    case ACT_STORE_MAP: /* columns only */
        assert(false);
        return;
    }
}

/* ---- errors ----------------------------------------------------------------------- */

/* Numbers of ClickHouse's ErrorCodes.cpp, which never change their meaning. */
enum {
    CODE_TOO_MANY_ROWS = 158,
    CODE_TIMEOUT_EXCEEDED = 159,
    CODE_TOO_SLOW = 160,
    CODE_MEMORY_LIMIT_EXCEEDED = 241,
    CODE_TOO_MANY_BYTES = 307,
    CODE_TOO_MANY_ROWS_OR_BYTES = 396,
};

static const uint16_t limit_codes[] = {
    CODE_TOO_MANY_ROWS,         CODE_TIMEOUT_EXCEEDED, CODE_TOO_SLOW,
    CODE_MEMORY_LIMIT_EXCEEDED, CODE_TOO_MANY_BYTES,   CODE_TOO_MANY_ROWS_OR_BYTES,
};

/* What the engine, its disk or its network did wrong; asking again may succeed. */
static const uint16_t engine_codes[] = {
    23,   /* CANNOT_READ_FROM_FILE_DESCRIPTOR */
    24,   /* CANNOT_WRITE_TO_FILE_DESCRIPTOR */
    40,   /* CHECKSUM_DOESNT_MATCH */
    49,   /* LOGICAL_ERROR */
    74,   /* CANNOT_READ_FROM_FILE */
    75,   /* CANNOT_WRITE_TO_FILE */
    76,   /* CANNOT_OPEN_FILE */
    77,   /* CANNOT_CLOSE_FILE */
    107,  /* FILE_DOESNT_EXIST */
    173,  /* CANNOT_ALLOCATE_MEMORY */
    202,  /* TOO_MANY_SIMULTANEOUS_QUERIES */
    209,  /* SOCKET_TIMEOUT */
    210,  /* NETWORK_ERROR */
    232,  /* NO_FILE_IN_DATA_PART */
    234,  /* NO_SUCH_DATA_PART */
    236,  /* ABORTED */
    242,  /* TABLE_IS_READ_ONLY */
    243,  /* NOT_ENOUGH_SPACE */
    246,  /* CORRUPTED_DATA */
    252,  /* TOO_MANY_PARTS */
    394,  /* QUERY_WAS_CANCELLED */
    425,  /* SYSTEM_ERROR */
    439,  /* CANNOT_SCHEDULE_TASK */
    1000, /* POCO_EXCEPTION */
    1001, /* STD_EXCEPTION */
    1002, /* UNKNOWN_EXCEPTION */
};

/* What is missing, and what we may not do: states of the schema, not faults of a row. */
static const uint16_t missing_codes[] = {
    16, /* NO_SUCH_COLUMN_IN_TABLE */
    60, /* UNKNOWN_TABLE */
    81, /* UNKNOWN_DATABASE */
};
static const uint16_t denied_codes[] = {
    164, /* READONLY */
    192, /* UNKNOWN_USER */
    193, /* WRONG_PASSWORD */
    497, /* ACCESS_DENIED */
    516, /* AUTHENTICATION_FAILED */
};

static bool is_among(const uint16_t *codes, size_t n, uint64_t code)
{
    for (size_t i = 0; i < n; i++)
        if (codes[i] == code)
            return true;
    return false;
}

int act_store_error_of(act_str exception)
{
    size_t at = act_str_find(exception, ACT_STR("Code: "));
    if (at == SIZE_MAX)
        return ACT_EIO; /* not an exception of a query: the library itself */
    act_str number;
    (void)act_str_split(act_str_cut(exception, at + 6), '.', &number);
    uint64_t code;
    if (act_str_to_u64(number, &code))
        return ACT_EIO;
    if (is_among(limit_codes, ACT_COUNT(limit_codes), code))
        return ACT_ELIMIT;
    if (is_among(engine_codes, ACT_COUNT(engine_codes), code))
        return ACT_EIO;
    if (is_among(missing_codes, ACT_COUNT(missing_codes), code))
        return ACT_ENOTFOUND;
    if (is_among(denied_codes, ACT_COUNT(denied_codes), code))
        return ACT_EDENIED;
    return ACT_EINVAL;
}

enum act_store_limit act_store_limit_of(const act_err *e)
{
    static const struct {
        const char *word;
        enum act_store_limit limit;
    } words[] = {
        { "(total) memory limit", ACT_STORE_LIMIT_BUSY }, /* of all statements together */
        { "memory limit", ACT_STORE_LIMIT_MEMORY },
        { "max_rows_to_read", ACT_STORE_LIMIT_ROWS },
        { "Limit for rows", ACT_STORE_LIMIT_ROWS },
        { "connections to the store are busy", ACT_STORE_LIMIT_BUSY },
    };
    for (size_t i = 0; i < ACT_COUNT(words); i++)
        if (strcasestr(e->text, words[i].word))
            return words[i].limit;
    return ACT_STORE_LIMIT_TIME;
}
