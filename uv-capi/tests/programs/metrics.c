/* Metrics: the time that a loop waited, which other threads may ask for. */
#include "program.h"

static void on_timer(uv_timer_t* timer) {}
static void slow(uv_timer_t* timer) { uv_sleep(20); }

static uv_async_t done;
static void on_done(uv_async_t* async) { uv_close((uv_handle_t*) async, NULL); }

/* The loop waits once, and for nothing but this thread. */
static void watch(void* loop) {
  int i;
  for (i = 0; i < 2000 && uv_metrics_idle_time(loop) < 20000000; i++) uv_sleep(10);
  say("seen by a thread while the loop waits: %d", i < 2000);
  uv_async_send(&done);
}

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

  uv_loop_t other;
  uv_thread_t thread;
  CALL(uv_loop_init(&other));
  CALL(uv_loop_configure(&other, UV_METRICS_IDLE_TIME));
  CALL(uv_async_init(&other, &done, on_done));
  CALL(uv_thread_create(&thread, watch, &other));
  CALL(uv_run(&other, UV_RUN_DEFAULT));
  CALL(uv_thread_join(&thread));
  finish(&other);
  finish(&loop);
  return 0;
}
