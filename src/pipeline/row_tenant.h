/** @file
 *  The two columns that say whose a row is. */
#ifndef ACT_ROW_TENANT_H
#define ACT_ROW_TENANT_H

#include "core/scope.h"
#include "store/store.h"

/** Type and name of @tenant. */
static inline void act_row_add_tenant(act_store_block *b, act_scope tenant)
{
    act_store_add_str(b, act_scope_type_name(tenant.type));
    act_store_add_str(b, tenant.name);
}

#endif
