/* Token files: any text is read or refused with a line, and what is read has its parts. */
#include "kube/token_file.h"

#include <stdlib.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ACT_AUTO(act_arena) a = NULL;
    const act_token_entry *entries = NULL;
    size_t n = 0;
    act_err e = ACT_ERR_INIT;
    if (size > 1 << 16 || act_arena_new(64 << 20, 0, &a))
        return 0;
    int r = act_token_text_read(a, act_str_from(data, size), &entries, &n, &e);
    require(r == 0 || r == ACT_ELIMIT || (r == ACT_EPARSE && e.line > 0));
    for (size_t i = 0; r == 0 && i < n; i++) {
        const act_user *u = &entries[i].user;
        require(entries[i].token.len > 0 && u->name.len > 0);
        require(act_user_in_group(u, ACT_STR(ACT_GROUP_AUTHENTICATED)));
        for (size_t j = 0; j < u->n_extra; j++)
            require(u->extra[j].key.len > 0 && u->extra[j].n >= 1);
    }
    return 0;
}
