/* Timers: order, repetition, what starting and stopping do in a callback. */
#include "program.h"

static uv_loop_t loop;
static uv_timer_t timers[8];
static int ticks;

static void name_cb(uv_timer_t* timer) {
  say("timer %d", (int) (timer - timers));
}

static void closed(uv_handle_t* handle) {
  say("closed %d, active %d, closing %d", (int) ((uv_timer_t*) handle - timers), uv_is_active(handle), uv_is_closing(handle));
}

static void tick(uv_timer_t* timer) {
  say("tick %d, active %d, repeat %d", ++ticks, uv_is_active(HANDLE(timer)), (int) uv_timer_get_repeat(timer));
  if (ticks == 2) uv_timer_set_repeat(timer, 3);
  if (ticks == 4) CALL(uv_timer_stop(timer));
}

static void restart(uv_timer_t* timer) {
  say("restart %d, active %d", ++ticks, uv_is_active(HANDLE(timer)));
  if (ticks < 3) CALL(uv_timer_start(timer, restart, 1, 0));
}

static void close_others(uv_timer_t* timer) {
  say("close others");
  for (int i = 0; i < 4; i++) uv_close(HANDLE(&timers[i]), closed);
}

int main(void) {
  CALL(uv_loop_init(&loop));
  for (int i = 0; i < 8; i++) {
    CALL(uv_timer_init(&loop, &timers[i]));
    MUST(timers[i].loop == &loop && timers[i].type == UV_TIMER);
  }

  say("-- none was started");
  CALL(uv_timer_stop(&timers[0]));
  CALL(uv_timer_again(&timers[0]));
  CALL(uv_timer_start(&timers[0], NULL, 1, 1));
  say("due in %d, repeat %d, active %d", (int) uv_timer_get_due_in(&timers[0]), (int) uv_timer_get_repeat(&timers[0]),
      uv_is_active(HANDLE(&timers[0])));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- by time, then by start");
  uv_update_time(&loop);
  int due[] = { 9, 3, 3, 0, 9, 1, 3, 0 };
  for (int i = 0; i < 8; i++) uv_timer_start(&timers[i], name_cb, due[i], 0);
  say("due in %d", (int) uv_timer_get_due_in(&timers[0]));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- a start anew is a later start");
  uv_update_time(&loop);
  for (int i = 0; i < 4; i++) uv_timer_start(&timers[i], name_cb, 2, 0);
  uv_timer_start(&timers[1], name_cb, 2, 0);
  uv_timer_stop(&timers[2]);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- repeats");
  ticks = 0;
  CALL(uv_timer_start(&timers[0], tick, 1, 2));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_timer_again(&timers[0]));
  ticks = 3;
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- a repeat of 0 in its callback stops it");
  ticks = 0;
  uv_timer_start(&timers[0], tick, 0, 1);
  uv_timer_set_repeat(&timers[0], 0);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_timer_again(&timers[0]));
  say("active %d", uv_is_active(HANDLE(&timers[0])));

  say("-- started in its own callback");
  ticks = 0;
  uv_timer_start(&timers[0], restart, 1, 0);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- a timer far away");
  uv_timer_start(&timers[0], name_cb, UINT64_MAX, 0);
  say("due %d", uv_timer_get_due_in(&timers[0]) > UINT64_MAX / 2);
  say("backend timeout positive %d", uv_backend_timeout(&loop) > 0);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  uv_unref(HANDLE(&timers[0]));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_ref(HANDLE(&timers[0]));
  uv_timer_stop(&timers[0]);

  say("-- a callback that closes those which are due");
  for (int i = 0; i < 4; i++) uv_timer_start(&timers[i], i == 0 ? close_others : name_cb, 1, 0);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_timer_start(&timers[0], name_cb, 1, 0));
  CALL(uv_timer_stop(&timers[0]));

  for (int i = 4; i < 8; i++) uv_close(HANDLE(&timers[i]), closed);
  CALL(uv_timer_start(&timers[4], name_cb, 0, 0));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_loop_close(&loop));
  return 0;
}
