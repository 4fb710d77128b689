/* Compressed request bodies: never more than the limit, nothing on failure. */
#include "net/gzip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { LIMIT = 1 << 16 };
    act_buf out = ACT_BUF_INIT;
    int err = act_gzip_inflate(act_str_from(data, size), LIMIT, &out);
    if (out.len > LIMIT || (err && out.len) || act_buf_err(&out))
        abort();
    act_buf_done(&out);
    return 0;
}
