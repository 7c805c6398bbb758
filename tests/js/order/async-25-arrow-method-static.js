class S {
  async m() { return 'method ' + this.constructor.name; }
  static async s() { return 'static ' + this.name; }
  #p = async () => 'private';
  async callP() { return this.#p(); }
  async *[Symbol.asyncIterator]() { yield* [1, 2]; }
  get lazy() { return (async () => 'getter')(); }
}
(async () => {
  const s = new S();
  console.log(await s.m(), await S.s(), await s.callP(), await s.lazy);
  for await (const x of s) console.log(x);
  console.log(Object.getPrototypeOf(async () => {}).constructor.name, s.m.constructor.name, typeof s.m.prototype);
})();
