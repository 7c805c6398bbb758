/* Async handles: sends are counted together, from any thread. */
#include "program.h"

static uv_loop_t loop;
static uv_async_t asyncs[4];
static uv_timer_t timer;
static int calls[4];
static int rounds;

static int number(void* handle) { return (int) ((uv_async_t*) handle - asyncs); }

static void on_async(uv_async_t* handle) { say("async %d, call %d", number(handle), ++calls[number(handle)]); }

static void sends_itself(uv_async_t* handle) {
  say("round %d", ++rounds);
  if (rounds < 3) CALL(uv_async_send(handle));
  else uv_close(HANDLE(handle), NULL);
}

static void sender(void* argument) {
  for (int i = 0; i < 1000; i++) MUST(uv_async_send(argument) == 0);
}

static void closes_other(uv_async_t* handle) {
  say("closes the other");
  uv_close(HANDLE(&asyncs[1]), NULL);
}

static void threads_cb(uv_async_t* handle) { calls[0]++; }

static void ping(uv_async_t* handle);
static uv_sem_t turn;
static int pings;

static void pinger(void* argument) {
  for (int i = 0; i < 100; i++) {
    uv_async_send(argument);
    uv_sem_wait(&turn);
  }
}

static void ping(uv_async_t* handle) {
  if (++pings == 100) uv_close(HANDLE(handle), NULL);
  uv_sem_post(&turn);
}

int main(void) {
  CALL(uv_loop_init(&loop));
  uv_timer_init(&loop, &timer);
  for (int i = 0; i < 3; i++) CALL(uv_async_init(&loop, &asyncs[i], on_async));
  say("active %d, ref %d", uv_is_active(HANDLE(&asyncs[0])), uv_has_ref(HANDLE(&asyncs[0])));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));

  say("-- many sends, one call");
  for (int i = 0; i < 10; i++) CALL(uv_async_send(&asyncs[0]));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));

  say("-- without a callback");
  CALL(uv_async_init(&loop, &asyncs[3], NULL));
  CALL(uv_async_send(&asyncs[3]));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  uv_close(HANDLE(&asyncs[3]), NULL);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));

  say("-- closed before its turn");
  uv_async_send(&asyncs[2]);
  uv_close(HANDLE(&asyncs[2]), NULL);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));

  say("-- sent from its own callback");
  CALL(uv_async_init(&loop, &asyncs[2], sends_itself));
  uv_async_send(&asyncs[2]);
  for (int i = 0; i < 4; i++) CALL(uv_run(&loop, UV_RUN_NOWAIT));

  say("-- from threads");
  uv_close(HANDLE(&asyncs[0]), NULL);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  calls[0] = 0;
  CALL(uv_async_init(&loop, &asyncs[0], threads_cb));
  uv_thread_t threads[4];
  for (int i = 0; i < 4; i++) MUST(uv_thread_create(&threads[i], sender, &asyncs[0]) == 0);
  for (int i = 0; i < 4; i++) {
    while (calls[0] == 0) uv_run(&loop, UV_RUN_ONCE);
    MUST(uv_thread_join(&threads[i]) == 0);
  }
  uv_run(&loop, UV_RUN_NOWAIT);
  say("called %d, not too often %d", calls[0] > 0, calls[0] <= 4000);

  say("-- to and fro");
  uv_thread_t thread;
  uv_sem_init(&turn, 0);
  uv_async_t async;
  CALL(uv_async_init(&loop, &async, ping));
  CALL(uv_thread_create(&thread, pinger, &async));
  while (!uv_is_closing(HANDLE(&async))) uv_run(&loop, UV_RUN_ONCE);
  CALL(uv_thread_join(&thread));
  uv_run(&loop, UV_RUN_NOWAIT);
  say("pings %d", pings);

  say("-- one closes another that was sent as well");
  uv_close(HANDLE(&asyncs[0]), NULL);
  uv_close(HANDLE(&asyncs[1]), NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  CALL(uv_async_init(&loop, &asyncs[0], closes_other));
  CALL(uv_async_init(&loop, &asyncs[1], on_async));
  uv_async_send(&asyncs[0]);
  uv_async_send(&asyncs[1]);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  finish(&loop);
  return 0;
}
