/* What another thread gives to the pool is done while the loop's thread waits for it in a callback, and whoever has given it there takes
 * it back while it waits behind others. With STORM threads do both all the time. */
#include "../programs/program.h"
#include <netdb.h>

static uv_loop_t loop;

#ifndef STORM

static uv_timer_t timer;
static uv_sem_t may_begin, is_begun, may_end, is_done;
static uv_thread_t thread;
static uv_work_t held, work;
static uv_fs_t mkdir_req, write_req, stat_req;
static uv_random_t random_req;
static uv_getaddrinfo_t address_req;
static uv_getnameinfo_t name_req;
static struct sockaddr_in address;
static uint64_t words[64];
static int file, worked;

static void hold(uv_work_t* req) {
  (void) req;
  uv_sem_post(&is_begun);
  uv_sem_wait(&may_end);
}

static void do_work(uv_work_t* req) {
  (void) req;
  __atomic_add_fetch(&worked, 1, __ATOMIC_SEQ_CST);
}

static void after_work(uv_work_t* req, int status) {
  say("%s: %s", req == &held ? "the work that held the thread" : "work", result(status));
}

static void after_fs(uv_fs_t* req) {
  say("file request %d: %s", req->fs_type, result(req->result));
  uv_fs_req_cleanup(req);
}

static void after_random(uv_random_t* req, int status, void* buffer, size_t size) {
  (void) req;
  (void) buffer;
  say("random: %s, %d", result(status), (int) size);
}

static void after_address(uv_getaddrinfo_t* req, int status, struct addrinfo* found) {
  (void) req;
  say("address: %s", result(status));
  uv_freeaddrinfo(found);
}

static void after_name(uv_getnameinfo_t* req, int status, const char* host, const char* service) {
  (void) req;
  say("name: %s, %s %s", result(status), host == NULL ? "-" : host, service == NULL ? "-" : service);
}

static void ask(void) {
  static uv_buf_t buffer = {(char*) "hello", 5};
  memset(words, 0, sizeof(words));
  MUST(uv_queue_work(&loop, &work, do_work, after_work) == 0);
  MUST(uv_fs_mkdir(&loop, &mkdir_req, "made", 0700, after_fs) == 0);
  MUST(uv_fs_write(&loop, &write_req, file, &buffer, 1, 0, after_fs) == 0);
  MUST(uv_fs_stat(&loop, &stat_req, "/", after_fs) == 0);
  MUST(uv_random(&loop, &random_req, words, sizeof(words), 0, after_random) == 0);
  MUST(uv_getaddrinfo(&loop, &address_req, after_address, "127.0.0.1", NULL, NULL) == 0);
  MUST(uv_getnameinfo(&loop, &name_req, after_name, (struct sockaddr*) &address, NI_NUMERICHOST | NI_NUMERICSERV) == 0);
}

static int is_written(void) {
  struct stat found;
  return fstat(file, &found) == 0 && found.st_size == 5;
}

/* Until a thread of the pool has done it. */
#define AWAIT(condition) while (!(condition)) uv_sleep(1)

static void wait_for_all(uv_timer_t* handle) {
  (void) handle;
  uv_sem_post(&may_begin);
  AWAIT(__atomic_load_n(&worked, __ATOMIC_SEQ_CST) == 1);
  AWAIT(access("made", F_OK) == 0);
  AWAIT(is_written());
  AWAIT(__atomic_load_n(&words[63], __ATOMIC_SEQ_CST) != 0);
  AWAIT(__atomic_load_n(&address_req.addrinfo, __ATOMIC_SEQ_CST) != NULL);
  AWAIT(__atomic_load_n((volatile char*) name_req.service, __ATOMIC_SEQ_CST) != 0);
  uv_sem_wait(&is_done);
  say("all was done meanwhile");
  MUST(uv_loop_alive(&loop));
}

static void asks(void* argument) {
  (void) argument;
  uv_sem_wait(&may_begin);
  ask();
  uv_sem_post(&is_done);
}

static void wait_for_thread(uv_timer_t* handle) {
  (void) handle;
  uv_sem_post(&may_begin);
  uv_sem_wait(&is_done);
}

static void cancels(void* argument) {
  (void) argument;
  uv_sem_wait(&may_begin);
  MUST(uv_queue_work(&loop, &held, hold, after_work) == 0);
  uv_sem_wait(&is_begun);
  ask();
  CALL(uv_cancel((uv_req_t*) &held));
  CALL(uv_cancel((uv_req_t*) &work));
  CALL(uv_cancel((uv_req_t*) &work));
  CALL(uv_cancel((uv_req_t*) &mkdir_req));
  CALL(uv_cancel((uv_req_t*) &write_req));
  CALL(uv_cancel((uv_req_t*) &random_req));
  CALL(uv_cancel((uv_req_t*) &address_req));
  CALL(uv_cancel((uv_req_t*) &name_req));
  uv_sem_post(&is_done);
}

/* The loop's thread takes back what another one has begun. */
static void cancel_here(uv_timer_t* handle) {
  (void) handle;
  CALL(uv_cancel((uv_req_t*) &stat_req));
  CALL(uv_cancel((uv_req_t*) &stat_req));
  CALL(uv_loop_close(&loop));
  uv_sem_post(&may_end);
}

int main(void) {
  int alive;
  MUST(setenv("UV_THREADPOOL_SIZE", "1", 1) == 0);
  MUST(uv_loop_init(&loop) == 0);
  uv_ip4_addr("127.0.0.1", 80, &address);
  uv_sem_init(&may_begin, 0);
  uv_sem_init(&is_begun, 0);
  uv_sem_init(&may_end, 0);
  uv_sem_init(&is_done, 0);
  uv_timer_init(&loop, &timer);
  file = open("written", O_CREAT | O_RDWR, 0600);

  uv_timer_start(&timer, wait_for_all, 1, 0);
  uv_thread_create(&thread, asks, NULL);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_thread_join(&thread);

  MUST(ftruncate(file, 0) == 0 && rmdir("made") == 0);
  uv_timer_start(&timer, wait_for_thread, 1, 0);
  uv_thread_create(&thread, cancels, NULL);
  alive = uv_run(&loop, UV_RUN_ONCE);
  uv_thread_join(&thread);
  /* Which of the two tells of what was taken back is a matter of the time. */
  alive += uv_run(&loop, UV_RUN_NOWAIT);
  say("alive: %d", alive);
  uv_timer_start(&timer, cancel_here, 1, 0);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("worked %d, made %d, written %d", worked, access("made", F_OK) == 0, is_written());
  finish(&loop);
  return 0;
}

#else

enum { THREADS = 3, ROUNDS = 2000 };

/* Freed by the last of the two that use it: its thread, and its callback. */
struct ours {
  union {
    uv_work_t work;
    uv_fs_t fs;
  } req;
  int uses, was_run;
};

static uv_timer_t keep;
static uv_thread_t threads[THREADS];
static int answered, ran, canceled, has_failed;

static void end(struct ours* ours) {
  if (__atomic_sub_fetch(&ours->uses, 1, __ATOMIC_SEQ_CST) == 0)
    free(ours);
}

static void do_work(uv_work_t* req) {
  __atomic_add_fetch(&((struct ours*) req)->was_run, 1, __ATOMIC_SEQ_CST);
}

static void told(struct ours* ours, int status) {
  answered++;
  ran += status == 0;
  canceled += status == UV_ECANCELED;
  if (answered == THREADS * ROUNDS)
    uv_close((uv_handle_t*) &keep, NULL);
  end(ours);
}

static void after_work(uv_work_t* req, int status) {
  has_failed += ((struct ours*) req)->was_run != (status == 0);
  told((struct ours*) req, status);
}

static void after_stat(uv_fs_t* req) {
  uv_fs_req_cleanup(req);
  told((struct ours*) req, (int) req->result);
}

static int taken_back;

static void thread(void* argument) {
  int turn;
  (void) argument;
  for (turn = 0; turn < ROUNDS; turn++) {
    struct ours* ours = calloc(1, sizeof(*ours));
    ours->uses = 2;
    if (turn % 3 == 0)
      uv_fs_stat(&loop, &ours->req.fs, "/", after_stat);
    else
      uv_queue_work(&loop, &ours->req.work, do_work, after_work);
    if (turn % 2 == 0 && uv_cancel((uv_req_t*) &ours->req) == 0)
      __atomic_add_fetch(&taken_back, 1, __ATOMIC_SEQ_CST);
    end(ours);
  }
}

static void turn(uv_timer_t* timer) {
  (void) timer;
}

static void begin(uv_timer_t* timer) {
  int place;
  for (place = 0; place < THREADS; place++)
    uv_thread_create(&threads[place], thread, NULL);
  uv_timer_start(timer, turn, 1, 1);
}

int main(void) {
  int place;
  MUST(uv_loop_init(&loop) == 0);
  uv_timer_init(&loop, &keep);
  uv_timer_start(&keep, begin, 0, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (place = 0; place < THREADS; place++)
    uv_thread_join(&threads[place]);
  say("answered %d, differ %d, failed %d", answered, answered - ran - canceled, has_failed);
  say("the loop: %d", uv_loop_close(&loop));
  MUST(canceled == taken_back);
  return 0;
}

#endif
