/* A loop is run by one thread, then by another, and in the child of a fork by the one that forked, in whose callback that was: a
 * thread of the child leaves something to it. */
#include "../programs/program.h"
#include <sys/wait.h>

static uv_loop_t loop;
static uv_async_t begin;
static uv_timer_t timer, other;
static pid_t child = -1;
static int fired;

static void fire(uv_timer_t* handle) {
  fired++;
  uv_timer_stop(handle);
  uv_stop(handle->loop);
}

static void start(void* argument) {
  uv_timer_start(argument, fire, 1, 1);
}

static void begins(uv_async_t* async) {
  uv_thread_t thread;
  child = fork();
  if (child != 0) {
    uv_stop(async->loop);
    return;
  }
  if (uv_loop_fork(&loop) != 0 || uv_thread_create(&thread, start, &timer) != 0)
    _exit(3);
  uv_thread_join(&thread);
  if (!uv_is_active((uv_handle_t*) &timer))
    _exit(4);
}

static void run(void* argument) {
  (void) argument;
  uv_run(&loop, UV_RUN_DEFAULT);
  if (child == 0)
    _exit(fired == 1 && !uv_is_active((uv_handle_t*) &timer) ? 0 : 5);
}

int main(void) {
  uv_thread_t thread;
  int status = -1;
  uv_loop_init(&loop);
  uv_async_init(&loop, &begin, begins);
  uv_timer_init(&loop, &timer);
  uv_timer_init(&loop, &other);
  uv_async_send(&begin);
  uv_thread_create(&thread, run, NULL);
  uv_thread_join(&thread);
  waitpid(child, &status, 0);
  say("the child has ended: %d", status);

  uv_timer_start(&timer, fire, 1, 1);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_thread_create(&thread, start, &other);
  uv_thread_join(&thread);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("fired %d, active: %d", fired, uv_is_active((uv_handle_t*) &other));
  uv_close((uv_handle_t*) &timer, NULL);
  uv_close((uv_handle_t*) &other, NULL);
  uv_close((uv_handle_t*) &begin, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("the loop: %d", uv_loop_close(&loop));
  return 0;
}
