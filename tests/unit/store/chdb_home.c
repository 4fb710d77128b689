#include "unit/store/chdb_home.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

void chdb_home_make(chdb_home *h)
{
    *h = (chdb_home){ .path = "/tmp/activity-store-XXXXXX" };
    assert_non_null(mkdtemp(h->path));
}

void chdb_home_open(chdb_home *h)
{
    act_err e = ACT_ERR_INIT;
    const act_store_chdb_options options = {
        .library = ACT_STR(TEST_LIBCHDB),
        .directory = act_str_cstr(h->path),
    };
    if (act_store_chdb_open(&options, &h->store, &e))
        fail_msg("%s", e.text);
}

void chdb_home_close(chdb_home *h)
{
    act_store_free(h->store);
    h->store = NULL;
}

void chdb_home_drop(chdb_home *h)
{
    chdb_home_close(h);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", h->path);
    assert_int_equal(system(command), 0);
}
