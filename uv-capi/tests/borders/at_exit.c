/* What was given to the pool is done before the process ends, although nobody runs the loop. */
#include "../programs/program.h"
#include <unistd.h>

static _Atomic int worked;

static void work(uv_work_t* req) {
  (void) req;
  usleep(5000);
  if (++worked == 16) say("all of it is done");
}

static void after(uv_work_t* req, int status) {
  (void) req;
  (void) status;
  say("nobody runs the loop");
}

static void timer_cb(uv_timer_t* handle) {
  (void) handle;
  say("the end");
  exit(0);
}

int main(void) {
  static uv_work_t works[16];
  uv_timer_t timer;
  int count;
  uv_timer_init(uv_default_loop(), &timer);
  uv_timer_start(&timer, timer_cb, 0, 0);
  for (count = 0; count < 16; count++) uv_queue_work(uv_default_loop(), &works[count], work, after);
  uv_run(uv_default_loop(), UV_RUN_NOWAIT);
  return 1;
}
