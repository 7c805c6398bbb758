/* Signals: several handles, one shot, several loops. */
#include "program.h"

static uv_loop_t loop, other_loop;
static uv_signal_t signals[4];
static int calls;

static int number(void* handle) { return (int) ((uv_signal_t*) handle - signals); }

static void on_signal(uv_signal_t* handle, int signum) {
  say("handle %d got %d, signum %d, active %d", number(handle), signum, handle->signum, uv_is_active(HANDLE(handle)));
}

static void another(uv_signal_t* handle, int signum) { say("another: handle %d got %d", number(handle), signum); }

static void stops(uv_signal_t* handle, int signum) {
  say("handle %d got %d and stops", number(handle), signum);
  CALL(uv_signal_stop(handle));
}

static void closes(uv_signal_t* handle, int signum) {
  say("handle %d got %d and closes", number(handle), signum);
  uv_close(HANDLE(handle), NULL);
}

static void counts(uv_signal_t* handle, int signum) { calls++; }

static void settle(void) {
  for (int i = 0; i < 3; i++) uv_run(&loop, UV_RUN_NOWAIT);
}

static void thread(void* argument) {
  uv_signal_t signal;
  MUST(uv_loop_init(&other_loop) == 0);
  MUST(uv_signal_init(&other_loop, &signal) == 0);
  MUST(uv_signal_start_oneshot(&signal, counts, SIGUSR2) == 0);
  uv_sem_post(argument);
  MUST(uv_run(&other_loop, UV_RUN_DEFAULT) == 0);
  uv_close(HANDLE(&signal), NULL);
  MUST(uv_run(&other_loop, UV_RUN_DEFAULT) == 0);
  MUST(uv_loop_close(&other_loop) == 0);
}

int main(void) {
  CALL(uv_loop_init(&loop));
  for (int i = 0; i < 4; i++) CALL(uv_signal_init(&loop, &signals[i]));

  say("-- errors");
  CALL(uv_signal_start(&signals[0], on_signal, 0));
  CALL(uv_signal_start(&signals[0], on_signal, -1));
  CALL(uv_signal_start(&signals[0], on_signal, 1000));
  CALL(uv_signal_start(&signals[0], on_signal, SIGKILL));
  CALL(uv_signal_stop(&signals[0]));
  say("active %d", uv_is_active(HANDLE(&signals[0])));

  say("-- one handle");
  CALL(uv_signal_start(&signals[0], on_signal, SIGUSR1));
  say("active %d, signum %d", uv_is_active(HANDLE(&signals[0])), signals[0].signum);
  raise(SIGUSR1);
  settle();
  CALL(uv_kill(getpid(), SIGUSR1));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  settle();

  say("-- several");
  for (int i = 1; i < 4; i++) CALL(uv_signal_start(&signals[i], on_signal, SIGUSR1));
  raise(SIGUSR1);
  settle();

  say("-- another callback");
  CALL(uv_signal_start(&signals[1], another, SIGUSR1));
  raise(SIGUSR1);
  settle();

  say("-- another signal");
  CALL(uv_signal_start(&signals[1], another, SIGUSR2));
  raise(SIGUSR1);
  settle();
  raise(SIGUSR2);
  settle();

  say("-- stopped and closed in their callbacks");
  CALL(uv_signal_start(&signals[0], stops, SIGUSR1));
  CALL(uv_signal_start(&signals[3], closes, SIGUSR1));
  raise(SIGUSR1);
  settle();
  raise(SIGUSR1);
  settle();

  say("-- one shot");
  CALL(uv_signal_stop(&signals[2]));
  CALL(uv_signal_start_oneshot(&signals[0], on_signal, SIGUSR1));
  CALL(uv_signal_start(&signals[2], on_signal, SIGUSR1));
  raise(SIGUSR1);
  settle();
  say("active %d", uv_is_active(HANDLE(&signals[0])));
  raise(SIGUSR1);
  settle();
  CALL(uv_signal_start_oneshot(&signals[2], another, SIGUSR1));
  raise(SIGUSR1);
  settle();
  say("active %d", uv_is_active(HANDLE(&signals[2])));

  say("-- stopped before it is seen");
  CALL(uv_signal_start(&signals[0], on_signal, SIGUSR1));
  raise(SIGUSR1);
  CALL(uv_signal_stop(&signals[0]));
  settle();
  struct sigaction action;
  sigaction(SIGUSR1, NULL, &action);
  say("the default again %d", action.sa_handler == SIG_DFL);

  say("-- a loop in another thread");
  uv_sem_t ready;
  uv_thread_t id;
  uv_sem_init(&ready, 0);
  uv_thread_create(&id, thread, &ready);
  uv_sem_wait(&ready);
  raise(SIGUSR2);
  CALL(uv_run(&loop, UV_RUN_ONCE));
  uv_thread_join(&id);
  settle();
  say("calls there %d", calls);

  say("-- many");
  /* Not a handle that was started for one shot, which libuv takes for such for ever. */
  CALL(uv_signal_start(&signals[1], counts, SIGUSR1));
  calls = 0;
  for (int i = 0; i < 50; i++) raise(SIGUSR1);
  settle();
  say("calls %d", calls);
  say("-- not referenced");
  for (int i = 0; i < 4; i++) uv_unref(HANDLE(&signals[i]));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_kill(getpid(), 0));
  CALL(uv_kill(0x7ffffff0, 0));
  CALL(uv_kill(getpid(), 500));
  finish(&loop);
  sigaction(SIGUSR2, NULL, &action);
  say("the default again %d", action.sa_handler == SIG_DFL);
  return 0;
}
