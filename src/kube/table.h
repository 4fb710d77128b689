/** @file
 *  Tables: how kubectl get shows objects, made by the server. And the metadata-only forms.
 */
#ifndef ACT_KUBE_TABLE_H
#define ACT_KUBE_TABLE_H

#include "base/buf.h"
#include "base/json.h"

/** What a cell is made of. */
enum act_cell_type { ACT_CELL_STRING, ACT_CELL_INTEGER, ACT_CELL_DATE };

/** One column. @text appends the cell of @object: for INTEGER its digits, for DATE the age
 *  at @now_ns ("5m"). Constant tables. */
typedef struct {
    const char *name;
    enum act_cell_type type;
    const char *doc;
    void (*text)(const act_json *object, int64_t now_ns, act_buf *out);
    bool wide; /**< shown with -o wide only (priority 1) */
} act_column;

typedef struct {
    const act_column *items;
    size_t n;
} act_columns;

/** What clients ask of a table. */
enum act_include { ACT_INCLUDE_METADATA, ACT_INCLUDE_OBJECT, ACT_INCLUDE_NONE };

/** List metadata as it goes into a table or list. Views. */
typedef struct {
    act_str resource_version;
    act_str continue_token;
    int64_t remaining; /**< 0: not said */
} act_list_meta;

/** metadata.name, and the age of metadata.creationTimestamp: columns that all kinds have.
 */
void act_cell_name(const act_json *object, int64_t now_ns, act_buf *out);
void act_cell_age(const act_json *object, int64_t now_ns, act_buf *out);
/** Append a duration as kubectl shows ages: 45s, 5m30s, 3h12m, 2d, 1y40d. */
void act_duration_text(int64_t ns, act_buf *out) ACT_NONNULL(2);

typedef struct {
    act_columns columns;
    enum act_include include;
    bool headers;         /**< false: columnDefinitions are left out (watches, after one) */
    act_str meta_version; /**< "v1" or "v1beta1" */
    int64_t now_ns;
} act_table_options;

/** Append a Table of @n objects. Failures stick in @out. */
void act_table_write(const act_table_options *o, const act_json *const *objects, size_t n,
                     const act_list_meta *meta, act_buf *out) ACT_NONNULL(1, 4, 5);

/** Append the object that a list has as its metadata. */
void act_list_meta_write(const act_list_meta *meta, act_buf *out) ACT_NONNULL(1, 2);

/** Append PartialObjectMetadata of one object, or the list form of @n. */
void act_partial_write(const act_json *object, act_str meta_version, act_buf *out)
    ACT_NONNULL(1, 3);
void act_partial_list_write(const act_json *const *objects, size_t n,
                            const act_list_meta *meta, act_str meta_version, act_buf *out)
    ACT_NONNULL(3, 5);

#endif
