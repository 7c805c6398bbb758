/* What another thread than the one that runs a loop cannot leave to that one: FUNCTION is called. */
#include "../programs/program.h"

static uv_loop_t loop;
static uv_async_t begin;
static uv_tcp_t tcp;
static uv_pipe_t pipe_handle;
static uv_sem_t is_run;

static void begins(uv_async_t* async) {
  (void) async;
  uv_sem_post(&is_run);
}

static void thread(void* argument) {
  (void) argument;
  uv_sem_wait(&is_run);
  FUNCTION;
  say("it has returned");
  exit(1);
}

int main(void) {
  uv_thread_t other;
  uv_loop_init(&loop);
  uv_sem_init(&is_run, 0);
  uv_async_init(&loop, &begin, begins);
  uv_tcp_init(&loop, &tcp);
  uv_pipe_init(&loop, &pipe_handle, 1);
  uv_thread_create(&other, thread, NULL);
  uv_async_send(&begin);
  uv_run(&loop, UV_RUN_DEFAULT);
  return 2;
}
