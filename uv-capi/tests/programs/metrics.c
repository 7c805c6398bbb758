/* Metrics: the time that a loop waited. */
#include "program.h"

static void on_timer(uv_timer_t* timer) {}
static void slow(uv_timer_t* timer) { uv_sleep(20); }

int main(void) {
  uv_loop_t loop;
  uv_timer_t timer;
  CALL(uv_loop_init(&loop));
  CALL(uv_timer_init(&loop, &timer));
  uv_timer_start(&timer, on_timer, 5, 0);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("not measured: %d", uv_metrics_idle_time(&loop) == 0);

  CALL(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME));
  say("nothing yet: %d", uv_metrics_idle_time(&loop) == 0);
  uv_update_time(&loop);
  uv_timer_start(&timer, on_timer, 20, 0);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uint64_t idle = uv_metrics_idle_time(&loop);
  say("it has waited: %d", idle >= 15000000);
  uv_timer_start(&timer, slow, 0, 0);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  say("work is not waiting: %d", uv_metrics_idle_time(&loop) - idle < 15000000);
  finish(&loop);
  return 0;
}
