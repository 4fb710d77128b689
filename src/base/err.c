#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *act_strerror(int err)
{
    switch (err) {
    case ACT_OK:
        return "success";
#define ACT_ERROR_TEXT(name, number, text)                                                 \
    case ACT_##name:                                                                       \
        return text;
        ACT_ERRORS(ACT_ERROR_TEXT)
#undef ACT_ERROR_TEXT
    }
    return "unknown error";
}

const char *act_errname(int err)
{
    switch (err) {
    case ACT_OK:
        return "OK";
#define ACT_ERROR_NAME(name, number, text)                                                 \
    case ACT_##name:                                                                       \
        return #name;
        ACT_ERRORS(ACT_ERROR_NAME)
#undef ACT_ERROR_NAME
    }
    return "?";
}

/* A cut sentence must stay valid UTF-8: drop a sequence that lost its tail. */
static void trim_partial_utf8(char *text, size_t len)
{
    size_t i = len;
    while (i > 0 && len - i < 4 && ((unsigned char)text[i - 1] & 0xC0) == 0x80)
        i--;
    if (i == 0)
        return;
    unsigned char lead = (unsigned char)text[i - 1];
    size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (len - (i - 1) < want)
        text[i - 1] = '\0';
}

static void set_text(act_err *e, const char *format, va_list args)
{
    int n = vsnprintf(e->text, sizeof e->text, format, args);
    if (n >= (int)sizeof e->text)
        trim_partial_utf8(e->text, sizeof e->text - 1);
}

int act_fail(act_err *e, int err, const char *format, ...)
{
    if (!e)
        return err;
    va_list args;
    va_start(args, format);
    set_text(e, format, args);
    va_end(args);
    e->line = e->column = 0;
    e->offset = 0;
    return err;
}

int act_fail_at(act_err *e, int err, uint32_t line, uint32_t column, size_t offset,
                const char *format, ...)
{
    if (!e)
        return err;
    va_list args;
    va_start(args, format);
    set_text(e, format, args);
    va_end(args);
    e->line = line;
    e->column = column;
    e->offset = offset;
    return err;
}
