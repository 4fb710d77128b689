/** @file
 *  YAML as Kubernetes reads it: documents become JSON values, and back. */
#ifndef ACT_KUBE_YAML_H
#define ACT_KUBE_YAML_H

#include "base/buf.h"
#include "base/json.h"

/** Limits of one text; 0 means the default. Past one: ACT_ELIMIT. */
typedef struct {
    size_t max_bytes;       /**< of the text; default 3 MiB */
    uint32_t max_depth;     /**< default 128 */
    uint32_t max_nodes;     /**< values made, aliases counted each time; default 200,000 */
    uint32_t max_documents; /**< default 1,000 */
} act_yaml_limits;

/** One document of a stream. */
typedef struct {
    const act_json *value; /**< nodes without raw bytes */
    uint32_t line;         /**< 1-based, where it begins */
} act_yaml_document;

/** Keys that stood in their mapping before, in the words of Kubernetes' reader: `line 5:
 * key "a" already set in map`, the line being that of the value. */
typedef struct {
    act_str texts[32];
    size_t n; /**< may be more than were kept */
} act_yaml_repeats;

/** Read all documents of @text (JSON is YAML too) into @a; empty ones are left out. Plain
 *  scalars follow YAML 1.1 as Kubernetes' Go library does: null, booleans with
 * yes/no/on/off, integers with 0x, 0o, 0b or a leading 0, floats; all else is a string,
 * dates too. Keys are made strings; a plain key `<<` merges the mapping, or the mappings,
 * that are its value into where it stands, whose own keys count first; a key twice in a
 * mapping is an error, as are .inf, .nan, tags other than the core ones, and an alias
 * inside of what it names. ACT_EPARSE with line and column, ACT_ELIMIT, ACT_ENOMEM. */
int act_yaml_read(act_arena *a, act_str text, const act_yaml_limits *limits,
                  const act_yaml_document **ret, size_t *ret_n, act_err *reterr)
    ACT_NONNULL(1, 4, 5) ACT_MUST_CHECK;

/** The same, but of a key that stands in a mapping more than once the last value counts, as
 *  in JSON, and the others are told in @repeats. */
int act_yaml_read_last(act_arena *a, act_str text, const act_yaml_limits *limits,
                       act_yaml_repeats *repeats, const act_yaml_document **ret,
                       size_t *ret_n, act_err *reterr)
    ACT_NONNULL(1, 4, 5, 6) ACT_MUST_CHECK;

/** Append @v as one YAML document in block style. Failures stick in @out. */
void act_yaml_write(const act_json *v, act_buf *out) ACT_NONNULL(1, 2);

#endif
