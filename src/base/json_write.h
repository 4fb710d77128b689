/** @file
 *  JSON text, written piece by piece into a buffer; commas come by themselves. */
#ifndef ACT_JSON_WRITE_H
#define ACT_JSON_WRITE_H

#include "base/buf.h"
#include "base/json.h"

/** Writer over a buffer that the caller owns; failures stay in the buffer (act_buf_err).
 *  Plain data, one thread. Misuse (a value where a key is due) is an assertion. */
typedef struct {
    act_buf *out;
    bool need_comma;
    bool after_key;
    uint32_t depth;
    uint64_t objects; /**< bit d: level d is an object; levels past 63 are not checked */
} act_json_writer;

static inline act_json_writer act_json_writer_on(act_buf *out)
{
    return (act_json_writer){ .out = out };
}

void act_jw_object(act_json_writer *w);     /**< { */
void act_jw_object_end(act_json_writer *w); /**< } */
void act_jw_array(act_json_writer *w);      /**< [ */
void act_jw_array_end(act_json_writer *w);  /**< ] */
void act_jw_key(act_json_writer *w, act_str key);
/** @s escaped; bytes that are not UTF-8 become U+FFFD. */
void act_jw_string(act_json_writer *w, act_str s);
void act_jw_i64(act_json_writer *w, int64_t v);
void act_jw_u64(act_json_writer *w, uint64_t v);
void act_jw_f64(act_json_writer *w, double v); /**< as act_f64_format(); NaN, Inf: null */
void act_jw_bool(act_json_writer *w, bool v);
void act_jw_null(act_json_writer *w);
/** @json as it stands: text that is known to be one JSON value. */
void act_jw_raw(act_json_writer *w, act_str json);
/** Levels of made nodes (without raw bytes) in one value; past it the buffer fails with
 *  ACT_ELIMIT. */
enum { ACT_JSON_WRITE_DEPTH_MAX = 1000 };
/** A value: its raw bytes when it has them, else from its structure. */
void act_jw_value(act_json_writer *w, const act_json *v);

/** Append @s to @out as a JSON string, for text that is put together by hand. */
void act_json_add_string(act_buf *out, act_str s) ACT_NONNULL(1);

/** "key": value in one call; the _opt forms write nothing when the value is empty. */
void act_jw_kv_string(act_json_writer *w, const char *key, act_str value);
void act_jw_kv_string_opt(act_json_writer *w, const char *key, act_str value);
void act_jw_kv_i64(act_json_writer *w, const char *key, int64_t value);
void act_jw_kv_bool(act_json_writer *w, const char *key, bool value);
void act_jw_kv_raw(act_json_writer *w, const char *key, act_str json);

#endif
