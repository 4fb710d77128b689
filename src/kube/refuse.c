#include "kube/refuse.h"

#include "kube/status.h"

void act_kube_refuse(void *ctx, const act_http_request *req, int code, act_str text,
                     act_http_response *res)
{
    (void)ctx;
    act_kube_status status = act_kube_error(
        act_http_request_arena(req), act_kube_reason_of(code), "%.*s", ACT_STR_ARG(text));
    act_buf body = ACT_BUF_INIT;
    if (code == 429)
        status.retry_after_s = ACT_KUBE_RETRY_AFTER_S;
    act_kube_status_write(&status, &body);
    act_http_response_body(res, "application/json", &body);
}
