/* File-system requests, done at once and by the loop. */
#include "program.h"

static uv_loop_t loop;
static char contents[64];

/* A request that is done at once: its result and what the request says of itself. */
#define NOW(call)                                                                                          \
  do {                                                                                                     \
    uv_fs_t req;                                                                                           \
    int code = call;                                                                                       \
    say("%s = %s, type %d, result %s, path %s", #call, result(code), uv_fs_get_type(&req),                 \
        result(uv_fs_get_result(&req)), uv_fs_get_path(&req) == NULL ? "none" : uv_fs_get_path(&req));     \
    uv_fs_req_cleanup(&req);                                                                               \
  } while (0)

static void on_done(uv_fs_t* req) {
  say("   done: type %d, result %s, path %s, error %d", uv_fs_get_type(req), result(uv_fs_get_result(req)),
      uv_fs_get_path(req) == NULL ? "none" : uv_fs_get_path(req), req->result < 0 ? uv_fs_get_system_error(req) : 0);
  if (req->result >= 0 && (req->fs_type == UV_FS_READLINK)) say("   %s", (const char*) req->ptr);
  if (req->result == 0 && (req->fs_type == UV_FS_STAT || req->fs_type == UV_FS_FSTAT || req->fs_type == UV_FS_LSTAT))
    say("   size %d mode %o, the pointer is the buffer's %d", (int) req->statbuf.st_size, (int) req->statbuf.st_mode & 0777,
        uv_fs_get_ptr(req) == uv_fs_get_statbuf(req));
  uv_fs_req_cleanup(req);
  say("   clean: ptr %d path %d", req->ptr == NULL, req->path == NULL);
}

/* The same by the loop. */
#define LATER(call)                   \
  do {                                \
    uv_fs_t req;                      \
    say("%s = %s", #call, result(call)); \
    uv_run(&loop, UV_RUN_DEFAULT);    \
  } while (0)

static int open_file(const char* path, int flags) {
  uv_fs_t req;
  int fd = uv_fs_open(&loop, &req, path, flags, 0640, NULL);
  MUST(fd >= 0 && req.result == fd);
  uv_fs_req_cleanup(&req);
  return fd;
}

static void show(const char* path) {
  int fd = open(path, O_RDONLY);
  ssize_t count = fd < 0 ? -1 : read(fd, contents, sizeof(contents));
  say("%s has <%.*s>", path, count > 0 ? (int) count : 0, contents);
  if (fd >= 0) close(fd);
}

static void reading_and_writing(void) {
  char first[4], second[16];
  uv_buf_t out[2] = {uv_buf_init("some", 4), uv_buf_init(" text", 5)};
  uv_buf_t in[2] = {uv_buf_init(first, sizeof(first)), uv_buf_init(second, sizeof(second))};
  say("-- reading and writing");
  umask(022);
  NOW(uv_fs_open(&loop, &req, "nothing", O_RDONLY, 0, NULL));
  LATER(uv_fs_open(&loop, &req, "nothing", O_RDONLY, 0, on_done));
  int fd = open_file("file", O_RDWR | O_CREAT);
  NOW(uv_fs_write(&loop, &req, fd, out, 2, -1, NULL));
  NOW(uv_fs_write(&loop, &req, fd, out, 1, 20, NULL));
  LATER(uv_fs_write(&loop, &req, fd, out, 2, -1, on_done));
  NOW(uv_fs_read(&loop, &req, fd, in, 2, 0, NULL));
  say("<%.4s> <%.5s>", first, second);
  LATER(uv_fs_read(&loop, &req, fd, in, 2, 9, on_done));
  say("<%.4s> <%.5s>", first, second);
  /* What is read over again, and what is read partly over. */
  uv_buf_t twice[] = {uv_buf_init(first, 4), uv_buf_init(second, 5), uv_buf_init(first, 4), uv_buf_init(first + 1, 2)};
  NOW(uv_fs_read(&loop, &req, fd, twice, 4, 0, NULL));
  say("<%.4s> <%.5s>", first, second);
  LATER(uv_fs_read(&loop, &req, fd, twice, 4, 2, on_done));
  say("<%.4s> <%.5s>", first, second);
  LATER(uv_fs_read(&loop, &req, fd, twice + 2, 2, -1, on_done));
  say("<%.4s> <%.5s>", first, second);
  NOW(uv_fs_read(&loop, &req, fd, in, 1, 1000, NULL));
  NOW(uv_fs_read(&loop, &req, fd, NULL, 1, 0, NULL));
  NOW(uv_fs_read(&loop, &req, fd, in, 0, 0, NULL));
  NOW(uv_fs_write(&loop, &req, fd, NULL, 0, 0, NULL));
  NOW(uv_fs_read(&loop, &req, -1, in, 1, 0, NULL));
  LATER(uv_fs_read(&loop, &req, -1, in, 1, 0, on_done));
  NOW(uv_fs_ftruncate(&loop, &req, fd, 4, NULL));
  LATER(uv_fs_ftruncate(&loop, &req, fd, 2, on_done));
  NOW(uv_fs_ftruncate(&loop, &req, fd, -1, NULL));
  NOW(uv_fs_fsync(&loop, &req, fd, NULL));
  LATER(uv_fs_fdatasync(&loop, &req, fd, on_done));
  NOW(uv_fs_fchmod(&loop, &req, fd, 0600, NULL));
  LATER(uv_fs_fstat(&loop, &req, fd, on_done));
  NOW(uv_fs_fchown(&loop, &req, fd, -1, -1, NULL));
  LATER(uv_fs_fchown(&loop, &req, fd, getuid(), getgid(), on_done));
  NOW(uv_fs_close(&loop, &req, fd, NULL));
  NOW(uv_fs_close(&loop, &req, 999, NULL));
  LATER(uv_fs_close(&loop, &req, 999, on_done));
  NOW(uv_fs_fstat(&loop, &req, 999, NULL));
  show("file");
  fd = open_file("file", O_RDONLY);
  NOW(uv_fs_write(&loop, &req, fd, out, 2, -1, NULL));
  NOW(uv_fs_sendfile(&loop, &req, 999, fd, 0, 10, NULL));
  int to = open_file("sent", O_WRONLY | O_CREAT | O_TRUNC);
  NOW(uv_fs_sendfile(&loop, &req, to, fd, 0, 10, NULL));
  LATER(uv_fs_sendfile(&loop, &req, to, fd, 1, 10, on_done));
  LATER(uv_fs_close(&loop, &req, fd, on_done));
  LATER(uv_fs_close(&loop, &req, to, on_done));
  show("sent");
}

static void names(void) {
  say("-- names");
  NOW(uv_fs_mkdir(&loop, &req, "dir", 0755, NULL));
  NOW(uv_fs_mkdir(&loop, &req, "dir", 0755, NULL));
  LATER(uv_fs_mkdir(&loop, &req, "dir/sub", 0755, on_done));
  LATER(uv_fs_rmdir(&loop, &req, "dir", on_done));
  NOW(uv_fs_link(&loop, &req, "file", "linked", NULL));
  LATER(uv_fs_link(&loop, &req, "file", "linked", on_done));
  NOW(uv_fs_symlink(&loop, &req, "file", "symbolic", 0, NULL));
  LATER(uv_fs_symlink(&loop, &req, "file", "symbolic", 0, on_done));
  LATER(uv_fs_readlink(&loop, &req, "symbolic", on_done));
  NOW(uv_fs_readlink(&loop, &req, "file", NULL));
  LATER(uv_fs_lstat(&loop, &req, "symbolic", on_done));
  LATER(uv_fs_stat(&loop, &req, "symbolic", on_done));
  LATER(uv_fs_stat(&loop, &req, "nothing", on_done));
  NOW(uv_fs_lchown(&loop, &req, "symbolic", -1, -1, NULL));
  NOW(uv_fs_chown(&loop, &req, "nothing", -1, -1, NULL));
  NOW(uv_fs_rename(&loop, &req, "linked", "renamed", NULL));
  LATER(uv_fs_rename(&loop, &req, "linked", "renamed", on_done));
  NOW(uv_fs_chmod(&loop, &req, "renamed", 0604, NULL));
  LATER(uv_fs_stat(&loop, &req, "file", on_done));
  NOW(uv_fs_access(&loop, &req, "file", R_OK | W_OK, NULL));
  LATER(uv_fs_access(&loop, &req, "nothing", F_OK, on_done));
  LATER(uv_fs_unlink(&loop, &req, "renamed", on_done));
  NOW(uv_fs_unlink(&loop, &req, "renamed", NULL));
  NOW(uv_fs_unlink(&loop, &req, "dir", NULL));
  uv_fs_t req;
  char here[1024];
  MUST(getcwd(here, sizeof(here)) != NULL);
  CALL(uv_fs_realpath(&loop, &req, "dir/../symbolic", NULL));
  say("realpath below here %d: %s", strncmp(req.ptr, here, strlen(here)) == 0, strrchr(req.ptr, '/'));
  uv_fs_req_cleanup(&req);
  NOW(uv_fs_realpath(&loop, &req, "nothing", NULL));
}

static void times(void) {
  uv_fs_t req;
  say("-- times");
  NOW(uv_fs_utime(&loop, &req, "file", 1000.25, 2000.5, NULL));
  MUST(uv_fs_stat(&loop, &req, "file", NULL) == 0);
  say("%ld.%ld %ld.%ld", req.statbuf.st_atim.tv_sec, req.statbuf.st_atim.tv_nsec, req.statbuf.st_mtim.tv_sec,
      req.statbuf.st_mtim.tv_nsec);
  uv_fs_req_cleanup(&req);
  LATER(uv_fs_lutime(&loop, &req, "symbolic", 3000, 4000, on_done));
  MUST(uv_fs_lstat(&loop, &req, "symbolic", NULL) == 0);
  say("%ld %ld", req.statbuf.st_atim.tv_sec, req.statbuf.st_mtim.tv_sec);
  uv_fs_req_cleanup(&req);
  int fd = open_file("file", O_RDONLY);
  LATER(uv_fs_futime(&loop, &req, fd, -1, -2, on_done));
  MUST(uv_fs_fstat(&loop, &req, fd, NULL) == 0);
  say("%ld %ld", req.statbuf.st_atim.tv_sec, req.statbuf.st_mtim.tv_sec);
  uv_fs_req_cleanup(&req);
  close(fd);
  LATER(uv_fs_utime(&loop, &req, "nothing", 1, 1, on_done));
}

static int by_name(const void* a, const void* b) { return strcmp(((uv_dirent_t*) a)->name, ((uv_dirent_t*) b)->name); }

static void on_scandir(uv_fs_t* req) {
  uv_dirent_t entry;
  say("   %s entries", result(req->result));
  while (uv_fs_scandir_next(req, &entry) != UV_EOF) say("   %s %d", entry.name, entry.type);
  uv_fs_req_cleanup(req);
}

static uv_dir_t* opened;

static void on_opendir(uv_fs_t* req) {
  say("   opened %s", result(req->result));
  opened = req->ptr;
  uv_fs_req_cleanup(req);
}

static void on_readdir(uv_fs_t* req) {
  say("   read %s, the directory %d", result(req->result), req->ptr == opened);
  if (req->result > 0) qsort(opened->dirents, req->result, sizeof(uv_dirent_t), by_name);
  for (int i = 0; i < req->result; i++) say("   %s %d", opened->dirents[i].name, opened->dirents[i].type);
  uv_fs_req_cleanup(req);
}

static void directories(void) {
  uv_fs_t req;
  uv_dirent_t entries[8], entry;
  say("-- directories");
  MUST(mkfifo("dir/fifo", 0600) == 0 && symlink("fifo", "dir/link") == 0 && close(creat("dir/a", 0600)) == 0);
  LATER(uv_fs_scandir(&loop, &req, "dir", 0, on_scandir));
  CALL(uv_fs_scandir(&loop, &req, "dir", 0, NULL));
  on_scandir(&req);
  CALL(uv_fs_scandir(&loop, &req, "dir/sub", 0, NULL));
  CALL(uv_fs_scandir_next(&req, &entry));
  uv_fs_req_cleanup(&req);
  CALL(uv_fs_scandir(&loop, &req, "file", 0, NULL));
  CALL(uv_fs_scandir_next(&req, &entry));
  uv_fs_req_cleanup(&req);
  NOW(uv_fs_opendir(&loop, &req, "nothing", NULL));
  NOW(uv_fs_opendir(&loop, &req, "file", NULL));
  LATER(uv_fs_opendir(&loop, &req, "dir", on_opendir));
  opened->dirents = entries;
  opened->nentries = COUNT(entries);
  LATER(uv_fs_readdir(&loop, &req, opened, on_readdir));
  LATER(uv_fs_readdir(&loop, &req, opened, on_readdir));
  LATER(uv_fs_closedir(&loop, &req, opened, on_done));
  CALL(uv_fs_opendir(&loop, &req, "dir/sub", NULL));
  opened = req.ptr;
  uv_fs_req_cleanup(&req);
  opened->dirents = entries;
  opened->nentries = 1;
  CALL(uv_fs_readdir(&loop, &req, opened, NULL));
  on_readdir(&req);
  NOW(uv_fs_closedir(&loop, &req, opened, NULL));
  NOW(uv_fs_closedir(&loop, &req, NULL, NULL));
}

static void copies(void) {
  uv_fs_t req;
  say("-- copies");
  int fd = open("file", O_WRONLY | O_TRUNC);
  MUST(write(fd, "content", 7) == 7 && close(fd) == 0);
  NOW(uv_fs_copyfile(&loop, &req, "file", "copy", 0, NULL));
  show("copy");
  LATER(uv_fs_copyfile(&loop, &req, "file", "copy", UV_FS_COPYFILE_EXCL, on_done));
  LATER(uv_fs_copyfile(&loop, &req, "file", "copy", UV_FS_COPYFILE_FICLONE, on_done));
  NOW(uv_fs_copyfile(&loop, &req, "nothing", "copy", 0, NULL));
  NOW(uv_fs_copyfile(&loop, &req, "file", "file", 0, NULL));
  CALL(uv_fs_copyfile(&loop, &req, "file", "copy", 1000, NULL));
  show("copy");

  say("-- temporary names");
  CALL(uv_fs_mkdtemp(&loop, &req, "temp-XXXXXX", NULL));
  say("%.5s, %d, and is there %d", req.path, (int) strlen(req.path), access(req.path, F_OK) == 0);
  uv_fs_req_cleanup(&req);
  CALL(uv_fs_mkstemp(&loop, &req, "temp-XXXXXX", NULL) >= 0);
  say("%.5s, %d, and is there %d", req.path, (int) strlen(req.path), access(req.path, F_OK) == 0);
  MUST(close(req.result) == 0);
  uv_fs_req_cleanup(&req);
  NOW(uv_fs_mkdtemp(&loop, &req, "temp", NULL));
  CALL(uv_fs_mkstemp(&loop, &req, "temp", NULL));
  uv_fs_req_cleanup(&req);
  CALL(uv_fs_statfs(&loop, &req, ".", NULL));
  say("blocks %d", ((uv_statfs_t*) req.ptr)->f_bsize > 0);
  uv_fs_req_cleanup(&req);
  LATER(uv_fs_statfs(&loop, &req, "nothing", on_done));
}

static void never(uv_fs_t* req) {
  say("canceled: %s", result(req->result));
  uv_fs_req_cleanup(req);
}

static uv_sem_t gate;
static void wait_work(uv_work_t* req) { uv_sem_wait(&gate); }

static void canceling(void) {
  uv_fs_t req;
  uv_work_t work[4];
  say("-- canceling");
  MUST(uv_sem_init(&gate, 0) == 0);
  for (int i = 0; i < 4; i++) MUST(uv_queue_work(&loop, &work[i], wait_work, NULL) == 0);
  CALL(uv_fs_rmdir(&loop, &req, "dir", never));
  CALL(uv_cancel((uv_req_t*) &req));
  for (int i = 0; i < 4; i++) uv_sem_post(&gate);
  uv_run(&loop, UV_RUN_DEFAULT);
  CALL(uv_fs_stat(NULL, &req, "file", NULL));
  uv_fs_req_cleanup(&req);
  uv_fs_req_cleanup(&req);
  CALL(uv_fs_stat(&loop, NULL, "file", NULL));
}

int main(void) {
  uv_loop_init(&loop);
  reading_and_writing();
  names();
  times();
  directories();
  copies();
  canceling();
  finish(&loop);
  return 0;
}
