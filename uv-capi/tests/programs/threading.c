/* Threads, and what they wait for each other with. */
#include "program.h"

static uv_mutex_t mutex;
static uv_rwlock_t rwlock;
static uv_cond_t condition;
static uv_barrier_t barrier;
static uv_sem_t sem;
static uv_key_t key;
static uv_once_t once = UV_ONCE_INIT;
static int counter, ready, serial, once_calls;

static void first(void) { once_calls++; }

static void counts(void* argument) {
  for (int i = 0; i < 1000; i++) {
    uv_mutex_lock(&mutex);
    counter += *(int*) argument;
    uv_mutex_unlock(&mutex);
    uv_once(&once, first);
  }
}

static void waits(void* argument) {
  uv_mutex_lock(&mutex);
  while (!ready) uv_cond_wait(&condition, &mutex);
  counter++;
  uv_mutex_unlock(&mutex);
}

static void meets(void* argument) {
  if (uv_barrier_wait(&barrier) > 0) __atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
  if (uv_barrier_wait(&barrier) > 0) __atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
}

static void tries(void* argument) {
  say("trylock %s", result(uv_mutex_trylock(&mutex)));
  say("tryrdlock %s", result(uv_rwlock_tryrdlock(&rwlock)));
  say("trywrlock %s", result(uv_rwlock_trywrlock(&rwlock)));
  say("trywait %s", result(uv_sem_trywait(&sem)));
}

static void tries_readers(void* argument) {
  say("tryrdlock %s", result(uv_rwlock_tryrdlock(&rwlock)));
  uv_rwlock_rdunlock(&rwlock);
  say("trywrlock %s", result(uv_rwlock_trywrlock(&rwlock)));
}

static void local(void* argument) {
  MUST(uv_key_get(&key) == NULL);
  uv_key_set(&key, argument);
  MUST(uv_key_get(&key) == argument);
  uv_thread_t self = uv_thread_self();
  *(int*) argument = uv_thread_equal(&self, &self);
}

static void stack(void* argument) {
  pthread_attr_t attributes;
  size_t size;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstacksize(&attributes, &size);
  pthread_attr_destroy(&attributes);
  *(size_t*) argument = size;
}

static void run(uv_thread_cb entry, void* argument) {
  uv_thread_t thread;
  /* What it says comes before or after a word said here. */
  MUST(uv_thread_create(&thread, entry, argument) == 0);
  CALL(uv_thread_join(&thread));
}

int main(void) {
  uv_thread_t threads[4];
  int one = 1, numbers[4];

  say("-- mutex and once");
  CALL(uv_mutex_init(&mutex));
  for (int i = 0; i < 4; i++) MUST(uv_thread_create(&threads[i], counts, &one) == 0);
  for (int i = 0; i < 4; i++) MUST(uv_thread_join(&threads[i]) == 0);
  say("counted %d, once %d", counter, once_calls);
  uv_mutex_t recursive;
  CALL(uv_mutex_init_recursive(&recursive));
  uv_mutex_lock(&recursive);
  uv_mutex_lock(&recursive);
  CALL(uv_mutex_trylock(&recursive));
  for (int i = 0; i < 3; i++) uv_mutex_unlock(&recursive);
  uv_mutex_destroy(&recursive);

  say("-- trying");
  CALL(uv_rwlock_init(&rwlock));
  CALL(uv_sem_init(&sem, 1));
  uv_mutex_lock(&mutex);
  uv_rwlock_wrlock(&rwlock);
  uv_sem_wait(&sem);
  run(tries, NULL);
  uv_rwlock_wrunlock(&rwlock);
  uv_rwlock_rdlock(&rwlock);
  run(tries_readers, NULL);
  uv_rwlock_rdunlock(&rwlock);
  CALL(uv_rwlock_trywrlock(&rwlock));
  uv_rwlock_wrunlock(&rwlock);
  uv_mutex_unlock(&mutex);
  uv_sem_post(&sem);
  CALL(uv_sem_trywait(&sem));
  CALL(uv_sem_trywait(&sem));
  uv_sem_destroy(&sem);
  uv_rwlock_destroy(&rwlock);

  say("-- condition");
  CALL(uv_cond_init(&condition));
  counter = 0;
  for (int i = 0; i < 4; i++) MUST(uv_thread_create(&threads[i], waits, NULL) == 0);
  uv_mutex_lock(&mutex);
  CALL(uv_cond_timedwait(&condition, &mutex, 5000000));
  ready = 1;
  uv_cond_broadcast(&condition);
  uv_mutex_unlock(&mutex);
  for (int i = 0; i < 4; i++) MUST(uv_thread_join(&threads[i]) == 0);
  uv_cond_signal(&condition);
  say("counted %d", counter);
  uv_cond_destroy(&condition);
  uv_mutex_destroy(&mutex);

  say("-- barrier");
  CALL(uv_barrier_init(&barrier, 0));
  CALL(uv_barrier_init(&barrier, 3));
  for (int i = 0; i < 3; i++) MUST(uv_thread_create(&threads[i], meets, NULL) == 0);
  for (int i = 0; i < 3; i++) MUST(uv_thread_join(&threads[i]) == 0);
  say("serial threads %d", serial);
  uv_barrier_destroy(&barrier);

  say("-- keys");
  CALL(uv_key_create(&key));
  uv_key_set(&key, &key);
  for (int i = 0; i < 4; i++) MUST(uv_thread_create(&threads[i], local, &numbers[i]) == 0);
  for (int i = 0; i < 4; i++) MUST(uv_thread_join(&threads[i]) == 0);
  say("%d %d %d %d, here %d", numbers[0], numbers[1], numbers[2], numbers[3], uv_key_get(&key) == &key);
  uv_key_delete(&key);
  uv_thread_t self = uv_thread_self();
  say("equal %d %d", uv_thread_equal(&self, &self), uv_thread_equal(&self, &threads[0]));

  say("-- stacks");
  size_t sizes[] = { 0, 1, 65536, 1 << 20, (1 << 20) + 1 };
  for (size_t i = 0; i < COUNT(sizes); i++) {
    uv_thread_options_t options = { .flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = sizes[i] };
    size_t size = 0;
    CALL(uv_thread_create_ex(&threads[0], &options, stack, &size));
    uv_thread_join(&threads[0]);
    say("asked for %zu: %zu", sizes[i], size);
  }
  uv_thread_options_t options = { .flags = UV_THREAD_NO_FLAGS, .stack_size = 65536 };
  size_t size = 0;
  CALL(uv_thread_create_ex(&threads[0], &options, stack, &size));
  uv_thread_join(&threads[0]);
  say("%zu", size);
  return 0;
}
