/* Requests: types, sizes, data, what can be canceled. */
#include "program.h"

static uv_loop_t loop;
static uv_sem_t started, go_on;

static void block(uv_work_t* request) {
  uv_sem_post(&started);
  uv_sem_wait(&go_on);
}

static void work(uv_work_t* request) { say("this does not run"); }

static void after(uv_work_t* request, int status) {
  say("%s: %s", (char*) request->data, result(status));
}

static void fs_cb(uv_fs_t* request) {
  say("fs: %s", result(request->result));
  uv_fs_req_cleanup(request);
}

static void addrinfo_cb(uv_getaddrinfo_t* request, int status, struct addrinfo* found) {
  say("getaddrinfo: %s %d", result(status), found == NULL);
}

static void nameinfo_cb(uv_getnameinfo_t* request, int status, const char* host, const char* service) {
  say("getnameinfo: %s %d %d", result(status), host == NULL, service == NULL);
}

static void random_cb(uv_random_t* request, int status, void* buffer, size_t size) {
  say("random: %s, %d", result(status), (int) size);
}

int main(void) {
  for (int type = UV_UNKNOWN_REQ; type < UV_REQ_TYPE_MAX; type++) {
    const char* name = uv_req_type_name(type);
    if (type <= UV_RANDOM) say("type %d: %s, size %d", type, name == NULL ? "-" : name, (int) uv_req_size(type));
  }
  MUST(uv_req_size(UV_FS) == sizeof(uv_fs_t) && uv_req_size(UV_GETNAMEINFO) == sizeof(uv_getnameinfo_t));

  CALL(uv_loop_init(&loop));
  MUST(uv_sem_init(&started, 0) == 0 && uv_sem_init(&go_on, 0) == 0);

  say("-- all threads are busy");
  uv_work_t busy[4];
  for (int i = 0; i < 4; i++) {
    busy[i].data = "busy";
    MUST(uv_queue_work(&loop, &busy[i], block, after) == 0);
  }
  for (int i = 0; i < 4; i++) uv_sem_wait(&started);

  uv_work_t waiting;
  uv_req_set_data((uv_req_t*) &waiting, "waiting");
  CALL(uv_queue_work(&loop, &waiting, work, after));
  say("data %s, type %s", (char*) uv_req_get_data((uv_req_t*) &waiting),
      uv_req_type_name(uv_req_get_type((uv_req_t*) &waiting)));
  uv_fs_t fs;
  CALL(uv_fs_mkdir(&loop, &fs, "never-made", 0700, fs_cb));
  uv_getaddrinfo_t addrinfo;
  CALL(uv_getaddrinfo(&loop, &addrinfo, addrinfo_cb, "localhost", NULL, NULL));
  uv_getnameinfo_t nameinfo;
  struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 80, &address);
  CALL(uv_getnameinfo(&loop, &nameinfo, nameinfo_cb, (struct sockaddr*) &address, 0));
  uv_random_t random;
  char bytes[16];
  CALL(uv_random(&loop, &random, bytes, sizeof(bytes), 0, random_cb));

  CALL(uv_cancel((uv_req_t*) &busy[0]));
  CALL(uv_cancel((uv_req_t*) &waiting));
  CALL(uv_cancel((uv_req_t*) &fs));
  CALL(uv_cancel((uv_req_t*) &addrinfo));
  CALL(uv_cancel((uv_req_t*) &nameinfo));
  CALL(uv_cancel((uv_req_t*) &random));
  for (int i = 0; i < 4; i++) uv_sem_post(&go_on);
  CALL(uv_loop_alive(&loop));
  CALL(uv_loop_close(&loop));
  /* Those that were canceled were done before the busy ones. */
  uv_run(&loop, UV_RUN_DEFAULT);
  say("made %d", access("never-made", F_OK) == 0);

  say("-- it cannot be canceled");
  uv_req_t other;
  memset(&other, 0, sizeof(other));
  other.type = UV_CONNECT;
  CALL(uv_cancel(&other));
  other.type = UV_SHUTDOWN;
  CALL(uv_cancel(&other));
  uv_sem_destroy(&started);
  uv_sem_destroy(&go_on);
  CALL(uv_loop_close(&loop));
  return 0;
}
