/* Threads make, start, stop and close handles of a loop that another thread runs: which libuv forbids, and survives where nothing
 * happens at the same time. So here the loop's thread waits in a callback until they are done; with STORM it does not. */
#include "../programs/program.h"
#include <signal.h>

enum { THREADS = 3, ROUNDS = 100 };

static uv_loop_t loop;
static uv_async_t begin;
static uv_sem_t may_begin, are_done;
static int sent, turns, signals, readable, closed, over;

/* Between two runs the loop would be nobody's, and must not be used by several. */
static void stop_if_all_is_done(void) {
  if (closed == THREADS * 6 * ROUNDS && __atomic_load_n(&over, __ATOMIC_ACQUIRE) == THREADS)
    uv_stop(&loop);
}

static void begins(uv_async_t* async) {
  static int begun;
  if (begun++ >= THREADS) {
    stop_if_all_is_done();
    return;
  }
  uv_sem_post(&may_begin);
#ifndef STORM
  uv_sem_wait(&are_done);
#endif
  uv_async_send(async);
}

static void freed(uv_handle_t* handle) {
  free(handle);
  if (++closed == THREADS * (6 * ROUNDS + 2))
    uv_close((uv_handle_t*) &begin, NULL);
  stop_if_all_is_done();
}

static void on_async(uv_async_t* async) {
  sent++;
  uv_close((uv_handle_t*) async, freed);
}

static void on_idle(uv_idle_t* idle) {
  turns++;
  uv_close((uv_handle_t*) idle, freed);
}

static void on_prepare(uv_prepare_t* prepare) {
  turns++;
  uv_close((uv_handle_t*) prepare, freed);
}

static void on_check(uv_check_t* check) {
  turns++;
  if (uv_check_stop(check) != 0 || uv_is_active((uv_handle_t*) check))
    abort();
  uv_close((uv_handle_t*) check, freed);
}

#ifndef STORM
static void never_check(uv_check_t* check) {
  (void) check;
  abort();
}
#endif

static void never_signal(uv_signal_t* handle, int number) {
  (void) handle;
  (void) number;
  abort();
}

static void on_signal(uv_signal_t* handle, int number) {
  if (number != SIGUSR2)
    abort();
  signals++;
  uv_close((uv_handle_t*) handle, freed);
}

static void on_readable(uv_poll_t* poll, int status, int events) {
  char byte;
  int fd;
  if (status != 0 || events != UV_READABLE || uv_fileno((uv_handle_t*) poll, &fd) != 0 || read(fd, &byte, 1) != 1)
    abort();
  readable++;
  uv_poll_stop(poll);
  uv_close((uv_handle_t*) poll, freed);
}

static void* filled(size_t size) {
  void* memory = malloc(size);
  memset(memory, 0xa5, size);
  return memory;
}

static void round_of(void) {
  uv_async_t* async = filled(sizeof(*async));
  uv_idle_t* idle = filled(sizeof(*idle));
  uv_prepare_t* prepare = filled(sizeof(*prepare));
  uv_check_t* check = filled(sizeof(*check));
  uv_check_t* unused = filled(sizeof(*unused));
  uv_signal_t* watcher = filled(sizeof(*watcher));

  /* Sent to at once: it may not be there yet. Its callback closes and frees it. */
  if (uv_async_init(&loop, async, on_async) != 0 || !uv_is_active((uv_handle_t*) async) || uv_async_send(async) != 0)
    abort();
  if (uv_idle_init(&loop, idle) != 0 || uv_is_active((uv_handle_t*) idle) || uv_idle_start(idle, NULL) != UV_EINVAL)
    abort();
  if (uv_idle_start(idle, on_idle) != 0 || uv_prepare_init(&loop, prepare) != 0 || uv_prepare_start(prepare, on_prepare) != 0)
    abort();
  if (uv_check_init(&loop, check) != 0 || uv_check_start(check, on_check) != 0)
    abort();

  /* What is stopped is not called. */
  if (uv_check_init(&loop, unused) != 0)
    abort();
#ifndef STORM
  if (uv_check_start(unused, never_check) != 0 || !uv_is_active((uv_handle_t*) unused) || uv_check_stop(unused) != 0 || uv_is_active((uv_handle_t*) unused))
    abort();
  uv_check_start(unused, never_check);
#endif
  uv_close((uv_handle_t*) unused, freed);

  if (uv_signal_init(&loop, watcher) != 0 || uv_signal_start(watcher, never_signal, SIGKILL) != UV_EINVAL)
    abort();
  if (uv_signal_start(watcher, never_signal, SIGUSR1) != 0 || watcher->signum != SIGUSR1 || uv_signal_stop(watcher) != 0)
    abort();
  if (uv_is_active((uv_handle_t*) watcher))
    abort();
  uv_close((uv_handle_t*) watcher, freed);
}

static void thread(void* argument) {
  uv_poll_t* poll = argument;
  uv_signal_t* watcher = filled(sizeof(*watcher));
  int round;
  uv_sem_wait(&may_begin);
  for (round = 0; round < ROUNDS; round++)
    round_of();
  if (uv_poll_start(poll, UV_READABLE | UV_WRITABLE, on_readable) != 0 || uv_poll_stop(poll) != 0)
    abort();
  if (uv_poll_start(poll, UV_READABLE, on_readable) != 0)
    abort();
  if (uv_signal_init(&loop, watcher) != 0 || uv_signal_start_oneshot(watcher, on_signal, SIGUSR2) != 0)
    abort();
#ifndef STORM
  uv_sem_post(&are_done);
#endif
  __atomic_add_fetch(&over, 1, __ATOMIC_RELEASE);
  uv_async_send(&begin);
}

int main(void) {
  uv_thread_t threads[THREADS];
  int pipes[THREADS][2], place;
  uv_loop_init(&loop);
  uv_async_init(&loop, &begin, begins);
  uv_sem_init(&may_begin, 0);
  uv_sem_init(&are_done, 0);
  for (place = 0; place < THREADS; place++) {
    uv_poll_t* poll = filled(sizeof(*poll));
    if (pipe(pipes[place]) != 0 || uv_poll_init(&loop, poll, pipes[place][0]) != 0)
      abort();
    uv_thread_create(&threads[place], thread, poll);
  }
  uv_async_send(&begin);
  /* All but those that wait for what comes from outside. */
  uv_run(&loop, UV_RUN_DEFAULT);
  for (place = 0; place < THREADS; place++)
    uv_thread_join(&threads[place]);
  say("sent %d, turns %d, signals %d, readable %d, closed %d", sent, turns, signals, readable, closed);
  uv_run(&loop, UV_RUN_NOWAIT);
  for (place = 0; place < THREADS; place++)
    if (write(pipes[place][1], "x", 1) != 1)
      abort();
  kill(getpid(), SIGUSR2);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("signals %d, readable %d, closed %d, the loop: %d", signals, readable, closed, uv_loop_close(&loop));
  return 0;
}
