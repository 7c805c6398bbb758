/* In which order a loop's thread sees what another has asked of it: a timer that another thread has stopped, or closed, is not called
 * although it was due before; what a signal's handler reads does nothing of what was left; and a loop that was made before a fork
 * knows the child's threads. */
#include "../programs/program.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

static uv_loop_t loop;
static uv_timer_t first, second, keep;
static uv_sem_t may_begin, is_done;
static int second_fired, closes;

static void let_other(uv_timer_t* timer) {
  (void) timer;
  uv_sem_post(&may_begin);
  uv_sem_wait(&is_done);
}

static void count(uv_timer_t* timer) {
  (void) timer;
  second_fired++;
}

static void end_second(void* argument) {
  (void) argument;
  uv_sem_wait(&may_begin);
  if (closes)
    uv_close((uv_handle_t*) &second, NULL);
  else
    uv_timer_stop(&second);
  uv_sem_post(&is_done);
}

static void two_due(int by_closing) {
  uv_thread_t other;
  closes = by_closing;
  second_fired = 0;
  uv_loop_init(&loop);
  uv_timer_init(&loop, &first);
  uv_timer_init(&loop, &second);
  uv_timer_start(&first, let_other, 1, 0);
  uv_timer_start(&second, count, 1, 0);
  uv_sleep(5);
  uv_thread_create(&other, end_second, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_thread_join(&other);
  say("%s: %d", by_closing ? "closed" : "stopped", second_fired);
  uv_close((uv_handle_t*) &first, NULL);
  if (!by_closing)
    uv_close((uv_handle_t*) &second, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (uv_loop_close(&loop) != 0)
    abort();
}

enum { STARTS = 20000 };

static pthread_t loops_thread;
static atomic_int is_running, has_ended;
static int with_signals;

static void look(int signal) {
  (void) signal;
  if (uv_now(&loop) == 0)
    abort();
}

static void go_on(uv_timer_t* timer) {
  is_running = 1;
  if (has_ended)
    uv_stop(timer->loop);
}

static void nothing(uv_timer_t* timer) {
  (void) timer;
}

static void start_often(void* argument) {
  int turn;
  (void) argument;
  while (!is_running)
    uv_sleep(0);
  uv_timer_init(&loop, &second);
  for (turn = 0; turn < STARTS; turn++) {
    uv_timer_start(&second, nothing, turn % 3, 0);
    if (with_signals)
      pthread_kill(loops_thread, SIGUSR1);
  }
  has_ended = 1;
}

static void many_starts(int signals) {
  uv_thread_t other;
  sigset_t mask;
  with_signals = signals;
  is_running = has_ended = 0;
  loops_thread = pthread_self();
  signal(SIGUSR1, look);
  uv_timer_init(&loop, &keep);
  uv_timer_start(&keep, go_on, 1, 1);
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &mask, NULL);
  uv_thread_create(&other, start_often, NULL);
  pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_thread_join(&other);
}

int main(void) {
  pid_t child;
  int status = -1;
  uv_sem_init(&may_begin, 0);
  uv_sem_init(&is_done, 0);
  two_due(0);
  two_due(1);

  uv_loop_init(&loop);
  many_starts(1);
  say("signals");

  uv_loop_init(&loop);
  child = fork();
  if (child == 0) {
    many_starts(0);
    _exit(0);
  }
  waitpid(child, &status, 0);
  say("the child has ended: %d", status);
  return 0;
}
