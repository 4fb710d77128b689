/** @file
 *  What fuzz targets share: claims that must hold, and decisions taken from the input. */
#ifndef FUZZ_H
#define FUZZ_H

#include "base/str.h"

/** The entry point that libFuzzer and replay.c call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** End the process, with what is broken on standard error, unless @claim holds. */
static inline void fuzz_require(bool claim, const char *what)
{
    if (!claim) {
        (void)fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

/** The input as a source of decisions; after its end every answer is 0. Plain data. */
typedef struct {
    const uint8_t *data;
    size_t size, at;
} fuzz_input;

static inline bool fuzz_ended(const fuzz_input *in)
{
    return in->at == in->size;
}

static inline uint8_t fuzz_byte(fuzz_input *in)
{
    return fuzz_ended(in) ? 0 : in->data[in->at++];
}

/** 0 to @n - 1; @n at most 65536. */
static inline uint32_t fuzz_below(fuzz_input *in, uint32_t n)
{
    uint32_t v = fuzz_byte(in);
    if (n > 256)
        v = v << 8 | fuzz_byte(in);
    return n ? v % n : 0;
}

static inline uint64_t fuzz_u64(fuzz_input *in)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | fuzz_byte(in);
    return v;
}

/** What was not read yet. */
static inline act_str fuzz_rest(const fuzz_input *in)
{
    return act_str_from(in->data + in->at, in->size - in->at);
}

#endif
