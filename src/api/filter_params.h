/** @file
 *  The parameters of a filter's SQL, as the store takes them. */
#ifndef ACT_API_FILTER_PARAMS_H
#define ACT_API_FILTER_PARAMS_H

#include "core/filter.h"
#include "store/store.h"

/** Views @p, name and text included. */
static inline act_store_param act_filter_store_param(const act_sql_param *p)
{
    act_store_param s = { .name = p->name };
    switch (p->type) {
    case ACT_SQL_STRING:
        s.type = ACT_STORE_STRING;
        s.as.str = p->as.string;
        break;
    case ACT_SQL_I64:
        s.type = ACT_STORE_I64;
        s.as.i64 = p->as.i64;
        break;
    case ACT_SQL_TIME:
        s.type = ACT_STORE_TIME_US;
        s.as.i64 = p->as.i64;
        break;
    case ACT_SQL_STRINGS:
        s.type = ACT_STORE_STRINGS;
        s.as.strs.ptr = p->as.strings.ptr;
        s.as.strs.n = p->as.strings.n;
        break;
    }
    return s;
}

#endif
