// Random numbers that can be had again: a hash of the seed and a counter. Integers only.
'use strict';

const crypto = require('node:crypto');

class Random {
  // The seed is ORIUNDO_SEED or a new one; `note` belongs into every message of a failure.
  constructor(name) {
    this.seed = process.env.ORIUNDO_SEED ?? crypto.randomBytes(6).toString('hex');
    this.name = name;
    this.counter = 0;
    this.note = `ORIUNDO_SEED=${this.seed}`;
  }

  // From 0 to limit - 1. The bias of the remainder does not matter to a test.
  below(limit) {
    const digest = crypto.createHash('sha256').update(`${this.seed}/${this.name}/${this.counter++}`).digest();
    return digest.readBigUInt64BE() % BigInt(limit);
  }

  // From 1 to 10^15, of any size.
  amount() {
    return this.below(10n ** (this.below(15n) + 1n)) + 1n;
  }
}

module.exports = { Random };
