/* The loop: phases, run modes, what is alive, walking, closing. */
#include "program.h"

static uv_loop_t loop;
static uv_timer_t timer, other;
static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_async_t async;
static int turns;

static void on_timer(uv_timer_t* handle) { say("timer"); }
static void on_idle(uv_idle_t* handle) { say("idle"); }
static void on_async(uv_async_t* handle) { say("async"); }
static void on_close(uv_handle_t* handle) { say("close %s", uv_handle_type_name(handle->type)); }

static void on_prepare(uv_prepare_t* handle) {
  say("prepare");
}

static void on_check(uv_check_t* handle) {
  say("check %d", ++turns);
  if (turns == 3) {
    uv_close(HANDLE(&idle), on_close);
    uv_close(HANDLE(&prepare), on_close);
    uv_close(HANDLE(&check), on_close);
  }
}

static void on_work(uv_work_t* request) {}
static void on_worked(uv_work_t* request, int status) { say("worked, status %s", result(status)); }

static void walker(uv_handle_t* handle, void* argument) {
  say("walk %s active %d ref %d closing %d arg %d", uv_handle_type_name(handle->type), uv_is_active(handle), uv_has_ref(handle),
      uv_is_closing(handle), *(int*) argument);
}

static void walk_and_close(uv_handle_t* handle, void* argument) {
  say("walk %s closing %d", uv_handle_type_name(handle->type), uv_is_closing(handle));
  /* Of those that come later, too. */
  if (!uv_is_closing(HANDLE(&other))) uv_close(HANDLE(&other), on_close);
  if (!uv_is_closing(handle)) uv_close(handle, on_close);
}

static void stopper(uv_timer_t* handle) {
  say("stop");
  uv_stop(&loop);
}

static void closes_in_close(uv_handle_t* handle) {
  say("close 1");
  uv_close(HANDLE(&other), on_close);
}

int main(void) {
  int number = 7;
  void* data = &number;

  say("-- init");
  loop.data = data;
  CALL(uv_loop_init(&loop));
  say("data is kept %d", loop.data == data);
  uv_loop_set_data(&loop, NULL);
  say("data %d, size %d", uv_loop_get_data(&loop) == NULL, uv_loop_size() == sizeof(uv_loop_t));
  CALL(uv_loop_alive(&loop));
  say("backend fd %d, timeout %d", uv_backend_fd(&loop) >= 0, uv_backend_timeout(&loop));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));

  say("-- configure");
  CALL(uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGPROF));
  CALL(uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGUSR1));
  CALL(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME));
  CALL(uv_loop_configure(&loop, (uv_loop_option) 99));

  say("-- phases");
  uv_timer_init(&loop, &timer);
  uv_idle_init(&loop, &idle);
  uv_prepare_init(&loop, &prepare);
  uv_check_init(&loop, &check);
  uv_async_init(&loop, &async, on_async);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  say("alive %d, timeout %d", uv_loop_alive(&loop), uv_backend_timeout(&loop));
  uv_walk(&loop, walker, &number);
  uv_timer_start(&timer, on_timer, 0, 0);
  uv_idle_start(&idle, on_idle);
  uv_prepare_start(&prepare, on_prepare);
  uv_check_start(&check, on_check);
  uv_async_send(&async);
  say("timeout %d", uv_backend_timeout(&loop));
  uv_unref(HANDLE(&async));
  say("active handles %u", loop.active_handles);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("active handles %u", loop.active_handles);
  uv_walk(&loop, walker, &number);

  say("-- timeouts");
  uv_ref(HANDLE(&async));
  say("timeout %d", uv_backend_timeout(&loop));
  uv_timer_start(&timer, on_timer, 60000, 0);
  say("timeout %d", uv_backend_timeout(&loop) > 50000);
  uv_timer_start(&timer, on_timer, 0, 0);
  say("timeout %d", uv_backend_timeout(&loop));
  uv_timer_stop(&timer);
  uv_idle_init(&loop, &idle);
  uv_idle_start(&idle, on_idle);
  say("timeout %d", uv_backend_timeout(&loop));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  uv_idle_stop(&idle);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));

  say("-- once waits");
  uv_timer_start(&timer, on_timer, 5, 0);
  CALL(uv_run(&loop, UV_RUN_ONCE));
  uv_work_t work;
  CALL(uv_queue_work(&loop, &work, on_work, on_worked));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  uv_async_send(&async);
  CALL(uv_run(&loop, UV_RUN_ONCE));

  say("-- stop");
  uv_timer_init(&loop, &other);
  uv_timer_start(&timer, stopper, 1, 1);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_timer_stop(&timer);
  uv_stop(&loop);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- time");
  uint64_t before = uv_now(&loop);
  uv_sleep(15);
  say("frozen %d", uv_now(&loop) == before);
  uv_update_time(&loop);
  say("later %d", uv_now(&loop) >= before + 15);
  say("hrtime %d", uv_hrtime() / 1000000 >= before);

  say("-- close");
  CALL(uv_loop_close(&loop));
  uv_unref(HANDLE(&async));
  CALL(uv_loop_close(&loop));
  uv_walk(&loop, walk_and_close, NULL);
  say("alive %d, timeout %d", uv_loop_alive(&loop), uv_backend_timeout(&loop));
  CALL(uv_loop_close(&loop));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  uv_timer_init(&loop, &timer);
  uv_timer_init(&loop, &other);
  uv_close(HANDLE(&timer), closes_in_close);
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_loop_close(&loop));

  say("-- counted by the program");
  uv_idle_t kept;
  CALL(uv_loop_init(&loop));
  uv_idle_init(&loop, &kept);
  loop.active_handles++;
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  CALL(uv_loop_close(&loop));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  say("alive %d", uv_loop_alive(&loop));
  loop.active_handles--;
  uv_close(HANDLE(&kept), NULL);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_loop_close(&loop));

  say("-- the default loop");
  uv_loop_t* first = uv_default_loop();
  say("the same %d", first == uv_default_loop());
  CALL(uv_run(first, UV_RUN_DEFAULT));
  CALL(uv_loop_close(first));
  say("again %d", uv_default_loop() == first);
  CALL(uv_run(first, UV_RUN_DEFAULT));
  CALL(uv_loop_close(first));
  uv_loop_t* many[20];
  for (int i = 0; i < 20; i++) MUST((many[i] = malloc(sizeof(uv_loop_t))) != NULL && uv_loop_init(many[i]) == 0);
  for (int i = 0; i < 20; i++) {
    MUST(uv_loop_close(many[i]) == 0);
    free(many[i]);
  }
  uv_library_shutdown();
  return 0;
}
