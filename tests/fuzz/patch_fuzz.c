/* Patches: whatever a patch says, it is refused with a reason or makes an object that can
 * be written and read again, no larger than target, patch and the copies that one may make;
 * and the target stays as it was. A merge patch does what its RFC says, and nothing the
 * second time. Input: a digit for the kind of patch, the target, a line feed, the patch. */
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

static uint64_t count(const act_json *v)
{
    uint64_t sum = 1;
    size_t n = 0;
    if (v->type == ACT_JSON_ARRAY) {
        const act_json *items = act_json_items(v, &n);
        for (size_t i = 0; i < n; i++)
            sum += count(&items[i]);
    } else if (v->type == ACT_JSON_OBJECT) {
        const act_json_member *members = act_json_members(v, &n);
        for (size_t i = 0; i < n; i++)
            sum += count(&members[i].value);
    }
    return sum;
}

/* Is @v what RFC 7386 makes of @target (NULL: nothing) and @patch? */
static bool is_merged(const act_json *target, const act_json *patch, const act_json *v)
{
    if (patch->type != ACT_JSON_OBJECT)
        return act_json_equal(v, patch);
    if (v->type != ACT_JSON_OBJECT)
        return false;
    size_t n;
    const act_json_member *members = act_json_members(v, &n);
    const act_json *before = target && target->type == ACT_JSON_OBJECT ? target : NULL;
    for (size_t i = 0; i < n; i++) { /* nothing else is there */
        const act_json *said = act_json_get(patch, members[i].key);
        const act_json *was = before ? act_json_get(before, members[i].key) : NULL;
        if (said ? said->type == ACT_JSON_NULL || !is_merged(was, said, &members[i].value)
                 : !was || !act_json_equal(was, &members[i].value))
            return false;
    }
    for (int k = 0; k < 2; k++) { /* nothing is missing */
        members = act_json_members(k || !before ? patch : before, &n);
        for (size_t i = 0; i < n; i++) {
            const act_json *said = act_json_get(patch, members[i].key);
            bool gone = said && said->type == ACT_JSON_NULL;
            if (!gone != !!act_json_get(v, members[i].key))
                return false;
        }
    }
    return true;
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
    int r = apply(arena, (char)data[0], target, patch, &got, &e);
    if (r == ACT_OK) {
        check_result(arena, &got);
        require(count(&got) <= count(target) + count(patch) + ACT_PATCH_COPIED_MAX);
    }
    if (data[0] == '0' && r == ACT_OK) {
        act_json again;
        require(is_merged(target, patch, &got));
        require(act_patch_merge(arena, &got, patch, &again) == ACT_OK);
        require(act_json_equal(&got, &again));
    } else if (r && data[0] != '0') {
        require(r == ACT_ENOMEM || e.text[0]);
    }
    const act_json *untouched = parse(arena, target_text);
    require(untouched && act_json_equal(target, untouched));
    return 0;
}
