// The C border of simdjson. Only its first stage is used: the second one builds simdjson's
// own tape, ours (json.c) builds nodes at once. The library picks the kernel for the CPU.
#include "base/json_index.h"

#include "base/alloc.h"

#include <memory>
#include <new>
#include <simdjson.h>

namespace
{
const size_t FIRST_BYTES = 4096;
const size_t KEEP_BYTES = 256 * 1024; // the index takes four times as much
} // namespace

struct act_json_index {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
};

int act_json_index_new(act_json_index **ret)
{
    void *memory = act_alloc(sizeof(act_json_index));
    if (!memory)
        return ACT_ENOMEM;
    *ret = new (memory) act_json_index();
    return ACT_OK;
}

void act_json_index_free(act_json_index *ix)
{
    if (!ix)
        return;
    ix->~act_json_index();
    act_dealloc(ix);
}

// Room for @bytes of text; what a rare large text needed is given back at the next small
// one.
static simdjson::error_code fit(act_json_index *ix, size_t bytes)
{
    size_t have = ix->stage ? ix->stage->capacity() : 0;
    if (bytes <= have && (have <= KEEP_BYTES || bytes > KEEP_BYTES))
        return simdjson::SUCCESS;
    size_t want = FIRST_BYTES;
    while (want < bytes)
        want *= 2;
    if (want > ACT_JSON_INDEX_MAX_BYTES)
        want = ACT_JSON_INDEX_MAX_BYTES;
    if (ix->stage)
        return ix->stage->set_capacity(want);
    return simdjson::get_active_implementation()->create_dom_parser_implementation(
        want, 1, ix->stage);
}

int act_json_index_find(act_json_index *ix, act_str text, const uint32_t **ret,
                        size_t *ret_count)
{
    if (text.len == 0)
        return ACT_EPARSE;
    if (text.len > ACT_JSON_INDEX_MAX_BYTES)
        return ACT_ELIMIT;
    if (fit(ix, text.len) != simdjson::SUCCESS)
        return ACT_ENOMEM;
    auto bytes = reinterpret_cast<const uint8_t *>(text.ptr);
    if (ix->stage->stage1(bytes, text.len, simdjson::stage1_mode::regular) !=
        simdjson::SUCCESS)
        return ACT_EPARSE;
    *ret = ix->stage->structural_indexes.get();
    *ret_count = ix->stage->n_structural_indexes;
    return ACT_OK;
}
