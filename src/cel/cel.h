/** @file
 *  The public face of the CEL library: environments, programs, evaluation, values. */
#ifndef CEL_CEL_H
#define CEL_CEL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/str.h"

/** Version of the library (semver.org). While the first number is 0, another second number
 *  may break what was; the soname is another then. */
#define CEL_VERSION_MAJOR 0
#define CEL_VERSION_MINOR 1
#define CEL_VERSION_PATCH 0

/* Life of an expression:
 *
 *   cel_env  (built by one thread, then read by all)
 *      |  cel_compile(): lex, parse, expand macros, check, plan
 *      v
 *   cel_program  (immutable, shared by threads, freed by its owner before the env)
 *      |  cel_bind_*(), cel_eval()
 *      v
 *   cel_ctx  (one per thread: arena, local variables, cost meter, caches) */
typedef struct cel_env cel_env;
typedef struct cel_program cel_program;
typedef struct cel_ctx cel_ctx;
typedef struct cel_errors cel_errors;
typedef struct cel_call cel_call;
typedef struct cel_slots cel_slots;

/* ---- values ------------------------------------------------------------------------- */

enum cel_kind {
    CEL_NULL,
    CEL_BOOL,
    CEL_INT,
    CEL_UINT,
    CEL_DOUBLE,
    CEL_STRING,
    CEL_BYTES,
    CEL_LIST,
    CEL_MAP,
    CEL_TIMESTAMP,
    CEL_DURATION,
    CEL_TYPE,
    CEL_OPTIONAL,
    CEL_OPAQUE, /**< a value of a library: IP address, quantity, ... */
    CEL_ERROR,  /**< only inside an evaluation; cel_eval() returns it as a failure */
    CEL_KIND_COUNT,
};

/** Representation of a value; see value.h. Meaningful together with the kind. */
enum cel_value_flag {
    CEL_V_JSON = 1,     /**< list or map is an act_json node */
    CEL_V_JSON_INT = 2, /**< numbers below that node are int where integral */
    CEL_V_OPERAND = 4,  /**< error: as.operand is a value to name in the text */
};

/** One CEL value, passed and returned in two registers.
 *
 *   kind flags aux    len            payload
 *  [ u8 | u8 | u16 |   u32   |  8 bytes               ]
 *
 *  string, bytes: len bytes at as.bytes (valid UTF-8 for strings), never longer than 4 GiB;
 *  timestamp: as.i64 seconds since 1970, len nanoseconds; duration: as.i64 nanoseconds;
 *  type: the name, len bytes at as.bytes; error: aux is enum cel_error_kind, len the byte
 *  of the source to show. Memory behind pointers belongs to the context's arena, the
 * program or the bound data, whichever it came from: a result is valid until the context's
 * next evaluation or reset. */
typedef struct cel_value {
    uint8_t kind;
    uint8_t flags;
    uint16_t aux;
    uint32_t len;
    union {
        bool boolean;
        int64_t i64;
        uint64_t u64;
        double f64;
        const char *bytes;
        const act_json *json;
        const struct cel_list *list;
        const struct cel_map *map;
        const struct cel_value *operand; /**< error detail; optional: NULL is none */
        const struct cel_opaque *opaque;
        const char *text; /**< error: NUL-terminated text, or NULL for the kind's own */
    } as;
} cel_value;

static_assert(sizeof(cel_value) == 16, "a value travels in two registers");

static inline cel_value cel_null(void)
{
    return (cel_value){ .kind = CEL_NULL };
}
static inline cel_value cel_bool(bool b)
{
    return (cel_value){ .kind = CEL_BOOL, .as.u64 = b };
}
static inline cel_value cel_int(int64_t i)
{
    return (cel_value){ .kind = CEL_INT, .as.i64 = i };
}
static inline cel_value cel_uint(uint64_t u)
{
    return (cel_value){ .kind = CEL_UINT, .as.u64 = u };
}
static inline cel_value cel_double(double d)
{
    return (cel_value){ .kind = CEL_DOUBLE, .as.f64 = d };
}
/** View of @s (valid UTF-8, at most UINT32_MAX bytes), which must outlive the value. */
static inline cel_value cel_string(act_str s)
{
    return (cel_value){ .kind = CEL_STRING, .len = (uint32_t)s.len, .as.bytes = s.ptr };
}
static inline cel_value cel_bytes(act_str s)
{
    return (cel_value){ .kind = CEL_BYTES, .len = (uint32_t)s.len, .as.bytes = s.ptr };
}
/** @nanos in [0, 1e9), @seconds in the years 1 to 9999. */
static inline cel_value cel_timestamp(int64_t seconds, uint32_t nanos)
{
    return (cel_value){ .kind = CEL_TIMESTAMP, .len = nanos, .as.i64 = seconds };
}
static inline cel_value cel_duration(int64_t nanos)
{
    return (cel_value){ .kind = CEL_DURATION, .as.i64 = nanos };
}
/** View of @node, which must outlive the value. Numbers read as double, or as int where
 *  integral when @json_int. */
cel_value cel_json(const act_json *node, bool json_int) ACT_NONNULL(1);

/** Bytes of a string or bytes value, name of a type value; empty for other kinds. */
static inline act_str cel_value_str(cel_value v)
{
    bool text = v.kind == CEL_STRING || v.kind == CEL_BYTES || v.kind == CEL_TYPE;
    return text ? (act_str){ v.as.bytes, v.len } : (act_str){ NULL, 0 };
}
static inline bool cel_value_is_true(cel_value v)
{
    return v.kind == CEL_BOOL && v.as.boolean;
}

/** Runtime type name: "int", "list", "google.protobuf.Timestamp", "net.IP". Static text or
 *  text of a library. */
act_str cel_value_type_name(cel_value v);

/** CEL equality (numbers on one line, maps without order); never an error. */
bool cel_value_equal(cel_value a, cel_value b);

/** Append @v as JSON. int and uint beyond 2^53-1 become decimal strings, NaN and infinities
 *  strings, bytes base64, timestamp and duration their string forms, an optional its value
 *  or null. ACT_EUNSUPPORTED (type values, opaque values without text), ACT_ELIMIT (depth
 *  128, or more than 16 MiB of text), else the buffer's error; the buffer then holds a
 * part.
 */
int cel_value_write_json(cel_value v, act_buf *out) ACT_NONNULL(2) ACT_MUST_CHECK;

/** Append @v as text for people, as a template shows it: a string as it is, bool, int, uint
 *  decimal, double as string(double), null as "null", timestamp and duration as string(),
 *  lists and maps as compact JSON. Errors as above. */
int cel_value_write_text(cel_value v, act_buf *out) ACT_NONNULL(2) ACT_MUST_CHECK;
/** The same with another bound: ACT_ELIMIT, soon, when it is longer than @max_bytes. */
int cel_value_write_text_max(cel_value v, size_t max_bytes, act_buf *out)
    ACT_NONNULL(3) ACT_MUST_CHECK;

/* ---- errors ------------------------------------------------------------------------- */

/** Kinds of runtime errors. Those from COST_LIMIT on are fatal: `||`, `&&`, all() and
 *  exists() do not absorb them. */
#define CEL_ERROR_KINDS(X)                                                                 \
    X(NONE, "")                                                                            \
    X(NO_OVERLOAD, "no such overload")                                                     \
    X(NO_SUCH_KEY, "no such key")                                                          \
    X(NO_SUCH_FIELD, "no such field")                                                      \
    X(UNDECLARED, "undeclared reference")                                                  \
    X(INDEX, "index out of bounds")                                                        \
    X(DIVIDE_BY_ZERO, "division by zero")                                                  \
    X(MODULUS_BY_ZERO, "modulus by zero")                                                  \
    X(OVERFLOW, "integer overflow")                                                        \
    X(CONVERSION, "type conversion error")                                                 \
    X(INVALID_ARGUMENT, "invalid argument")                                                \
    X(REGEX, "invalid regular expression")                                                 \
    X(DUPLICATE_KEY, "duplicate map key")                                                  \
    X(BAD_KEY_TYPE, "unsupported key type")                                                \
    X(COST_LIMIT, "cost limit exceeded")                                                   \
    X(ITERATION_LIMIT, "iteration limit exceeded")                                         \
    X(MEMORY_LIMIT, "memory limit exceeded")                                               \
    X(DEPTH_LIMIT, "depth limit exceeded")                                                 \
    X(CANCELLED, "evaluation cancelled")                                                   \
    X(INTERNAL, "internal error")

enum cel_error_kind {
#define CEL_ERROR_ENUM(name, text) CEL_E_##name,
    CEL_ERROR_KINDS(CEL_ERROR_ENUM)
#undef CEL_ERROR_ENUM
};

/** True for the kinds that no operator absorbs. */
static inline bool cel_error_is_fatal(enum cel_error_kind kind)
{
    return kind >= CEL_E_COST_LIMIT;
}
/** The kind's text of the list above; never NULL. */
const char *cel_error_text(enum cel_error_kind kind);

/** One compile error. Views into the cel_errors object. */
typedef struct {
    uint32_t line;   /**< 1-based */
    uint32_t column; /**< 1-based, in code points */
    size_t offset;   /**< bytes from the start of the source */
    act_str message; /**< one line, without position */
} cel_error_item;

/** A collection of compile errors, at most cel_limits.errors of them. One thread. */
int cel_errors_new(cel_errors **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void cel_errors_free(cel_errors *e); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(cel_errors)
size_t cel_errors_count(const cel_errors *e) ACT_NONNULL(1);
cel_error_item cel_errors_at(const cel_errors *e, size_t i) ACT_NONNULL(1);
/** All of them as cel-go prints them, joined by newlines; valid until the next change:
 *      ERROR: <input>:1:5: undeclared reference to 'x' (in container '')
 *       | 1 + x
 *       | ....^                                                                         */
act_str cel_errors_text(cel_errors *e) ACT_NONNULL(1);

/* ---- environment -------------------------------------------------------------------- */

/** Every bound of the library; passing one is a clean error. Those with an "up to" cannot
 *  be raised. Fixed are the depth of a tree (512 nodes) and how often cancellation is asked
 *  for (README.md says why). */
typedef struct {
    size_t source_bytes;          /**< expression text */
    uint32_t source_codepoints;   /**< the same in code points */
    uint32_t nodes;               /**< of the tree, after macro expansion */
    uint32_t parse_depth;         /**< nesting of the parser's recursion, up to 1000 */
    uint32_t literal_entries;     /**< of one list or map literal */
    uint32_t call_args;           /**< of one call, up to 32 */
    uint32_t comprehension_depth; /**< folds within folds */
    uint32_t errors;              /**< reported by one compilation */
    uint32_t regex_codepoints;    /**< of one pattern */
    uint32_t regex_program;       /**< instructions of one compiled pattern */
    uint32_t regex_repeat;        /**< of x{n,m} in a pattern, up to 1000 */
    size_t regex_bytes;           /**< memory of one pattern with its cache of states */
    uint64_t cost;                /**< per evaluation, in units of cost.h */
    uint64_t iterations;          /**< of folds per evaluation, all nested ones together */
    size_t arena_bytes;           /**< memory of one evaluation */
    uint32_t string_bytes;        /**< longest string an expression may build */
    uint32_t collection;          /**< longest list or map an expression may build */
    uint32_t exponent;            /**< of a double literal, either sign */
    uint32_t format_precision;    /**< digits behind the dot in format(), up to 100 */
    uint32_t quantity_bytes;      /**< text of a quantity, up to 256 */
    uint32_t quantity_exponent;   /**< of a quantity, either sign, up to 64 */
    uint32_t semver_bytes;        /**< text of a semantic version, up to 256 */
    uint32_t url_bytes;           /**< text of a URL, up to 4096 */
    uint32_t timestamp_bytes;     /**< text of a timestamp, up to 64 */
    uint32_t duration_bytes;      /**< text of a duration, up to 128 */
    uint32_t zones;               /**< time zones that a context keeps, 1 to 64 */
} cel_limits;

#define CEL_LIMITS_INIT                                                                    \
    ((cel_limits){ .source_bytes = 16 * 1024,                                              \
                   .source_codepoints = 16 * 1024,                                         \
                   .nodes = 20000,                                                         \
                   .parse_depth = 250,                                                     \
                   .literal_entries = 1000,                                                \
                   .call_args = 32,                                                        \
                   .comprehension_depth = 8,                                               \
                   .errors = 100,                                                          \
                   .regex_codepoints = 1000,                                               \
                   .regex_program = 10000,                                                 \
                   .regex_repeat = 1000,                                                   \
                   .regex_bytes = 1024 * 1024,                                             \
                   .cost = 1000000,                                                        \
                   .iterations = 100000,                                                   \
                   .arena_bytes = 4 * 1024 * 1024,                                         \
                   .string_bytes = 64 * 1024,                                              \
                   .collection = 100000,                                                   \
                   .exponent = 400,                                                        \
                   .format_precision = 100,                                                \
                   .quantity_bytes = 256,                                                  \
                   .quantity_exponent = 64,                                                \
                   .semver_bytes = 256,                                                    \
                   .url_bytes = 4096,                                                      \
                   .timestamp_bytes = 64,                                                  \
                   .duration_bytes = 128,                                                  \
                   .zones = 64 })

/** The named sets of functions and macros. The number is the newest version of each. */
#define CEL_LIBS(X)                                                                        \
    X(STD, std, 0)           /* operators, conversions, strings, times, the macros */      \
    X(STRINGS, strings, 5)   /* charAt, indexOf, format, ... */                            \
    X(MATH, math, 2)         /* math.greatest, math.abs, ... */                            \
    X(LISTS, lists, 3)       /* slice, flatten, sort, distinct, ... (cel-go) */            \
    X(SETS, sets, 0)         /* sets.contains, ... */                                      \
    X(ENCODERS, encoders, 0) /* base64 */                                                  \
    X(OPTIONAL, optional, 2) /* optional values and their syntax */                        \
    X(BINDINGS, bindings, 0) /* cel.bind */                                                \
    X(TWOVAR, twovar, 0)     /* comprehensions with two variables */                       \
    X(REGEX, regex, 0)       /* regex.replace, extract, extractAll (cel-go) */             \
    X(K8S_REGEX, k8s_regex, 0)                                                             \
    X(K8S_LISTS, k8s_lists, 1)                                                             \
    X(URL, url, 0)                                                                         \
    X(NET, net, 1) /* ip, cidr; 1: with cel-go's isMask */                                 \
    X(QUANTITY, quantity, 0)                                                               \
    X(SEMVER, semver, 1)                                                                   \
    X(FORMAT, format, 0)                                                                   \
    X(JSONPATCH, jsonpatch, 0)                                                             \
    X(BLOCK, block, 0) /* cel.block, cel.index, cel.iterVar: for conformance tests only */

enum cel_lib_id {
#define CEL_LIB_ENUM(name, symbol, version) CEL_LIB_##name,
    CEL_LIBS(CEL_LIB_ENUM)
#undef CEL_LIB_ENUM
        CEL_LIB_COUNT,
};
#define CEL_LIB_NEWEST UINT32_MAX

enum cel_option {
    CEL_OPT_HOMOGENEOUS = 1,        /**< mixed list and map literals are check errors */
    CEL_OPT_CROSS_TYPE = 2,         /**< the checker allows `<` among int, uint, double */
    CEL_OPT_BAD_PRESENCE_FALSE = 4, /**< has(x.f) is false, no error, when x is no map */
    CEL_OPT_INT_DURATION = 8,       /**< int(duration) in nanoseconds */
    CEL_OPT_NO_VALIDATORS = 16, /**< bad constant patterns, times, ... fail at run time */
};

/** New environment that has no library yet. @limits may be NULL (CEL_LIMITS_INIT).
 *  ACT_ENOMEM. The building calls below are for one thread and belong before the first
 *  cel_compile(); then the object is immutable and shared. */
int cel_env_new(const cel_limits *limits, cel_env **ret) ACT_NONNULL(2) ACT_MUST_CHECK;
void cel_env_free(cel_env *env); /**< NULL is a no-op. Programs go before it. */
ACT_DEFINE_AUTO(cel_env)

/** Offer library @lib up to @version (CEL_LIB_NEWEST: all). ACT_EINVAL (unknown, or older
 *  than the library), ACT_EEXISTS (offered already, or an overload collides), ACT_ENOMEM.
 */
int cel_env_lib(cel_env *env, enum cel_lib_id lib, uint32_t version)
    ACT_NONNULL(1) ACT_MUST_CHECK;

/** What a policy author finds: STD and all sets of a Kubernetes environment, plus newer
 *  strings, math, encoders, bindings, regex. */
int cel_env_policy_libs(cel_env *env) ACT_NONNULL(1) ACT_MUST_CHECK;

/** Declare opaque type @name of the host for variables and signatures, where it may take
 *  up to three arguments: "tuple(int, T)". ACT_EPARSE, ACT_EEXISTS, ACT_ENOMEM. */
int cel_env_type(cel_env *env, const char *name) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** Declare variable @name ("audit", "a.b") of @type ("string", "map(string, dyn)").
 *  @retindex (may be NULL) numbers the variables from 0 for cel_bind_*(). ACT_EPARSE (bad
 *  name or type, told in @e), ACT_EEXISTS, ACT_ENOMEM. */
int cel_env_var(cel_env *env, const char *name, const char *type, uint32_t *retindex,
                act_err *e) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** A function of the host or of a library: gets evaluated arguments (none is an error),
 *  returns a value or cel_call_fail(). Must not keep @args. */
typedef cel_value cel_fn(cel_call *call, const cel_value *args);
/** Cost of one call in units, charged before it runs. Looks at the kinds and sizes of the
 *  arguments only, and never falls when a size grows: cel_estimate() asks it as well. */
typedef uint64_t cel_cost_fn(const cel_value *args, uint32_t argc);

enum cel_fn_flag {
    CEL_FN_MEMBER = 1, /**< x.f(y): the receiver is the first parameter */
    CEL_FN_IMPURE = 2, /**< never evaluated at compile time (link()) */
};

/** Declare one overload of function @name with @signature "(string, dyn) -> string", where
 *  single capital letters are type parameters. @fn NULL declares it without implementation:
 *  calls fail at run time. @cost NULL costs 1. @ud is what cel_call_data() gives.
 * ACT_EPARSE (bad name or signature), ACT_EEXISTS (same style and overlapping parameters),
 * ACT_ENOMEM. */
int cel_env_func(cel_env *env, const char *name, const char *signature, unsigned flags,
                 cel_fn *fn, cel_cost_fn *cost, void *ud, act_err *e)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** Name prefix "a.b" that is tried before a bare name. ACT_EPARSE, ACT_ENOMEM. */
int cel_env_container(cel_env *env, const char *name) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Any of enum cel_option, or-ed; replaces what was set. */
void cel_env_options(cel_env *env, unsigned options) ACT_NONNULL(1);
/** Folder of TZif files; default "/usr/share/zoneinfo". ACT_ENOMEM. */
int cel_env_zoneinfo(cel_env *env, const char *folder) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

const cel_limits *cel_env_limits(const cel_env *env) ACT_NONNULL(1);
/** Index of variable @name, or -1. */
int cel_env_find_var(const cel_env *env, act_str name) ACT_NONNULL(1);
uint32_t cel_env_var_count(const cel_env *env) ACT_NONNULL(1);
/** Name of variable @index; empty when there is none. */
act_str cel_env_var_name(const cel_env *env, uint32_t index) ACT_NONNULL(1);

/* ---- compilation -------------------------------------------------------------------- */

enum cel_compile_flag {
    CEL_COMPILE_UNCHECKED = 1, /**< no type check: everything is dyn, names still resolve */
    CEL_COMPILE_CHECK_ONLY = 2, /**< no plan: type and tree may be read, not evaluated */
    CEL_COMPILE_NO_FOLD = 4,    /**< constants stay in the plan as written (for tests) */
    CEL_COMPILE_KEEP_TREE = 8,  /**< cel_program_ast() beside a plan; costs its memory */
};

/** Attribute paths shared by the programs of one policy set, so that each is looked up at
 *  most once an event. Built by one thread while compiling, then read by all. */
int cel_slots_new(const cel_env *env, cel_slots **ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void cel_slots_free(cel_slots *s); /**< NULL is a no-op. Programs go before it. */
ACT_DEFINE_AUTO(cel_slots)

/** Compile @src (UTF-8; copied). @flags of enum cel_compile_flag. @slots and @errors may be
 *  NULL; @errors is emptied first. The caller frees the program. Errors: ACT_EPARSE
 * (syntax, names, types: told in @errors), ACT_ELIMIT (too long, too deep, too many nodes:
 * told as well), ACT_ENOMEM. Any thread, when @slots is NULL. */
int cel_compile(const cel_env *env, act_str src, unsigned flags, cel_slots *slots,
                cel_errors *errors, cel_program **ret) ACT_NONNULL(1, 6) ACT_MUST_CHECK;
void cel_program_free(cel_program *p); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(cel_program)

/** Checked type of the result: "bool", "list(string)", "dyn". NUL-terminated. */
const char *cel_program_type(const cel_program *p) ACT_NONNULL(1);
/** The source text. */
act_str cel_program_source(const cel_program *p) ACT_NONNULL(1);
const cel_env *cel_program_env(const cel_program *p) ACT_NONNULL(1);

/** A constant attribute path that the program reads: variable and the keys after it. */
typedef struct {
    uint32_t var;
    uint32_t count;
    const act_str *keys;
} cel_path;
/** All of them, without repeats; lives with the program. None after CHECK_ONLY. */
const cel_path *cel_program_paths(const cel_program *p, size_t *retn) ACT_NONNULL(1, 2);

/** Root of the checked tree for translators (ast.h); lives with the program. NULL unless
 *  compiled with CHECK_ONLY or KEEP_TREE. */
const struct cel_node *cel_program_ast(const cel_program *p) ACT_NONNULL(1);

/* ---- evaluation --------------------------------------------------------------------- */

/** New evaluation context. ACT_ENOMEM. One thread. The env outlives it. */
int cel_ctx_new(const cel_env *env, cel_ctx **ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void cel_ctx_free(cel_ctx *ctx); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(cel_ctx)

/** Bind variable @var to a JSON node or a value (views: they must outlive the evaluations).
 *  ACT_EINVAL (no such variable). Binding forgets resolved slots of that variable. */
int cel_bind_json(cel_ctx *ctx, uint32_t var, const act_json *node) ACT_NONNULL(1, 3);
int cel_bind_value(cel_ctx *ctx, uint32_t var, cel_value value) ACT_NONNULL(1);
/** Unbind all variables, forget slots and results, return the arena; keeps memory. */
void cel_ctx_reset(cel_ctx *ctx) ACT_NONNULL(1);
/** Numbers of JSON bound from now on are int where integral (default: double). */
void cel_ctx_json_int(cel_ctx *ctx, bool on) ACT_NONNULL(1);

/** Anything host functions want to reach through cel_call_user(). */
void cel_ctx_set_user(cel_ctx *ctx, void *user) ACT_NONNULL(1);
/** A bound over several evaluations (all rules of an event): fails with COST_LIMIT when
 *  their sum passes @units. 0: none. Starts counting again. */
void cel_ctx_set_budget(cel_ctx *ctx, uint64_t units) ACT_NONNULL(1);
/** Asked now and then (every 100 iterations, every 10,000 units): true cancels. */
void cel_ctx_set_cancel(cel_ctx *ctx, bool (*cancelled)(void *), void *ud) ACT_NONNULL(1);

/** Evaluate; no heap allocation once the context is warm. The result may point into the
 *  context's arena: valid until the next cel_eval() or cel_ctx_reset(). ACT_EEVAL: the
 *  expression failed (text and place in @e, kind by cel_ctx_error()); ACT_ELIMIT: a fatal
 *  kind; ACT_EINVAL: compiled with CHECK_ONLY. @e may be NULL: then no text is made. */
int cel_eval(const cel_program *p, cel_ctx *ctx, cel_value *ret, act_err *e)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** As cel_eval(), and the arena is not reset first: results of earlier evaluations since
 *  the last cel_eval() or cel_ctx_reset() stay valid. */
int cel_eval_more(const cel_program *p, cel_ctx *ctx, cel_value *ret, act_err *e)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** Of the last evaluation: what failed (CEL_E_NONE after success), and what it cost. */
enum cel_error_kind cel_ctx_error(const cel_ctx *ctx) ACT_NONNULL(1);
uint64_t cel_ctx_cost(const cel_ctx *ctx) ACT_NONNULL(1);

/* ---- estimates ---------------------------------------------------------------------- */

/** How large a variable, or what is below a path of it, is declared to be at most. */
typedef struct {
    const char *path; /**< "audit", "audit.objectRef"; "" is about every variable */
    uint64_t bytes;   /**< of all strings in it, keys too, together */
    uint64_t items;   /**< entries of all lists and maps in it, together */
} cel_size;

/** The most that an evaluation of @p can cost in units of cel_ctx_cost() while variables
 *  stay within @sizes, of which the longest path that fits counts. Saturates at UINT64_MAX,
 *  which is also what a variable without a size makes of it. Limits that stop evaluations
 *  (cost, iterations, memory) are not looked at; those of strings and collections are.
 *  Bound values must hold no optionals, cost functions of the host look at kinds and sizes
 *  only and never fall, and a host function's result holds no more than its arguments, one
 *  longest string and one longest collection. ACT_EINVAL (compiled with CHECK_ONLY),
 *  ACT_ENOMEM. */
int cel_estimate(const cel_program *p, const cel_size *sizes, size_t n, uint64_t *ret)
    ACT_NONNULL(1, 4) ACT_MUST_CHECK;

/* ---- inside a function's call ------------------------------------------------------- */

/** Result to return for a failure; @text is NULL or a static or arena string. */
cel_value cel_call_fail(cel_call *call, enum cel_error_kind kind, const char *text)
    ACT_NONNULL(1);
act_arena *cel_call_arena(cel_call *call) ACT_NONNULL(1);
void *cel_call_data(cel_call *call) ACT_NONNULL(1); /**< @ud of cel_env_func() */
void *cel_call_user(cel_call *call) ACT_NONNULL(1); /**< of cel_ctx_set_user() */

#endif
