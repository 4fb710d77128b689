/** @file
 *  Files of records, read one record at a time: JSON lines, lists, single objects; plain or
 *  gzip. */
#ifndef ACT_RECORD_FILE_H
#define ACT_RECORD_FILE_H

#include "base/json.h"

/** What a record is, told by its kind and apiVersion or those of its list. */
enum act_record_form {
    ACT_FORM_AUDIT,      /**< audit.k8s.io/v1 Event */
    ACT_FORM_CORE_EVENT, /**< v1 Event */
    ACT_FORM_EVENT,      /**< events.k8s.io/v1 Event */
};
enum { ACT_RECORD_FORMS = ACT_FORM_EVENT + 1 };

enum {
    ACT_RECORD_LINE_MAX = 16 << 20,      /**< bytes of one line */
    ACT_RECORD_DOCUMENT_MAX = 512 << 20, /**< bytes of a file that is one document */
};

typedef struct {
    /** One record's JSON text, valid during the call. Other than 0 ends the reading. */
    int (*record)(void *ctx, enum act_record_form form, act_str json);
    /** Set instead of `record`: takes objects of any kind (lists give their items), valid
     *  during the call, with the line they end on, 0 in a file that is one document. */
    int (*object)(void *ctx, uint64_t line, const act_json *object);
    /** Something that is no record; @line is 1-based, 0 for none. */
    void (*unreadable)(void *ctx, uint64_t line, const char *why);
    /** Bytes of the file (as stored) that were read so far. May be NULL. */
    void (*progress)(void *ctx, uint64_t bytes);
    void *ctx;
} act_record_sink;

/** Read the file @path, or the standard input for "-". A file whose first line is a JSON
 *  object is read line by line; any other is one JSON document. ACT_ENOTFOUND, ACT_EIO,
 *  ACT_EPARSE (a document), ACT_ELIMIT, ACT_ENOMEM, or what a callback returned. */
int act_record_file_read(const char *path, const act_record_sink *sink, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
