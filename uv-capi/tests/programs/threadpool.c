/* The thread pool: work, order, threads, cancelation. */
#include "program.h"

static uv_loop_t loop;
static uv_sem_t started, go_on;
static uv_key_t key;
static int ran, done;

static void work(uv_work_t* request) { __atomic_add_fetch(&ran, 1, __ATOMIC_SEQ_CST); }

static void after(uv_work_t* request, int status) {
  MUST(request->loop == &loop && status == 0);
  done++;
}

static void named(uv_work_t* request, int status) { say("%s: %s", (char*) request->data, result(status)); }

static void blocks(uv_work_t* request) {
  uv_sem_post(&started);
  uv_sem_wait(&go_on);
}

static void after_again(uv_work_t* request, int status) {
  say("again: %s", result(status));
  if (++done < 3) CALL(uv_queue_work(&loop, request, work, after_again));
}

static void write_here(uv_work_t* request) { strcpy(request->data, "written by the pool"); }

static void random_cb(uv_random_t* request, int status, void* buffer, size_t size) {
  int zeros = 0;
  for (size_t i = 0; i < size; i++) zeros += ((char*) buffer)[i] == 0;
  say("random %s, %d bytes, not zeros %d", result(status), (int) size, zeros < 8);
}

static void stops(uv_work_t* request, int status) {
  say("stop");
  uv_stop(&loop);
}

int main(void) {
  static uv_work_t many[500];
  CALL(uv_loop_init(&loop));
  MUST(uv_sem_init(&started, 0) == 0 && uv_sem_init(&go_on, 0) == 0 && uv_key_create(&key) == 0);

  say("-- errors");
  CALL(uv_queue_work(&loop, &many[0], NULL, after));
  CALL(uv_loop_alive(&loop));

  say("-- many");
  for (int i = 0; i < 500; i++) MUST(uv_queue_work(&loop, &many[i], work, after) == 0);
  CALL(uv_loop_alive(&loop));
  CALL(uv_loop_close(&loop));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("ran %d, done %d", ran, done);

  say("-- without a callback");
  CALL(uv_queue_work(&loop, &many[0], work, NULL));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("ran %d", ran);

  say("-- queued again in the callback");
  done = 0;
  CALL(uv_queue_work(&loop, &many[0], work, after_again));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- the result is there");
  char text[32] = "";
  many[0].data = text;
  CALL(uv_queue_work(&loop, &many[0], write_here, named));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- four threads");
  static uv_work_t busy[5];
  for (int i = 0; i < 5; i++) {
    busy[i].data = "busy";
    MUST(uv_queue_work(&loop, &busy[i], blocks, named) == 0);
  }
  for (int i = 0; i < 4; i++) uv_sem_wait(&started);
  uv_sleep(10);
  CALL(uv_sem_trywait(&started));
  say("-- canceled before they begin, from the last to the first");
  static char names[10][8];
  ran = 0;
  for (int i = 0; i < 10; i++) {
    many[i].data = names[i];
    snprintf(names[i], sizeof(names[i]), "job %d", i);
    MUST(uv_queue_work(&loop, &many[i], work, named) == 0);
  }
  for (int i = 9; i >= 0; i -= 2) CALL(uv_cancel((uv_req_t*) &many[i]));
  CALL(uv_cancel((uv_req_t*) &busy[0]));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  for (int i = 0; i < 5; i++) uv_sem_post(&go_on);
  uv_sem_wait(&started);
  for (int i = 0; i < 10; i++) many[i].data = "either";
  for (int i = 0; i < 5; i++) busy[i].data = "either";
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("ran %d", ran);

  say("-- random bytes");
  char bytes[64];
  uv_random_t random;
  memset(bytes, 0, sizeof(bytes));
  CALL(uv_random(&loop, &random, bytes, sizeof(bytes), 0, random_cb));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_random(NULL, NULL, bytes, sizeof(bytes), 0, NULL));
  CALL(uv_random(&loop, &random, bytes, sizeof(bytes), 1, random_cb));
  CALL(uv_random(&loop, &random, bytes, (size_t) 1 << 31, 0, random_cb));
  CALL(uv_random(&loop, &random, bytes, 0, 0, random_cb));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- stop");
  CALL(uv_queue_work(&loop, &many[0], work, stops));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  finish(&loop);
  return 0;
}
