/* Cursors: any text is opened or refused, and whatever is sealed opens to itself. */
#include "core/cursor.h"

#include <stdlib.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* A cursor made of the input: one key for each eighth byte or so. */
static act_cursor from_bytes(act_str in)
{
    act_cursor c = { .kind = ACT_CURSOR_EVENT_QUERY, .n_keys = 1 };
    while (in.len >= 10 && c.n_keys <= ACT_CURSOR_KEYS_MAX) {
        act_cursor_key *key = &c.keys[c.n_keys - 1];
        key->is_text = in.ptr[0] & 1;
        if (key->is_text)
            key->text = act_str_head(act_str_cut(in, 2), (unsigned char)in.ptr[1]);
        else
            memcpy(&key->number, in.ptr + 2, sizeof key->number);
        in = act_str_cut(in, 10);
        if (in.len >= 10 && c.n_keys < ACT_CURSOR_KEYS_MAX)
            c.n_keys++;
        else
            break;
    }
    return c;
}

static void check_round_trip(const act_cursor_sealer *s, act_arena *a, act_str in)
{
    act_cursor c = from_bytes(in), got;
    const act_cursor_binding binding = { .params = &in, .n_params = 1 };
    act_buf text = ACT_BUF_INIT;
    if (act_cursor_seal(s, &c, &binding, 0, &text) == ACT_OK) {
        require(act_cursor_open(s, act_buf_str(&text), c.kind, &binding, 0, a, &got,
                                NULL) == ACT_OK);
        require(got.n_keys == c.n_keys);
        for (uint32_t i = 0; i < c.n_keys; i++) {
            require(got.keys[i].is_text == c.keys[i].is_text);
            require(got.keys[i].number == c.keys[i].number);
            require(act_str_eq(got.keys[i].text, c.keys[i].text));
        }
    }
    act_buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const act_str secret = ACT_STR("0123456789abcdef0123456789abcdef");
    const act_cursor_binding binding = { .scope = { ACT_SCOPE_PROJECT, ACT_STR("p") } };
    ACT_AUTO(act_cursor_sealer) s = NULL;
    ACT_AUTO(act_arena) a = NULL;
    if (act_cursor_sealer_new(&secret, 1, &s) || act_arena_new(1 << 20, 0, &a))
        return 0;
    act_str in = act_str_from(data, size);
    act_cursor got;
    int err = act_cursor_open(s, in, ACT_CURSOR_AUDIT_QUERY, &binding, 0, a, &got, NULL);
    require(err != ACT_OK || (got.n_keys >= 1 && got.n_keys <= ACT_CURSOR_KEYS_MAX));
    check_round_trip(s, a, in);
    return 0;
}
