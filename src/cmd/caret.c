#include "cmd/caret.h"

/* Line @number of @text, from 1. */
static act_str line_of(act_str text, uint32_t number)
{
    act_str line = { 0 };
    for (uint32_t i = 0; i < number; i++)
        text = act_str_split(text, '\n', &line);
    return line;
}

void act_caret_add(act_str text, uint32_t line, uint32_t column, act_buf *out)
{
    act_buf_printf(out, " | %.*s\n | ", ACT_STR_ARG(line_of(text, line)));
    for (uint32_t i = 1; i < column; i++)
        act_buf_add_byte(out, '.');
    act_buf_add(out, ACT_STR("^\n"));
}
