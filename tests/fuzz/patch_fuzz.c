/* Patches: whatever a patch says, it is refused with a reason or makes an object that can
 * be written and read again, and the target stays as it was. Input: a digit for the kind of
 * patch, the target, a line feed, the patch. */
#include "base/json_write.h"
#include "kube/patch.h"

#include <stdlib.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static const act_json *parse(act_arena *a, act_str text)
{
    static act_json_parser *parser;
    const act_json *v = NULL;
    if (!parser)
        require(act_json_parser_new((act_json_limits){ 0 }, &parser) == ACT_OK);
    return act_json_parse(parser, a, text, 0, &v, NULL) ? NULL : v;
}

static void check_result(act_arena *a, const act_json *v)
{
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    act_jw_value(&w, v);
    if (!act_buf_err(&text)) {
        const act_json *again = parse(a, act_buf_str(&text));
        require(!again || act_json_equal(v, again));
    }
    act_buf_done(&text);
}

static int apply(act_arena *a, char kind, const act_json *target, const act_json *patch,
                 act_json *ret, act_err *e)
{
    if (kind == '0')
        return act_patch_merge(a, target, patch, ret);
    if (kind == '1')
        return act_patch_json(a, target, patch, ret, e);
    return act_patch_strategic(a, target, patch, ret, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static act_arena *arena;
    act_str target_text;
    if (!arena)
        require(act_arena_new(64 << 20, 0, &arena) == ACT_OK);
    act_arena_reset(arena);
    if (size < 2)
        return 0;
    act_str patch_text =
        act_str_split(act_str_from((const char *)data + 1, size - 1), '\n', &target_text);
    const act_json *target = parse(arena, target_text), *patch = parse(arena, patch_text);
    if (!target || !patch)
        return 0;
    act_err e = ACT_ERR_INIT;
    act_json got;
    if (apply(arena, (char)data[0], target, patch, &got, &e) == ACT_OK)
        check_result(arena, &got);
    const act_json *untouched = parse(arena, target_text);
    require(untouched && act_json_equal(target, untouched));
    return 0;
}
