// Short-lived state of the peer in Redis: a key a record, an index by uid for sessions, and a list a grant.

import { Redis } from "ioredis";

export function redisAdapter(port) {
  const redis = new Redis({ host: "127.0.0.1", port });

  return class {
    constructor(model) {
      this.model = model;
    }

    #key(id) {
      return `${this.model}:${id}`;
    }

    async upsert(id, payload, expiresIn) {
      const life = expiresIn ? ["EX", expiresIn] : [];
      const writes = redis.pipeline().set(this.#key(id), JSON.stringify(payload), ...life);
      if (payload.uid && this.model === "Session") writes.set(`uid:${payload.uid}`, id, ...life);
      if (payload.grantId && this.model !== "Grant" && this.model !== "Session") {
        writes.rpush(`grant:${payload.grantId}`, this.#key(id));
        if (expiresIn) writes.expire(`grant:${payload.grantId}`, 86_400);
      }
      await writes.exec();
    }

    async find(id) {
      const found = await redis.get(this.#key(id));
      return found ? JSON.parse(found) : undefined;
    }

    async findByUid(uid) {
      const id = await redis.get(`uid:${uid}`);
      return id ? this.find(id) : undefined;
    }

    async findByUserCode() {
      return undefined;
    }

    async consume(id) {
      const found = await this.find(id);
      if (found) await redis.set(this.#key(id), JSON.stringify({ ...found, consumed: Math.floor(Date.now() / 1000) }), "KEEPTTL");
    }

    async destroy(id) {
      await redis.del(this.#key(id));
    }

    async revokeByGrantId(grantId) {
      const keys = await redis.lrange(`grant:${grantId}`, 0, -1);
      await redis.del(...keys, `grant:${grantId}`);
    }
  };
}
