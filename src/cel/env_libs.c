/* The libraries by id, and those of them that consist of macros alone. */
#include "cel/env_internal.h"

const cel_library cel_lib_bindings = {
    .name = "bindings",
    .macros = cel_macros_bindings,
    .macro_count = CEL_MACROS_BINDINGS,
};

const cel_library cel_lib_twovar = {
    .name = "twovar",
    .macros = cel_macros_twovar,
    .macro_count = CEL_MACROS_TWOVAR,
};

const cel_library cel_lib_block = {
    .name = "block",
    .macros = cel_macros_block,
    .macro_count = CEL_MACROS_BLOCK,
};

const cel_library *cel_library_by_id(enum cel_lib_id id)
{
    static const cel_library *const libraries[CEL_LIB_COUNT] = {
#define CEL_LIB_ROW(name, symbol, version) [CEL_LIB_##name] = &cel_lib_##symbol,
        CEL_LIBS(CEL_LIB_ROW)
#undef CEL_LIB_ROW
    };
    return libraries[id];
}
