/* Prepare, check and idle handles have the same functions; KIND is one of them. */
#include "program.h"

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define kind_t JOIN(JOIN(uv_, KIND), _t)
#define kind_init JOIN(JOIN(uv_, KIND), _init)
#define kind_start JOIN(JOIN(uv_, KIND), _start)
#define kind_stop JOIN(JOIN(uv_, KIND), _stop)

static uv_loop_t loop;
static kind_t handles[6];
static uv_timer_t timer;
static int calls;

static int number(void* handle) { return (int) ((kind_t*) handle - handles); }

static void simple(kind_t* handle) { say("call %d", number(handle)); }

static void another(kind_t* handle) { say("another %d", number(handle)); }

static void stops_itself(kind_t* handle) {
  say("stops itself %d", number(handle));
  CALL(kind_stop(handle));
}

static void stops_all(kind_t* handle) {
  say("stops all %d", number(handle));
  for (int i = 0; i < 6; i++) kind_stop(&handles[i]);
}

static void starts_next(kind_t* handle) {
  say("starts next %d", number(handle));
  kind_start(&handles[number(handle) + 1], stops_itself);
  kind_stop(handle);
}

static void restarts(kind_t* handle) {
  say("restarts %d", number(handle));
  kind_stop(handle);
  if (++calls < 4) kind_start(handle, restarts);
}

static void on_close(uv_handle_t* handle) { say("closed %d", number(handle)); }

static void closes(kind_t* handle) {
  say("closes %d", number(handle));
  uv_close(HANDLE(handle), on_close);
  if (number(handle) > 0) uv_close(HANDLE(&handles[number(handle) - 1]), on_close);
}

static void turn(const char* what) {
  say("-- %s", what);
  int alive = uv_run(&loop, UV_RUN_NOWAIT);
  say("alive %d", alive);
}

int main(void) {
  CALL(uv_loop_init(&loop));
  for (int i = 0; i < 6; i++) {
    CALL(kind_init(&loop, &handles[i]));
    MUST(!uv_is_active(HANDLE(&handles[i])));
  }
  CALL(uv_timer_init(&loop, &timer));
  CALL(kind_start(&handles[0], NULL));
  CALL(kind_stop(&handles[0]));

  for (int i = 0; i < 3; i++) CALL(kind_start(&handles[i], simple));
  /* It goes on with the callback that it has. */
  CALL(kind_start(&handles[1], another));
  CALL(kind_start(&handles[1], NULL));
  turn("three of them");
  turn("three again");
  kind_stop(&handles[1]);
  kind_start(&handles[1], another);
  turn("the one that was started anew");
  for (int i = 0; i < 3; i++) kind_stop(&handles[i]);
  turn("none");

  for (int i = 0; i < 3; i++) kind_start(&handles[i], i == 1 ? stops_itself : simple);
  turn("one stops itself");
  turn("and is gone");
  kind_start(&handles[1], stops_all);
  turn("one stops all");
  turn("and all are gone");

  for (int i = 0; i < 4; i++) kind_start(&handles[i], i == 2 ? stops_all : simple);
  turn("stopped by another before their turn");

  kind_start(&handles[0], starts_next);
  turn("started in a callback");
  turn("the started one");

  kind_start(&handles[0], restarts);
  turn("starts itself anew");
  turn("starts itself anew again");
  turn("starts itself anew again");
  turn("the last");
  turn("none");

  kind_start(&handles[0], simple);
  uv_unref(HANDLE(&handles[0]));
  turn("one that does not keep the loop alive");
  uv_ref(HANDLE(&handles[0]));
  turn("one that does");
  kind_stop(&handles[0]);

  for (int i = 0; i < 5; i++) kind_start(&handles[i], i == 1 || i == 3 ? closes : simple);
  turn("two close themselves and others");
  turn("the rest");
  CALL(kind_stop(&handles[1]));
  finish(&loop);
  return 0;
}
